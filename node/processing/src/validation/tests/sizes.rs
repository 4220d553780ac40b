//! Questions as large as may be, and larger.

use super::*;

/// What a node sends to fill another's memory, and which is no package.
fn hostile(name: String, text: Vec<u8>, slots: Vec<Slot>) -> Sent {
    let file = TemplateFile { name, text, slots };
    Sent { template: Template { files: vec![file] }, values: Vec::new(), config: config() }
}

#[test]
fn nothing_is_kept_of_templates_that_did_not_pass_however_they_hide_their_size() {
    let network = Network::new();
    let request = network.parties.request(1);
    for n in 0..40 {
        let long_name = hostile(format!("{n}{}.csv", "a".repeat(1_000_000)), Vec::new(), Vec::new());
        assert!(network.refused(&long_name.whole(&request)).contains("name is longer"));
    }
    let file = |n: usize| TemplateFile { name: format!("{n}.csv"), text: Vec::new(), slots: Vec::new() };
    let many = Sent { template: Template { files: (0..2_000).map(file).collect() }, ..sent() };
    assert!(network.refused(&many.whole(&request)).contains("2000 files"));
    let slots = vec![Slot { gap: 0, value: 0 }; 8_000_000];
    let swollen = hostile("a.csv".to_owned(), Vec::new(), slots);
    assert!(network.refused(&swollen.whole(&request)).contains("divide the data set"));
    network.refused(&sent().replaced("asthma", "123-45-6789").whole(&request));
    assert_eq!(network.templates.bytes_of(network.parties.node(0)), 0);
    assert!(network.signs(&sent()));
    assert!((1..10_000).contains(&network.templates.bytes_of(network.parties.node(0))));
}

#[test]
fn records_that_swell_when_they_are_read_are_refused() {
    let network = Network::new();
    let request = network.parties.request(1);
    let line = format!("{{\"resourceType\":\"Patient\",\"a\":[{}0]}}\n", "0,".repeat(3_000_000));
    let long_line = hostile("Patient.ndjson".to_owned(), line.into_bytes(), Vec::new());
    assert!(network.refused(&long_line.whole(&request)).contains("at most 4194304"));
    let names: Vec<String> = (0..20_000).map(|n| format!("c{n}")).collect();
    let wide = hostile("a.csv".to_owned(), names.join(",").into_bytes(), Vec::new());
    assert!(network.refused(&wide.whole(&request)).contains("20000 columns"));
}

/// The largest number that is `fine`, where all smaller ones are.
fn largest_of(fine: impl Fn(usize) -> bool) -> usize {
    let (mut good, mut bad) = (0, MAX_QUESTION_BYTES);
    while bad - good > 1 {
        let middle = usize::midpoint(good, bad);
        if fine(middle) { good = middle } else { bad = middle }
    }
    good
}

#[test]
fn the_largest_question_that_is_asked_is_read_and_a_little_more_is_not() {
    let network = Network::new();
    let request = network.parties.request(1);
    for name in [1, MAX_CONFIG_BYTES - 4096] {
        let mut config = config();
        config.table.keep = vec!["c".repeat(name)];
        let config_bytes = serde_json::to_string(&config).unwrap().len();
        let most = largest_of(|values| bounds::question_bytes(values, config_bytes).is_ok());
        let asked = |count| Sent { values: vec![SlotValue::Date(0); count], config: config.clone(), ..sent() };
        let largest = asked(most);
        let answer = network.answer_to(&largest.question(&request), 0);
        assert!(matches!(network.learnt(&answer, &largest), Ok(Judgement::TemplateMissing)));
        assert!(network.refused(&asked(most + 1_000).question(&request)).contains("malformed"));
    }
    assert!(bounds::question_bytes(0, MAX_CONFIG_BYTES + 1).is_err());
}
