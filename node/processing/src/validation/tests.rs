#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod fixture;
mod sizes;

use super::*;
use fixture::{Network, Sent, config, sent, table};
use medshare_deid::TableConfig;
use medshare_deid::prepared::{Slot, TemplateFile};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::entry::Entry;
use medshare_ledger::id::{NetworkId, Timestamp};
use medshare_ledger::purpose::ActReason;
use medshare_node_chain::testing::{K, Parties, T0};
use rand::rngs::OsRng;

#[test]
fn deidentified_records_get_the_signature_of_the_second_node() {
    let network = Network::new();
    let Judgement::Valid(signature) = network.outcome(&sent()).unwrap() else { panic!("a signature") };
    let key = network.parties.nodes[1].verifying_key();
    key.verify(&network.expected(&sent()), &signature).unwrap();
}

#[test]
fn a_template_is_asked_for_once_and_serves_the_next_package() {
    let network = Network::new();
    let (request, first) = (network.parties.request(1), sent());
    let learn = |question: Vec<u8>, sent: &Sent| {
        decode_answer(&network.answer_to(&question, 0), &network.expected(sent), &network.chain).unwrap()
    };
    assert!(matches!(learn(first.question(&request), &first), Judgement::TemplateMissing));
    assert!(matches!(learn(first.whole(&request), &first), Judgement::Valid(_)));
    let next = Sent::honest(&table(), 2);
    assert!(matches!(learn(next.question(&request), &next), Judgement::Valid(_)));
}

#[test]
fn a_template_that_passed_for_one_data_set_is_looked_through_again_under_other_conditions() {
    let network = Network::new();
    assert!(network.signs(&sent()));
    let strict = Sent { config: DeidConfig { k: 50, ..config() }, ..sent() };
    assert!(network.outcome(&strict).unwrap_err().message.contains("smaller than 50"));
    assert!(network.signs(&sent()));
}

#[test]
fn a_signature_over_other_files_or_from_another_node_is_not_taken() {
    let network = Network::new();
    let answer = network.answer_to(&sent().whole(&network.parties.request(1)), 0);
    let good = network.expected(&sent());
    for other in [
        network.expected(&sent().replaced("asthma", "angina")),
        Validation { sensitivity: 2, ..good.clone() },
        Validation { second_node: network.parties.node(2), ..good.clone() },
        Validation { request: network.parties.request(2).hash(), ..good },
    ] {
        assert_eq!(decode_answer(&answer, &other, &network.chain).unwrap_err().code, Code::ValidationFailed);
    }
    for garbage in [&b""[..], b"garbage", &[0; 65]] {
        let refusal = decode_answer(garbage, &network.expected(&sent()), &network.chain).unwrap_err();
        assert_eq!(refusal.code, Code::ValidationFailed);
    }
}

#[test]
fn an_identifier_that_was_left_in_is_found() {
    let network = Network::new();
    let leaky = sent().replaced("asthma", "123-45-6789");
    for _ in 0..2 {
        let refusal = network.outcome(&leaky).unwrap_err();
        assert_eq!(refusal.code, Code::ValidationRefused);
        assert!(refusal.message.contains("diagnosis"), "{}", refusal.message);
        assert!(!refusal.message.contains("123-45-6789"));
    }
}

#[test]
fn the_ledgers_anonymity_counts_and_not_the_questions() {
    let network = Network::new();
    let lax = Sent { config: DeidConfig { k: 1, ..config() }, ..sent() };
    let refusal = network.outcome(&lax.clone().replaced("female", "other")).unwrap_err();
    assert!(refusal.message.contains(&format!("smaller than {K}")), "{}", refusal.message);
    assert!(network.signs(&lax));
}

#[test]
fn ages_are_counted_in_the_year_of_the_release_whatever_the_first_node_says() {
    let network = Network::new();
    let of = |release_year| Sent { config: DeidConfig { release_year, ..config() }, ..sent() };
    for long_past in [None, Some(1900), Some(this_year() - 2)] {
        let refusal = network.outcome(&of(long_past)).unwrap_err();
        assert!(refusal.message.contains("expected release_year = "), "{}", refusal.message);
    }
    // What was prepared in the last days of a year leaves in the first ones of the next.
    assert!(network.signs(&of(Some(this_year() - 1))));
}

