//! A mutation fuzzer over every reader and both configuration formats: valid inputs are cut, extended, spliced and flipped.
//!
//! Nothing may panic; what was read must be written so that it reads the same; what a mutated configuration lets through must pass the
//! check. `scripts/test` runs it for two seconds from a fixed seed; set `MEDSHARE_FUZZ_SECONDS=3600` for a real run. The
//! seed is printed, and `MEDSHARE_FUZZ_SEED` repeats a run.

use std::time::{Duration, Instant, SystemTime};

use medshare_deid::anon::Hierarchy;
use medshare_deid::date::PartialDate;
use medshare_deid::records::{read_resource, read_table, write_table};
use medshare_deid::{DeidConfig, FhirFile, Inspection, PackageKey, Records, check, classify, deidentify, shapes_in};
use medshare_deid_cohort as cohort;
use medshare_deid_pathrules::{PathRules, RuleEngine};

/// xorshift64*: enough to choose places and bytes.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % end.max(1)
    }
}

struct Target {
    sample: Vec<u8>,
    run: fn(&[u8]),
}

const TABLE: &str = "age,zip,name,visit,diagnosis,remark\n34,01940,Ann,2020-02-03,E11.9,\"a, \"\"b\"\"\"\n41,01941,Ben,2021-12-31,I10,\n\
                     91,?,Cid,,J45,x\n34,01940,Dan,2020-02-03,E11.9,NaN\n41,01940-1234,Eve,12/30/2020,I10,999-12-3456\n";

const CONFIG: &str = "k = 2\nsuppression_limit = 0.4\nmethod = \"full-domain\"\nmetric = \"loss\"\nthreads = 1\ndates = \"year\"\n\
restricted_zips = { list = [\"036\"] }\nprivacy = [{ model = \"distinct-diversity\", attribute = \"diagnosis\", l = 1 }]\nweights = { age = 2.0 }\n\
[table]\ndirect_identifiers = [\"name\"]\nquasi_identifiers = [\"age\", \"zip\", \"visit\"]\nsensitive = [\"diagnosis\"]\nkeep = [\"remark\"]\n\
[table.hierarchies]\nage = { kind = \"widths\", widths = [5, 10, 20] }\nzip = { kind = \"prefix\", lengths = [3, 1] }\n\
visit = { kind = \"rows\", rows = [[\"2020\", \"*\"], [\"2021\", \"*\"]] }\n";

const RULES: &str = r#"{ "fhirVersion": "R4", "processingErrors": "raise", // comment
  "fhirPathRules": [
    { "path": "Patient.name | Patient.telecom", "method": "redact" },
    { "path": "nodesByType('HumanName').family", "method": "cryptoHash" },
    { "path": "Patient.birthDate", "method": "dateShift" },
    { "path": "Patient.address.city", "method": "substitute", "replaceWith": "X" },
    { "path": "Patient.id", "method": "encrypt" },
    { "path": "Observation.value.value", "method": "perturb", "span": 1, "rangeType": "fixed", "roundTo": 2 },
    { "path": "Patient.gender", "method": "generalize", "cases": { "$this in ('male' | 'female')": "'other'" }, "otherValues": "keep" },
    { "path": "Resource", "method": "keep" }, ],
  "parameters": { "dateShiftKey": "k", "cryptoHashKey": "k", "encryptKey": "0123456789abcdef", "enablePartialDatesForRedact": true,
    "restrictedZipCodeTabulationAreas": ["036"] } }"#;

fn key() -> PackageKey {
    PackageKey::new([7; 32])
}

fn resources() -> Vec<u8> {
    cohort::generate(3, 1).to_files().into_iter().flat_map(|(_, bytes)| bytes).collect()
}

fn as_table(bytes: &[u8]) {
    for delimiter in [b',', b';', b'\t'] {
        let Ok(table) = read_table("t", bytes, delimiter) else { continue };
        assert_eq!(read_table("t", &write_table(&table), b',').unwrap(), table);
        let records = Records::Table(table);
        let config = DeidConfig { k: 2, suppression_limit: 1.0, threads: 1, ..DeidConfig::default_for(&records) };
        let _ = classify(&records, &config);
        if let Ok(result) = deidentify(&records, &config, &key()) {
            let report = check(&result.records, &config);
            assert!(report.passed, "{:?}", report.findings);
        }
    }
}

fn as_resources(bytes: &[u8]) {
    let config = DeidConfig { k: 2, suppression_limit: 1.0, threads: 1, ..DeidConfig::default() };
    let mut inspection = Inspection::new(&config, None);
    for line in bytes.split(|byte| *byte == b'\n') {
        if let Ok(resource) = read_resource(line) {
            inspection.add(&resource);
        }
    }
    let _ = inspection.check();
    let Ok(records) = Records::from_files(&[("x.ndjson".to_owned(), bytes.to_vec())]) else { return };
    let files = records.to_files();
    if files.is_empty() {
        return;
    }
    assert_eq!(Records::from_files(&files).unwrap().to_files(), files);
    if let Ok(result) = deidentify(&records, &config, &key()) {
        let report = check(&result.records, &config);
        assert!(report.passed, "{:?}", report.findings);
    }
}

