//! Shapes of identifying text: numbers that are given to people, telephones, accounts, addresses, places, dates, ages over 89.
//!
//! Recognised by form, check digits and the words around, in one pass and without regular expressions, after characters that look alike
//! are made one. A match says that a text *looks like* an identifier.

mod age;
mod atoms;
mod bank;
mod bare;
mod check_digits;
mod column;
mod context;
mod coordinates;
mod dates;
mod fold;
mod months;
mod network;
mod numbers;
mod periods;
mod plates;
mod postcode;
mod stretches;
mod telephone;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

pub use check_digits::{luhn, verhoeff};
pub use column::{CountedDates, counted_dates};

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// `ddd-dd-dddd`.
    SocialSecurityNumber,
    /// A number that a state or an insurance gives to a person.
    NationalNumber,
    /// A number that a word such as `MRN` tells.
    RecordNumber,
    /// An IBAN, or another number of an account.
    BankAccount,
    /// A number of a payment card.
    PaymentCard,
    /// A telephone or fax number.
    Telephone,
    /// An e-mail address, or the name of an account.
    Email,
    /// A web address.
    Url,
    /// An address of a machine: IPv4, IPv6, MAC.
    NetworkAddress,
    /// A licence plate, or the number of a vehicle.
    Vehicle,
    /// Coordinates.
    Coordinates,
    /// A postcode.
    Postcode,
    /// A date with day or month.
    FullDate,
    /// An age over 89.
    AgeOver89,
    /// A UUID, or another identifier that occurs once.
    Uuid,
    /// More digits than a clinical value has.
    LongNumber,
}

impl Shape {
    /// The shape in words.
    pub fn label(self) -> &'static str {
        match self {
            Shape::SocialSecurityNumber => "social security number",
            Shape::NationalNumber => "national or insurance number",
            Shape::RecordNumber => "medical record number",
            Shape::BankAccount => "bank account",
            Shape::PaymentCard => "payment card",
            Shape::Telephone => "telephone number",
            Shape::Email => "e-mail address",
            Shape::Url => "web address",
            Shape::NetworkAddress => "network address",
            Shape::Vehicle => "licence plate",
            Shape::Coordinates => "coordinates",
            Shape::Postcode => "postcode",
            Shape::FullDate => "full date",
            Shape::AgeOver89 => "age over 89",
            Shape::Uuid => "unique identifier",
            Shape::LongNumber => "long number",
        }
    }

    /// Whether it names one person, household or device. Dates, ages and postcodes are shared by many.
    pub fn names_somebody(self) -> bool {
        !matches!(self, Shape::FullDate | Shape::AgeOver89 | Shape::Postcode)
    }
}

/// All shapes found in a text, each once.
pub fn shapes_in(text: &str) -> Vec<Shape> {
    if network::is_uuid(text.trim()) {
        return vec![Shape::Uuid];
    }
    if text.len() < SHORTEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit() || b".-+".contains(&byte)) {
        return Vec::new();
    }
    let text = &*fold::folded(text);
    let mut found = Found::default();
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let marked =
        text.bytes().any(|byte| matches!(byte, b'@' | b':' | b'.')) || text.contains(" at ") || text.contains("(at)");
    let in_words = !text.is_ascii() || text.bytes().any(|byte| byte == b' ' || byte == b'-');
    if !(has_digit || marked || in_words) {
        return found.shapes;
    }
    if marked {
        found.add_if(network::has_email(text) || network::is_account(text), Shape::Email);
        found.add_if(network::has_url(text), Shape::Url);
    }
    for (shape, from, to) in network::machines(text).into_iter().take(ENOUGH) {
        found.take(shape, from, to);
    }
    if !has_digit && (!in_words || text.len() > LONGEST_WORDLESS) {
        return found.shapes;
    }
    let atoms = atoms::atoms(text);
    for (from, to) in dates::dates_in(text, &atoms).into_iter().take(ENOUGH) {
        if !found.is_taken(from, to) {
            found.take(Shape::FullDate, from, to);
        }
    }
    found.add_if(age::has_age_over_89(&atoms), Shape::AgeOver89);
    if !has_digit {
        return found.shapes;
    }
    numbers_in(text, &atoms, &mut found);
    found.shapes
}

/// Places of one kind after which no more are looked for: it is known by then what the text holds.
const ENOUGH: usize = 64;

/// Bytes of the shortest number with marks that has a shape: `3.5.20`.
const SHORTEST_NUMBER: usize = 6;

/// Bytes of the longest text without a digit in which dates and ages in words are looked for.
const LONGEST_WORDLESS: usize = 4096;

