//! One invented patient.

use medshare_deid_records::date::PartialDate;
use serde_json::{Value, json};

use crate::LAST_YEAR;
use crate::draw::Draw;

const WOMEN: [&str; 24] = [
    "Adele", "Bettina", "Carmen", "Dagny", "Elodie", "Freya", "Greta", "Halima", "Ingrid", "Jolanda", "Katrin",
    "Leila", "Mireille", "Noor", "Odile", "Petra", "Quirina", "Rosalind", "Sunniva", "Tamsin", "Ulrike", "Viola",
    "Wanda", "Yasmin",
];
const MEN: [&str; 24] = [
    "Anselm", "Bastian", "Cosmin", "Dorian", "Emeric", "Florin", "Gustav", "Hakim", "Isidor", "Jonas", "Kasimir",
    "Lorenz", "Matteo", "Nils", "Osman", "Pascal", "Quentin", "Rafael", "Severin", "Tobias", "Umberto", "Valentin",
    "Wendel", "Yannick",
];
const FAMILIES: [&str; 40] = [
    "Abendroth",
    "Bellweather",
    "Castellane",
    "Dunmore",
    "Eastlake",
    "Fairbourne",
    "Glasswell",
    "Harrowgate",
    "Inglewood",
    "Jarnefelt",
    "Kestrelman",
    "Lindquist",
    "Marchetti",
    "Nightingale",
    "Okonjo",
    "Pemberly",
    "Quistgaard",
    "Ravensworth",
    "Silverlake",
    "Thornbury",
    "Underhill",
    "Vasquez-Mora",
    "Winterbourne",
    "Xanthos",
    "Yarborough",
    "Zellweger",
    "Ashdown",
    "Birkenau",
    "Coppersmith",
    "Drummond",
    "Elsinore",
    "Featherstone",
    "Goldbeck",
    "Hollingsworth",
    "Ironside",
    "Juniper",
    "Kirkwall",
    "Larkspur",
    "Meadowes",
    "Northrop",
];
const STREETS: [&str; 16] = [
    "Alder Lane",
    "Birch Row",
    "Copper Street",
    "Dovecote Road",
    "Elm Terrace",
    "Foundry Way",
    "Garnet Avenue",
    "Harbour Walk",
    "Ivy Close",
    "Juniper Hill",
    "Kiln Yard",
    "Lantern Street",
    "Mill Race",
    "Nettle Path",
    "Orchard Drive",
    "Poplar Court",
];
/// City, state, ZIP code.
const PLACES: [(&str, &str, &str); 12] = [
    ("Boston", "Massachusetts", "02118"),
    ("Worcester", "Massachusetts", "01604"),
    ("Springfield", "Massachusetts", "01105"),
    ("Lowell", "Massachusetts", "01850"),
    ("Providence", "Rhode Island", "02903"),
    ("Hartford", "Connecticut", "06103"),
    ("New Haven", "Connecticut", "06511"),
    ("Portland", "Maine", "04101"),
    ("Concord", "New Hampshire", "03301"),
    ("Colebrook", "New Hampshire", "03576"),
    ("Guildhall", "Vermont", "05905"),
    ("Burlington", "Vermont", "05401"),
];
/// OMB code, display, weight in percent.
const RACES: [(&str, &str, i64); 4] = [
    ("2106-3", "White", 68),
    ("2054-5", "Black or African American", 18),
    ("2028-9", "Asian", 11),
    ("1002-5", "American Indian or Alaska Native", 3),
];

/// An invented patient.
pub(crate) struct Person {
    pub(crate) resource: Value,
    pub(crate) reference: String,
    pub(crate) age: i64,
    pub(crate) woman: bool,
}

/// Draws a patient.
pub(crate) fn draw(draw: &mut Draw) -> Person {
    let woman = draw.chance(51);
    let age = if draw.chance(3) { draw.between(90, 101) } else { draw.between(18, 89) };
    let birth = PartialDate {
        year: LAST_YEAR - age as i32,
        month: Some(draw.between(1, 12) as u8),
        day: Some(draw.between(1, 28) as u8),
    };
    let given = draw.text(if woman { &WOMEN } else { &MEN });
    let family = draw.text(&FAMILIES);
    let (id, record_number) = (draw.uuid(), format!("MRN-{}", draw.digits(8)));
    let weighted = draw.between(0, 99);
    let favourite = if weighted < 60 { 4 } else { PLACES.len() as i64 };
    let place = draw.between(0, favourite - 1) as usize;
    let (city, state, zip) = PLACES.get(place).copied().unwrap_or(("Boston", "Massachusetts", "02118"));
    let house = draw.between(1, 480);
    let telephone = format!("555-{}-{}", draw.digits(3), draw.digits(4));
    let mail = format!("{}.{}@mail.example", given.to_lowercase(), family.to_lowercase());
    let security = format!("9{}-{}-{}", draw.digits(2), draw.digits(2), draw.digits(4));
    let resource = json!({
        "resourceType": "Patient",
        "id": id,
        "text": {"status": "generated", "div": format!(
            "<div xmlns=\"http://www.w3.org/1999/xhtml\">{given} {family}, born {birth}, {house} {}</div>", draw.text(&STREETS))},
        "extension": [race(draw), ethnicity(draw), {
            "url": "http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
            "valueString": format!("{} {}", draw.text(&WOMEN), draw.text(&FAMILIES)),
        }],
        "identifier": [
            {"type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]},
             "system": "http://hospital.example/records", "value": record_number},
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": security},
        ],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "telecom": [{"system": "phone", "use": "home", "value": telephone}, {"system": "email", "value": mail}],
        "gender": if woman { "female" } else { "male" },
        "birthDate": birth.to_string(),
        "address": [{"line": [format!("{house} {}", draw.text(&STREETS))], "city": city, "state": state, "postalCode": zip, "country": "US"}],
    });
    Person { resource, reference: format!("Patient/{id}"), age, woman }
}

fn race(draw: &mut Draw) -> Value {
    let mut left = draw.between(1, 100);
    let drawn = RACES.iter().find(|(_, _, weight)| {
        left -= weight;
        left <= 0
    });
    let (code, display, _) = drawn.copied().unwrap_or(("2106-3", "White", 0));
    omb("http://hl7.org/fhir/us/core/StructureDefinition/us-core-race", code, display)
}

fn ethnicity(draw: &mut Draw) -> Value {
    let (code, display) =
        if draw.chance(15) { ("2135-2", "Hispanic or Latino") } else { ("2186-5", "Not Hispanic or Latino") };
    omb("http://hl7.org/fhir/us/core/StructureDefinition/us-core-ethnicity", code, display)
}

fn omb(url: &str, code: &str, display: &str) -> Value {
    json!({"url": url, "extension": [
        {"url": "ombCategory", "valueCoding": {"system": "urn:oid:2.16.840.1.113883.6.238", "code": code, "display": display}},
        {"url": "text", "valueString": display},
    ]})
}
