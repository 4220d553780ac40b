//! The second organisation's judgement: a node of another organisation looks at the de-identified records before they leave.
//!
//! It never sees the originals, nor the request's form: the ledger has the request. It checks the data set's terms and type, looks
//! for identifiers and recomputes k-anonymity, and signs a [`Validation`] that every validator verifies in the parent block.
//!
//! The records come as a template and the values of its slots. The template is sent and checked once; of every package the node gets the
//! values, and computes the commitment to the package's own files. Values other than distinct pseudonyms are checked with the records
//! in full, each time. All of it is [sealed] to the node that is asked.

pub(crate) mod bounds;
mod packed;
mod sealed;

use super::commitment::Salt;
use super::prepared_sets::{PreparedSet, this_year};
use super::templates::Templates;
use crate::blocking::blocking;
use bincode::{Decode, Encode};
use bounds::{MAX_CONFIG_BYTES, MAX_QUESTION_BYTES, MAX_TEMPLATE_BYTES, RECORDS, check_bounds};
use medshare_crypto::hash::{Hash32, sha256, tagged_hash};
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_deid::prepared::are_distinct_pseudonyms;
use medshare_deid::records::RecordsError;
use medshare_deid::{DeidConfig, Records, Rendered, SlotValue, Template, check};
use medshare_ledger::codec;
use medshare_ledger::facts::DataSet;
use medshare_ledger::id::{NodeId, OwnerId};
use medshare_ledger::parent_block::Validation;
use medshare_node_authenticator::request::still_open;
use medshare_node_authenticator::standing::standing;
use medshare_node_chain::Chain;
use medshare_node_refusal::{Class, Code, Refusal};
use packed::{pack, unpack};
use sealed::Received;
pub(crate) use sealed::{QuestionKey, encrypted_bytes};
use std::sync::Arc;
use std::time::Duration;

/// Most letters of a node's words that are passed on.
const MAX_WORDS: usize = 512;
/// How long a question waits for this node to execute the height of its request.
const CATCHING_UP: Duration = Duration::from_secs(1);

/// What the processing node asks another organisation's node.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
struct Question {
    sensitivity: u8,
    salt: [u8; 32],
    config: String,
    template: Hash32,
    values: Vec<SlotValue>,
}

/// What it answers.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
enum Answer {
    /// The signature over the [`Validation`].
    Valid(Signature),
    /// What is against it.
    Invalid(String),
    /// The template must come along.
    TemplateMissing,
}

/// What the processing node learns.
#[derive(Debug)]
pub enum Judgement {
    /// The signature over the [`Validation`].
    Valid(Signature),
    /// What the node says against it: its own words, cut off where they are long.
    Refused(String),
    /// The question must be asked again with its template.
    TemplateMissing,
}

/// A question about the request of this name, encrypted, and its key; room for a template behind it.
///
/// # Errors
/// When it cannot be encoded.
pub(crate) fn encode_question(
    name: Hash32,
    salt: Salt,
    set: &PreparedSet,
    values: Vec<SlotValue>,
) -> Result<(QuestionKey, Vec<u8>), Refusal> {
    let config = serde_json::to_string(&set.config).map_err(|e| Refusal::fault(&e))?;
    let (salt, sensitivity) = (salt.0, set.sensitivity().code());
    let question = Question { sensitivity, salt, config, template: set.template, values };
    let key = QuestionKey::fresh(name);
    let encrypted = key.question(&codec::encode(&question)).map_err(|e| Refusal::fault(&e))?;
    Ok((key, encrypted))
}

/// The same question with its template, gzipped and encrypted.
///
/// # Errors
/// When the template cannot be packed.
pub(crate) fn with_template(key: &QuestionKey, question: &[u8], template: &Template) -> Result<Vec<u8>, Refusal> {
    let mut whole = question.to_vec();
    let encrypting = key.template(&mut whole).map_err(|e| Refusal::fault(&e))?;
    pack(encrypting, template)?.finish().map_err(|e| Refusal::fault(&e))?;
    Ok(whole)
}

