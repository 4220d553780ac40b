//! The kinds of identifying content, with the letter of HIPAA Safe Harbor's list (45 CFR 164.514(b)(2)(i)).

use serde::{Deserialize, Serialize};

use medshare_deid_identifiers::Shape;

/// A kind of identifying or sensitive content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// A person's or an organisation's name (A).
    Name,
    /// Geography below the state (B).
    Address,
    /// A date finer than a year (C).
    Date,
    /// An age above 89, or a date that implies one (C).
    AgeOver89,
    /// Telephone, fax, e-mail (D, E, F).
    Contact,
    /// Numbers given to people, accounts, licences, devices (G to M, R).
    Identifier,
    /// A web or network address (N, O).
    WebAddress,
    /// Photographs, recordings, signatures (P, Q).
    Image,
    /// Text that may say anything.
    FreeText,
    /// An attribute that identifies in combination with others.
    QuasiIdentifier,
    /// An attribute that must not be learnt about a person.
    Sensitive,
    /// Something that nobody classified: unknown elements, columns and resource types.
    Unclassified,
    /// A subject in a class smaller than `k`.
    SmallClass,
    /// A value that a spreadsheet would run as a formula.
    Formula,
    /// A value of another form than its element has: a list for a single value, a text for a number.
    Form,
    /// Something that changes the meaning of the rest, and that is not understood or may not be told.
    Modifier,
    /// A link to something that does not leave, or that cannot be found.
    LostLink,
    /// A record of a person who is not among these records, or of nobody.
    NobodyKnown,
}

impl Category {
    /// The letter of HIPAA Safe Harbor's list that asks for it, if one does.
    pub fn safe_harbor(self) -> Option<char> {
        match self {
            Category::Name => Some('A'),
            Category::Address => Some('B'),
            Category::Date | Category::AgeOver89 => Some('C'),
            Category::Contact => Some('D'),
            Category::Identifier | Category::FreeText => Some('R'),
            Category::WebAddress => Some('N'),
            Category::Image => Some('Q'),
            Category::QuasiIdentifier
            | Category::Sensitive
            | Category::Unclassified
            | Category::SmallClass
            | Category::Form
            | Category::Modifier
            | Category::LostLink
            | Category::NobodyKnown
            | Category::Formula => None,
        }
    }

    /// The kind in words.
    pub fn label(self) -> &'static str {
        match self {
            Category::Name => "name",
            Category::Address => "place smaller than a state",
            Category::Date => "date finer than a year",
            Category::AgeOver89 => "age over 89",
            Category::Contact => "telephone, fax or e-mail",
            Category::Identifier => "identifying number",
            Category::WebAddress => "web or network address",
            Category::Image => "image, recording or signature",
            Category::FreeText => "free text",
            Category::QuasiIdentifier => "quasi-identifier",
            Category::Sensitive => "sensitive attribute",
            Category::Unclassified => "unclassified",
            Category::SmallClass => "subject in a class smaller than k",
            Category::Formula => "formula of a spreadsheet",
            Category::Form => "not of its element's form",
            Category::Modifier => "modifier that is not understood",
            Category::LostLink => "lost link",
            Category::NobodyKnown => "record of nobody known",
        }
    }
}

impl From<Shape> for Category {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::SocialSecurityNumber
            | Shape::NationalNumber
            | Shape::RecordNumber
            | Shape::BankAccount
            | Shape::PaymentCard
            | Shape::Vehicle
            | Shape::Uuid
            | Shape::LongNumber => Category::Identifier,
            Shape::Telephone | Shape::Email => Category::Contact,
            Shape::Url | Shape::NetworkAddress => Category::WebAddress,
            Shape::Coordinates | Shape::Postcode => Category::Address,
            Shape::AgeOver89 => Category::AgeOver89,
            Shape::FullDate => Category::Date,
        }
    }
}
