//! Where references lead among records.

use std::collections::HashMap;

use medshare_deid_records::FhirFile;
use medshare_deid_records::fhir::{Facts, PATIENT};

use super::keys::Key;

/// Where a resource stands: number of its file, and of its row there.
pub(super) type Row = (usize, usize);

/// All resources by what they are known by.
pub(crate) struct Links<'f> {
    pub(super) files: &'f [FhirFile],
    typed: HashMap<&'f str, HashMap<&'f str, Row>>,
    by_url: HashMap<&'f str, Row>,
    /// By id alone, for references that tell no type; none where resources of two types have it.
    by_id: HashMap<&'f str, Option<Row>>,
    /// Patients by `system|value` of an identifier; none where two have it.
    by_identifier: HashMap<&'f str, Option<Row>>,
    /// The server that all absolute references to patients name: where no patient tells a server, it is theirs.
    home: Option<&'f str>,
}

/// Where a reference leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target<'r> {
    /// To one of these records.
    Here(Row),
    /// To something that is not among them.
    Elsewhere(Key<'r>),
    /// Nobody can tell.
    Nowhere,
}

impl<'f> Links<'f> {
    /// The links among these files.
    pub(crate) fn new(files: &'f [FhirFile]) -> Self {
        let mut links = Links {
            files,
            typed: HashMap::new(),
            by_url: HashMap::new(),
            by_id: HashMap::new(),
            by_identifier: HashMap::new(),
            home: home(files),
        };
        for (file, own) in files.iter().enumerate() {
            for (row, facts) in own.facts().iter().enumerate() {
                links.add(own.resource_type(), facts, (file, row));
            }
        }
        links
    }

    fn add(&mut self, resource_type: &'f str, facts: &'f Facts, row: Row) {
        let Some(id) = facts.id.as_deref() else { return };
        match Key::of(resource_type, id) {
            Key::Url(url) => drop(self.by_url.entry(url).or_insert(row)),
            Key::Typed(name, id) => {
                let first = *self.typed.entry(name).or_default().entry(id).or_insert(row);
                let known = self.by_id.entry(id).or_insert(Some(first));
                *known = known.filter(|known| *known == first);
            }
        }
        for identifier in &facts.identifiers {
            let files = self.files;
            let known = self.by_identifier.entry(identifier).or_insert(Some(row));
            *known = known.filter(|known| facts_of(files, *known).is_some_and(|known| known.id == facts.id));
        }
    }

    /// What a resource says of itself.
    pub(super) fn facts(&self, row: Row) -> Option<&'f Facts> {
        facts_of(self.files, row)
    }

    /// A resource's type.
    pub(super) fn resource_type(&self, row: Row) -> &'f str {
        self.files.get(row.0).map(FhirFile::resource_type).unwrap_or_default()
    }

    /// What a resource is known by.
    pub(super) fn key(&self, row: Row) -> Option<Key<'f>> {
        Some(Key::of(self.resource_type(row), self.facts(row)?.id.as_deref()?))
    }

    /// Where a reference leads: a literal one, `Patient?identifier=system|value`, or `?system|value`.
    pub(super) fn target<'r>(&self, reference: &'r str) -> Target<'r> {
        if let Some(identifier) = reference.strip_prefix('?').or_else(|| reference.strip_prefix("Patient?identifier="))
        {
            let identifier = identifier.replace("%7C", "|").replace("%7c", "|");
            let known = self.by_identifier.get(identifier.as_str()).copied().flatten();
            return known.map_or(Target::Nowhere, Target::Here);
        }
        let Some(key) = Key::named(reference) else { return Target::Nowhere };
        let typed = |name: &str, id: &str| self.typed.get(name).and_then(|of_type| of_type.get(id)).copied();
        let found = match key {
            Key::Typed(name, id) => typed(name, id),
            Key::Url(url) => match (self.by_url.get(url), url.strip_prefix("urn:uuid:")) {
                (Some(row), _) => Some(*row),
                (None, Some(id)) => match self.by_id.get(id) {
                    Some(known) => return known.map_or(Target::Nowhere, Target::Here),
                    None => None,
                },
                (None, None) => self.home.and_then(|home| {
                    let (name, id) = url.strip_prefix(home)?.strip_prefix('/')?.split_once('/')?;
                    typed(name, id)
                }),
            },
        };
        found.map_or(Target::Elsewhere(key), Target::Here)
    }
}

