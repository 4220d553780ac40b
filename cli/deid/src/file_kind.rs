//! What a file's name says about what is in it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

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

/// The files behind paths, folders opened, sorted by name.
pub fn files_of(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        // whether it is there comes before what its name says of it
        let is_folder = path.metadata().with_context(|| format!("cannot open {}", path.display()))?.is_dir();
        if !is_folder {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))? {
            let file = entry?.path();
            if file.is_file()
                && (is_fhir(&file) || [".csv", ".parquet"].iter().any(|end| bare_name(&file).ends_with(end)))
            {
                inside.push(file);
            }
        }
        // Beside lines of resources, other JSON is a manifest or a configuration.
        if inside.iter().any(|file| !is_document(file)) {
            inside.retain(|file| !is_document(file));
        }
        inside.sort();
        files.append(&mut inside);
    }
    Ok(files)
}
