//! k-anonymity of patients: their quasi-identifiers are generalised together, and outliers left out with all that belongs to them.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use crate::config::DeidConfig;
use medshare_deid_anon::{Attribute, Hierarchy, Problem, SearchError, Solution, search};
use medshare_deid_records::fhir::PATIENT;
use medshare_deid_records::{Column, FhirFile};

use super::values::{ETHNICITY, RACE};

/// Names of a patient's quasi-identifiers, in the order of [`attributes_of`].
pub(crate) const ATTRIBUTES: [&str; 6] = ["birth year", "gender", "location", "race", "ethnicity", "deceased"];

/// A patient's quasi-identifiers, in the order of [`ATTRIBUTES`].
pub(crate) type Attributes = [String; ATTRIBUTES.len()];

/// Extension of `Patient.birthDate` that tells the years it stands for.
pub(super) const BIRTH_YEARS: &str = "urn:medshare:birth-years";

/// Widths of the bands of birth years, in years.
const BANDS: [i32; 4] = [5, 10, 20, 40];

/// Separates postal area, state and country in a location.
const LOCATION_SEPARATOR: &str = "|";

/// A protected patient's quasi-identifiers; an attribute that is missing is empty.
pub(crate) fn attributes_of(patient: &Value) -> Attributes {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let address = patient.get("address").and_then(|addresses| addresses.get(0));
    let part = |name: &str| text(address.and_then(|address| address.get(name)));
    let location = match [part("postalCode"), part("state"), part("country")] {
        parts if parts.iter().all(String::is_empty) => String::new(),
        parts => parts.join(LOCATION_SEPARATOR),
    };
    let deceased = patient.get("deceasedBoolean").and_then(Value::as_bool);
    [
        text(patient.get("birthDate")),
        text(patient.get("gender")),
        location,
        coded_extensions(patient, RACE),
        coded_extensions(patient, ETHNICITY),
        deceased.map(|deceased| deceased.to_string()).unwrap_or_default(),
    ]
}

/// What of a released patient others may know, each by itself: the band of her birth as it is told, and area, state and country apart.
pub(crate) const TOLD_ATTRIBUTES: [&str; TOLD] =
    ["birth year", "gender", "postal area", "state", "country", "race", "ethnicity", "deceased"];
/// Number of [`TOLD_ATTRIBUTES`].
pub(crate) const TOLD: usize = 8;

/// The values of [`TOLD_ATTRIBUTES`]; what is not told is empty.
pub(crate) fn told_attributes_of(patient: &Value) -> [String; TOLD] {
    let [birth, gender, location, race, ethnicity, deceased] = attributes_of(patient);
    let extensions = patient.get("_birthDate").and_then(|birth| birth.get("extension")).and_then(Value::as_array);
    let is_band = |extension: &&Value| extension.get("url").and_then(Value::as_str) == Some(BIRTH_YEARS);
    let band = extensions.into_iter().flatten().find(is_band);
    let band = band.and_then(|extension| extension.get("valueString")).and_then(Value::as_str);
    let band = band.map(|label| label.strip_prefix('-').map_or_else(|| label.to_owned(), |last| format!("<={last}")));
    let mut places = location.split(LOCATION_SEPARATOR).map(str::to_owned);
    let [area, state, country] = [(); 3].map(|()| places.next().unwrap_or_default());
    [band.unwrap_or(birth), gender, area, state, country, race, ethnicity, deceased]
}

/// The codes of all extensions with this URL.
fn coded_extensions(patient: &Value, url: &str) -> String {
    let extensions = patient.get("extension").and_then(Value::as_array).into_iter().flatten();
    let own = extensions.filter(|extension| extension.get("url").and_then(Value::as_str) == Some(url));
    let parts = own.filter_map(|extension| extension.get("extension")?.as_array()).flatten();
    let mut codes: Vec<&str> = parts.filter_map(|part| part.get("valueCoding")?.get("code")?.as_str()).collect();
    codes.sort_unstable();
    codes.join("+")
}

