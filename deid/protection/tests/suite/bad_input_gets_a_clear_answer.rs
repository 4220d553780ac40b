//! Every kind of bad input has an answer that says what was expected, and nothing unsafe comes out.

use medshare_deid::anon::{Hierarchy, HierarchyError};
use medshare_deid::{
    Category, ConfigError, DeidConfig, DeidError, HierarchyConfig, PackageKey, Records, RecordsError, classify,
    deidentify,
};
use proptest::prelude::*;

fn table(text: &[u8]) -> Result<Records, RecordsError> {
    Records::from_files(&[("t.csv".to_owned(), text.to_vec())])
}

fn run(records: &Records, config: &DeidConfig) -> Result<Records, DeidError> {
    deidentify(records, config, &PackageKey::new([1; 32])).map(|result| result.records)
}

fn csv_of(records: &Records) -> String {
    String::from_utf8(records.to_files().remove(0).1).unwrap()
}

#[test]
fn broken_tables_are_refused_with_their_line() {
    let message = |text: &[u8]| table(text).unwrap_err().to_string();
    assert_eq!(message(b""), "t.csv, line 1: the table is empty; expected a line of column names");
    assert!(message(b"a,b\n1,2\n3\n").starts_with("t.csv, line 3: the row has 1 fields; expected 2"));
    assert!(message(b"a,a\n1,2\n").contains("columns 1 and 2 have the same name"));
    assert!(
        message(b"a,\n1,2\n").contains("the row has 2 fields; expected 1, as in the header: each column with a name")
    );
    assert!(message(b"40,m\n41,f\n").contains("the line seems to be a row"));
}

#[test]
fn byte_order_marks_line_ends_and_latin_1_are_read() {
    let Ok(Records::Table(read)) = table(b"\xef\xbb\xbfa,b\r\n1,2\n3,\"x\r\ny\"\r\n") else {
        panic!("expected a table")
    };
    assert_eq!(read.column_names().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(read.row_count(), 2);
    let Ok(Records::Table(latin)) = table(b"city\nZ\xfcrich\n") else { panic!("expected a table") };
    assert_eq!(latin.columns()[0].value(0), Some("Z\u{fc}rich"));
}

#[test]
fn malformed_resources_are_named_by_file_and_line_without_their_content() {
    let read =
        |text: &str| Records::from_files(&[("P.ndjson".to_owned(), text.as_bytes().to_vec())]).unwrap_err().to_string();
    let broken = read("{\"resourceType\":\"Patient\",\"id\":\"a\"}\n{\"resourceType\":\"Patient\",\"name\":\"Secret");
    assert!(broken.starts_with("P.ndjson, line 2: not JSON") && !broken.contains("Secret"), "{broken}");
    assert!(read("{\"id\":\"a\"}").contains("no resourceType"));
    assert!(read("[1]").contains("a list of resources"));
}

#[test]
fn resources_and_elements_that_fhir_does_not_know_never_leave() {
    let mut lines = String::new();
    for id in 0..6 {
        lines += &format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\",\"gender\":\"male\",\"nickname\":\"Bo\"}}\n");
        lines += &format!("{{\"resourceType\":\"Diary\",\"id\":\"{id}\",\"entry\":\"Bo\"}}\n");
    }
    let records = Records::from_files(&[("x.ndjson".to_owned(), lines.into_bytes())]).unwrap();
    let config = DeidConfig::default();
    assert!(classify(&records, &config).reasons.iter().any(|reason| reason.kind == Category::Unclassified));
    let result = run(&records, &config).unwrap();
    assert_eq!(result.count(), 6);
    assert!(!result.to_files().iter().any(|(_, bytes)| String::from_utf8_lossy(bytes).contains("Bo")));
}

