//! Speed of de-identification, as one JSON array of flat objects: `bench`, `case`, what tells it apart, `value`, `unit`.
//!
//! `scripts/bench deid --json` runs it. Adult and Synthea cases need MEDSHARE_TEST_DATA; they are left out, with a word on standard error,
//! where it is missing. `rows_10m` takes about a minute and 4 GB: give `--quick` to leave it out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs, reason = "a bench")]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::time::Instant;

use medshare_deid::anon::{Attribute, Goal, Hierarchy, Metric, Privacy, Problem, mondrian, search};
use medshare_deid::date::PartialDate;
use medshare_deid::records::{Column, read_resource, read_table};
use medshare_deid::{DeidConfig, PackageKey, Records, Table, check, deidentify};
use medshare_deid_cohort as cohort;
use medshare_deid_pathrules::{PathRules, RuleEngine};
use serde_json::{Value, json};

const LIMITS: [f64; 4] = [0.0, 0.02, 0.05, 1.0];
const NAMES: [&str; 9] =
    ["sex", "age", "race", "marital-status", "education", "native-country", "workclass", "occupation", "salary-class"];

fn main() {
    let quick = std::env::args().any(|argument| argument == "--quick");
    let mut results = Vec::new();
    if let Some(folder) = corpus::folder("adult-arx") {
        let table = read_table("adult", &std::fs::read(folder.join("adult.csv")).unwrap(), b';').unwrap();
        let hierarchies: Vec<Hierarchy> = NAMES
            .iter()
            .map(|name| std::fs::read(folder.join(format!("adult_hierarchy_{name}.csv"))).unwrap())
            .map(|bytes| Hierarchy::from_csv(&bytes, b';').unwrap())
            .collect();
        adult(&table, &hierarchies, &mut results);
        if !quick {
            ten_million(&table, &hierarchies, &mut results);
        }
    }
    if let Some(records) = corpus::synthea() {
        fhir(&records, &mut results);
    }
    let (seconds, _) = timed(5, || cohort::generate(1000, 1));
    results.push(json!({"bench": "deid", "case": "cohort_1000", "value": seconds * 1e3, "unit": "ms"}));
    println!("{:#}", Value::Array(results));
}

/// The least time of several runs, in seconds, and the last result.
fn timed<T>(runs: usize, mut work: impl FnMut() -> T) -> (f64, T) {
    let mut least = f64::INFINITY;
    let mut result = None;
    for _ in 0..runs {
        let begun = Instant::now();
        result = Some(work());
        least = least.min(begun.elapsed().as_secs_f64());
    }
    (least, result.unwrap())
}

fn problem(table: &Table, hierarchies: &[Hierarchy]) -> Problem {
    let columns: Vec<Vec<u32>> = NAMES
        .iter()
        .zip(hierarchies)
        .map(|(name, hierarchy)| hierarchy.encode(table.column(name).unwrap()).unwrap())
        .collect();
    let attributes = NAMES
        .iter()
        .zip(hierarchies)
        .map(|(name, hierarchy)| Attribute { name: (*name).to_owned(), hierarchy: hierarchy.clone() });
    let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
    Problem::new(attributes.collect(), &columns, Vec::new(), &[], table.row_count()).unwrap()
}

fn goal(rows: usize, limit: f64) -> Goal {
    Goal {
        privacy: vec![Privacy::KAnonymity { k: 5 }],
        metric: Metric::Loss,
        weights: Vec::new(),
        max_suppressed: (limit * rows as f64) as usize,
        threads: 2,
    }
}

fn adult(table: &Table, hierarchies: &[Hierarchy], results: &mut Vec<Value>) {
    for limit in LIMITS {
        let (seconds, found) =
            timed(10, || search(&problem(table, hierarchies), &goal(table.row_count(), limit)).unwrap());
        results.push(
            json!({"bench": "deid", "case": "adult_k5", "suppression": limit, "value": seconds * 1e3, "unit": "ms",
            "score": found.score, "evaluated": found.evaluated}),
        );
    }
    let (seconds, found) =
        timed(10, || mondrian(&problem(table, hierarchies), &[Privacy::KAnonymity { k: 5 }], &[]).unwrap());
    results.push(
        json!({"bench": "deid", "case": "adult_mondrian_k5", "value": seconds * 1e3, "unit": "ms", "loss": found.loss}),
    );
}

/// Ten million rows: Adult's rows over and over, one value in seven drawn anew.
fn ten_million(table: &Table, hierarchies: &[Hierarchy], results: &mut Vec<Value>) {
    const ROWS: usize = 10_000_000;
    let mut state = 1u64;
    let mut draw = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let columns = NAMES.iter().map(|name| {
        let own = table.column(name).unwrap();
        let rows = own.codes().len();
        let codes = (0..ROWS).map(|row| own.codes()[if draw(7) == 0 { draw(rows) } else { row % rows }]).collect();
        Column::from_codes(name, own.dictionary().to_vec(), codes).unwrap()
    });
    let bytes = Records::Table(Table::new("rows", columns.collect()).unwrap()).to_files().remove(0).1;
    for limit in [0.0, 0.05] {
        let (seconds, found) = timed(1, || {
            let table = read_table("rows", &bytes, b',').unwrap();
            search(&problem(&table, hierarchies), &goal(ROWS, limit)).unwrap()
        });
        results.push(json!({"bench": "deid", "case": "rows_10m", "suppression": limit, "value": seconds, "unit": "s", "score": found.score}));
    }
    let peak = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak =
        peak.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
    if let Some(kilobytes) = peak {
        results.push(json!({"bench": "deid", "case": "rows_10m_memory", "value": kilobytes / 1024.0, "unit": "MB"}));
    }
}

fn fhir(records: &Records, results: &mut Vec<Value>) {
    let config = DeidConfig::default();
    let key = PackageKey::new([1; 32]);
    let count = records.count() as f64;
    let (seconds, result) = timed(2, || deidentify(records, &config, &key).unwrap());
    results.push(json!({"bench": "deid", "case": "fhir_deidentify", "value": count / seconds, "unit": "resources/s"}));
    let (seconds, _) = timed(2, || check(&result.records, &config));
    results.push(json!({"bench": "deid", "case": "fhir_check", "value": count / seconds, "unit": "resources/s"}));
    let rules = PathRules::parse(include_str!("../../pathrules/tests/safe_harbor.json")).unwrap();
    let engine = RuleEngine::new(rules, &key, PartialDate::parse("2020-01-01")).unwrap();
    let lines: Vec<Vec<u8>> = records
        .to_files()
        .into_iter()
        .flat_map(|(_, bytes)| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>())
        .filter(|line| !line.is_empty())
        .collect();
    let (seconds, _) = timed(2, || {
        std::thread::scope(|scope| {
            for half in lines.chunks(lines.len().div_ceil(2)) {
                let engine = &engine;
                scope.spawn(move || {
                    for line in half {
                        let result = engine.apply(&read_resource(line).unwrap()).unwrap();
                        std::hint::black_box(serde_json::to_vec(&result).unwrap());
                    }
                });
            }
        });
    });
    results.push(
        json!({"bench": "deid", "case": "fhir_rules", "threads": 2, "value": count / seconds, "unit": "resources/s"}),
    );
}