/// Waits for a moment until the ledger has the request that a question is about, as far as this node knows it: the asking node may be
/// ahead.
///
/// # Errors
/// When this node cannot read what it stored.
pub async fn until_asked(chain: &Arc<Chain>, question: &[u8]) -> Result<(), Refusal> {
    let Some(name) = question.first_chunk::<32>() else { return Ok(()) };
    let (name, mut heights) = (Hash32::from_bytes(*name), chain.heights());
    let deadline = tokio::time::Instant::now() + CATCHING_UP;
    loop {
        heights.borrow_and_update();
        let reading = Arc::clone(chain);
        if blocking(move || Ok(reading.state().request(name)?.is_some())).await? {
            return Ok(());
        }
        if !matches!(tokio::time::timeout_at(deadline, heights.changed()).await, Ok(Ok(()))) {
            return Ok(());
        }
    }
}

/// What this node judges with.
pub struct Judge<'a> {
    /// NID of this node.
    pub me: NodeId,
    /// Its key to sign with.
    pub key: &'a SigningKey,
    /// Its key to open with what is sealed to it.
    pub sealing: &'a SealingSecretKey,
    /// The chain.
    pub chain: &'a Chain,
    /// Templates that other nodes have sent.
    pub templates: &'a Templates,
}

impl Judge<'_> {
    /// Judges a question of the node `from`; the answer's bytes, none where this node is in trouble itself, or behind.
    #[must_use]
    pub fn answer(&self, bytes: &[u8], from: NodeId) -> Vec<u8> {
        let answer = match self.judged(bytes, from) {
            Ok(Some(validation)) => Answer::Valid(self.key.sign(&validation)),
            Ok(None) => Answer::TemplateMissing,
            // This node's own trouble, or that it is behind, says nothing of the package.
            Err(refusal) if refusal.code.class() == Class::Fault || refusal.code == Code::UnknownRequest => {
                return Vec::new();
            }
            Err(refusal) => Answer::Invalid(refusal.message),
        };
        codec::encode(&answer)
    }

    /// None if the template must come along.
    fn judged(&self, bytes: &[u8], from: NodeId) -> Result<Option<Validation>, Refusal> {
        let malformed = || Refusal::new(Code::Malformed, "the question is malformed");
        let received = Received::of(bytes).ok_or_else(malformed)?;
        // Who asks about what is looked at before anything is opened for it.
        let (owner, dataset) = self.admit(received.name, from)?;
        if received.question.len() > encrypted_bytes(MAX_QUESTION_BYTES) {
            return Err(malformed());
        }
        let closed = || Refusal::new(Code::Malformed, "the question does not open with this node's key");
        let key = received.open_key(self.sealing).map_err(|_| closed())?;
        let question = key.open_question(received.question).map_err(|_| closed())?;
        let question: Question = codec::decode_up_to::<_, MAX_QUESTION_BYTES>(&question).map_err(|_| malformed())?;
        if question.config.len() > MAX_CONFIG_BYTES {
            return Err(malformed());
        }
        let Some(template) = self.template(from, &question.template, (&key, received.template))? else {
            return Ok(None);
        };
        let rendered = template.render(&question.values).map_err(|_| malformed())?;
        let year = this_year();
        let look = || look_through(&rendered, &question.config, &dataset, year);
        let conditions = conditions(&question.config, &dataset, year);
        let conditions = Some(conditions).filter(|_| are_distinct_pseudonyms(&question.values));
        let has_passed = |conditions: &Hash32| self.templates.has_passed(from, &question.template, conditions);
        if !conditions.as_ref().is_some_and(has_passed) {
            look()?;
        }
        // Nothing is kept of what did not pass.
        self.templates.keep(from, question.template, &template, conditions);
        Ok(Some(Validation {
            network: self.chain.facts().network(),
            request: received.name,
            owner,
            dataset: dataset.id,
            records: Salt(question.salt).commit_files(&rendered),
            sensitivity: question.sensitivity,
            node: from,
            second_node: self.me,
        }))
    }

    /// The owner and the data set that a request is for, if the ledger has it, nobody answered it yet, and `from` is its owner's node. That
    /// the requestor signed it, when and for what purpose, was looked at when the ledger took it.
    fn admit(&self, name: Hash32, from: NodeId) -> Result<(OwnerId, DataSet), Refusal> {
        let state = self.chain.state();
        let made = state.request(name)?.ok_or_else(|| {
            Refusal::new(Code::UnknownRequest, "the request is not on the ledger as far as this node knows it")
        })?;
        let owner = state.owner(made.owner)?.ok_or_else(|| Refusal::not_found("owner"))?;
        let dataset = state.dataset(made.owner, &made.dataset)?.ok_or_else(|| Refusal::not_found("data set"))?;
        if owner.node != from {
            return Err(Refusal::new(Code::NotTheOwnersNode, "only the owner's node asks for this"));
        }
        standing(state, made.requestor)?;
        still_open(&made, self.chain)?;
        if made.terms_version != dataset.rules_version {
            return Err(Refusal::new(Code::OtherTerms, "the request was signed for other terms of the data set"));
        }
        Ok((owner.id, dataset))
    }

    /// The template that is kept for the node, or that it sent along.
    fn template(
        &self,
        from: NodeId,
        digest: &Hash32,
        (key, encrypted): (&QuestionKey, &[u8]),
    ) -> Result<Option<Arc<Template>>, Refusal> {
        if let Some(template) = self.templates.get(from, digest) {
            return Ok(Some(template));
        }
        if encrypted.is_empty() {
            return Ok(None);
        }
        let malformed = || Refusal::new(Code::Malformed, "the records cannot be unpacked");
        let bytes = unpack(MAX_TEMPLATE_BYTES, |packed| key.open_template(encrypted, packed).map(drop))?;
        if sha256(&bytes) != *digest {
            return Err(malformed());
        }
        let template = codec::decode_up_to::<Template, MAX_TEMPLATE_BYTES>(&bytes).map_err(|_| malformed())?;
        check_bounds(&template)?;
        Ok(Some(Arc::new(template)))
    }
}