#[test]
fn k_larger_than_the_table_and_everything_suppressed_are_told_apart() {
    let records = table(b"age\n30\n40\n50\n").unwrap();
    let config = DeidConfig { k: 10, ..DeidConfig::default_for(&records) };
    assert!(
        run(&records, &config).unwrap_err().to_string().starts_with("10-anonymity cannot be reached: 3 of 3 subjects")
    );
    let all = DeidConfig { suppression_limit: 1.0, ..config };
    assert!(matches!(run(&records, &all), Err(DeidError::AllSuppressed { subjects: 3 })));
}

#[test]
fn a_hierarchy_that_misses_a_value_or_is_no_tree_is_named() {
    let records = table(b"sex,age\nm,30\nf,30\nx,30\n").unwrap();
    let mut config = DeidConfig { k: 2, ..DeidConfig::default_for(&records) };
    let rows = vec![vec!["m".to_owned(), "*".to_owned()], vec!["f".to_owned(), "*".to_owned()]];
    config.table.hierarchies.insert("sex".to_owned(), HierarchyConfig::Rows { rows });
    let message = run(&records, &config).unwrap_err().to_string();
    assert_eq!(
        message,
        "column `sex`: 1 value of the column is missing in its hierarchy, the first in row 3; add a line for each"
    );
    assert!(matches!(
        Hierarchy::from_csv(b"a;x;1\nb;x;2\n", b';'),
        Err(HierarchyError::NotATree { line: 2, level: 1 })
    ));
    assert!(matches!(Hierarchy::from_csv(b"a;x\nb\n", b';'), Err(HierarchyError::Ragged { line: 2, .. })));
    assert!(matches!(Hierarchy::from_csv(b"a;x\na;x\n", b';'), Err(HierarchyError::Repeated { line: 2 })));
    assert!(matches!(Hierarchy::from_csv(b"", b';'), Err(HierarchyError::Empty)));
}

#[test]
fn missing_values_and_nan_form_their_own_values() {
    let rows: String = (0..20).map(|row| ["30", "NaN", "", "?"][row % 4].to_owned() + ",x\n").collect();
    let records = table(format!("age,smoker\n{rows}").as_bytes()).unwrap();
    let result = run(&records, &DeidConfig { k: 5, ..DeidConfig::default_for(&records) }).unwrap();
    assert_eq!(csv_of(&result).matches("NaN").count(), 5);
}

#[test]
fn identifiers_hidden_in_kept_columns_are_emptied() {
    let mut rows: String = (0..200).map(|row| format!("30,{}\n", ["yes", "no"][row % 2])).collect();
    rows += "30,999-12-3456\n";
    let records = table(format!("age,smoker\n{rows}").as_bytes()).unwrap();
    let config = DeidConfig::default_for(&records);
    let result = run(&records, &config).unwrap();
    assert!(!csv_of(&result).contains("999-12-3456"));
    assert!(medshare_deid::check(&result, &config).passed);
}

#[test]
fn months_of_a_year_among_other_texts_are_emptied() {
    let mut rows: String = (0..200).map(|row| format!("30,{}\n", ["yes", "no"][row % 2])).collect();
    rows += "30,2020-02\n";
    let records = table(format!("age,smoker\n{rows}").as_bytes()).unwrap();
    let result = run(&records, &DeidConfig::default_for(&records)).unwrap();
    assert!(!csv_of(&result).contains("2020-02"));
}

