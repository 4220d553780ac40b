//! Two releases of the same records cannot be joined line by line: their order follows from what is in them.

use medshare_deid::{DeidConfig, FhirFile, PackageKey, Records, check, deidentify, prepare};
use medshare_deid_cohort as cohort;

fn key(byte: u8) -> PackageKey {
    PackageKey::new([byte; 32])
}

/// A table of 60 people in three classes, each with a remark of her own that nobody keeps.
fn table(order: impl Iterator<Item = usize>) -> Records {
    let row = |own: usize| format!("{},{},value {}\n", ["f", "m"][own % 2], 1950 + own % 3, own % 7);
    let text = "sex,birth year,laboratory\n".to_owned() + &order.map(row).collect::<String>();
    Records::from_files(&[("cohort.csv".to_owned(), text.into_bytes())]).unwrap()
}

#[test]
fn a_release_of_a_table_is_the_same_in_whatever_order_it_was_read() {
    let forwards = table(0..60);
    let backwards = table((0..60).rev());
    let config = DeidConfig::default_for(&forwards);
    let once = deidentify(&forwards, &config, &key(1)).unwrap();
    let again = deidentify(&backwards, &config, &key(2)).unwrap();
    assert_eq!(once.records.to_files(), again.records.to_files());
    assert_eq!(Records::from_files(&once.records.to_files()).unwrap(), once.records);
    assert!(check(&once.records, &config).passed);
}

/// 200 women who were all born in the same year, so that nothing but pseudonyms tells their resources apart.
fn women() -> Records {
    let line = |own: usize| {
        format!("{{\"resourceType\":\"Patient\",\"id\":\"w{own}\",\"gender\":\"female\",\"birthDate\":\"1950\"}}\n")
    };
    let text: String = (0..200).map(line).collect();
    Records::from_files(&[("in.ndjson".to_owned(), text.into_bytes())]).unwrap()
}

fn ids(bytes: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn lines_of_two_releases_that_differ_in_pseudonyms_only_belong_together_by_chance_alone() {
    let (records, config) = (women(), DeidConfig::default());
    let prepared = prepare(&records, &config, &key(200)).unwrap();
    let order = |byte: u8| -> Vec<usize> {
        let pseudonyms = medshare_deid::Pseudonyms::new(&key(byte));
        let rendered = prepared.template().render(&prepared.values(&key(byte))).unwrap();
        let (_, bytes) = rendered.files().next().unwrap();
        let whose = |id: &String| (0..200).find(|own| pseudonyms.id(&format!("w{own}")) == *id).unwrap();
        ids(bytes).iter().map(whose).collect()
    };
    let releases: Vec<Vec<usize>> = (1..=10).map(order).collect();
    let original: Vec<usize> = (0..200).collect();
    let mut together = 0;
    for (index, one) in releases.iter().enumerate() {
        for other in releases.iter().skip(index + 1).chain([&original]) {
            together += one.iter().zip(other).filter(|(a, b)| a == b).count();
        }
    }
    // By chance one line in each of the 55 pairs; more than 100 have a chance below one in a million.
    assert!(together < 100, "{together} lines of 55 pairs of releases belong together");
}

#[test]
fn resources_of_every_type_leave_in_the_order_of_their_bytes() {
    let result = deidentify(&cohort::generate(80, 2), &DeidConfig::default(), &key(1)).unwrap();
    let Records::Fhir(files) = &result.records else { panic!("FHIR expected") };
    for file in files {
        let lines: Vec<&[u8]> = file.text().split_inclusive(|byte| *byte == b'\n').collect();
        assert!(lines.is_sorted(), "{}", file.resource_type());
        assert_eq!(file.resources().count(), file.len());
        assert_eq!(FhirFile::in_order(file.resource_type(), std::slice::from_ref(file)), *file);
    }
}
