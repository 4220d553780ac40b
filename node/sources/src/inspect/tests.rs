#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;
use tempfile::TempDir;

const K: u32 = 2;

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn patients(count: usize) -> Vec<u8> {
    let line = |n| format!("{{\"resourceType\":\"Patient\",\"id\":\"p{n}\"}}\n");
    (0..count).map(line).collect::<String>().into_bytes()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

fn look(files: &[(&str, &[u8])]) -> Result<Contents, InspectError> {
    inspect(folder(files).path(), None, K, &|_, _| ())
}

#[track_caller]
fn refused(files: &[(&str, &[u8])], words: &str) {
    let error = look(files).unwrap_err();
    let text = medshare_node_causes::with_causes(&error);
    assert!(text.contains(words), "expected “{words}” in “{text}”");
}

#[test]
fn resources_and_patients_are_counted_over_all_files_as_a_request_reads_them() {
    let mut text = b"\xef\xbb\xbf".to_vec();
    text.extend(patients(3));
    text.extend(b"\r\n\n  {\"resourceType\":\"Condition\"}\n");
    text.extend(
        b"{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"b\"}},{}]}",
    );
    let files: [(&str, &[u8]); 3] =
        [("Patient.ndjson", &text), ("more.ndjson.gz", &packed(&patients(600))), ("readme.txt", b"not looked at")];
    let folder = folder(&files);
    let heard = std::sync::Mutex::new(Vec::new());
    let contents = inspect(folder.path(), None, K, &|read, total| heard.lock().unwrap().push((read, total))).unwrap();
    assert_eq!(contents, Contents { record_type: "fhir-r4", records: 605, subjects: 604, guessed: None });
    let retrieved = FolderConnector::new(folder.path().to_owned()).retrieve().unwrap().records;
    assert_eq!((retrieved.count(), retrieved.subject_count()), (contents.records, contents.subjects));
    let heard = heard.into_inner().unwrap();
    assert!(heard.iter().any(|(read, total)| read == total), "{heard:?}");
}

#[test]
fn a_table_is_counted() {
    let contents = look(&[("t.csv", b"age,disease\n40,flu\n41,\"a\nb\"\n")]).unwrap();
    assert_eq!((contents.record_type, contents.records, contents.subjects), ("table", 2, 2));
}

#[test]
fn whatever_separates_the_columns_each_is_one_and_what_it_is_taken_for_is_told() {
    for separator in [",", ";", "\t", "|"] {
        let table = "name,age,disease,c4\nann,40,flu,1\nbea,41,flu,1\n".replace(',', separator);
        let guessed = look(&[("t.csv", table.as_bytes())]).unwrap().guessed.unwrap();
        let lists = [&guessed.direct_identifiers, &guessed.quasi_identifiers, &guessed.sensitive];
        assert_eq!(lists, [&["name".to_owned()], &["age".to_owned()], &["disease".to_owned()]], "{separator:?}");
        assert_eq!([guessed.keep, guessed.withheld].concat(), ["c4"]);
    }
}

#[test]
fn what_is_broken_is_named_with_file_and_line() {
    let good = patients(5);
    let cut = |at: usize| packed(&patients(9_000)).get(..at).unwrap().to_vec();
    let broken = [good.as_slice(), b"{\"resourceType\":\n"].concat();
    refused(&[("a.ndjson", &good), ("b.ndjson", &broken)], "b.ndjson, line 6: not JSON");
    refused(&[("a.ndjson", b"[]\n")], "a.ndjson, line 1: a list of resources");
    refused(&[("a.ndjson", b"{\"resourceType\":\"\xff\"}\n")], "a.ndjson, line 1: not UTF-8");
    refused(&[("a.ndjson.gz", &cut(10_000))], "a.ndjson.gz is damaged behind line ");
    refused(&[("a.ndjson.gz", b"no gzip")], "a.ndjson.gz is damaged behind line 0");
    refused(&[("t.csv", b"age,disease\n40,flu\n41\n")], "t.csv, line 3: the row has 1 fields; expected 2");
    refused(&[("t.csv.gz", packed(b"age\n1\n").get(..18).unwrap())], "t.csv.gz is damaged behind line ");
    refused(&[("t.csv", b"")], "t.csv, line 1: the table is empty");
    refused(&[("t.csv", b"age,age\n1,2\n")], "columns 1 and 2 have the same name");
}

#[test]
fn of_several_broken_files_the_first_is_named() {
    let broken: Vec<(String, &[u8])> = (10..30).map(|n| (format!("{n}.ndjson"), b"{".as_slice())).collect();
    let files: Vec<(&str, &[u8])> = broken.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    refused(&files, "10.ndjson, line 1");
}

#[test]
fn a_folder_of_which_no_package_could_be_made_is_refused() {
    refused(&[("readme.txt", b"")], "holds no records");
    refused(&[("a.ndjson", b"\n\n")], "holds no Patient resources");
    refused(&[("a.ndjson", b"{\"resourceType\":\"Condition\"}")], "holds no Patient resources");
    refused(&[("a.ndjson", &patients(1))], "holds too few patients or rows (1): with k = 2");
    refused(&[("a.ndjson", &patients(3)), ("t.csv", b"age\n1\n2\n")], "either .ndjson files only or exactly one .csv");
    refused(&[("s.csv", b"age\n1\n2\n"), ("t.csv", b"age\n1\n2\n")], "exactly one .csv");
}

#[test]
fn people_who_cannot_be_made_anonymous_are_found_before_a_request_finds_them() {
    // one person told twice is one person
    refused(&[("a.ndjson", &patients(1)), ("b.ndjson", &patients(1))], "no package could be made of the records");
    let mut config = DeidConfig { k: K, ..DeidConfig::default() };
    config.table.direct_identifiers = vec!["name".to_owned(), "id".to_owned()];
    let table = folder(&[("t.csv", b"name,id\nann,1\nbea,2\n")]);
    let error = inspect(table.path(), Some(&config), K, &|_, _| ()).unwrap_err();
    let text = medshare_node_causes::with_causes(&error);
    assert!(text.contains("no column is kept"), "{text}");
}

#[test]
fn a_table_whose_columns_tell_nothing_needs_a_configuration() {
    let table: &[(&str, &[u8])] = &[("t.csv", b"c1,c2\n7,1\n7,2\n8,1\n")];
    refused(table, "t.csv, line 1: no column is known");
    let mut config = DeidConfig { k: K, ..DeidConfig::default() };
    config.table.keep = vec!["c1".to_owned(), "c2".to_owned()];
    assert_eq!(inspect(folder(table).path(), Some(&config), K, &|_, _| ()).unwrap().records, 3);
    config.table.keep.push("c3".to_owned());
    let refused = inspect(folder(table).path(), Some(&config), K, &|_, _| ());
    assert!(matches!(refused, Err(InspectError::Config(_))), "{refused:?}");
}
