#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::*;
use crate::chain::testing::{K, Parties, label};
use medshare_deid::{PackageKey, deidentify};
use medshare_exchange::request::DataRequest;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::id::NetworkId;
use medshare_ledger::purpose::ActReason;
use rand::rngs::OsRng;

type Files = Vec<(String, Vec<u8>)>;

const SALT: Salt = Salt([5; 32]);

fn config() -> DeidConfig {
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let mut config = DeidConfig { k: K, ..DeidConfig::default() };
    config.table.direct_identifiers = names(&["name"]);
    config.table.quasi_identifiers = names(&["sex"]);
    config.table.sensitive = names(&["diagnosis"]);
    config
}

fn files() -> Files {
    let mut table = "name,sex,diagnosis\n".to_owned();
    for n in 0..12 {
        let sex = if n % 2 == 0 { "female" } else { "male" };
        table.push_str(&format!("Person{n},{sex},asthma\n"));
    }
    let records = Records::from_files(&[("cohort.csv".to_owned(), table.into_bytes())]).unwrap();
    deidentify(&records, &config(), &PackageKey::new([6; 32])).unwrap().records.to_files()
}

fn replaced(from: &str, to: &str) -> Files {
    let replace = |(name, bytes): (String, Vec<u8>)| {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(from));
        (name, text.replacen(from, to, 1).into_bytes())
    };
    files().into_iter().map(replace).collect()
}

struct Network {
    parties: Parties,
    chain: Chain,
}

impl Network {
    fn new() -> Self {
        let parties = Parties::new();
        let chain = parties.ready_chain();
        Self { parties, chain }
    }

    fn question(&self, request: &SignedRequest, config: &DeidConfig, files: &Files) -> Vec<u8> {
        encode_question(request, 1, SALT, config, files).unwrap()
    }

    fn judge(&self, question: &[u8]) -> Vec<u8> {
        let (from, me) = (self.parties.node(0), self.parties.node(1));
        judge(question, from, me, &self.parties.nodes[1], &self.chain)
    }

    fn expected(&self, files: &Files) -> Validation {
        Validation {
            request: self.parties.request(1).hash(),
            owner: self.parties.owner(0),
            dataset: label("cohort"),
            records: SALT.commit_files(files),
            sensitivity: 1,
            node: self.parties.node(0),
            second_node: self.parties.node(1),
        }
    }

    /// What the processing node learns about these files.
    fn outcome(&self, request: &SignedRequest, config: &DeidConfig, files: &Files) -> Result<Signature, Refusal> {
        let answer = self.judge(&self.question(request, config, files));
        decode_answer(&answer, &self.expected(files), &self.chain)
    }

    fn refused(&self, question: &[u8]) -> String {
        let refusal = decode_answer(&self.judge(question), &self.expected(&files()), &self.chain).unwrap_err();
        assert_eq!(refusal.code, Code::ValidationRefused);
        refusal.message
    }
}

#[test]
fn deidentified_records_get_the_signature_of_the_second_node() {
    let network = Network::new();
    let files = files();
    let signature = network.outcome(&network.parties.request(1), &config(), &files).unwrap();
    let key = network.parties.nodes[1].verifying_key();
    key.verify(&network.expected(&files), &signature).unwrap();
}

#[test]
fn a_signature_over_other_files_or_from_another_node_is_not_taken() {
    let network = Network::new();
    let files = files();
    let answer = network.judge(&network.question(&network.parties.request(1), &config(), &files));
    let good = network.expected(&files);
    for other in [
        network.expected(&replaced("asthma", "angina")),
        Validation { sensitivity: 2, ..good.clone() },
        Validation { second_node: network.parties.node(2), ..good.clone() },
        Validation { request: network.parties.request(2).hash(), ..good },
    ] {
        assert_eq!(decode_answer(&answer, &other, &network.chain).unwrap_err().code, Code::ValidationFailed);
    }
    for garbage in [&b""[..], b"garbage", &[0; 65]] {
        let refusal = decode_answer(garbage, &network.expected(&files), &network.chain).unwrap_err();
        assert_eq!(refusal.code, Code::ValidationFailed);
    }
}

#[test]
fn an_identifier_that_was_left_in_is_found() {
    let network = Network::new();
    let leaky = replaced("asthma", "123-45-6789");
    let refusal = network.outcome(&network.parties.request(1), &config(), &leaky).unwrap_err();
    assert_eq!(refusal.code, Code::ValidationRefused);
    assert!(refusal.message.contains("diagnosis"), "{}", refusal.message);
    assert!(!refusal.message.contains("123-45-6789"));
}

