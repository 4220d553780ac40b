//! Sorts resources by type while they are read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::bundle::{BUNDLE, open};
use super::file::FhirFile;
use super::ndjson::resource_type;
use super::numbers::Numbers;

/// Resources by type.
#[derive(Clone, Debug, Default)]
pub struct FhirGroups(BTreeMap<String, FhirFile>);

impl From<Vec<FhirFile>> for FhirGroups {
    fn from(files: Vec<FhirFile>) -> Self {
        let mut groups = FhirGroups::default();
        for file in files {
            let name = file.resource_type().to_owned();
            groups.0.entry(name).or_insert_with_key(|name| FhirFile::new(name)).append(&file);
        }
        groups
    }
}

impl FhirGroups {
    /// Adds a resource with the line that it was read from.
    pub fn push_line(&mut self, line: &[u8], resource: &Value) {
        self.of(resource).push_line(line, resource);
    }

    /// Adds the resources in a bundle; any other resource with the line that it was read from.
    pub fn push_opened(&mut self, line: &[u8], resource: Value) {
        if resource_type(&resource) != Some(BUNDLE) {
            return self.push_line(line, &resource);
        }
        let (bundle, numbers) = Numbers::of(line, resource);
        self.push_bundle(bundle, &numbers);
    }

    /// Adds the resources in a bundle, its numbers as they were written.
    pub fn push_bundle(&mut self, bundle: Value, numbers: &Numbers) {
        open(bundle).iter().for_each(|inner| self.of(inner).push_as_written(inner, numbers));
    }

    /// How many types there are.
    #[must_use]
    pub fn types(&self) -> usize {
        self.0.len()
    }

    /// The groups, sorted by type.
    #[must_use]
    pub fn finish(self) -> Vec<FhirFile> {
        self.0.into_values().collect()
    }

    /// The group of a resource; what is no resource is in one without a name, whose type nobody knows.
    fn of(&mut self, resource: &Value) -> &mut FhirFile {
        let name = resource_type(resource).unwrap_or_default();
        self.0.entry(name.to_owned()).or_insert_with(|| FhirFile::new(name))
    }
}
