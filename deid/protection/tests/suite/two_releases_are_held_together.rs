//! Two releases that are anonymous each are looked at together, as somebody does who has both.

use medshare_deid::records::{Column, read_table};
use medshare_deid::together::{TogetherError, TogetherReport, together};
use medshare_deid::{DeidConfig, HierarchyConfig, PackageKey, Records, Table, TableConfig, deidentify};
use medshare_deid_cohort as cohort;

fn config(quasi: &[&str], keep: &[&str]) -> DeidConfig {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let table = TableConfig { quasi_identifiers: own(quasi), keep: own(keep), ..TableConfig::default() };
    DeidConfig { k: 5, table, ..DeidConfig::default() }
}

fn table(text: &str) -> Records {
    Records::Table(read_table("table", text.as_bytes(), b',').unwrap())
}

fn held(first: (&Records, &DeidConfig), second: (&Records, &DeidConfig)) -> TogetherReport {
    together(first, second).unwrap()
}

/// A line for each of `people`, under a header.
fn lines(header: &str, people: std::ops::Range<u32>, line: impl Fn(u32) -> String) -> Records {
    let rows: String = people.map(|person| line(person) + "\n").collect();
    table(&format!("{header}\n{rows}"))
}

#[test]
fn the_same_release_twice_tells_nothing_new() {
    let config = config(&["age"], &["glucose"]);
    let release = |order: i32| {
        lines("age,glucose", 0..20, |row| {
            let person = if order < 0 { 19 - row } else { row };
            format!("\"[{0}, {1})\",{2}.5", person / 10 * 10, person / 10 * 10 + 10, person)
        })
    };
    let report = held((&release(1), &config), (&release(-1), &config));
    assert!(report.passed, "{report:?}");
    assert_eq!((report.smallest_class, report.below_k, report.classes), (10, 0, 2));
    // Each row has a value of its own that both show: they fit line by line, and say nothing new together.
    assert_eq!((report.aligned, report.subjects), (20, 20));
    assert_eq!(report.shared, ["age", "glucose"]);
}

#[test]
fn two_ways_to_tell_one_age_are_finer_than_each() {
    let config = config(&["age"], &["glucose"]);
    // Ten people of each age band in the first, other bands in the second: one of them is in both of the middle ones.
    let first = lines("age,glucose", 0..20, |person| {
        format!("\"[{0}, {1})\",{person}", person / 10 * 10, person / 10 * 10 + 10)
    });
    let second = lines("age,glucose", 0..20, |person| {
        let band = if person < 9 { "[0, 9)" } else { "[9, 20)" };
        format!("\"{band}\",{person}")
    });
    let report = held((&first, &config), (&second, &config));
    assert!(!report.passed);
    assert_eq!((report.smallest_class, report.below_k, report.only_in_one), (1, 1, 0));
}

#[test]
fn other_quasi_identifiers_of_the_same_people_join() {
    let with_sex = config(&["sex"], &["glucose"]);
    let with_place = config(&["place"], &["glucose"]);
    let first = lines("sex,glucose", 0..20, |person| format!("{},{person}", if person % 2 == 0 { "F" } else { "M" }));
    let second =
        lines("place,glucose", 0..20, |person| format!("{},{person}", if person < 7 { "North" } else { "South" }));
    let report = held((&first, &with_sex), (&second, &with_place));
    assert!(!report.passed);
    assert_eq!((report.classes, report.smallest_class, report.below_k), (4, 3, 7));
    // Without a value by which rows find each other, nobody can tell who is who.
    let blurred = |records: &Records| {
        let Records::Table(own) = records else { panic!("a table") };
        let glucose = Column::from_values("glucose", vec!["high"; own.row_count()]);
        let columns = own.columns().iter().filter(|column| column.name() != "glucose").cloned().chain([glucose]);
        Records::Table(Table::new("table", columns.collect()).unwrap())
    };
    let report = held((&blurred(&first), &with_sex), (&blurred(&second), &with_place));
    assert!(report.passed, "{report:?}");
    assert_eq!((report.smallest_class, report.aligned), (7, 0));
}

#[test]
fn who_came_between_two_releases_stands_alone() {
    let config = config(&["age"], &["glucose"]);
    let release = |people| lines("age,glucose", 0..people, |person| format!("\"[0, 40)\",{person}"));
    let report = held((&release(20), &config), (&release(21), &config));
    assert!(!report.passed);
    assert_eq!((report.only_in_one, report.smallest_class), (1, 20));
    let report = held((&release(20), &config), (&release(25), &config));
    assert!(report.passed, "{report:?}");
}

#[test]
fn labels_of_a_hierarchy_that_nobody_named_are_not_taken_to_be_safe() {
    let mut named = config(&["place"], &[]);
    let first = lines("place,x", 0..20, |person| format!("{},1", if person < 10 { "Lyon" } else { "Bern" }));
    let second = lines("place,x", 0..20, |person| format!("{},1", if person < 10 { "France" } else { "Switzerland" }));
    let report = held((&first, &named), (&second, &named));
    assert_eq!((report.passed, report.incomparable.as_slice()), (false, ["place".to_owned()].as_slice()));
    let rows = [["Lyon", "France"], ["Bern", "Switzerland"]].map(|row| row.map(str::to_owned).to_vec()).to_vec();
    named.table.hierarchies.insert("place".to_owned(), HierarchyConfig::Rows { rows });
    let report = held((&first, &named), (&second, &named));
    assert!(report.passed, "{report:?}");
    assert_eq!((report.classes, report.smallest_class), (2, 10));
}

#[test]
fn packages_of_one_cohort_are_held_together_and_kinds_are_not_mixed() {
    let raw = cohort::generate(80, 3);
    let config = DeidConfig::default();
    let released = |key, config: &DeidConfig| deidentify(&raw, config, &PackageKey::new([key; 32])).unwrap().records;
    let (first, second) = (released(1, &config), released(2, &config));
    let report = held((&first, &config), (&second, &config));
    assert!(report.passed, "{report:?}");
    assert!(report.smallest_class >= 5 && report.aligned > 0, "{report:?}");
    // Fewer attributes lead to finer ages: both together are finer than each.
    let mut other = DeidConfig::default();
    other.fhir.location = false;
    other.fhir.race = false;
    other.fhir.ethnicity = false;
    let report = held((&first, &config), (&released(2, &other), &other));
    assert!(!report.passed, "{report:?}");
    assert_eq!(together((&first, &config), (&table("a\n1\n"), &config)), Err(TogetherError::Kinds));
}