#[test]
fn what_nobody_knows_and_what_singles_people_out_is_refused_whatever_the_first_node_keeps() {
    let network = Network::new();
    let unlisted = DeidConfig { table: TableConfig { sensitive: Vec::new(), ..config().table }, ..config() };
    let refusal = network.outcome(&Sent { config: unlisted, ..sent() }).unwrap_err();
    assert!(refusal.message.starts_with("diagnosis: unclassified"), "{}", refusal.message);
    let rows: String = (0..12).map(|row| format!("female,K{}\n", 70_143 + row * 91)).collect();
    let file =
        TemplateFile { name: "cohort.csv".to_owned(), text: format!("sex,v9\n{rows}").into_bytes(), slots: Vec::new() };
    let mut kept = config();
    kept.table.sensitive.clear();
    kept.table.keep = vec!["v9".to_owned()];
    let numbers = Sent { template: Template { files: vec![file] }, values: Vec::new(), config: kept };
    let refusal = network.outcome(&numbers).unwrap_err();
    assert!(refusal.message.starts_with("v9: identifying number"), "{}", refusal.message);
}

#[test]
fn a_slot_in_a_quasi_identifier_is_found_even_where_all_rows_are_alike() {
    let network = Network::new();
    let mut text = b"sex,diagnosis\n".to_vec();
    let mut slots = Vec::new();
    let mut last = 0;
    for _ in 0..12 {
        slots.push(Slot { gap: (text.len() - last) as u64, value: 0 });
        last = text.len();
        text.extend_from_slice(b",asthma\n");
    }
    let template = Template { files: vec![TemplateFile { name: "cohort.csv".to_owned(), text, slots }] };
    let mut pseudonym = [0xaa; 16];
    (pseudonym[6], pseudonym[8]) = (0x8a, 0x8a);
    let alike = Sent { template, values: vec![SlotValue::Pseudonym(pseudonym)], config: config() };
    assert!(are_distinct_pseudonyms(&alike.values));
    let refusal = network.outcome(&alike).unwrap_err();
    assert!(refusal.message.starts_with("sex"), "{}", refusal.message);
}

#[test]
fn values_that_are_no_distinct_pseudonyms_are_looked_through_each_time() {
    let network = Network::new();
    let mut slotted = sent();
    let at = slotted.template.files[0].text.windows(6).position(|w| w == b"female").unwrap();
    slotted.template.files[0].slots = vec![Slot { gap: at as u64, value: 0 }];
    slotted.values = vec![SlotValue::Date(0)];
    let refusal = network.outcome(&slotted).unwrap_err();
    assert!(refusal.message.contains("smaller than"), "{}", refusal.message);
    slotted.values = vec![SlotValue::Pseudonym([7; 16])];
    assert_eq!(network.outcome(&slotted).unwrap_err().code, Code::ValidationRefused);
}

#[test]
fn records_of_another_type_are_refused() {
    let network = Network::new();
    let file = TemplateFile {
        name: "Patient.ndjson".to_owned(),
        text: b"{\"resourceType\":\"Patient\",\"id\":\"1\"}\n".to_vec(),
        slots: Vec::new(),
    };
    let other = Sent { template: Template { files: vec![file] }, values: Vec::new(), config: DeidConfig::default() };
    assert!(network.refused(&other.whole(&network.parties.request(1))).contains("another type"));
}

#[test]
fn what_the_ledger_does_not_have_is_not_judged() {
    let network = Network::new();
    let parties = &network.parties;
    let of_another = RequestorKeys::generate(&mut OsRng);
    let changes: [&dyn Fn(&mut DataRequest); 4] = [
        &|r| r.nonce = [99; 16],
        &|r| r.network = NetworkId::from_bytes([0; 32]),
        &|r| r.key = of_another.signing.verifying_key(),
        &|r| r.purpose.reason = ActReason::PublicHealth,
    ];
    for change in changes {
        let mut asked = parties.asked(1);
        change(&mut asked);
        let unknown = SignedRequest::sign(asked, &parties.requestor.signing);
        assert!(network.answer_to(&sent().whole(&unknown), 0).is_empty());
        // nor under the name of a request that it has
        let mut renamed = sent().whole(&unknown);
        renamed[..32].copy_from_slice(parties.request(1).hash().as_bytes());
        assert!(network.refused(&renamed).contains("does not open"));
    }
}