/// The patients in files.
pub(crate) fn patients(files: &[FhirFile]) -> impl Iterator<Item = Value> {
    files.iter().filter(|file| file.resource_type() == PATIENT).flat_map(FhirFile::resources)
}

/// All patients, each id once, and how many came after one with the same id: one person is not several.
pub(crate) fn distinct_patients(files: &[FhirFile]) -> (FhirFile, u64) {
    let (mut distinct, mut known, mut repeated) = (FhirFile::new(PATIENT), HashSet::new(), 0);
    let own = files.iter().filter(|file| file.resource_type() == PATIENT);
    for (patient, numbers) in own.flat_map(|file| file.part_as_written(0..file.len())) {
        let id = patient.get("id").and_then(Value::as_str).map(str::to_owned);
        if id.is_none_or(|id| known.insert(id)) { distinct.push_as_written(&patient, &numbers) } else { repeated += 1 }
    }
    (distinct, repeated)
}

/// What is said of a patient inside another resource.
pub(super) const CONTAINED_PATIENT: &str = "Patient contained in another resource";

/// Whether classes of patients are formed by this element, or by what is in it.
pub(super) fn is_in_classes(name: &str) -> bool {
    matches!(
        name.trim_start_matches('_'),
        "birthDate" | "gender" | "address" | "extension" | "deceasedBoolean" | "deceasedDateTime"
    )
}

/// Whether a resource is a patient.
pub(super) fn is_patient(fields: &Map<String, Value>) -> bool {
    fields.get("resourceType").and_then(Value::as_str) == Some(PATIENT)
}

/// What became of the patients.
pub(crate) struct Anonymised {
    /// Those who stay, generalised.
    pub(crate) kept: FhirFile,
    /// For every patient whether she was left out, in the order in which they were given.
    pub(crate) left_out: Vec<bool>,
    /// The search for it.
    pub(crate) problem: Problem,
    /// What the search found.
    pub(crate) solution: Solution,
}

/// Generalises protected patients until every class has `k`, and leaves out those who stay below.
pub(crate) fn anonymise(
    patients: &FhirFile,
    config: &DeidConfig,
    cap_year: Option<i32>,
) -> Result<Anonymised, SearchError> {
    let rows: Vec<Attributes> = patients.resources().map(|patient| attributes_of(&patient)).collect();
    let columns: Vec<Column> = ATTRIBUTES
        .iter()
        .enumerate()
        .map(|(index, name)| Column::from_values(name, rows.iter().filter_map(|row| row.get(index))))
        .collect();
    let attributes = columns.iter().map(|column| attribute(column, cap_year)).collect();
    let codes: Vec<&[u32]> = columns.iter().map(Column::codes).collect();
    let problem = Problem::new(attributes, &codes, Vec::new(), &[], rows.len())?;
    let solution = search(&problem, &config.goal(&ATTRIBUTES, rows.len()))?;
    let mut kept = FhirFile::new(patients.resource_type());
    for (row, (mut patient, numbers)) in patients.part_as_written(0..patients.len()).enumerate() {
        if solution.suppressed.get(row) == Some(&false) {
            generalise(&mut patient, row, &codes, &problem, &solution, cap_year);
            kept.push_as_written(&patient, &numbers);
        }
    }
    Ok(Anonymised { kept, left_out: solution.suppressed.clone(), problem, solution })
}

fn attribute(column: &Column, cap_year: Option<i32>) -> Attribute {
    let leaves = column.dictionary();
    let hierarchy = match column.name() {
        "birth year" => {
            let bands: Vec<_> = BANDS.iter().map(|width| move |year: &str| band(year, *width, cap_year)).collect();
            let levels: Vec<&dyn Fn(&str) -> String> =
                bands.iter().map(|band| band as &dyn Fn(&str) -> String).collect();
            Hierarchy::build(leaves, &levels)
        }
        "location" => {
            Hierarchy::build(leaves, &[&|location: &str| without(location, 1), &|location: &str| without(location, 2)])
        }
        _ => Hierarchy::build(leaves, &[]),
    };
    Attribute { name: column.name().to_owned(), hierarchy }
}

