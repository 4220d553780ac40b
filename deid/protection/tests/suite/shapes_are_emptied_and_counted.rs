//! Whatever looks like an identifier leaves neither in a column that is kept nor in the text of a code, and the report counts it.

use medshare_deid::{Category, DeidConfig, PackageKey, Records, TableConfig, check, deidentify};

/// Strings of every kind, as the recogniser's own tests have them.
const OWN: &str = include_str!("../../../identifiers/tests/strings/own.tsv");
const CLINICAL: &str = include_str!("../../../identifiers/tests/strings/clinical.tsv");

fn strings(list: &str) -> Vec<(&str, &str)> {
    list.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t')).collect()
}

/// A table with a column for each string: it, and three harmless words, ten times.
fn table(strings: &[(&str, &str)]) -> (Records, DeidConfig) {
    let names: Vec<String> = (0..strings.len()).map(|index| format!("c{index}")).collect();
    let row = |value: &dyn Fn(&str) -> String| {
        let fields: Vec<String> =
            strings.iter().map(|(_, text)| format!("\"{}\"", value(text).replace('"', "\"\""))).collect();
        fields.join(",") + "\n"
    };
    let words = ["fine", "see note", "ok"].map(|word| row(&|_| word.to_owned())).concat();
    let rows = (row(&|text| text.to_owned()) + &words).repeat(10);
    let text = names.join(",") + "\n" + &rows;
    let config = DeidConfig { table: TableConfig { keep: names, ..TableConfig::default() }, ..DeidConfig::default() };
    (Records::from_files(&[("t.csv".into(), text.into_bytes())]).unwrap(), config)
}

fn released(records: &Records) -> String {
    records.to_files().into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn what_looks_like_an_identifier_is_emptied_and_counted() {
    let strings = strings(OWN);
    let (records, config) = table(&strings);
    let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
    let output = released(&result.records);
    for (index, (kind, text)) in strings.iter().enumerate() {
        assert!(!output.contains(&text.replace('"', "\"\"")), "{kind}: {text}");
        let counted = result.report.removed.iter().filter(|reason| reason.place == format!("c{index}"));
        assert_eq!(counted.map(|reason| reason.count).sum::<u64>(), 10, "{kind}: {text}");
    }
    assert!(check(&result.records, &config).passed);
    assert!(!check(&records, &config).passed);
}

#[test]
fn clinical_values_stay_in_columns_that_are_kept() {
    let clinical = strings(CLINICAL);
    let (records, config) = table(&clinical);
    let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
    let output = released(&result.records);
    let lost: Vec<&str> =
        clinical.iter().map(|(_, text)| *text).filter(|text| !output.contains(&text.replace('"', "\"\""))).collect();
    assert!(lost.len() * 200 <= clinical.len(), "{lost:?}");
}

#[test]
fn dates_that_a_column_counts_become_years() {
    let rows: String = (0..40)
        .map(|row| format!("{},{},{}\n", 24_084 + row, 1_546_719_781 + row * 1_000, 240_000 + row * 7))
        .collect();
    let text = format!("dob,created_at,platelets\n{rows}");
    let records = Records::from_files(&[("t.csv".into(), text.into_bytes())]).unwrap();
    let names = ["dob", "created_at", "platelets"].map(str::to_owned).to_vec();
    let config = DeidConfig { table: TableConfig { keep: names, ..TableConfig::default() }, ..DeidConfig::default() };
    let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
    let output = released(&result.records);
    assert!(output.contains("1965,2019,240007"), "{output}");
    assert!(!output.contains("24084") && !output.contains("15467"));
    let dates = result.report.removed.iter().filter(|reason| reason.kind == Category::Date);
    assert_eq!(
        dates.map(|reason| (reason.place.as_str(), reason.count)).collect::<Vec<_>>(),
        [("dob", 40), ("created_at", 40)]
    );
    assert!(check(&result.records, &config).passed);
}