#[test]
fn configurations_that_contradict_themselves_are_refused() {
    let records = table(b"age,zip\n30,01940\n").unwrap();
    let base = DeidConfig::default_for(&records);
    let refused = |change: &dyn Fn(&mut DeidConfig)| {
        let mut config = base.clone();
        change(&mut config);
        config.validate(&records).unwrap_err()
    };
    assert_eq!(refused(&|config| config.k = 1), ConfigError::SmallK { k: 1 });
    assert_eq!(refused(&|config| config.suppression_limit = f64::NAN), ConfigError::SuppressionLimit);
    assert!(matches!(refused(&|config| config.table.keep.push("age".into())), ConfigError::TwoRoles { .. }));
    assert!(matches!(refused(&|config| config.table.keep.push("nose".into())), ConfigError::UnknownColumn { .. }));
    assert!(matches!(
        refused(&|config| config.weights.extend([("nose".to_owned(), 1.0)])),
        ConfigError::NotQuasi { .. }
    ));
    assert!(matches!(refused(&|config| config.weights.extend([("age".to_owned(), 0.0)])), ConfigError::Weight { .. }));
    let widths = |widths: Vec<f64>| HierarchyConfig::Widths { widths };
    assert!(matches!(
        refused(&|config| drop(config.table.hierarchies.insert("age".into(), widths(vec![5.0, 7.0])))),
        ConfigError::Nesting { .. }
    ));
    assert!(toml::from_str::<DeidConfig>("kk = 3").unwrap_err().to_string().contains("unknown field `kk`"));
    assert!(toml::from_str::<DeidConfig>("method = \"magic\"").is_err());
}

#[test]
fn what_a_spreadsheet_would_run_leaves_as_text_and_is_counted() {
    let values = ["=1+1", "-1", "+", "@SUM(1)", "-2.50", "no"];
    let rows: String = (0..60).map(|row| format!("30,{},{}\n", values[row % 6], row % 2)).collect();
    let records = table(format!("age,note,sex\n{rows}").as_bytes()).unwrap();
    let mut config = DeidConfig { k: 2, ..DeidConfig::default() };
    config.table.quasi_identifiers = vec!["age".to_owned(), "sex".to_owned()];
    config.table.keep = vec!["note".to_owned()];
    let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
    let text = csv_of(&result.records);
    for value in ["'=1+1", "-1", "+", "'@SUM(1)", "-2.50", "no"] {
        assert_eq!(text.matches(&format!(",{value},")).count(), 10, "{value}: {text}");
    }
    assert!(result.report.removed.iter().any(|one| one.kind == Category::Formula && one.count == 20));
    assert!(medshare_deid::check(&result.records, &config).passed);
    let checked = medshare_deid::check(&records, &config);
    assert!(checked.findings.iter().any(|one| one.to_string().contains("note: formula of a spreadsheet")));
}

#[test]
fn names_that_may_tell_of_people_pass_no_check_and_leave_with_nothing() {
    let named = |file: &str, column: &str| {
        let rows = "30,1\n".repeat(10);
        let records =
            Records::from_files(&[(format!("{file}.csv"), format!("age,{column}\n{rows}").into_bytes())]).unwrap();
        let mut config = DeidConfig { k: 2, ..DeidConfig::default() };
        config.table.quasi_identifiers = vec!["age".to_owned()];
        config.table.keep = vec![column.to_owned()];
        (medshare_deid::check(&records, &config), run(&records, &config).unwrap())
    };
    assert!(named("visits", "smoker").0.passed);
    for (file, column) in [("Zed_Quillon_0048151", "smoker"), ("visits", "MRN0048151"), ("visits", "555-12-3456")] {
        let (checked, left) = named(file, column);
        assert!(!checked.passed, "{file} {column}");
        let files = left.to_files();
        assert!(!files.iter().any(|(name, _)| name.contains("Zed")) && !csv_of(&left).contains("48151"), "{files:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a-z0-9,\"\n;{}:.@-]{0,200}") {
        for input in [bytes.as_slice(), text.as_bytes()] {
            let _ = Records::from_files(&[("x.ndjson".to_owned(), input.to_vec())]);
            let _ = Hierarchy::from_csv(input, b';');
            if let Ok(records) = table(input) {
                let config = DeidConfig { k: 2, suppression_limit: 1.0, ..DeidConfig::default_for(&records) };
                if let Ok(result) = run(&records, &config) {
                    let report = medshare_deid::check(&result, &config);
                    prop_assert!(report.passed, "{:?}", report.findings);
                }
            }
        }
        let _ = toml::from_str::<DeidConfig>(&text);
        let _ = medshare_deid::shapes_in(&text);
    }
}
