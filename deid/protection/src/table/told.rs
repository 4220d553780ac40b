//! What a header tells of, and what follows from it.

use super::place_names::is_place_name;
use super::vocabulary::Concept::{
    Address, Age, Birth, Body, Contact, Counted, Date, Diagnosis, Drug, Institution, KindOf, Laboratory, Measure, Name,
    Named, Number, Origin, Person, Place, Postcode, Sex, Social, Time, Vital,
};
use super::vocabulary::{Concept, Concepts, concepts_of};

/// What stays, if the cells do not contradict.
pub(super) const CLINICAL: [Concept; 4] = [Drug, Laboratory, Vital, Measure];
/// What others know of people.
pub(super) const QUASI: [Concept; 11] =
    [Birth, Age, Sex, Postcode, Origin, Social, Body, Date, Time, Place, Institution];
/// Of these a name may be told.
const NAMED_THINGS: [Concept; 9] = [Drug, Laboratory, Vital, Measure, Diagnosis, Institution, Place, KindOf, Social];

/// Why a header tells of what identifies.
pub(super) fn identifies(concepts: Concepts, many: bool) -> Option<&'static str> {
    let of_things = concepts.has_any(&NAMED_THINGS);
    let counts = concepts.has_any(&[Drug, Laboratory, Vital, Measure, Diagnosis]) || concepts.has_any(&QUASI);
    if concepts.has(Name) && !concepts.has_any(&[Date, Age, Birth]) {
        Some("its header tells of people's names")
    } else if concepts.has(Named) && !of_things {
        Some("its header tells of names")
    } else if concepts.has(Number) {
        Some("its header tells of numbers given to people")
    } else if concepts.has_any(&[Contact, Address]) && !concepts.has_any(&[Postcode, Place]) {
        Some("its header tells of telephones, addresses or coordinates")
    } else if concepts.has(Counted) && !concepts.has(KindOf) && (concepts.has(Person) || (many && !counts)) {
        Some("its header tells of numbers given to people or to their visits")
    } else {
        None
    }
}

/// Whether a header tells of people's numbers, names or addresses, so that nobody's word keeps the column. Names of our making do not.
pub(super) fn is_of_somebody(header: &str) -> bool {
    !is_place_name(header) && identifies(concepts_of(header), false).is_some()
}

/// What a concept is in a sentence.
pub(super) fn label(concept: Concept) -> &'static str {
    match concept {
        Birth => "its header tells of births",
        Age => "its header tells of ages",
        Sex => "its header tells of sex or gender",
        Postcode => "its header tells of postcodes",
        Origin => "its header tells of nationality, ethnicity, language or religion",
        Social => "its header tells of work, education, family, money or insurance",
        Body => "its header tells of weight or height",
        Date | Time => "its header tells of dates or times",
        Place => "its header tells of places",
        Institution => "its header tells of where and how people were treated",
        Diagnosis => "its header tells of diagnoses or what is as private",
        Drug => "its header tells of drugs or treatments",
        Laboratory => "its header tells of laboratory values",
        Vital => "its header tells of vital signs",
        _ => "its header tells of measures, counts or answers",
    }
}
