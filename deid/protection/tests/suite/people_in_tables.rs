//! Tables whose people have several rows: classes are of people, rows follow their person, dates move with her.

use std::collections::{HashMap, HashSet};

use medshare_deid::anon::Privacy;
use medshare_deid::date::PartialDate;
use medshare_deid::{
    Category, DateHandling, DeidConfig, DeidError, Finding, Method, PackageKey, Records, Table, check, deidentify,
    prepare, risk::risk,
};

use crate::corpus;

fn key(byte: u8) -> PackageKey {
    PackageKey::new([byte; 32])
}

fn read(text: &str) -> Records {
    Records::from_files(&[("visits.csv".to_owned(), text.as_bytes().to_vec())]).unwrap()
}

fn table(records: &Records) -> &Table {
    let Records::Table(table) = records else { panic!("a table expected") };
    table
}

fn column(records: &Records, name: &str) -> Vec<String> {
    table(records).column(name).unwrap_or_else(|| panic!("{name} is gone")).values().map(str::to_owned).collect()
}

/// Three classes of eight people with three visits each, and one person of another age with thirty visits.
fn visits() -> String {
    let mut text = "patient_id,age,sex,visit_date,glucose\n".to_owned();
    for person in 0..24 {
        let (age, sex) = (30 + person % 3, ["f", "m"][usize::from(person % 3 == 1)]);
        for visit in 1..4 {
            text += &format!("P{person:03},{age},{sex},2020-0{visit}-{:02},{}\n", person + 1, 80 + person + visit);
        }
    }
    for visit in 0..30 {
        text += &format!("P900,71,f,2020-05-{:02},{}\n", visit % 28 + 1, 200 + visit);
    }
    text
}

#[test]
fn one_persons_rows_are_one_person_and_go_with_her() {
    let records = read(&visits());
    let config = DeidConfig::default_for(&records);
    assert_eq!(config.table.person.as_deref(), Some("patient_id"));
    assert_eq!(config.table.keep, ["visit_date", "glucose"]);
    let result = deidentify(&records, &config, &key(1)).unwrap();
    assert_eq!((result.report.subjects_before, result.report.subjects_after), (25, 24));
    assert_eq!((result.report.records_before, result.report.records_after), (102, 72));
    assert!(result.report.k_achieved >= 5);
    let glucose = column(&result.records, "glucose");
    assert!(glucose.iter().all(|value| value.parse::<u32>().unwrap() < 200), "rows of the one who was left out stay");
    let persons: HashSet<String> = column(&result.records, "patient_id").into_iter().collect();
    assert_eq!(persons.len(), 24);
    assert!(persons.iter().all(|person| !person.contains("P0")));
    let checked = check(&result.records, &config);
    assert!(checked.passed, "{:?}", checked.findings);
    assert_eq!(checked.k_found, result.report.k_achieved);
    assert_eq!(risk(&result.records, &config, 1.0).smallest_class, checked.k_found);
}

#[test]
fn pseudonyms_of_people_differ_between_packages_and_packages_are_rendered_as_made() {
    let records = read(&visits());
    for dates in [DateHandling::Year, DateHandling::Shift] {
        let config = DeidConfig { dates, ..DeidConfig::default_for(&records) };
        let prepared = prepare(&records, &config, &key(200)).unwrap();
        let mut seen = HashSet::new();
        for byte in [1, 2, 3] {
            let direct = deidentify(&records, &config, &key(byte)).unwrap();
            let rendered = prepared.template().render(&prepared.values(&key(byte))).unwrap();
            let expected = direct.records.to_files();
            assert!(rendered.files().eq(expected.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))));
            assert_eq!(prepared.report(), &direct.report);
            let read_back = Records::from_files(&expected).unwrap();
            assert_eq!(read_back, direct.records);
            assert!(check(&read_back, &config).passed);
            let persons: HashSet<String> = column(&direct.records, "patient_id").into_iter().collect();
            assert!(persons.iter().all(|person| seen.insert(person.clone())), "a pseudonym in two packages");
        }
    }
}

#[test]
fn six_rows_of_one_person_are_no_class_of_five() {
    let mut text = "pat,age,sex,dx\n".to_owned();
    for person in 0..3 {
        text += &format!("Q{person},57,f,I10\n").repeat(6);
    }
    let records = read(&text);
    let config = DeidConfig::default_for(&records);
    let refused = deidentify(&records, &config, &key(1));
    assert!(matches!(refused, Err(DeidError::NotAnonymous { subjects: 3, .. })), "{refused:?}");
    // A decision from before there were person columns: the report says what it comes from.
    let mut rows = config;
    rows.table.direct_identifiers.extend(rows.table.person.take());
    let report = deidentify(&records, &rows, &key(1)).unwrap().report;
    assert_eq!((report.subjects_before, report.equal_rows), (18, 15));
    assert_eq!(report.overlooked_person.as_deref(), Some("pat"));
}

