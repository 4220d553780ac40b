//! What words of headers mean, and the files in which they are.

/// What words of a header mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concept {
    /// People's names.
    Name,
    /// The word "name".
    Named,
    /// Numbers given to people and to what happens to them.
    Number,
    /// A word for a number.
    Counted,
    /// Whom or what a number may be given to.
    Person,
    /// A word that says that a number names a kind.
    KindOf,
    /// Telephones, mail, web, machines.
    Contact,
    /// Places of a single household.
    Address,
    /// Texts that may say anything.
    Text,
    /// Births.
    Birth,
    /// Ages.
    Age,
    /// Sex and gender.
    Sex,
    /// Postcodes.
    Postcode,
    /// Places.
    Place,
    /// Nationality, ethnicity, language, religion.
    Origin,
    /// Occupation, education, family, income, insurance.
    Social,
    /// Where and how somebody was treated.
    Institution,
    /// Dates.
    Date,
    /// Times without a date.
    Time,
    /// Months, days, weeks and quarters.
    Part,
    /// Weight and height.
    Body,
    /// Diagnoses.
    Diagnosis,
    /// Drugs and treatments.
    Drug,
    /// Laboratory.
    Laboratory,
    /// Vital signs.
    Vital,
    /// Counts, scores, durations, answers.
    Measure,
}

use Concept::{
    Address, Age, Birth, Body, Contact, Counted, Date, Diagnosis, Drug, Institution, KindOf, Laboratory, Measure, Name,
    Named, Number, Origin, Part, Person, Place, Postcode, Sex, Social, Text, Time, Vital,
};

/// The words of every concept.
pub(super) const FILES: [(Concept, &str); 26] = [
    (Name, include_str!("../../vocabulary/name.txt")),
    (Named, include_str!("../../vocabulary/named.txt")),
    (Number, include_str!("../../vocabulary/number.txt")),
    (Counted, include_str!("../../vocabulary/counted.txt")),
    (Person, include_str!("../../vocabulary/person.txt")),
    (KindOf, include_str!("../../vocabulary/kind_of.txt")),
    (Contact, include_str!("../../vocabulary/contact.txt")),
    (Address, include_str!("../../vocabulary/address.txt")),
    (Text, include_str!("../../vocabulary/text.txt")),
    (Birth, include_str!("../../vocabulary/birth.txt")),
    (Age, include_str!("../../vocabulary/age.txt")),
    (Sex, include_str!("../../vocabulary/sex.txt")),
    (Postcode, include_str!("../../vocabulary/postcode.txt")),
    (Place, include_str!("../../vocabulary/place.txt")),
    (Origin, include_str!("../../vocabulary/origin.txt")),
    (Social, include_str!("../../vocabulary/social.txt")),
    (Institution, include_str!("../../vocabulary/institution.txt")),
    (Date, include_str!("../../vocabulary/date.txt")),
    (Time, include_str!("../../vocabulary/time.txt")),
    (Part, include_str!("../../vocabulary/part.txt")),
    (Body, include_str!("../../vocabulary/body.txt")),
    (Diagnosis, include_str!("../../vocabulary/diagnosis.txt")),
    (Drug, include_str!("../../vocabulary/drug.txt")),
    (Laboratory, include_str!("../../vocabulary/laboratory.txt")),
    (Vital, include_str!("../../vocabulary/vital.txt")),
    (Measure, include_str!("../../vocabulary/measure.txt")),
];