#[test]
fn the_ledgers_anonymity_counts_and_not_the_questions() {
    let network = Network::new();
    let unique = replaced("female", "other");
    let lax = DeidConfig { k: 1, ..config() };
    let refusal = network.outcome(&network.parties.request(1), &lax, &unique).unwrap_err();
    assert!(refusal.message.contains(&format!("smaller than {K}")), "{}", refusal.message);
    network.outcome(&network.parties.request(1), &lax, &files()).unwrap();
    let strict = DeidConfig { k: 50, ..config() };
    network.outcome(&network.parties.request(1), &strict, &files()).unwrap_err();
}

#[test]
fn records_of_another_type_are_refused() {
    let network = Network::new();
    let patient = b"{\"resourceType\":\"Patient\",\"id\":\"1\"}\n".to_vec();
    let files = vec![("Patient.ndjson".to_owned(), patient)];
    let question = network.question(&network.parties.request(1), &DeidConfig::default(), &files);
    assert!(network.refused(&question).contains("another type"));
}

#[test]
fn requests_that_no_node_should_process_are_refused() {
    let network = Network::new();
    let parties = &network.parties;
    let signed = |change: &dyn Fn(&mut DataRequest)| {
        let mut asked = parties.asked(1);
        change(&mut asked);
        network.question(&SignedRequest::sign(asked, &parties.requestor.signing), &config(), &files())
    };
    let stranger = RequestorKeys::generate(&mut OsRng);
    let mut changed = parties.request(1);
    changed.request.nonce = [9; 16];
    for (question, reason) in [
        (signed(&|r| r.network = NetworkId::from_bytes([0; 32])), "another network"),
        (signed(&|r| r.dataset = label("other")), "data set"),
        (signed(&|r| r.owner = parties.owner(1)), "data set"),
        (signed(&|r| r.requestor = stranger.id()), "requestor"),
        (signed(&|r| r.purpose.reason = ActReason::PublicHealth), "terms"),
        (network.question(&changed, &config(), &files()), "signature"),
    ] {
        let message = network.refused(&question);
        assert!(message.contains(reason), "{reason}: {message}");
    }
}

#[test]
fn only_the_owners_node_may_ask() {
    let network = Network::new();
    let question = network.question(&network.parties.request(1), &config(), &files());
    let (from, me) = (network.parties.node(2), network.parties.node(1));
    let answer = judge(&question, from, me, &network.parties.nodes[1], &network.chain);
    let refusal = decode_answer(&answer, &network.expected(&files()), &network.chain).unwrap_err();
    assert!(refusal.message.contains("only the owner's node"));
}

#[test]
fn garbage_is_answered_and_never_signed() {
    let network = Network::new();
    let good = network.question(&network.parties.request(1), &config(), &files());
    let mut questions: Vec<Vec<u8>> =
        [0, 7, 8, 9, 40, good.len() / 2, good.len() - 1].into_iter().map(|length| good[..length].to_vec()).collect();
    questions.push(u64::MAX.to_be_bytes().to_vec());
    questions.push([u64::MAX.to_be_bytes().as_slice(), &good[8..]].concat());
    questions.push(vec![0; 100]);
    for question in questions {
        network.refused(&question);
    }
}

#[test]
fn what_unpacks_to_more_than_the_bound_is_refused() {
    let bomb = |zeros: usize| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(&1u64.to_be_bytes()).unwrap();
        packed.write_all(b"a").unwrap();
        packed.write_all(&(zeros as u64).to_be_bytes()).unwrap();
        packed.write_all(&vec![0; zeros]).unwrap();
        packed.finish().unwrap()
    };
    let fits = bomb(1_000_000 - 17);
    assert!(fits.len() < 5_000);
    assert_eq!(unpack(&fits, 1_000_000).unwrap()[0].1.len(), 1_000_000 - 17);
    unpack(&bomb(1_000_000 - 16), 1_000_000).unwrap_err();
    unpack(&bomb(50_000_000), 1_000_000).unwrap_err();
}

#[test]
fn packed_files_whose_lengths_lie_are_refused() {
    let pack = |bytes: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes).unwrap();
        packed.finish().unwrap()
    };
    assert!(unpack(&pack(b""), 100).unwrap().is_empty());
    let one = [1u64.to_be_bytes().as_slice(), b"a"].concat();
    let not_text = [1u64.to_be_bytes().as_slice(), b"\xff", &0u64.to_be_bytes()].concat();
    for bad in [&b"short"[..], &one, &u64::MAX.to_be_bytes(), &not_text] {
        unpack(&pack(bad), 100).unwrap_err();
    }
}