fn as_config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(config) = toml::from_str::<DeidConfig>(&text) else { return };
    let written = toml::to_string(&config).unwrap();
    assert_eq!(toml::to_string(&toml::from_str::<DeidConfig>(&written).unwrap()).unwrap(), written);
    let config = DeidConfig { threads: config.threads.min(2), ..config };
    for records in [Records::Table(read_table("t", TABLE.as_bytes(), b',').unwrap()), cohort::generate(4, 2)] {
        if let Ok(result) = deidentify(&records, &config, &key()) {
            let report = check(&result.records, &config);
            assert!(report.passed, "{:?} by {written}", report.findings);
        }
    }
}

fn as_rules(bytes: &[u8]) {
    let Ok(rules) = PathRules::parse(&String::from_utf8_lossy(bytes)) else { return };
    let Some(engine) = RuleEngine::new(rules, &key(), PartialDate::parse("2024-01-01")) else { return };
    let Records::Fhir(files) = cohort::generate(1, 3) else { return };
    for resource in files.iter().flat_map(FhirFile::resources) {
        let _ = engine.apply(&resource);
    }
}

fn as_hierarchy(bytes: &[u8]) {
    for delimiter in [b',', b';'] {
        if let Ok(hierarchy) = Hierarchy::from_csv(bytes, delimiter) {
            assert_eq!(hierarchy.codes(0).len(), hierarchy.leaf_count());
            assert!((0..hierarchy.height()).all(|level| hierarchy.codes(level).len() == hierarchy.leaf_count()));
        }
    }
}

fn as_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = shapes_in(&text);
    let _ = PartialDate::parse(&text);
}

fn targets() -> Vec<Target> {
    vec![
        Target { sample: TABLE.into(), run: as_table },
        Target { sample: resources(), run: as_resources },
        Target { sample: CONFIG.into(), run: as_config },
        Target { sample: RULES.into(), run: as_rules },
        Target { sample: include_bytes!("../../../pathrules/tests/safe_harbor.json").to_vec(), run: as_rules },
        Target { sample: b"m;male;*\nf;female;*\nd;other;*\n".to_vec(), run: as_hierarchy },
        Target {
            sample: b"call +1 (978) 741-1215, MRN 00123, born 3 March 1956, 2020-02-30T25:61Z a@b.ch".to_vec(),
            run: as_text,
        },
    ]
}

fn mutate(draw: &mut Draw, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..=draw.below(4) {
        let at = draw.below(bytes.len() + 1);
        match draw.below(8) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, draw.below(256) as u8),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => {
                let from = draw.below(other.len() + 1);
                let tail: Vec<u8> = other.iter().skip(from).take(1 + draw.below(64)).copied().collect();
                let end = bytes.len().min(at + 48);
                bytes.splice(at..end, tail);
            }
            4 => {
                let end = bytes.len().min(at + 1 + draw.below(200));
                let copy: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at..at, copy);
            }
            5 => {
                const TEXTS: [&str; 12] = [
                    "0",
                    "-1",
                    "1e999",
                    "NaN",
                    "\u{feff}",
                    "\r\n",
                    "\"",
                    "{",
                    "[[",
                    "''",
                    "\u{1f600}",
                    "18446744073709551616",
                ];
                let text = TEXTS.get(draw.below(TEXTS.len())).copied().unwrap_or_default();
                bytes.splice(at..at, text.bytes());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << draw.below(8);
                }
            }
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn mutated_inputs_are_refused_or_handled() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let asked = number("MEDSHARE_FUZZ_SECONDS");
    // A short run looks at the same inputs every time; only a real one goes where nobody was.
    let seed = number("MEDSHARE_FUZZ_SEED").unwrap_or(if asked.is_some() { now } else { 1 }) | 1;
    let seconds = asked.unwrap_or(2);
    println!("MEDSHARE_FUZZ_SEED={seed}");
    let targets = targets();
    targets.iter().for_each(|target| (target.run)(&target.sample));
    let mut draw = Draw(seed);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runs = 0_u64;
    while Instant::now() < end {
        for target in &targets {
            let other = targets.get(draw.below(targets.len())).unwrap();
            let mut bytes = target.sample.clone();
            mutate(&mut draw, &mut bytes, &other.sample);
            (target.run)(&bytes);
            runs += 1;
        }
    }
    println!("{runs} mutations");
}