#[test]
fn what_a_persons_rows_tell_differently_is_told_of_all_alike_and_classes_hold() {
    let mut text = "patient_id,age,sex\n".to_owned();
    for person in 0..40 {
        for visit in 0..3 {
            let age = if person < 10 { 40 + visit } else { 40 + person % 3 };
            text += &format!("N{person},{age},{}\n", ["f", "m"][usize::from(person % 2 == 0)]);
        }
    }
    for method in [Method::FullDomain, Method::Mondrian] {
        let records = read(&text);
        let config = DeidConfig { method, ..DeidConfig::default_for(&records) };
        let result = deidentify(&records, &config, &key(1)).unwrap();
        let mut ages: HashMap<String, HashSet<String>> = HashMap::new();
        for (person, age) in column(&result.records, "patient_id").into_iter().zip(column(&result.records, "age")) {
            ages.entry(person).or_default().insert(age);
        }
        assert!(ages.values().all(|own| own.len() == 1), "{ages:?}");
        let joined: Vec<&str> =
            ages.values().flatten().map(String::as_str).filter(|age| *age == "[40, 42]" || *age == "*").collect();
        assert!(joined.len() >= 10, "{ages:?}");
        assert_eq!(method == Method::FullDomain, joined.contains(&"[40, 42]"), "{ages:?}");
        assert!(result.report.removed.iter().any(|one| one.place == "age" && one.kind == Category::QuasiIdentifier));
        assert!(check(&result.records, &config).passed);
    }
}

#[test]
fn a_check_counts_people_and_knows_originals() {
    let records = read(&visits());
    let config = DeidConfig::default_for(&records);
    let result = deidentify(&records, &config, &key(1)).unwrap();
    let findings = |text: String| check(&read(&text), &config).findings;
    let text = String::from_utf8(result.records.to_files().remove(0).1).unwrap();
    let persons = column(&result.records, "patient_id");
    // Four of eight people of a class become one.
    let class: Vec<&String> = {
        let ages = column(&result.records, "age");
        let mut own: Vec<&String> =
            persons.iter().zip(&ages).filter(|(_, age)| **age == ages[0]).map(|(person, _)| person).collect();
        own.sort();
        own.dedup();
        own
    };
    let merged =
        class[1..class.len() - 3].iter().fold(text.clone(), |text, person| text.replace(person.as_str(), class[0]));
    assert!(matches!(findings(merged).as_slice(), [Finding::NotAnonymous { found, .. }] if found == &[4]));
    let original = text.replace(class[0].as_str(), "P001");
    assert!(matches!(findings(original).as_slice(), [Finding::Identifying(reason)] if reason.place == "patient_id"));
}

#[test]
fn diversity_is_of_people() {
    // Everybody in the first class has asthma; whoever has it has some of ten other diseases in her rows.
    let mut text = "patient_id,age,diagnosis\n".to_owned();
    for person in 0..12 {
        for visit in 0..4 {
            let other = format!("disease {}", if person < 6 { (person + visit) % 10 } else { person });
            let disease = if person < 6 && visit == 0 { "asthma" } else { other.as_str() };
            text += &format!("N{person},{},{disease}\n", if person < 6 { 30 } else { 70 });
        }
    }
    let records = read(&text);
    let mut config = DeidConfig::default_for(&records);
    config.privacy = vec![Privacy::RecursiveDiversity { attribute: "diagnosis".to_owned(), c: 2.0, l: 2 }];
    let result = deidentify(&records, &config, &key(1)).unwrap();
    assert_eq!(column(&result.records, "age").iter().collect::<HashSet<_>>().len(), 1, "the classes had to be joined");
    assert!(check(&result.records, &config).passed);
    config.k = 2;
    let mut apart = text.lines().map(str::to_owned).collect::<Vec<_>>().join("\n");
    let pseudonyms = medshare_deid::Pseudonyms::new(&key(1));
    for person in (0..12).rev() {
        apart = apart.replace(&format!("N{person},"), &format!("{},", pseudonyms.id(&person.to_string())));
    }
    let findings = check(&read(&apart), &config).findings;
    assert!(matches!(findings.as_slice(), [Finding::Model { classes: 1, .. }]), "{findings:?}");
}

