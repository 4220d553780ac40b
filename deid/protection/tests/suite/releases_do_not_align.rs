//! Two releases of the same records cannot be joined line by line: their order follows from what is in them, and from a seed of the package.

use medshare_deid::fhir::pseudonym_source;
use medshare_deid::{DeidConfig, PackageKey, Pseudonyms, Records, check, deidentify, prepare};
use medshare_deid_cohort as cohort;

fn key(byte: u8) -> PackageKey {
    PackageKey::new([byte; 32])
}

/// A table of people in three classes, in this order.
fn table(order: impl Iterator<Item = usize>) -> Records {
    let row = |own: usize| format!("{},{},value {}\n", ["f", "m"][own % 2], 1950 + own % 3, own % 7);
    let text = "sex,birth year,laboratory\n".to_owned() + &order.map(row).collect::<String>();
    Records::from_files(&[("cohort.csv".to_owned(), text.into_bytes())]).unwrap()
}

fn lines(records: &Records) -> Vec<String> {
    let files = records.to_files();
    files.iter().flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines()).map(str::to_owned).collect()
}

/// How many lines stand at the same place.
fn at_the_same_place<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    one.iter().zip(other).filter(|(a, b)| a == b).count()
}

#[test]
fn a_release_of_a_table_is_the_same_in_whatever_order_it_was_read() {
    let (forwards, backwards) = (table(0..60), table((0..60).rev()));
    let config = DeidConfig::default_for(&forwards);
    let once = deidentify(&forwards, &config, &key(1)).unwrap();
    let again = deidentify(&backwards, &config, &key(1)).unwrap();
    assert_eq!(once.records.to_files(), again.records.to_files());
    assert_eq!(Records::from_files(&once.records.to_files()).unwrap(), once.records);
    assert!(check(&once.records, &config).passed);
}

/// Lines that stand at the same place in two of the releases, or in one and the original, over all pairs.
fn together<T: PartialEq>(releases: &[Vec<T>], original: &[T]) -> usize {
    let pairs = releases.iter().enumerate().flat_map(|(index, one)| {
        let others = releases.iter().skip(index + 1).map(Vec::as_slice).chain([original]);
        others.map(move |other| at_the_same_place(one, other))
    });
    pairs.sum()
}

#[test]
fn rows_of_two_releases_stand_at_the_same_place_by_chance_alone() {
    // Every row is told from all others by a value that is kept.
    let row = |own: usize| format!("{},{}.{}\n", ["f", "m"][own % 2], own, own % 10);
    let text = "sex,glucose\n".to_owned() + &(0..200).map(row).collect::<String>();
    let records = Records::from_files(&[("cohort.csv".to_owned(), text.into_bytes())]).unwrap();
    let mut config = DeidConfig::default();
    (config.table.quasi_identifiers, config.table.keep) = (vec!["sex".to_owned()], vec!["glucose".to_owned()]);
    let releases: Vec<Vec<String>> =
        (1..=10).map(|byte| lines(&deidentify(&records, &config, &key(byte)).unwrap().records).split_off(1)).collect();
    let original = lines(&records).split_off(1);
    let together = together(&releases, &original);
    // By chance one line in each of the 55 pairs; 100 and more have a chance below one in a million.
    assert!(together < 100, "{together} lines of 55 pairs of releases stand at the same place");
}

/// 200 women who were all born in the same year, so that nothing but pseudonyms tells their resources apart.
fn women() -> Records {
    let line = |own: usize| {
        format!("{{\"resourceType\":\"Patient\",\"id\":\"w{own}\",\"gender\":\"female\",\"birthDate\":\"1950\"}}\n")
    };
    let text: String = (0..200).map(line).collect();
    Records::from_files(&[("in.ndjson".to_owned(), text.into_bytes())]).unwrap()
}

#[test]
fn lines_of_two_releases_that_differ_in_pseudonyms_only_belong_together_by_chance_alone() {
    let (records, config) = (women(), DeidConfig::default());
    let prepared = prepare(&records, &config, &key(200)).unwrap();
    let order = |byte: u8| -> Vec<usize> {
        let pseudonyms = Pseudonyms::new(&key(byte));
        let rendered = prepared.template().render(&prepared.values(&key(byte))).unwrap();
        let (_, bytes) = rendered.files().next().unwrap();
        let whose = |line: &str| {
            (0..200)
                .find(|own| line.contains(&pseudonyms.id(&pseudonym_source("Patient", &format!("w{own}")))))
                .unwrap()
        };
        std::str::from_utf8(bytes).unwrap().lines().map(whose).collect()
    };
    let releases: Vec<Vec<usize>> = (1..=10).map(order).collect();
    let original: Vec<usize> = (0..200).collect();
    let together = together(&releases, &original);
    assert!(together < 100, "{together} lines of 55 pairs of releases belong together");
}

#[test]
fn resources_of_every_type_leave_in_an_order_that_tells_nothing_of_the_one_before() {
    let Records::Fhir(files) = cohort::generate(80, 2) else { panic!("FHIR expected") };
    let backwards = files.iter().map(|file| {
        let mut reversed = medshare_deid::FhirFile::new(file.resource_type());
        file.resources().collect::<Vec<_>>().iter().rev().for_each(|resource| reversed.push(resource));
        reversed
    });
    let backwards = Records::Fhir(backwards.collect());
    let released = |records: &Records| deidentify(records, &DeidConfig::default(), &key(1)).unwrap().records.to_files();
    assert_eq!(released(&Records::Fhir(files)), released(&backwards));
}
