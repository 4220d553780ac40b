//! What a header says holds for every cell: what cannot be read as a date, an age or a postcode leaves in no role, and the check finds it.

use medshare_deid::{Category, ColumnKind, DeidConfig, PackageKey, Records, TableConfig, check, deidentify};

const ROWS: usize = 40;

/// A table of one column whose values repeat, and another to keep.
fn table(name: &str, values: &[&str]) -> Records {
    let quoted = |text: &str| format!("\"{text}\"");
    let rows = (0..ROWS).map(|row| format!("{},5.{}\n", quoted(values[row % values.len()]), row % 4));
    let text = format!("{},glucose\n{}", quoted(name), rows.collect::<String>());
    Records::from_files(&[("t.csv".to_owned(), text.into_bytes())]).unwrap()
}

fn config(name: &str, role: &str, kind: Option<ColumnKind>) -> DeidConfig {
    let own = |wanted: &str| if role == wanted { vec![name.to_owned()] } else { Vec::new() };
    let mut keep = own("keep");
    keep.push("glucose".to_owned());
    DeidConfig {
        release_year: Some(2024),
        table: TableConfig {
            quasi_identifiers: own("quasi"),
            sensitive: own("sensitive"),
            keep,
            kinds: kind.map(|kind| (name.to_owned(), kind)).into_iter().collect(),
            ..TableConfig::default()
        },
        ..DeidConfig::default()
    }
}

#[track_caller]
fn leaves_nothing(name: &str, values: &[&str], kind: Option<ColumnKind>, told: Category) {
    for role in ["quasi", "keep", "sensitive"] {
        let (records, config) = (table(name, values), config(name, role, kind));
        let Records::Table(own) = &records else { panic!("a table expected") };
        assert_eq!(own.row_count(), ROWS);
        let before = check(&records, &config);
        assert!(!before.passed, "{name} {role} {values:?}: the check finds nothing");
        let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
        let output: String =
            result.records.to_files().into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect();
        for value in values {
            let left = output.lines().skip(1).any(|line| line.split(',').next().unwrap().trim_matches('"') == *value);
            assert!(!left, "{name} {role}: {value} in {output}");
        }
        let counted = result.report.removed.iter().filter(|own| own.place == name && own.kind == told);
        assert_eq!(counted.map(|own| own.count).sum::<u64>(), ROWS as u64, "{name} {role} {values:?}");
        let after = check(&result.records, &config);
        assert!(after.passed, "{name} {role}: {:?}", after.findings);
    }
}

#[test]
fn what_cannot_be_read_under_its_header_becomes_empty() {
    for (name, values) in [
        ("出生日期", &["112/03/02", "035/02/12"][..]),
        ("birth date", &["510405", "660903"]),
        ("Geburtsdatum", &["4 III 1950", "12/15", "8 марта 1921"]),
        ("visit date", &["12/15", "٣ مارس", "the day after Christmas"]),
        ("تاريخ الميلاد", &["٠٣/٠٥/١٩٥٠", "١٩٦١"]),
    ] {
        leaves_nothing(name, values, None, Category::Date);
    }
    for (name, values) in [
        ("age", &["ninety-three", "九十三", "XCIV", "~93"][..]),
        ("年龄", &["９７", "٩٧"]),
        ("Alter", &["dreiundneunzig", "Ojukwu"]),
    ] {
        leaves_nothing(name, values, None, Category::AgeOver89);
    }
    leaves_nothing("PLZ", &["Berlin 10115", "〒100-0001", "１０１１５"], None, Category::Address);
    leaves_nothing("v17", &["112/03/02", "510405"], Some(ColumnKind::Birth), Category::Date);
    leaves_nothing("v17", &["ninety-three", "XCIV"], Some(ColumnKind::Age), Category::AgeOver89);
}

#[test]
fn a_configured_kind_only_adds_to_what_the_header_says() {
    for kind in [ColumnKind::Age, ColumnKind::Date, ColumnKind::Birth] {
        leaves_nothing("zip", &["02131", "02130"], Some(kind), Category::Address);
    }
    leaves_nothing("age", &["93", "95"], Some(ColumnKind::Postcode), Category::AgeOver89);
    leaves_nothing("visit_date", &["12/15", "03/04"], Some(ColumnKind::Age), Category::Date);
}

#[test]
fn parts_of_dates_leave_in_no_role() {
    for (name, values) in [
        ("Monat", &["3", "11"][..]),
        ("Tag", &["17", "31"]),
        ("mes_nacimiento", &["3", "11"]),
        ("dia_nacimiento", &["17", "31"]),
        ("birth month", &["March", "May"]),
        ("week", &["14", "52"]),
        ("Quartal", &["Q3", "Q4"]),
        ("death_month", &["3", "4"]),
        ("period", &["202010", "202011", "202012"]),
        ("period", &["2020-Q3", "KW 14/2020", "Oct-20"]),
        ("period", &["February", "März", "octubre"]),
        ("month", &["2020-10", "2020-11"]),
    ] {
        leaves_nothing(name, values, None, Category::Date);
    }
    for name in ["Monat", "Tag", "week", "mois", "季度"] {
        let Records::Table(own) = table(name, &["1", "2"]) else { panic!("a table expected") };
        let withheld = medshare_deid::withheld(&own, &DeidConfig::default_for(&Records::Table(own.clone())).table);
        assert!(withheld.iter().any(|own| own.column == name), "{name}: {withheld:?}");
    }
}

#[test]
fn names_among_numbers_of_a_measured_column_leave_in_no_role() {
    let values: Vec<String> = (0..20).map(|row| format!("{}.{}", 3 + row % 7, row)).collect();
    let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
    values.push("Underbough");
    for role in ["keep", "sensitive"] {
        let (records, config) = (table("creatinine", &values), config("creatinine", role, None));
        assert!(!check(&records, &config).passed);
        let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
        let text = String::from_utf8(result.records.to_files()[0].1.clone()).unwrap();
        assert!(!text.contains("Underbough") && text.contains("3.0") && text.contains("4.1"), "{text}");
        let counted = result.report.removed.iter().find(|own| own.place == "creatinine").unwrap();
        assert_eq!((counted.kind, counted.count), (Category::FreeText, 1));
        assert!(check(&result.records, &config).passed);
    }
}

#[test]
fn numbers_and_names_of_people_are_refused_whoever_keeps_them() {
    let many: Vec<String> = (0..20).map(|row: u64| ((row + 7) * 4_815_162 % 9_973).to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for (name, values) in
        [("patient_id", &many[..]), ("surname", &["Nam0", "Nam1"]), ("v17", &many), ("phone", &["A", "B"])]
    {
        for role in ["keep", "sensitive"] {
            let (records, config) = (table(name, values), config(name, role, None));
            let found = check(&records, &config).findings;
            assert!(format!("{found:?}").contains("Identifier"), "{name} {role}: {found:?}");
            let result = deidentify(&records, &config, &PackageKey::new([1; 32])).unwrap();
            let Records::Table(own) = &result.records else { panic!("a table expected") };
            assert!(own.column(name).is_none(), "{name} {role}");
        }
    }
}