#[test]
fn dates_move_with_their_person_and_intervals_stay() {
    let records = read(&visits());
    let config = DeidConfig { dates: DateHandling::Shift, ..DeidConfig::default_for(&records) };
    let result = deidentify(&records, &config, &key(1)).unwrap();
    assert!(check(&result.records, &config).passed);
    let years = DeidConfig { dates: DateHandling::Year, ..config.clone() };
    assert!(!check(&result.records, &years).passed, "moved dates are too exact where years are required");
    let days = |records: &Records, name: fn(&str) -> String| -> HashMap<String, Vec<i64>> {
        let mut days: HashMap<String, Vec<i64>> = HashMap::new();
        for (person, date) in column(records, "patient_id").iter().zip(column(records, "visit_date")) {
            let date = PartialDate::parse(&date).unwrap_or_else(|| panic!("{date}")).to_days().unwrap();
            days.entry(name(person)).or_default().push(date);
        }
        days.values_mut().for_each(|own| own.sort_unstable());
        days
    };
    let before = days(&records, |person| medshare_deid::Pseudonyms::new(&key(1)).id(person));
    let after = days(&result.records, str::to_owned);
    let mut shifts = HashSet::new();
    for (person, own) in &after {
        let differences: HashSet<i64> = before[person].iter().zip(own).map(|(before, after)| before - after).collect();
        let [shift] = differences.into_iter().collect::<Vec<_>>()[..] else { panic!("several shifts of one person") };
        assert!((1..=365).contains(&shift));
        shifts.insert(shift);
    }
    assert!(shifts.len() > 10, "people have shifts of their own");
}

#[test]
fn months_and_years_move_with_the_days_of_their_person() {
    let mut text = "patient_id,sex,visit_date\n".to_owned();
    for person in 0..12 {
        let later = format!("2020-01-{}", 10 + person);
        for date in ["2019-06-15", "2019-06", "2019", later.as_str()] {
            text += &format!("N{person},f,{date}\n");
        }
    }
    let records = read(&text);
    let config = DeidConfig { dates: DateHandling::Shift, ..DeidConfig::default_for(&records) };
    let result = deidentify(&records, &config, &key(1)).unwrap();
    assert!(check(&result.records, &config).passed);
    let mut own: HashMap<String, Vec<String>> = HashMap::new();
    for (person, date) in column(&result.records, "patient_id").iter().zip(column(&result.records, "visit_date")) {
        own.entry(person.clone()).or_default().push(date);
    }
    for dates in own.values() {
        let of = |length: usize| dates.iter().filter(|date| date.len() == length).min().unwrap();
        // Both middles are at most a fortnight from the day that moved with them.
        assert_eq!(*of(7), of(10)[..7]);
        assert_eq!(
            *of(4),
            PartialDate::from_days(PartialDate::parse(of(10)).unwrap().to_days().unwrap() + 16).to_string()[..4]
        );
    }
    let prepared = prepare(&records, &config, &key(200)).unwrap();
    let rendered = prepared.template().render(&prepared.values(&key(1))).unwrap();
    assert_eq!(rendered.bytes(), result.records.to_files()[0].1);
}

#[test]
fn a_person_column_may_be_removed_and_its_people_are_counted_all_the_same() {
    let records = read(&visits());
    let mut config = DeidConfig::default_for(&records);
    config.table.direct_identifiers.push("patient_id".to_owned());
    let result = deidentify(&records, &config, &key(1)).unwrap();
    assert!(table(&result.records).column("patient_id").is_none());
    assert_eq!(result.report.subjects_after, 24);
    assert!(check(&result.records, &config).passed);
    config.table.keep.push("patient_id".to_owned());
    assert!(matches!(deidentify(&records, &config, &key(1)), Err(DeidError::Config(_))));
}

#[test]
fn rows_of_nobody_are_left_out_and_counted() {
    let text = visits() + ",30,f,2020-01-01,90\nNA,30,f,2020-01-01,91\n";
    let records = read(&text);
    let result = deidentify(&records, &DeidConfig::default_for(&records), &key(1)).unwrap();
    assert_eq!((result.report.rows_of_nobody, result.report.records_after), (2, 72));
}

/// Clinical values of encounters that today's release keeps, by whether encounters or people are counted.
#[test]
fn counting_people_keeps_the_clinical_values_of_the_diabetes_encounters() {
    let Some(own) = corpus::diabetes() else { return };
    let records = Records::Table(own);
    let people = DeidConfig::default_for(&records);
    assert_eq!(people.table.person.as_deref(), Some("patient_nbr"));
    let mut rows = people.clone();
    rows.table.direct_identifiers.extend(rows.table.person.take());
    let clinical: Vec<&String> = people.table.sensitive.iter().chain(&people.table.keep).collect();
    let kept = |config: &DeidConfig| -> f64 {
        let result = deidentify(&records, config, &key(1)).unwrap();
        eprintln!("{:?}", result.report);
        let checked = check(&result.records, config);
        assert!(checked.passed, "{:?}", checked.findings);
        let values = |name: &&&String| {
            let released = table(&result.records).column(name)?;
            Some(released.values().filter(|value| !value.is_empty() && *value != "*").count())
        };
        clinical.iter().filter_map(|name| values(&name)).sum::<usize>() as f64
    };
    let share = kept(&people) / kept(&rows);
    eprintln!("clinical values: {:.2} % of those by rows", share * 100.0);
    assert!(share >= 0.95);
}
