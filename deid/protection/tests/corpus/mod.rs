//! Test data that nobody in this project wrote; see MEDSHARE_TEST_DATA.

#![allow(dead_code, reason = "each test uses a part of the corpus")]

use std::io::Read;
use std::path::{Path, PathBuf};

use medshare_deid_records::{Records, Table};

/// The folder of the test data, if there is one. Says so loudly otherwise.
pub fn folder(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    let base =
        std::env::var_os("MEDSHARE_TEST_DATA").map_or_else(|| root.unwrap().join("../shared/data"), PathBuf::from);
    let folder = base.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no test data at {}; set MEDSHARE_TEST_DATA", folder.display());
    None
}

/// The 615 synthetic patients and all their resources.
pub fn synthea() -> Option<Records> {
    let folder = folder("fhir-r4-synthea/ndjson")?;
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
        files.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), bytes));
    }
    Some(Records::from_files(&files).unwrap())
}

/// The 101,766 encounters of diabetic patients.
pub fn diabetes() -> Option<Table> {
    let archive = std::fs::read(folder("uci-diabetes-130")?.join("dataset_diabetes.zip")).unwrap();
    let bytes = member(&archive, "dataset_diabetes/diabetic_data.csv");
    Some(medshare_deid_records::read_table("diabetic_data", &bytes, b',').unwrap())
}

/// A deflated member of a ZIP archive, found through the central directory.
fn member(archive: &[u8], name: &str) -> Vec<u8> {
    let u16_at = |at: usize| u16::from_le_bytes(archive[at..at + 2].try_into().unwrap()) as usize;
    let u32_at = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap()) as usize;
    let end = archive.windows(4).rposition(|window| window == b"PK\x05\x06").unwrap();
    let mut entry = u32_at(end + 16);
    loop {
        assert_eq!(&archive[entry..entry + 4], b"PK\x01\x02", "{name} is not in the archive");
        let (name_length, extra, comment) = (u16_at(entry + 28), u16_at(entry + 30), u16_at(entry + 32));
        if &archive[entry + 46..entry + 46 + name_length] == name.as_bytes() {
            let local = u32_at(entry + 42);
            let start = local + 30 + u16_at(local + 26) + u16_at(local + 28);
            let mut bytes = Vec::new();
            let deflated = &archive[start..start + u32_at(entry + 20)];
            flate2::read::DeflateDecoder::new(deflated).read_to_end(&mut bytes).unwrap();
            return bytes;
        }
        entry += 46 + name_length + extra + comment;
    }
}
