//! The forms in which messages are encoded, field by field.

use arc_malachitebft_app_channel::app::types::core as engine;
use arc_malachitebft_app_channel::app::types::sync::RawDecidedValue;
use bincode::{Decode, Encode};
use engine::{NilOrVal, SignedMessage, VoteType};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::Signature;
use medshare_ledger::id::{Height, NodeId};
use medshare_ledger::vote::VoteKind;

use super::WireError;
use crate::certificate;
use crate::context::{self, Address, BatchHash, Context, EngineHeight};

#[derive(Debug, Encode, Decode)]
pub(super) enum Signed {
    Vote(Vote),
    Proposal(Proposal),
}

#[derive(Debug, Encode, Decode)]
pub(super) enum Liveness {
    Vote(Vote),
    Polka(Quorum),
    Round(RoundQuorum),
}

#[derive(Debug, Encode, Decode)]
pub(super) struct Vote {
    kind: VoteKind,
    height: Height,
    /// None outside of rounds; such a vote decodes, and fails to verify.
    round: Option<u32>,
    value: Option<Hash32>,
    voter: NodeId,
    signature: Signature,
}

fn kind_of(kind: VoteType) -> VoteKind {
    match kind {
        VoteType::Prevote => VoteKind::Prevote,
        VoteType::Precommit => VoteKind::Precommit,
    }
}

fn type_of(kind: VoteKind) -> VoteType {
    match kind {
        VoteKind::Prevote => VoteType::Prevote,
        VoteKind::Precommit => VoteType::Precommit,
    }
}

fn value_of(value: &NilOrVal<Hash32>) -> Option<Hash32> {
    match value {
        NilOrVal::Nil => None,
        NilOrVal::Val(hash) => Some(*hash),
    }
}

fn nil_or(value: Option<Hash32>) -> NilOrVal<Hash32> {
    value.map_or(NilOrVal::Nil, NilOrVal::Val)
}

impl Vote {
    pub(super) fn of(signed: &engine::SignedVote<Context>) -> Self {
        let vote = &signed.message;
        Self {
            kind: kind_of(vote.kind),
            height: vote.height.0,
            round: vote.round.as_u32(),
            value: value_of(&vote.value),
            voter: vote.voter.0,
            signature: signed.signature,
        }
    }

    pub(super) fn signed(self) -> engine::SignedVote<Context> {
        let vote = context::Vote {
            kind: type_of(self.kind),
            height: EngineHeight(self.height),
            round: self.round.into(),
            value: nil_or(self.value),
            voter: Address(self.voter),
        };
        SignedMessage::new(vote, self.signature)
    }
}

#[derive(Debug, Encode, Decode)]
pub(super) struct Proposal {
    height: Height,
    round: Option<u32>,
    hash: Hash32,
    valid_round: Option<u32>,
    proposer: NodeId,
    signature: Signature,
}

impl Proposal {
    pub(super) fn of(signed: &engine::SignedProposal<Context>) -> Self {
        let proposal = &signed.message;
        Self {
            height: proposal.height.0,
            round: proposal.round.as_u32(),
            hash: proposal.value.0,
            valid_round: proposal.valid_round.as_u32(),
            proposer: proposal.proposer.0,
            signature: signed.signature,
        }
    }

    pub(super) fn signed(self) -> engine::SignedProposal<Context> {
        let proposal = context::Proposal {
            height: EngineHeight(self.height),
            round: self.round.into(),
            value: BatchHash(self.hash),
            valid_round: self.valid_round.into(),
            proposer: Address(self.proposer),
        };
        SignedMessage::new(proposal, self.signature)
    }
}

/// A quorum of prevotes for one hash.
#[derive(Debug, Encode, Decode)]
pub(super) struct Quorum {
    height: Height,
    round: Option<u32>,
    hash: Hash32,
    signatures: Vec<(NodeId, Signature)>,
}

impl Quorum {
    pub(super) fn of_polka(polka: &engine::PolkaCertificate<Context>) -> Self {
        Self {
            height: polka.height.0,
            round: polka.round.as_u32(),
            hash: polka.value_id,
            signatures: polka.polka_signatures.iter().map(|s| (s.address.0, s.signature)).collect(),
        }
    }

    pub(super) fn polka(self) -> engine::PolkaCertificate<Context> {
        let signature = |(node, signature)| engine::PolkaSignature::new(Address(node), signature);
        engine::PolkaCertificate {
            height: EngineHeight(self.height),
            round: self.round.into(),
            value_id: self.hash,
            polka_signatures: self.signatures.into_iter().map(signature).collect(),
        }
    }
}

/// Votes of a round, for any values, that let a validator move on.
#[derive(Debug, Encode, Decode)]
pub(super) struct RoundQuorum {
    height: Height,
    round: Option<u32>,
    /// Whether these are precommits; else they are votes that skip the round.
    precommits: bool,
    votes: Vec<(VoteKind, Option<Hash32>, NodeId, Signature)>,
}

impl RoundQuorum {
    pub(super) fn of(round: &engine::RoundCertificate<Context>) -> Self {
        let vote = |s: &engine::RoundSignature<Context>| {
            (kind_of(s.vote_type), value_of(&s.value_id), s.address.0, s.signature)
        };
        Self {
            height: round.height.0,
            round: round.round.as_u32(),
            precommits: round.cert_type == engine::RoundCertificateType::Precommit,
            votes: round.round_signatures.iter().map(vote).collect(),
        }
    }

    pub(super) fn certificate(self) -> engine::RoundCertificate<Context> {
        let signature = |(kind, value, node, signature)| {
            engine::RoundSignature::new(type_of(kind), nil_or(value), Address(node), signature)
        };
        engine::RoundCertificate {
            height: EngineHeight(self.height),
            round: self.round.into(),
            cert_type: match self.precommits {
                true => engine::RoundCertificateType::Precommit,
                false => engine::RoundCertificateType::Skip,
            },
            round_signatures: self.votes.into_iter().map(signature).collect(),
        }
    }
}

#[derive(Debug, Encode, Decode)]
pub(super) struct ProposedBatch {
    pub(super) height: Height,
    pub(super) round: Option<u32>,
    pub(super) valid_round: Option<u32>,
    pub(super) proposer: NodeId,
    pub(super) hash: Hash32,
    pub(super) valid: bool,
}

#[derive(Debug, Encode, Decode)]
pub(super) struct Status {
    pub(super) peer: Vec<u8>,
    pub(super) tip: Height,
    pub(super) first_kept: Height,
}

#[derive(Debug, Encode, Decode)]
pub(super) struct Range {
    pub(super) first: Height,
    pub(super) last: Height,
}

#[derive(Debug, Encode, Decode)]
pub(super) struct Batches {
    pub(super) first: Height,
    pub(super) batches: Vec<Batch>,
}

/// A decided batch with the ledger's own certificate.
#[derive(Debug, Encode, Decode)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    certificate: medshare_ledger::certificate::CommitCertificate,
}

impl Batch {
    pub(super) fn of(value: &RawDecidedValue<Context>) -> Self {
        let certificate = certificate::to_ledger(&value.certificate.trim_vote_extensions());
        Self { bytes: value.value_bytes.to_vec(), certificate }
    }

    pub(super) fn decided(self) -> Result<RawDecidedValue<Context>, WireError> {
        let signers = self.certificate.signatures.iter().map(|(node, _)| node);
        if !signers.is_sorted_by(|one, next| one < next) {
            return Err(WireError::UnorderedSigners);
        }
        Ok(RawDecidedValue::new(self.bytes.into(), certificate::to_engine(self.certificate)))
    }
}
