//! The second organisation's judgement: a node of another organisation looks at the de-identified records before they leave.
//!
//! It never sees the originals. It checks the requestor's signature and registration, the data set's terms and type, looks
//! for identifiers and recomputes k-anonymity, and signs a [`Validation`] that every validator verifies in the parent block.

use super::commitment::Salt;
use crate::chain::Chain;
use crate::refusal::{Code, Refusal};
use bincode::{Decode, Encode};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_deid::{DeidConfig, Records, check};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::codec;
use medshare_ledger::id::NodeId;
use medshare_ledger::parent_block::Validation;
use std::io::{Read as _, Write as _};

/// Most bytes of files after unpacking.
const MAX_UNPACKED_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// What the processing node asks another organisation's node.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
struct Question {
    request: SignedRequest,
    sensitivity: u8,
    salt: [u8; 32],
    config: String,
}

/// What it answers.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
enum Answer {
    /// The signature over the [`Validation`].
    Valid(Signature),
    /// What is against it.
    Invalid(String),
}

/// The bytes of a question: its length, itself, then the files, gzipped.
///
/// # Errors
/// When the files cannot be packed.
pub fn encode_question(
    request: &SignedRequest,
    sensitivity: u8,
    salt: Salt,
    config: &DeidConfig,
    files: &[(String, Vec<u8>)],
) -> Result<Vec<u8>, Refusal> {
    let config = serde_json::to_string(config).map_err(|e| Refusal::fault(&e))?;
    let head = codec::encode(&Question { request: request.clone(), sensitivity, salt: salt.0, config });
    let mut bytes = Vec::new();
    put(&mut bytes, &head);
    let mut packed = GzEncoder::new(bytes, Compression::fast());
    let write = |packed: &mut GzEncoder<Vec<u8>>| -> std::io::Result<()> {
        for (name, contents) in files {
            for part in [name.as_bytes(), contents.as_slice()] {
                packed.write_all(&(part.len() as u64).to_be_bytes())?;
                packed.write_all(part)?;
            }
        }
        Ok(())
    };
    write(&mut packed).map_err(|e| Refusal::fault(&e))?;
    packed.finish().map_err(|e| Refusal::fault(&e))
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part);
}

/// Judges a question of the node `from`; the answer's bytes.
#[must_use]
pub fn judge(bytes: &[u8], from: NodeId, me: NodeId, key: &SigningKey, chain: &Chain) -> Vec<u8> {
    let answer = match judged(bytes, from, me, chain) {
        Ok(validation) => Answer::Valid(key.sign(&validation)),
        Err(refusal) => Answer::Invalid(refusal.message),
    };
    codec::encode(&answer)
}

/// Reads an answer and checks its signature against what was asked.
///
/// # Errors
/// [`Refusal`] when the second node found something or its answer is not valid.
pub fn decode_answer(bytes: &[u8], validation: &Validation, chain: &Chain) -> Result<Signature, Refusal> {
    let bad = || Refusal::new(Code::ValidationFailed, "the validating node gave no valid answer; try again");
    match codec::decode::<Answer>(bytes).map_err(|_| bad())? {
        Answer::Valid(signature) => {
            let node = chain.facts().validator(validation.second_node).ok_or_else(bad)?;
            node.key.verify(validation, &signature).map_err(|_| bad())?;
            Ok(signature)
        }
        Answer::Invalid(reason) => Err(Refusal::new(
            Code::ValidationRefused,
            format!("the second organisation's node refuses this package: {reason}"),
        )),
    }
}

fn judged(bytes: &[u8], from: NodeId, me: NodeId, chain: &Chain) -> Result<Validation, Refusal> {
    let malformed = || Refusal::new(Code::Malformed, "the question is malformed");
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(malformed)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).map_err(|_| malformed())?;
    let head = rest.get(..length).ok_or_else(malformed)?;
    let question: Question = codec::decode(head).map_err(|_| malformed())?;
    let files = unpack(rest.get(length..).unwrap_or_default(), MAX_UNPACKED_BYTES)?;
    let (request, state) = (&question.request.request, chain.state());
    if request.network != chain.facts().network() {
        return Err(Refusal::new(Code::OtherNetwork, "the request was signed for another network"));
    }
    let owner = state.owner(request.owner)?.ok_or_else(|| Refusal::not_found("owner"))?;
    let dataset = state.dataset(request.owner, &request.dataset)?.ok_or_else(|| Refusal::not_found("data set"))?;
    let identity = state.identity(request.requestor)?.ok_or_else(|| Refusal::not_found("requestor"))?;
    if owner.node != from {
        return Err(Refusal::new(Code::NotTheOwnersNode, "only the owner's node asks for this"));
    }
    question
        .request
        .verify(&identity.identity.key)
        .map_err(|_| Refusal::new(Code::BadSignature, "the request's signature does not verify"))?;
    dataset
        .terms
        .allow(&request.purpose)
        .map_err(|e| Refusal::new(Code::PurposeForbidden, e.to_string()))?;
    let mut config: DeidConfig = serde_json::from_str(&question.config).map_err(|_| malformed())?;
    // The ledger's k counts, whatever the processing node says.
    config.k = config.k.max(dataset.k);
    let records = Records::from_files(&files)
        .map_err(|_| Refusal::new(Code::Malformed, "the records are not of the form that their type asks for"))?;
    if records.type_label() != medshare_genesis::dataset::record_type_name(dataset.record_type) {
        return Err(Refusal::new(Code::WrongType, "the records are of another type than the data set"));
    }
    let report = check(&records, &config);
    if !report.passed {
        let findings: Vec<String> = report.findings.iter().take(5).map(ToString::to_string).collect();
        return Err(Refusal::new(Code::NotSafe, findings.join("; ")));
    }
    Ok(Validation {
        request: question.request.hash(),
        owner: request.owner,
        dataset: request.dataset.clone(),
        records: Salt(question.salt).commit_files(&files),
        sensitivity: question.sensitivity,
        node: from,
        second_node: me,
    })
}

fn unpack(packed: &[u8], max: u64) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let malformed = || Refusal::new(Code::Malformed, "the records cannot be unpacked");
    let mut bytes = Vec::new();
    let read = GzDecoder::new(packed).take(max + 1).read_to_end(&mut bytes).map_err(|_| malformed())?;
    if read as u64 > max {
        return Err(malformed());
    }
    let mut files = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        let (name, after) = take(rest).ok_or_else(malformed)?;
        let (contents, after) = take(after).ok_or_else(malformed)?;
        let name = String::from_utf8(name.to_vec()).map_err(|_| malformed())?;
        files.push((name, contents.to_vec()));
        rest = after;
    }
    Ok(files)
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests;
