//! What a file's name says about what is in it.

use std::path::Path;

/// A file's name without `.gz`.
pub fn bare_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.strip_suffix(".gz").map_or(name.clone(), str::to_owned)
}

/// Whether a file holds FHIR: a resource per line, or one resource.
pub fn is_fhir(path: &Path) -> bool {
    bare_name(path).ends_with(".ndjson") || is_document(path)
}

/// Whether a file holds one FHIR resource, such as a bundle.
pub fn is_document(path: &Path) -> bool {
    bare_name(path).ends_with(".json")
}
