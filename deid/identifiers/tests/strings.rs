//! How many identifiers are recognised, kind by kind, and how many clinical values are taken for one. The figures stand in the guide.
//!
//! `own.tsv`, `near_misses.tsv` and `clinical.tsv` are ours; `generated.tsv` is what generators of other people made
//! (`tests/interop/deid/identifier_strings.py`, where the versions stand).
#![allow(clippy::panic, clippy::print_stdout, missing_docs, reason = "tests")]

use std::collections::BTreeMap;

use medshare_deid_identifiers::shapes_in;

const OWN: &str = include_str!("strings/own.tsv");
const GENERATED: &str = include_str!("strings/generated.tsv");
const NEAR_MISSES: &str = include_str!("strings/near_misses.tsv");
const CLINICAL: &str = include_str!("strings/clinical.tsv");
const GUIDE: &str = include_str!("../../../docs/guide/de-identification.md");

/// Of every thousand strings of a kind so many must be found.
const LEAST_FOUND: usize = 990;
/// Of every thousand clinical values so many may be found.
const MOST_FALSE: usize = 5;

/// Kind and text of every line.
fn lines(list: &str) -> impl Iterator<Item = (&str, &str)> {
    let own = list.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    own.filter_map(|line| Some((line.split('\t').next()?, line.rsplit('\t').next()?)))
}

/// Strings and those of them in which a shape is found, by kind; the others are printed if `wanted` is what they miss.
fn counted<'a>(all: impl Iterator<Item = (&'a str, &'a str)>, wanted: bool) -> BTreeMap<&'a str, (usize, usize)> {
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (kind, text) in all {
        let shapes = shapes_in(text);
        let (count, found) = kinds.entry(kind).or_default();
        *count += 1;
        *found += usize::from(!shapes.is_empty());
        if shapes.is_empty() == wanted {
            eprintln!("{kind}: {text:?} gives {shapes:?}");
        }
    }
    kinds
}

/// A row of the guide's table.
fn row(kind: &str, count: usize, found: usize) -> String {
    format!("| {kind} | {count} | {found} |")
}

fn assert_in_guide(kinds: &BTreeMap<&str, (usize, usize)>) {
    let rows: Vec<String> = kinds.iter().map(|(kind, (count, found))| row(kind, *count, *found)).collect();
    let missing: Vec<&String> = rows.iter().filter(|row| !GUIDE.contains(row.as_str())).collect();
    assert!(missing.is_empty(), "the guide has other figures than these:\n{}", rows.join("\n"));
}

#[test]
fn identifiers_of_every_kind_are_recognised() {
    let kinds = counted(lines(OWN).chain(lines(GENERATED)), true);
    assert!(kinds.values().map(|(count, _)| count).sum::<usize>() >= 600);
    for (kind, (count, found)) in &kinds {
        assert!(found * 1000 >= count * LEAST_FOUND, "{kind}: {found} of {count}");
    }
    assert_in_guide(&kinds);
}

/// Of another seed of the generators: what was never looked at when the shapes were written.
#[test]
fn strings_made_anew_are_recognised_as_well() {
    for (kind, (count, found)) in counted(lines(&list_of("MEDSHARE_IDENTIFIER_STRINGS")), true) {
        println!("{}", row(kind, count, found));
        assert!(found * 1000 >= count * LEAST_FOUND, "{kind}: {found} of {count}");
    }
}

/// Of somebody's terminology, kind and text in a line.
#[test]
fn clinical_values_of_others_are_taken_for_no_identifier() {
    for (kind, (count, found)) in counted(lines(&list_of("MEDSHARE_CLINICAL_STRINGS")), false) {
        println!("{}", row(kind, count, found));
        assert!(found * 1000 <= count * MOST_FALSE, "{kind}: {found} of {count}");
    }
}

/// The file that a variable names; nothing without it.
fn list_of(variable: &str) -> String {
    let Some(path) = std::env::var_os(variable) else { return String::new() };
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{variable} names no text file: {error}"))
}

#[test]
fn clinical_values_are_taken_for_no_identifier() {
    let kinds = counted(lines(CLINICAL), false);
    let (count, found) = kinds.values().fold((0, 0), |(count, found), (all, wrong)| (count + all, found + wrong));
    assert!(found * 1000 <= count * MOST_FALSE, "{found} of {count}");
    assert_in_guide(&kinds);
}

#[test]
fn what_is_nearly_an_identifier_is_none() {
    let kinds = counted(lines(NEAR_MISSES), false);
    let wrong: usize = kinds.values().map(|(_, found)| found).sum();
    assert_eq!(wrong, 0, "see above");
}

#[test]
fn no_text_however_odd_stops_the_search() {
    let parts = [
        "1",
        "a@",
        "月",
        "1年",
        "一",
        "tel 1 ",
        "TEL 1 ",
        "2020-05-03 ",
        "DE12 ",
        " at ",
        "10.1.2.33 ",
        "1 ",
        "+",
        "(",
        "AB 1",
    ];
    for text in parts.iter().map(|part| part.repeat(20_000)).chain(["", " ", "\u{0}", "٠"].map(str::to_owned)) {
        let _ = shapes_in(&text);
    }
    // Every beginning and end of every string, also of those with characters of several bytes.
    for (_, text) in lines(OWN).chain(lines(NEAR_MISSES)) {
        for (at, _) in text.char_indices() {
            let (head, tail) = text.split_at(at);
            let _ = (shapes_in(head), shapes_in(tail));
        }
    }
}
