//! The stateless rules of parent blocks.

use super::valid_label;
use crate::event::Stage;
use crate::facts::{NetworkFacts, is_ascending};
use crate::header::BlockHeader;
use crate::parent_block::{Details, ParentBlock};
use crate::rejection::Rejection;
use medshare_contract_abi::{ActionSet, Sensitivity};

pub(super) fn check(block: &ParentBlock, facts: &NetworkFacts) -> Result<(), Rejection> {
    details(&block.details)?;
    times(block)?;
    Rejection::WrongSize.unless(block.size == block.encoded_size())?;
    Rejection::WrongMerkleRoot.unless(block.header.merkle_root == block.contents_root())?;
    Rejection::WrongBlockId.unless(block.id.as_hash() == block.header.hash())?;
    mined(&block.header, facts)?;
    signatures(block, facts)
}

/// The nonce meets the network's target.
pub(super) fn mined(header: &BlockHeader, facts: &NetworkFacts) -> Result<(), Rejection> {
    Rejection::WrongTarget.unless(header.target == facts.parameters().target_bits)?;
    Rejection::TargetMissed.unless(header.meets_target())
}

fn details(details: &Details) -> Result<(), Rejection> {
    valid_label(&details.dataset)?;
    let violations = ActionSet::from_bits(details.violations_mask).ok_or(Rejection::UnknownAction)?;
    let exempt = ActionSet::from_bits(details.exempt_mask).ok_or(Rejection::UnknownAction)?;
    Rejection::WrongActionCounter.unless(details.action_counter == violations.count())?;
    Rejection::ExemptViolation.unless(!violations.intersects(exempt))?;
    Sensitivity::from_code(details.sensitivity).ok_or(Rejection::UnknownSensitivity)?;
    Rejection::NotAscending.unless(is_ascending(&details.purpose.accepts))
}

/// TTR ≤ the seven stages in order ≤ TTP ≤ TTS ≤ timestamp of the header, and the locktime after TTS.
fn times(block: &ParentBlock) -> Result<(), Rejection> {
    let details = &block.details;
    Rejection::WrongStages.unless(block.events.iter().map(|event| event.stage).eq(Stage::ALL))?;
    let stages = block.events.iter().map(|event| event.at);
    let times = std::iter::once(details.ttr).chain(stages).chain([details.ttp, details.tts, block.header.timestamp]);
    Rejection::TimesOutOfOrder.unless(times.is_sorted())?;
    Rejection::TimesOutOfOrder.unless(details.locktime.0 == 0 || details.locktime > details.tts)
}

fn signatures(block: &ParentBlock, facts: &NetworkFacts) -> Result<(), Rejection> {
    let node = facts.validator(block.details.node).ok_or(Rejection::UnknownNode)?;
    let second = facts.validator(block.details.second_node).ok_or(Rejection::UnknownNode)?;
    Rejection::SameOrganisation.unless(node.organisation != second.organisation)?;
    let validation = block.validation(facts.network()).ok_or(Rejection::WrongStages)?;
    second.key.verify(&validation, &block.validation_signature).map_err(|_| Rejection::BadValidationSignature)?;
    block.verify_node_signature(facts.network(), &node.key).map_err(|_| Rejection::BadNodeSignature)
}