/// A location without its most exact parts.
fn without(location: &str, parts: usize) -> String {
    let told = location.split(LOCATION_SEPARATOR).enumerate();
    let kept: Vec<&str> = told.map(|(place, part)| if place < parts { "" } else { part }).collect();
    if kept.iter().all(|part| part.is_empty()) { String::new() } else { kept.join(LOCATION_SEPARATOR) }
}

/// The band of a birth year: `1950-1959`, or `-1929` for the class of all who are 90 or older.
fn band(year: &str, width: i32, cap_year: Option<i32>) -> String {
    let Ok(number) = year.parse::<i32>() else {
        return String::new();
    };
    let start = number.div_euclid(width) * width;
    match cap_year {
        Some(cap) if start <= cap => format!("-{}", start + width - 1),
        _ => format!("{start}-{}", start + width - 1),
    }
}

/// Whether a label is that of a band of births whose first year is told, or that of the oldest, who are told by the year of the 90-year-olds.
pub(super) fn is_band_from(label: &str, birth: i32) -> bool {
    let year =
        |text: &str| text.parse::<i32>().ok().filter(|_| text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()));
    let Some((first, Some(last))) = label.split_once('-').map(|(first, last)| (first, year(last))) else {
        return false;
    };
    BANDS.iter().any(|width| match first {
        "" => (last + 1).rem_euclid(*width) == 0 && (last - width + 1..=last).contains(&birth),
        first => year(first) == Some(birth) && birth.rem_euclid(*width) == 0 && last == birth + width - 1,
    })
}

fn generalise(
    patient: &mut Value,
    row: usize,
    codes: &[&[u32]],
    problem: &Problem,
    solution: &Solution,
    cap_year: Option<i32>,
) {
    let Some(fields) = patient.as_object_mut() else {
        return;
    };
    for (index, attribute) in problem.attributes().iter().enumerate() {
        let level = solution.levels.get(index).copied().unwrap_or_default();
        let leaf = codes.get(index).and_then(|column| column.get(row)).copied().unwrap_or_default();
        let label = attribute.hierarchy.label(leaf, level).unwrap_or_default();
        if level == 0 {
            continue;
        }
        let removed = label == medshare_deid_anon::ANY || label.is_empty();
        match attribute.name.as_str() {
            "birth year" if removed => drop(fields.remove("birthDate")),
            "birth year" => {
                let first = match label.split_once('-') {
                    Some(("", _)) | None => cap_year.map(|year| format!("{year:04}")).unwrap_or_default(),
                    Some((first, _)) => first.to_owned(),
                };
                fields.insert("birthDate".to_owned(), Value::from(first));
                let years = json!({"extension": [{"url": BIRTH_YEARS, "valueString": label}]});
                fields.insert("_birthDate".to_owned(), years);
            }
            "gender" => drop(fields.remove("gender")),
            "location" if removed => drop(fields.remove("address")),
            "location" => {
                let address = fields.get_mut("address").and_then(|addresses| addresses.get_mut(0));
                if let Some(address) = address.and_then(Value::as_object_mut) {
                    let told = ["postalCode", "state", "country"].into_iter().zip(label.split(LOCATION_SEPARATOR));
                    told.filter(|(_, part)| part.is_empty()).for_each(|(name, _)| drop(address.remove(name)));
                }
            }
            "deceased" => drop(fields.remove("deceasedBoolean")),
            name => {
                let url = if name == "race" { RACE } else { ETHNICITY };
                remove_extension(fields, url);
            }
        }
    }
}

fn remove_extension(fields: &mut serde_json::Map<String, Value>, url: &str) {
    let Some(extensions) = fields.get_mut("extension").and_then(Value::as_array_mut) else {
        return;
    };
    extensions.retain(|extension| extension.get("url").and_then(Value::as_str) != Some(url));
    if extensions.is_empty() {
        fields.remove("extension");
    }
}
