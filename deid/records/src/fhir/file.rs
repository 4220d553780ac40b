//! The resources of one FHIR type, held as the lines that they are read from and written to.
//!
//! A parsed resource takes some ten times the memory of its line, so a resource is parsed when it is looked at, and not kept.

use std::collections::BTreeSet;
use std::ops::Range;

use serde_json::Value;

use super::facts::Facts;
use super::numbers::{Numbers, parse};
use crate::order::shuffle;

/// All resources of one FHIR type, in the order in which they were read.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FhirFile {
    resource_type: String,
    /// The lines, each with its line feed.
    text: Vec<u8>,
    /// Where each line ends in `text`, behind its line feed.
    ends: Vec<usize>,
    /// What each resource says of itself.
    facts: Vec<Facts>,
    /// The years of all their dates.
    years: BTreeSet<i32>,
}

impl FhirFile {
    /// A file without resources.
    #[must_use]
    pub fn new(resource_type: &str) -> Self {
        FhirFile { resource_type: resource_type.to_owned(), ..FhirFile::default() }
    }

    /// The FHIR resource type, e.g. `Patient`.
    #[must_use]
    #[inline]
    pub fn resource_type(&self) -> &str {
        &self.resource_type
    }

    /// Number of resources.
    #[must_use]
    #[inline]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a resource in its canonical form.
    pub fn push(&mut self, resource: &Value) {
        self.push_as_written(resource, &Numbers::default());
    }

    /// Adds a resource in its canonical form, its numbers as they were written.
    pub fn push_as_written(&mut self, resource: &Value, numbers: &Numbers) {
        // Writing a JSON value to a vector cannot fail: its keys are strings and a vector grows.
        let _ = numbers.write(resource, &mut self.text);
        self.close_line(resource);
    }

    /// Adds a resource of which nobody asks here whose it is. Its years are told with [`FhirFile::tell_years`].
    pub fn push_told(&mut self, resource: &Value, numbers: &Numbers) {
        let _ = numbers.write(resource, &mut self.text);
        self.text.push(b'\n');
        self.ends.push(self.text.len());
    }

    /// Adds years that resources tell in their dates.
    pub fn tell_years(&mut self, years: impl IntoIterator<Item = i32>) {
        self.years.extend(years);
    }

    /// Adds a resource as it was read, if it has no line feed inside; in its canonical form otherwise.
    pub fn push_line(&mut self, line: &[u8], resource: &Value) {
        let line = line.trim_ascii();
        if line.contains(&b'\n') {
            let (resource, numbers) = Numbers::of(line, resource.clone());
            return self.push_as_written(&resource, &numbers);
        }
        self.text.extend_from_slice(line);
        self.close_line(resource);
    }

    fn close_line(&mut self, resource: &Value) {
        self.text.push(b'\n');
        self.ends.push(self.text.len());
        let (facts, years) = Facts::with_years(resource);
        self.facts.push(facts);
        self.years.extend(years);
    }

    /// Adds the resources of another file of the same type.
    pub fn append(&mut self, other: &FhirFile) {
        let before = self.text.len();
        self.text.extend_from_slice(&other.text);
        self.ends.extend(other.ends.iter().map(|end| before + end));
        self.facts.extend_from_slice(&other.facts);
        self.years.extend(&other.years);
    }

    /// The resources, parsed one by one.
    pub fn resources(&self) -> impl Iterator<Item = Value> {
        self.part(0..self.len())
    }

    /// The resources at these places.
    fn part(&self, places: Range<usize>) -> impl Iterator<Item = Value> {
        // What was pushed is JSON, so that nothing is left out here.
        places.filter_map(|place| parse(self.line(place)?).ok())
    }

    /// The same with their numbers as they were written.
    pub fn part_as_written(&self, places: Range<usize>) -> impl Iterator<Item = (Value, Numbers)> {
        places.filter_map(|place| {
            let line = self.line(place)?;
            Some(Numbers::of(line, parse(line).ok()?))
        })
    }