/// What a look at the records depends on beside their template.
fn conditions(config: &str, dataset: &DataSet, year: i32) -> Hash32 {
    let record_type = medshare_genesis::dataset::record_type_name(dataset.record_type);
    let parts = [config.as_bytes(), &dataset.k.to_be_bytes(), record_type.as_bytes(), &year.to_be_bytes()];
    tagged_hash("medshare/validation-conditions/v2", &parts)
}

/// Looks at records that leave in this year. Whoever prepared them shortly before its beginning counted ages in the one before.
fn look_through(rendered: &Rendered, config: &str, dataset: &DataSet, year: i32) -> Result<(), Refusal> {
    let malformed = || Refusal::new(Code::Malformed, "the records are not of the form that their type asks for");
    let mut config: DeidConfig = serde_json::from_str(config).map_err(|_| malformed())?;
    // The ledger's k counts, whatever the processing node says.
    config.k = config.k.max(dataset.k);
    let records = Records::from_files_within(&rendered.as_files(), &RECORDS).map_err(|error| match error {
        RecordsError::Beyond { beyond, .. } => Refusal::new(Code::TooLarge, beyond.to_string()),
        RecordsError::Table { problem, .. } => Refusal::new(Code::Malformed, problem),
        _ => malformed(),
    })?;
    if records.type_label() != medshare_genesis::dataset::record_type_name(dataset.record_type) {
        return Err(Refusal::new(Code::WrongType, "the records are of another type than the data set"));
    }
    if config.release_year.is_none_or(|released| released < year - 1) {
        let message = format!(
            "ages are not counted in the year of the release; expected release_year = {year} in its configuration"
        );
        return Err(Refusal::new(Code::NotSafe, message));
    }
    let report = check(&records, &config);
    if !report.passed {
        let findings: Vec<String> = report.findings.iter().take(5).map(ToString::to_string).collect();
        return Err(Refusal::new(Code::NotSafe, findings.join("; ")));
    }
    Ok(())
}

/// Reads an answer and checks its signature against what was asked.
///
/// # Errors
/// [`Refusal`] when its answer is not valid.
pub fn decode_answer(bytes: &[u8], validation: &Validation, chain: &Chain) -> Result<Judgement, Refusal> {
    let bad = || Refusal::new(Code::ValidationFailed, "the validating node gave no valid answer; try again");
    match codec::decode::<Answer>(bytes).map_err(|_| bad())? {
        Answer::Valid(signature) => {
            let node = chain.facts().validator(validation.second_node).ok_or_else(bad)?;
            node.key.verify(validation, &signature).map_err(|_| bad())?;
            Ok(Judgement::Valid(signature))
        }
        Answer::TemplateMissing => Ok(Judgement::TemplateMissing),
        Answer::Invalid(words) => Ok(Judgement::Refused(words.chars().take(MAX_WORDS).collect())),
    }
}

#[cfg(test)]
mod tests;
