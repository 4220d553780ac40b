//! What a concept says of the numbers beside it: that they are an age, or tell an attribute of the person.

use serde_json::Value;

/// Codes of ages that are not the person's today: LOINC's and SNOMED CT's, at an event or at death.
const AGE_CODES: [&str; 4] = ["39016-1", "445518008", "105727008", "35659-2"];

/// Codes of a person's attributes, of LOINC and SNOMED CT: birth, age, sex, postcode and address, race, ethnicity, marital status, language,
/// occupation, religion. Of a patient they are withheld, or counted among those who are alike.
const PERSON_CODES: [&str; 43] = [
    "103579009",
    "11341-5",
    "125680007",
    "14679004",
    "160538000",
    "184099003",
    "184102003",
    "21112-8",
    "21611-9",
    "21612-7",
    "21840-4",
    "21842-0",
    "21843-8",
    "263495000",
    "29553-5",
    "30525-0",
    "32624-9",
    "364699009",
    "365873007",
    "397659008",
    "397669002",
    "397731000",
    "424144002",
    "428996008",
    "45401-7",
    "45404-1",
    "46098-0",
    "46463-6",
    "54899-0",
    "56051-6",
    "56799-0",
    "59362-4",
    "63503-7",
    "63900-5",
    "66477-1",
    "69490-1",
    "72826-1",
    "74165-2",
    "76689-9",
    "80904-6",
    "80977-2",
    "85658-3",
    "99502-7",
];

/// Words for age, in codes, displays and texts that are nobody's but the ward's.
const AGE_WORDS: [&str; 12] = [
    "age",
    "alter",
    "lebensalter",
    "\u{e2}ge",
    "edad",
    "et\u{e0}",
    "eta",
    "idade",
    "leeftijd",
    "\u{5e74}\u{9f84}",
    "\u{5e74}\u{9f61}",
    "\u{627}\u{644}\u{639}\u{645}\u{631}",
];

/// What a concept of a person's attribute is called where nobody's code says it.
const PERSON_WORDS: [&str; 26] = [
    "birth date",
    "birth year",
    "birthdate",
    "date of birth",
    "dob",
    "ethnic group",
    "ethnicity",
    "familienstand",
    "geburtsdatum",
    "geburtsjahr",
    "language",
    "marital status",
    "occupation",
    "patient age",
    "plz",
    "postal code",
    "postcode",
    "postleitzahl",
    "preferred language",
    "race",
    "religion",
    "religious affiliation",
    "year of birth",
    "zip",
    "zip code",
    "zipcode",
];

/// Whether a concept is an age: by its code in whatever system, or because it says so.
pub(super) fn is_age(concept: &Value) -> bool {
    says(concept, says_age, |code| AGE_CODES.contains(&code))
}

/// Whether a concept is an attribute of the person herself.
pub(super) fn is_of_person(concept: &Value) -> bool {
    let words = |text: &str| {
        let text = text.split(['[', '(']).next().unwrap_or_default().trim();
        text.len() <= 24 && PERSON_WORDS.binary_search(&text.to_lowercase().as_str()).is_ok()
    };
    says(concept, words, |code| PERSON_CODES.binary_search(&code).is_ok())
}

fn says(concept: &Value, in_words: impl Fn(&str) -> bool, by_code: impl Fn(&str) -> bool) -> bool {
    let words = |text: Option<&Value>| text.and_then(Value::as_str).is_some_and(&in_words);
    let coding = |coding: &Value| {
        let code = coding.get("code");
        code.and_then(Value::as_str).is_some_and(&by_code) || words(code) || words(coding.get("display"))
    };
    match concept {
        Value::Array(concepts) => concepts
            .iter()
            .any(|concept| says(concept, &in_words as &dyn Fn(&str) -> bool, &by_code as &dyn Fn(&str) -> bool)),
        _ => match concept.get("coding") {
            Some(codings) => words(concept.get("text")) || codings.as_array().into_iter().flatten().any(coding),
            None => words(concept.get("text")) || coding(concept),
        },
    }
}

/// Whether a text speaks of an age.
pub(super) fn says_age(text: &str) -> bool {
    let is_one = |word: &str| AGE_WORDS.iter().any(|age| word.len() == age.len() && word.to_lowercase() == *age);
    text.split(|c: char| !c.is_alphabetic()).any(is_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attributes_of_people_are_told_from_what_is_measured() {
        assert!(PERSON_CODES.is_sorted() && PERSON_WORDS.is_sorted());
        let coded = |code: &str| json!({"coding": [{"system": "http://loinc.org", "code": code}]});
        assert!(PERSON_CODES.iter().all(|code| is_of_person(&coded(code))));
        assert!(["2345-7", "8302-2", "72166-2"].iter().all(|code| !is_of_person(&coded(code))));
        assert!(is_of_person(&json!({"text": "Date of birth"})) && is_of_person(&json!({"text": "Race (OMB)"})));
        assert!(!is_of_person(&json!({"text": "Language development score"})));
        assert!(is_age(&json!([{"text": "Age at onset"}])) && is_age(&json!({"display": "age"})) && !is_age(&json!(7)));
    }
}
