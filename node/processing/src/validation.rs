//! The second organisation's judgement: a node of another organisation looks at the de-identified records before they leave.
//!
//! It never sees the originals. It checks that the ledger has the request, the data set's terms and type, looks
//! for identifiers and recomputes k-anonymity, and signs a [`Validation`] that every validator verifies in the parent block.
//!
//! The records come as a template and the values of its slots. The template is sent and checked once; of every package the node gets the
//! values, and computes the commitment to the package's own files. Values other than distinct pseudonyms are checked with the records
//! in full, each time.

pub(crate) mod bounds;
mod packed;

use super::commitment::Salt;
use super::prepared_sets::PreparedSet;
use super::templates::Templates;
use crate::blocking::blocking;
use bincode::{Decode, Encode};
use bounds::{MAX_CONFIG_BYTES, MAX_QUESTION_BYTES, MAX_TEMPLATE_BYTES, RECORDS, check_bounds};
use medshare_crypto::hash::{Hash32, sha256, tagged_hash};
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_deid::prepared::are_distinct_pseudonyms;
use medshare_deid::records::RecordsError;
use medshare_deid::{DeidConfig, Records, Rendered, SlotValue, Template, check};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::codec;
use medshare_ledger::facts::DataSet;
use medshare_ledger::id::NodeId;
use medshare_ledger::parent_block::Validation;
use medshare_node_authenticator::request::still_open;
use medshare_node_authenticator::standing::standing;
use medshare_node_chain::Chain;
use medshare_node_refusal::{Class, Code, Refusal};
use packed::{pack, unpack};
use std::sync::Arc;
use std::time::Duration;

/// Most letters of a node's words that are passed on.
const MAX_WORDS: usize = 512;
/// How long a question waits for this node to execute the height of its request.
const CATCHING_UP: Duration = Duration::from_secs(1);

/// What the processing node asks another organisation's node.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
struct Question {
    request: SignedRequest,
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

/// The bytes of a question: the request's name, the question's length, itself; room for a template after it.
///
/// # Errors
/// When it cannot be encoded.
pub fn encode_question(
    request: &SignedRequest,
    salt: Salt,
    set: &PreparedSet,
    values: Vec<SlotValue>,
) -> Result<Vec<u8>, Refusal> {
    let config = serde_json::to_string(&set.config).map_err(|e| Refusal::fault(&e))?;
    let name = request.hash();
    let (request, salt, sensitivity) = (request.clone(), salt.0, set.sensitivity().code());
    let question = codec::encode(&Question { request, sensitivity, salt, config, template: set.template, values });
    Ok([name.as_bytes(), (question.len() as u64).to_be_bytes().as_slice(), question.as_slice()].concat())
}

/// The same question with its template, gzipped.
///
/// # Errors
/// When the template cannot be packed.
pub fn with_template(question: &[u8], template: &Template) -> Result<Vec<u8>, Refusal> {
    pack(question.to_vec(), template)
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
    /// Its key.
    pub key: &'a SigningKey,
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
        let (name, bytes) = bytes.split_first_chunk::<32>().ok_or_else(malformed)?;
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(malformed)?;
        let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| malformed())?;
        let (head, packed) = rest.split_at_checked(length).ok_or_else(malformed)?;
        let question: Question = codec::decode_up_to::<_, MAX_QUESTION_BYTES>(head).map_err(|_| malformed())?;
        let request = question.request.hash();
        if request.as_bytes() != name {
            return Err(malformed());
        }
        let dataset = self.admit(&question, request, from)?;
        if question.config.len() > MAX_CONFIG_BYTES {
            return Err(malformed());
        }
        let Some(template) = self.template(from, &question.template, packed)? else { return Ok(None) };
        let rendered = template.render(&question.values).map_err(|_| malformed())?;
        let look = || look_through(&rendered, &question.config, &dataset);
        let conditions = conditions(&question.config, &dataset);
        let conditions = Some(conditions).filter(|_| are_distinct_pseudonyms(&question.values));
        let has_passed = |conditions: &Hash32| self.templates.has_passed(from, &question.template, conditions);
        if !conditions.as_ref().is_some_and(has_passed) {
            look()?;
        }
        // Nothing is kept of what did not pass.
        self.templates.keep(from, question.template, &template, conditions);
        Ok(Some(Validation {
            network: self.chain.facts().network(),
            request,
            owner: question.request.request.owner,
            dataset: dataset.id,
            records: Salt(question.salt).commit_files(&rendered),
            sensitivity: question.sensitivity,
            node: from,
            second_node: self.me,
        }))
    }

    /// The data set, if the ledger has the request, which nobody answered yet, and `from` is its owner's node. That the requestor signed it,
    /// for which network, when and for what purpose, was looked at when the ledger took it.
    fn admit(&self, question: &Question, name: Hash32, from: NodeId) -> Result<DataSet, Refusal> {
        let (request, state) = (&question.request.request, self.chain.state());
        let owner = state.owner(request.owner)?.ok_or_else(|| Refusal::not_found("owner"))?;
        let dataset = state.dataset(request.owner, &request.dataset)?.ok_or_else(|| Refusal::not_found("data set"))?;
        let made = state.request(name)?.ok_or_else(|| {
            Refusal::new(Code::UnknownRequest, "the request is not on the ledger as far as this node knows it")
        })?;
        if owner.node != from {
            return Err(Refusal::new(Code::NotTheOwnersNode, "only the owner's node asks for this"));
        }
        standing(state, made.requestor)?;
        still_open(&made, self.chain)?;
        if request.terms_version != dataset.rules_version {
            return Err(Refusal::new(Code::OtherTerms, "the request was signed for other terms of the data set"));
        }
        Ok(dataset)
    }

    /// The template that is kept for the node, or that it sent along.
    fn template(&self, from: NodeId, digest: &Hash32, packed: &[u8]) -> Result<Option<Arc<Template>>, Refusal> {
        if let Some(template) = self.templates.get(from, digest) {
            return Ok(Some(template));
        }
        if packed.is_empty() {
            return Ok(None);
        }
        let malformed = || Refusal::new(Code::Malformed, "the records cannot be unpacked");
        let bytes = unpack(packed, MAX_TEMPLATE_BYTES)?;
        if sha256(&bytes) != *digest {
            return Err(malformed());
        }
        let template = codec::decode_up_to::<Template, MAX_TEMPLATE_BYTES>(&bytes).map_err(|_| malformed())?;
        check_bounds(&template)?;
        Ok(Some(Arc::new(template)))
    }
}

/// What a look at the records depends on beside their template.
fn conditions(config: &str, dataset: &DataSet) -> Hash32 {
    let record_type = medshare_genesis::dataset::record_type_name(dataset.record_type);
    let parts = [config.as_bytes(), &dataset.k.to_be_bytes(), record_type.as_bytes()];
    tagged_hash("medshare/validation-conditions/v1", &parts)
}

fn look_through(rendered: &Rendered, config: &str, dataset: &DataSet) -> Result<(), Refusal> {
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
