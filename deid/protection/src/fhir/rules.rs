//! The built-in protection: one rule per element of every FHIR type.
//!
//! An allow-list by type. Codes of known systems, quantities, booleans and links between resources stay; names, contacts, addresses below
//! the state, identifiers, narratives and every other free text go; dates are coarsened; what the model does not know goes too.
//! Source: HIPAA Safe Harbor, and the sample configuration of Microsoft's Tools for Health Data Anonymization, which removes *named*
//! elements and keeps the rest; here the rest is removed.

use std::sync::LazyLock;

use super::quantities::End;
use crate::category::Category;
use medshare_deid_records::fhir::{Element, Kind, Model, Primitive, Type, TypeId};

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Stays if it has the form of its type and is no number of somebody's.
    Keep(Primitive),
    /// A code: stays if it is one of these.
    Code(&'static [&'static str]),
    /// A currency: three capital letters.
    Currency,
    /// A security label: ours takes the place of all others.
    Label,
    /// A profile of HL7's.
    Profile,
    /// A coding, by its code system.
    Coding(TypeId),
    /// A quantity: a number, its unit, no age over 89.
    Quantity(TypeId, End),
    /// Goes.
    Remove(Category),
    /// A date or dateTime: year, or shifted.
    Date,
    /// An instant, which FHIR requires to be complete: shifted, or goes.
    Instant,
    /// The patient's gender.
    Gender(&'static [&'static str]),
    /// The patient's date of birth: year, capped at age 90.
    BirthDate,
    /// Whether the patient has died.
    Deceased,
    /// The patient's time of death: becomes "deceased: true".
    DeathDate,
    /// A resource's id: pseudonym.
    Id,
    /// A reference: the pseudonym of what it leads to.
    Link(TypeId),
    /// The postal code of a patient: three digits.
    PostalCode,
    /// The state or country of a patient.
    Region,
    /// The patient's addresses: the first, without what is below the state.
    PatientAddress(TypeId),
    /// Extensions: race and ethnicity of a patient stay, all others go.
    Extensions,
    /// A structure: its elements' rules apply.
    Descend(TypeId),
    /// A resource contained in this one.
    Contained,
}

/// Rules in the order of the model's types and elements.
pub(super) struct Rules {
    rules: Vec<Vec<Rule>>,
    concepts: Vec<Vec<&'static str>>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let model = Model::r4();
    let of_type = |found: &Type| found.elements().iter().map(|element| rule(found, element)).collect();
    Rules { rules: model.types().map(of_type).collect(), concepts: model.types().map(concepts).collect() }
});

impl Rules {
    pub(super) fn built_in() -> &'static Rules {
        &RULES
    }

    pub(super) fn get(&self, owner: TypeId, position: usize) -> Rule {
        let rule = self.rules.get(owner.index()).and_then(|rules| rules.get(position));
        rule.copied().unwrap_or(Rule::Remove(Category::Unclassified))
    }

    /// The elements of a type that say what its numbers and dates are; none where it has none.
    pub(super) fn concepts(&self, owner: TypeId) -> &[&'static str] {
        self.concepts.get(owner.index()).map(Vec::as_slice).unwrap_or_default()
    }
}

fn concepts(found: &Type) -> Vec<&'static str> {
    let is_number = |element: &Element| matches!(element.type_name, "Quantity" | "Range" | "integer" | "decimal");
    let says = |element: &&Element| {
        let is_concept = matches!(element.type_name, "CodeableConcept" | "Coding");
        let in_part = !found.is_resource && matches!(element.name, "category" | "type");
        is_concept && (in_part || matches!(element.name, "code" | "measure" | "topic" | "topicCodeableConcept"))
    };
    let has_numbers = found.elements().iter().any(is_number);
    found.elements().iter().filter(|_| has_numbers).filter(says).map(|element| element.name).collect()
}

/// Whether a range is one of ages whatever stands beside it.
pub(super) fn is_range_of_ages(element: &Element) -> bool {
    const AGES: [&str; 6] = ["abatementRange", "age", "ageRange", "deceasedRange", "onsetRange", "performedRange"];
    element.type_name == "Range" && AGES.contains(&element.name)
}

