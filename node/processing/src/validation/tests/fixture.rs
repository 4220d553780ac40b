//! A network whose second node judges, and what its first node sends it.

use super::super::*;
use crate::templates::template_digest;
use medshare_deid::{PackageKey, SensitivityReport, classify, prepare};
use medshare_exchange::request::SignedRequest;
use medshare_node_chain::testing::{K, Parties, label};
use std::sync::Arc;

pub(super) const SALT: Salt = Salt([5; 32]);

pub(super) fn config() -> DeidConfig {
    let names = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect();
    let mut config = DeidConfig { k: K, release_year: Some(this_year()), ..DeidConfig::default() };
    config.table.direct_identifiers = names(&["name"]);
    config.table.quasi_identifiers = names(&["sex"]);
    config.table.sensitive = names(&["diagnosis"]);
    config
}

/// A data set as the owner's node prepares it.
fn set_of(records: &Records, config: DeidConfig) -> PreparedSet {
    let prepared = prepare(records, &config, &PackageKey::new([6; 32])).unwrap();
    let template = template_digest(prepared.template());
    let ranking: SensitivityReport = classify(records, &config);
    PreparedSet { source: Hash32::from_bytes([0; 32]), ranking, config, prepared, template, question_bytes: 0 }
}

pub(super) fn table() -> PreparedSet {
    let mut table = "name,sex,diagnosis\n".to_owned();
    for n in 0..12 {
        let sex = if n % 2 == 0 { "female" } else { "male" };
        table.push_str(&format!("Person{n},{sex},asthma\n"));
    }
    set_of(&Records::from_files(&[("cohort.csv".to_owned(), table.into_bytes())]).unwrap(), config())
}

/// What is sent of a package: a template and values. Whoever made it may have changed it.
#[derive(Clone)]
pub(super) struct Sent {
    pub(super) template: Template,
    pub(super) values: Vec<SlotValue>,
    pub(super) config: DeidConfig,
}

impl Sent {
    pub(super) fn honest(set: &PreparedSet, package: u8) -> Self {
        let values = set.prepared.values(&PackageKey::new([package; 32]));
        Self { template: set.prepared.template().clone(), values, config: set.config.clone() }
    }

    pub(super) fn replaced(mut self, from: &str, to: &str) -> Self {
        let file = &mut self.template.files[0];
        let text = String::from_utf8(file.text.clone()).unwrap();
        assert!(text.contains(from));
        file.text = text.replacen(from, to, 1).into_bytes();
        self
    }

    pub(super) fn rendered(&self) -> Rendered {
        self.template.render(&self.values).unwrap()
    }

    fn encrypted(&self, request: &SignedRequest) -> (QuestionKey, Vec<u8>) {
        let set = PreparedSet { template: template_digest(&self.template), config: self.config.clone(), ..table() };
        encode_question(request.hash(), SALT, &set, self.values.clone()).unwrap()
    }

    /// The question for the node that judges.
    pub(super) fn question(&self, request: &SignedRequest) -> Vec<u8> {
        let (key, question) = self.encrypted(request);
        sent_to(1, &key, &question)
    }

    /// The same with its template.
    pub(super) fn whole(&self, request: &SignedRequest) -> Vec<u8> {
        self.whole_to(1, request)
    }

    /// The same, for the node with this index.
    pub(super) fn whole_to(&self, index: usize, request: &SignedRequest) -> Vec<u8> {
        self.with(&self.template, index, request)
    }

    /// A question with a template that it does not name.
    pub(super) fn with_another(&self, template: &Template, request: &SignedRequest) -> Vec<u8> {
        self.with(template, 1, request)
    }

    fn with(&self, template: &Template, index: usize, request: &SignedRequest) -> Vec<u8> {
        let (key, question) = self.encrypted(request);
        sent_to(index, &key, &with_template(&key, &question, template).unwrap())
    }
}

/// What is sent to the node with this index: its keys are those of all tests.
fn sent_to(index: usize, key: &QuestionKey, question: &[u8]) -> Vec<u8> {
    let sealing = SealingSecretKey::from_bytes([u8::try_from(index + 1).unwrap(); 32].into());
    [key.sealed_to(&sealing.public_key()).unwrap().as_slice(), question].concat()
}

pub(super) fn sent() -> Sent {
    Sent::honest(&table(), 1)
}

pub(super) struct Network {
    pub(super) parties: Parties,
    pub(super) chain: Arc<Chain>,
    pub(super) templates: Templates,
}

impl Network {
    pub(super) fn new() -> Self {
        let parties = Parties::new();
        let chain = Arc::new(parties.ready_chain());
        Self { parties, chain, templates: Templates::default() }
    }

    pub(super) fn answer_to(&self, question: &[u8], from: usize) -> Vec<u8> {
        let (me, key, sealing) = (self.parties.node(1), &self.parties.nodes[1], &self.parties.sealing(1));
        Judge { me, key, sealing, chain: &self.chain, templates: &self.templates }
            .answer(question, self.parties.node(from))
    }

    pub(super) fn expected(&self, sent: &Sent) -> Validation {
        Validation {
            network: self.parties.facts.network(),
            request: self.parties.request(1).hash(),
            owner: self.parties.owner(0),
            dataset: label("cohort"),
            records: SALT.commit_files(&sent.rendered()),
            sensitivity: 1,
            node: self.parties.node(0),
            second_node: self.parties.node(1),
        }
    }

    /// What the processing node learns when it sends everything.
    pub(super) fn outcome(&self, sent: &Sent) -> Result<Judgement, Refusal> {
        let answer = self.answer_to(&sent.whole(&self.parties.request(1)), 0);
        self.learnt(&answer, sent)
    }

    pub(super) fn learnt(&self, answer: &[u8], sent: &Sent) -> Result<Judgement, Refusal> {
        match decode_answer(answer, &self.expected(sent), &self.chain)? {
            Judgement::Refused(words) => Err(Refusal::new(Code::ValidationRefused, words)),
            judgement => Ok(judgement),
        }
    }

    pub(super) fn signs(&self, sent: &Sent) -> bool {
        matches!(self.outcome(sent), Ok(Judgement::Valid(_)))
    }

    pub(super) fn signs_for(&self, sent: &Sent, request: &SignedRequest) -> bool {
        let answer = self.answer_to(&sent.whole(request), 0);
        let expected = Validation { request: request.hash(), ..self.expected(sent) };
        matches!(decode_answer(&answer, &expected, &self.chain), Ok(Judgement::Valid(_)))
    }

    pub(super) fn refused(&self, question: &[u8]) -> String {
        let refusal = self.learnt(&self.answer_to(question, 0), &sent()).unwrap_err();
        assert_eq!(refusal.code, Code::ValidationRefused);
        refusal.message
    }
}
