//! Preparing once and rendering for a package gives what de-identifying for that package gives.

use medshare_deid::prepared::are_distinct_pseudonyms;
use medshare_deid::{DateHandling, DeidConfig, DeidError, PackageKey, Records, SlotValue, deidentify, prepare};
use medshare_deid_cohort as cohort;

fn key(byte: u8) -> PackageKey {
    PackageKey::new([byte; 32])
}

fn agree(records: &Records, config: &DeidConfig) {
    let prepared = prepare(records, config, &key(200)).unwrap();
    for byte in [1, 2] {
        let direct = deidentify(records, config, &key(byte)).unwrap();
        let rendered = prepared.template().render(&prepared.values(&key(byte))).unwrap();
        let expected = direct.records.to_files();
        let expected = expected.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        assert!(rendered.files().eq(expected), "files differ under {:?}", config.dates);
        assert!(rendered.bytes().len() <= prepared.template().max_rendered_len());
        assert_eq!(prepared.report(), &direct.report);
    }
}

#[test]
fn resources_with_years_agree() {
    let records = cohort::generate(120, 3);
    agree(&records, &DeidConfig::default());
    let prepared = prepare(&records, &DeidConfig::default(), &key(200)).unwrap();
    assert!(are_distinct_pseudonyms(&prepared.values(&key(1))));
}

#[test]
fn resources_with_shifted_dates_agree() {
    let records = cohort::generate(120, 4);
    // Some dates of events are too early for any shift.
    for reference_year in [None, Some(2100)] {
        let config = DeidConfig { dates: DateHandling::Shift, reference_year, ..DeidConfig::default() };
        agree(&records, &config);
    }
    let config = DeidConfig { dates: DateHandling::Shift, ..DeidConfig::default() };
    let values = prepare(&records, &config, &key(200)).unwrap().values(&key(1));
    assert!(values.iter().any(|value| matches!(value, SlotValue::Date(_))));
}

#[test]
fn large_groups_that_are_protected_in_parallel_agree() {
    agree(&cohort::generate(900, 5), &DeidConfig::default());
}

#[test]
fn tables_agree_and_have_no_slots() {
    let table: String = (0..40).map(|row| format!("{},{},asthma\n", ["f", "m"][row % 2], 1950 + row % 3)).collect();
    let files = [("cohort.csv".to_owned(), format!("sex,birth year,diagnosis\n{table}").into_bytes())];
    let records = Records::from_files(&files).unwrap();
    let config = DeidConfig::default_for(&records);
    agree(&records, &config);
    let values = prepare(&records, &config, &key(200)).unwrap().values(&key(1));
    assert!(matches!(values.as_slice(), [SlotValue::Order(_)]));
}

#[test]
fn a_template_holds_no_originals_and_none_of_those_left_out() {
    let records = cohort::generate(80, 6);
    let prepared = prepare(&records, &DeidConfig::default(), &key(200)).unwrap();
    let Records::Fhir(files) = &records else { panic!("FHIR expected") };
    let texts: Vec<String> =
        prepared.template().files.iter().map(|file| String::from_utf8(file.text.clone()).unwrap()).collect();
    for resource in files.iter().flat_map(|file| file.resources()) {
        let id = resource["id"].as_str().unwrap();
        assert!(texts.iter().all(|text| !text.contains(id)));
    }
    let used: std::collections::HashSet<u32> =
        prepared.template().files.iter().flat_map(|file| &file.slots).map(|slot| slot.value).collect();
    assert_eq!(used.len() + 1, prepared.values(&key(1)).len(), "every value but the order is in some slot");
}

#[test]
fn what_cannot_leave_is_not_prepared() {
    let records = cohort::generate(3, 1);
    assert!(matches!(prepare(&records, &DeidConfig::default(), &key(1)), Err(DeidError::NotAnonymous { .. })));
}