fn rule(owner: &Type, element: &Element) -> Rule {
    if let Some(rule) = special(owner.name, element) {
        return rule;
    }
    match element.kind {
        Kind::Primitive(primitive) => primitive_rule(owner, element, primitive),
        Kind::Resource if element.name == "contained" => Rule::Contained,
        // Bundles are opened before; parameters of an operation are no records.
        Kind::Resource => Rule::Remove(Category::Unclassified),
        Kind::Complex(id) => match element.type_name {
            "HumanName" | "ContactDetail" | "Contributor" => Rule::Remove(Category::Name),
            "ContactPoint" => Rule::Remove(Category::Contact),
            "Address" => Rule::Remove(Category::Address),
            "Identifier" => Rule::Remove(Category::Identifier),
            "Narrative" | "Annotation" | "RelatedArtifact" | "UsageContext" | "Expression" => {
                Rule::Remove(Category::FreeText)
            }
            "Attachment" | "Signature" | "SampledData" => Rule::Remove(Category::Image),
            "Extension" => Rule::Extensions,
            "Coding" => Rule::Coding(id),
            "Reference" => Rule::Link(id),
            "Quantity" | "Age" | "Duration" | "Count" | "Distance" => {
                Rule::Quantity(id, End::of(owner.name, element.name))
            }
            _ => Rule::Descend(id),
        },
    }
}

/// Elements whose type alone does not tell.
fn special(owner: &str, element: &Element) -> Option<Rule> {
    Some(match (owner, element.name) {
        ("Patient", "gender") => Rule::Gender(element.codes.unwrap_or_default()),
        ("Patient", "birthDate") => Rule::BirthDate,
        ("Patient", "deceasedDateTime") => Rule::DeathDate,
        ("Patient", "address") => match element.kind {
            Kind::Complex(id) => Rule::PatientAddress(id),
            _ => Rule::Remove(Category::Address),
        },
        ("Address", "state" | "country") => Rule::Region,
        ("Address", "postalCode") => Rule::PostalCode,
        ("Address", _) => Rule::Remove(Category::Address),
        ("Patient", "deceasedBoolean") => Rule::Deceased,
        ("Patient", "id" | "meta" | "extension") => return None,
        ("Patient", "identifier") => Rule::Remove(Category::Identifier),
        ("Patient", "name") => Rule::Remove(Category::Name),
        ("Patient", "telecom") => Rule::Remove(Category::Contact),
        ("Patient", "text") => Rule::Remove(Category::FreeText),
        // What outsiders know of her and no class is formed by: language, practitioner, organisation, marital status …
        ("Patient", _) => Rule::Remove(Category::QuasiIdentifier),
        ("RelatedPerson" | "Person" | "Practitioner", "birthDate" | "gender" | "communication" | "photo") => {
            Rule::Remove(Category::QuasiIdentifier)
        }
        ("Practitioner", "qualification") => Rule::Remove(Category::Identifier),
        ("Organization", "contact") => Rule::Remove(Category::Contact),
        ("FamilyMemberHistory", "bornDate" | "bornPeriod") => Rule::Remove(Category::Date),
        ("Location", "position") => Rule::Remove(Category::Address),
        ("Device", "udiCarrier") => Rule::Remove(Category::Identifier),
        ("Meta", "tag" | "source" | "versionId" | "lastUpdated") => Rule::Remove(Category::Identifier),
        ("Bundle", "link" | "signature" | "timestamp") => Rule::Remove(Category::WebAddress),
        ("BundleEntry", "request" | "response" | "link" | "search") => Rule::Remove(Category::WebAddress),
        ("Meta", "security") => Rule::Label,
        ("Meta", "profile") => Rule::Profile,
        ("Money", "currency") => Rule::Currency,
        // What an answer answers is free text, which goes: without it a number or a date says anything.
        ("QuestionnaireResponseItemAnswer", "valueInteger" | "valueDecimal" | "valueDate" | "valueDateTime") => {
            Rule::Remove(Category::Unclassified)
        }
        ("Element" | "BackboneElement", _) => Rule::Extensions,
        _ => return None,
    })
}

fn primitive_rule(owner: &Type, element: &Element, primitive: Primitive) -> Rule {
    match primitive {
        Primitive::Boolean | Primitive::Integer | Primitive::Decimal => Rule::Keep(primitive),
        Primitive::Code => element.codes.map_or(Rule::Remove(Category::Unclassified), Rule::Code),
        Primitive::Id if element.name == "id" && owner.is_resource => Rule::Id,
        Primitive::Id => Rule::Remove(Category::Identifier),
        Primitive::Uri => Rule::Remove(Category::WebAddress),
        Primitive::Date | Primitive::DateTime => Rule::Date,
        Primitive::Time => Rule::Remove(Category::Date),
        Primitive::Instant => Rule::Instant,
        Primitive::String | Primitive::Markdown | Primitive::Xhtml => Rule::Remove(Category::FreeText),
        Primitive::Base64 => Rule::Remove(Category::Image),
    }
}