fn numbers_in(text: &str, atoms: &[atoms::Atom<'_>], found: &mut Found) {
    if let Some((from, to)) = bank::iban(text) {
        found.take(Shape::BankAccount, from, to);
    }
    // Of the stretches that begin together the longest one counts.
    let mut longest: Option<(Shape, usize, usize)> = None;
    stretches::visit_stretches(text, |stretch| {
        if let Some((shape, from, to)) = longest.take_if(|(_, from, _)| *from != stretch.start) {
            found.take(shape, from, to);
        }
        if found.taken.len() > 3 * ENOUGH || found.is_taken(stretch.start, stretch.end()) {
            return;
        }
        let shape = if stretch.form.len() == stretch.digits {
            bare::bare_number(stretch)
        } else {
            numbers::number_of_form(stretch.form, &stretch.compact())
                .or_else(|| telephone::is_telephone(stretch).then_some(Shape::Telephone))
        };
        longest = shape.map(|shape| (shape, stretch.start, stretch.end())).or(longest);
    });
    if let Some((shape, from, to)) = longest {
        found.take(shape, from, to);
    }
    found.add_if(coordinates::has_coordinates(text, atoms), Shape::Coordinates);
    let named = context::named_numbers(atoms, |at| found.is_taken(at, at + 1));
    named.into_iter().for_each(|shape| found.add_if(true, shape));
    // What is a whole number already is no postcode or plate.
    if found.taken.is_empty() {
        found.add_if(postcode::has_postcode(text, atoms), Shape::Postcode);
        found.add_if(plates::has_plate(atoms), Shape::Vehicle);
    }
}

/// What was found, and where something was found already.
#[derive(Debug, Default)]
struct Found {
    shapes: Vec<Shape>,
    taken: Vec<(usize, usize)>,
}

impl Found {
    fn add_if(&mut self, holds: bool, shape: Shape) {
        if holds && !self.shapes.contains(&shape) {
            self.shapes.push(shape);
        }
    }

    fn take(&mut self, shape: Shape, from: usize, to: usize) {
        self.add_if(true, shape);
        self.taken.push((from, to));
    }

    fn is_taken(&self, from: usize, to: usize) -> bool {
        self.taken.iter().any(|(start, end)| from < *end && *start < to)
    }
}

/// The text as its reader sees it: full-width forms and digits of other scripts are those of ASCII, what cannot be seen is gone.
pub fn as_seen(text: &str) -> Cow<'_, str> {
    fold::folded(text)
}

/// Whether a text is the name of a month and nothing else, in nine languages.
pub fn is_month_name(text: &str) -> bool {
    months::month(&text.trim().trim_end_matches('.').to_lowercase()).is_some()
}

/// Whether the whole text is a US ZIP code (`ddddd` or `ddddd-dddd`).
pub fn is_zip(text: &str) -> bool {
    let text = text.trim().as_bytes();
    let digits = |part: Option<&[u8]>| part.is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    digits(text.get(..5))
        && (text.len() == 5 || (text.len() == 10 && text.get(5) == Some(&b'-') && digits(text.get(6..))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifying_shapes_are_found_inside_sentences() {
        let cases: [(&str, &[Shape]); 28] = [
            ("ssn 999-22-1962 on file", &[Shape::SocialSecurityNumber]),
            ("call 555-978-4581 now", &[Shape::Telephone]),
            ("(978) 741-1215", &[Shape::Telephone]),
            ("+44 20 7946 0018", &[Shape::Telephone]),
            ("write to a.b@example.org.", &[Shape::Email]),
            ("see https://example.org/x", &[Shape::Url]),
            ("born 1956-08-03", &[Shape::FullDate]),
            ("on 3/14/1999 she", &[Shape::FullDate]),
            ("born 3 March 1956", &[Shape::FullDate]),
            ("Sept. 4th, 1990", &[Shape::FullDate]),
            ("host 192.168.0.12", &[Shape::NetworkAddress]),
            ("MRN: 0012345", &[Shape::RecordNumber]),
            ("e925b0f3-8006-43f6-aa31-94bd215e55e7", &[Shape::Uuid]),
            ("id 12345678-1234-4234-8234-123456789012.", &[Shape::Uuid]),
            ("Card 4111 1111 1111 1111", &[Shape::PaymentCard]),
            ("DE89 3704 0044 0532 0130 00, Bank", &[Shape::BankAccount]),
            ("NHS 943 476 5919", &[Shape::NationalNumber]),
            ("患者身份证号11010519491231002X", &[Shape::NationalNumber]),
            ("2020年5月3日入院", &[Shape::FullDate]),
            ("٣ مايو ٢٠٢٠", &[Shape::FullDate]),
            ("3 de mayo de 1961", &[Shape::FullDate]),
            ("14.03.2019 10:05", &[Shape::FullDate]),
            ("20200503041700", &[Shape::FullDate]),
            ("a 92-year-old man", &[Shape::AgeOver89]),
            ("Cambridge, MA 02139", &[Shape::Postcode]),
            ("42.3736158, -71.1097335", &[Shape::Coordinates]),
            ("M-AB 1234", &[Shape::Vehicle]),
            ("９８９-４５-１２３４", &[Shape::SocialSecurityNumber]),
        ];
        for (text, expected) in cases {
            assert_eq!(shapes_in(text), expected, "{text}");
        }
    }

    #[test]
    fn zip_codes_have_five_or_nine_digits() {
        assert!(is_zip("01940") && is_zip("01940-1234"));
        assert!(!is_zip("0194") && !is_zip("019401") && !is_zip("0194a"));
    }
}