    fn line(&self, place: usize) -> Option<&[u8]> {
        let start = place.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(place)?)
    }

    /// The resources of files of one type in the order in which they are released.
    #[must_use]
    pub fn in_order(resource_type: &str, parts: &[FhirFile], seed: u64) -> FhirFile {
        let lines = parts.iter().flat_map(|part| (0..part.len()).map(move |place| (part, place)));
        let mut lines: Vec<(&[u8], Option<&Facts>)> =
            lines.filter_map(|(part, place)| Some((part.line(place)?, part.facts.get(place)))).collect();
        lines.sort_unstable_by_key(|(line, _)| *line);
        shuffle(&mut lines, seed);
        let ends = lines.iter().scan(0, |end, (line, _)| {
            *end += line.len();
            Some(*end)
        });
        FhirFile {
            resource_type: resource_type.to_owned(),
            ends: ends.collect(),
            text: lines.iter().flat_map(|(line, _)| *line).copied().collect(),
            facts: lines.iter().filter_map(|(_, facts)| *facts).cloned().collect(),
            years: parts.iter().flat_map(|part| part.years.iter().copied()).collect(),
        }
    }

    /// Whether it is known of each resource what it says of itself.
    #[must_use]
    pub fn is_looked_through(&self) -> bool {
        self.facts.len() == self.ends.len()
    }

    /// The same file, where that is known.
    #[must_use]
    pub fn looked_through(&self) -> Self {
        let facts = self.resources().map(|resource| Facts::of(&resource)).collect();
        FhirFile { facts, ..self.clone() }
    }

    /// What each resource says of itself, in their order.
    #[must_use]
    pub fn facts(&self) -> &[Facts] {
        &self.facts
    }

    /// The file as NDJSON.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The latest year of the resources' dates up to `last`.
    #[must_use]
    pub fn latest_year(&self, last: i32) -> Option<i32> {
        self.years.range(..=last).next_back().copied()
    }
}

/// The latest year up to `last` in which anything happened to anybody.
#[must_use]
pub fn reference_year(files: &[FhirFile], last: i32) -> Option<i32> {
    files.iter().filter_map(|file| file.latest_year(last)).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn resources_come_back_in_order_and_parts_add_up() {
        let all: Vec<Value> = (0..7).map(|id| json!({"resourceType": "Patient", "id": id})).collect();
        let (mut whole, mut first, mut second) =
            (FhirFile::new("Patient"), FhirFile::new("Patient"), FhirFile::new("Patient"));
        for (index, resource) in all.iter().enumerate() {
            whole.push(resource);
            if index < 3 { first.push(resource) } else { second.push(resource) }
        }
        assert_eq!(whole.resources().collect::<Vec<_>>(), all);
        assert_eq!(whole.part(2..4).collect::<Vec<_>>(), all.get(2..4).unwrap_or_default());
        first.append(&second);
        assert_eq!(first, whole);
        let mut told = FhirFile::new("Patient");
        all.iter().for_each(|resource| told.push_told(resource, &Numbers::default()));
        assert!(whole.is_looked_through() && !told.is_looked_through());
        assert_eq!(told.looked_through(), whole);
    }

    #[test]
    fn a_line_is_kept_as_it_was_read_unless_it_is_several() {
        let resource = json!({"resourceType": "Observation", "value": 1.5, "effectiveDateTime": "2020-02-01"});
        let mut file = FhirFile::new("Observation");
        file.push_line(b" {\"resourceType\":\"Observation\", \"value\":1.50}\r", &resource);
        file.push_line(b"{\"resourceType\":\n\"Observation\"}", &resource);
        let lines: Vec<&[u8]> = file.text().split(|byte| *byte == b'\n').collect();
        assert_eq!(lines.first(), Some(&&b"{\"resourceType\":\"Observation\", \"value\":1.50}"[..]));
        assert_eq!((file.len(), lines.len()), (2, 3));
        assert_eq!((file.latest_year(2100), file.latest_year(2019)), (Some(2020), None));
    }
}