fn facts_of(files: &[FhirFile], (file, row): Row) -> Option<&Facts> {
    files.get(file)?.facts().get(row)
}

/// The server that all absolute references to patients name, if no patient tells one.
fn home(files: &[FhirFile]) -> Option<&str> {
    let mut patients = files.iter().filter(|file| file.resource_type() == PATIENT).flat_map(FhirFile::facts);
    if patients.any(|facts| facts.id.as_deref().is_some_and(|id| matches!(Key::of(PATIENT, id), Key::Url(_)))) {
        return None;
    }
    let mut home = None;
    for owner in files.iter().flat_map(FhirFile::facts).flat_map(|facts| &facts.owners) {
        let Some((server, _)) = owner.split_once("/Patient/").filter(|(server, _)| server.contains("://")) else {
            continue;
        };
        if home.is_some_and(|home| home != server) {
            return None;
        }
        home = Some(server);
    }
    home
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use medshare_deid_records::Records;
    use serde_json::{Value, json};

    fn files(resources: &[Value]) -> Vec<FhirFile> {
        let text: String = resources.iter().map(|one| format!("{one}\n")).collect();
        let Records::Fhir(files) = Records::from_files(&[("x.ndjson".to_owned(), text.into_bytes())]).unwrap() else {
            return Vec::new();
        };
        files
    }

    fn leads_to(links: &Links<'_>, reference: &str) -> Option<String> {
        match links.target(reference) {
            Target::Here(row) => links.key(row).map(Key::literal),
            _ => None,
        }
    }

    #[test]
    fn servers_types_and_identifiers_do_not_mix() {
        let of = |id: &str, mrn: &str| json!({"resourceType": "Patient", "id": id, "identifier": [{"system": "urn:m", "value": mrn}]});
        let files = files(&[
            of("https://a.example/r4/Patient/1", "7"),
            of("https://b.example/r4/Patient/1", "8"),
            of("1", "9"),
            of("2", "9"),
            json!({"resourceType": "Practitioner", "id": "1"}),
        ]);
        let links = Links::new(&files);
        let to = |reference: &str| leads_to(&links, reference);
        assert_eq!(to("Patient/1").as_deref(), Some("Patient/1"));
        assert_eq!(to("Practitioner/1/_history/4").as_deref(), Some("Practitioner/1"));
        assert_eq!(to("https://b.example/r4/Patient/1").as_deref(), Some("https://b.example/r4/Patient/1"));
        assert_eq!(to("https://c.example/r4/Patient/1"), None);
        assert_eq!(to("urn:uuid:1"), None, "two resources have this id");
        assert_eq!(to("urn:uuid:2").as_deref(), Some("Patient/2"));
        assert_eq!(to("?urn:m|8").as_deref(), Some("https://b.example/r4/Patient/1"));
        assert_eq!(to("Patient?identifier=urn:m%7C7").as_deref(), Some("https://a.example/r4/Patient/1"));
        assert_eq!(to("?urn:m|9"), None, "two patients have this identifier");
    }

    #[test]
    fn the_one_server_that_references_name_is_that_of_patients_who_tell_none() {
        let patient = json!({"resourceType": "Patient", "id": "1"});
        let of = |server: &str| json!({"resourceType": "Flag", "subject": {"reference": format!("https://{server}.example/Patient/1")}});
        let one = files(&[patient.clone(), of("a")]);
        assert_eq!(leads_to(&Links::new(&one), "https://a.example/Patient/1").as_deref(), Some("Patient/1"));
        let two = files(&[patient, of("a"), of("b")]);
        assert_eq!(leads_to(&Links::new(&two), "https://a.example/Patient/1"), None);
    }
}