#[test]
fn what_was_answered_or_is_over_is_refused() {
    let network = Network::new();
    let parties = &network.parties;
    let short = DataRequest { deadline: Timestamp(T0 + 4_500), ..parties.asked(20) };
    let short = SignedRequest::sign(short, &parties.requestor.signing);
    parties.decide(&network.chain, vec![short.entry()]);
    assert!(network.signs_for(&sent(), &short));
    parties.decide(&network.chain, Vec::new());
    parties.decide(&network.chain, Vec::new());
    assert!(network.refused(&sent().whole(&short)).contains("deadline"));
    let block = parties.parent_block(&parties.request(1), Hash32::ZERO);
    parties.decide(&network.chain, vec![Entry::ParentBlock(Box::new(block))]);
    assert!(network.refused(&sent().whole(&parties.request(1))).contains("answered"));
}

#[tokio::test]
async fn a_question_waits_until_its_request_is_on_the_ledger() {
    let network = Network::new();
    let late = network.parties.request(20);
    let question = sent().whole(&late);
    let waiting = until_asked(&network.chain, &question);
    tokio::pin!(waiting);
    assert!(tokio::time::timeout(Duration::from_millis(20), waiting.as_mut()).await.is_err());
    network.parties.decide(&network.chain, vec![late.entry()]);
    waiting.await.unwrap();
    assert!(network.signs_for(&sent(), &late));
    let unknown = sent().whole(&network.parties.request(21));
    tokio::time::timeout(2 * CATCHING_UP, until_asked(&network.chain, &unknown)).await.unwrap().unwrap();
}

#[test]
fn only_the_owners_node_may_ask() {
    let network = Network::new();
    let answer = network.answer_to(&sent().whole(&network.parties.request(1)), 2);
    let refusal = network.learnt(&answer, &sent()).unwrap_err();
    assert!(refusal.message.contains("only the owner's node"));
}

#[test]
fn garbage_is_answered_and_never_signed() {
    let network = Network::new();
    let good = sent().whole(&network.parties.request(1));
    let cut = [0, 7, 31, 32, 40, 1_199, 1_200, 1_208, good.len() / 2, good.len() - 1];
    let mut questions: Vec<Vec<u8>> = cut.into_iter().map(|length| good[..length].to_vec()).collect();
    questions.push([&good[..1_200], u64::MAX.to_be_bytes().as_slice(), &good[1_208..]].concat());
    questions.push(vec![0; 100]);
    questions.push([good.as_slice(), &[0]].concat());
    for question in questions {
        network.refused(&question);
    }
}

#[test]
fn a_question_opens_for_the_node_that_is_asked_and_as_it_was_sent() {
    let network = Network::new();
    let request = network.parties.request(1);
    assert!(network.refused(&sent().whole_to(2, &request)).contains("does not open with this node's key"));
    let good = sent().whole(&request);
    // the length of the question, and bytes of its key, the question and the template
    for place in [40, 1_150, 1_207, 1_220, good.len() - 1] {
        let mut changed = good.clone();
        changed[place] ^= 1;
        network.refused(&changed);
    }
    assert_eq!(network.templates.bytes_of(network.parties.node(0)), 0, "nothing is kept of them");
    assert!(network.signs(&sent()));
}

#[test]
fn what_is_sent_shows_nothing_of_the_records() {
    let parties = Parties::new();
    let whole = sent().whole(&parties.request(1));
    let shows = |words: &[u8]| whole.windows(words.len()).any(|window| window == words);
    assert!(shows(parties.request(1).hash().as_bytes()));
    // of the records, of how they were de-identified, and of how anything is packed
    for words in [b"asthma".as_slice(), b"diagnosis", &[0x1f, 0x8b, 8], &fixture::SALT.0] {
        assert!(!shows(words), "{words:?}");
    }
    assert_ne!(whole, sent().whole(&parties.request(1)), "nor that it was sent before");
}

#[test]
fn another_template_than_the_question_names_is_refused() {
    let network = Network::new();
    let other = sent().replaced("asthma", "angina").template;
    assert!(network.refused(&sent().with_another(&other, &network.parties.request(1))).contains("unpacked"));
}
