//! Bytes of what the engine sends and logs.
//!
//! Every message has a [wire](wire) type with the ledger's canonical encoding: one encoding per message, bounded, nothing left over.
//! Vote extensions have no bytes here, since votes carry none.

mod wire;

use arc_malachitebft_app_channel::app::streaming::StreamContent;
use arc_malachitebft_app_channel::app::types::codec::{Codec, HasEncodedLen};
use arc_malachitebft_app_channel::app::types::core as engine;
use arc_malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use arc_malachitebft_app_channel::app::types::{PeerId, ProposedValue, SignedConsensusMsg};
use arc_malachitebft_core_consensus::LivenessMsg;
use arc_malachitebft_sync::{Request, Response, Status, ValueRequest, ValueResponse};
use bytes::Bytes;
use medshare_crypto::sign::Signature;
use medshare_ledger::codec::{self, Canonical, CodecError};

use super::context::{Address, BatchHash, Context, EngineHeight};
use super::part::Part;

/// Encodes and decodes for the engine's network, synchronisation and log.
#[derive(Clone, Copy, Debug)]
pub struct WireCodec;

/// Why bytes are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not the canonical encoding of a message.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// A peer id that is none.
    #[error("the peer id is malformed")]
    PeerId,
    /// A certificate whose signers are not in ascending order, so that it has other encodings too.
    #[error("the signers of the certificate are not in ascending order")]
    UnorderedSigners,
}

/// What the engine handles, and the type that has its bytes.
trait Wire: Sized {
    type Form: Canonical;

    fn to_form(&self) -> Self::Form;
    fn from_form(form: Self::Form) -> Result<Self, WireError>;
}

macro_rules! codec_of {
    ($($message:ty),* $(,)?) => {
        $(impl Codec<$message> for WireCodec {
            type Error = WireError;

            fn encode(&self, message: &$message) -> Result<Bytes, WireError> {
                Ok(codec::encode(&message.to_form()).into())
            }

            fn decode(&self, bytes: Bytes) -> Result<$message, WireError> {
                <$message as Wire>::from_form(codec::decode(&bytes)?)
            }
        })*
    };
}

codec_of!(
    Part,
    SignedConsensusMsg<Context>,
    LivenessMsg<Context>,
    StreamMessage<Part>,
    engine::ValidatorProof<Context>,
    ProposedValue<Context>,
    engine::PolkaCertificate<Context>,
    Status<Context>,
    Request<Context>,
    Response<Context>,
);

impl HasEncodedLen<Response<Context>> for WireCodec {
    fn encoded_len(&self, response: &Response<Context>) -> Result<usize, WireError> {
        Ok(codec::encode(&response.to_form()).len())
    }
}

impl Wire for Part {
    type Form = Self;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, WireError> {
        Ok(form)
    }
}

impl Wire for SignedConsensusMsg<Context> {
    type Form = wire::Signed;

    fn to_form(&self) -> wire::Signed {
        match self {
            Self::Vote(vote) => wire::Signed::Vote(wire::Vote::of(vote)),
            Self::Proposal(proposal) => wire::Signed::Proposal(wire::Proposal::of(proposal)),
        }
    }

    fn from_form(form: wire::Signed) -> Result<Self, WireError> {
        Ok(match form {
            wire::Signed::Vote(vote) => Self::Vote(vote.signed()),
            wire::Signed::Proposal(proposal) => Self::Proposal(proposal.signed()),
        })
    }
}

impl Wire for LivenessMsg<Context> {
    type Form = wire::Liveness;

    fn to_form(&self) -> wire::Liveness {
        match self {
            Self::Vote(vote) => wire::Liveness::Vote(wire::Vote::of(vote)),
            Self::PolkaCertificate(polka) => wire::Liveness::Polka(wire::Quorum::of_polka(polka)),
            Self::SkipRoundCertificate(round) => wire::Liveness::Round(wire::RoundQuorum::of(round)),
        }
    }

    fn from_form(form: wire::Liveness) -> Result<Self, WireError> {
        Ok(match form {
            wire::Liveness::Vote(vote) => Self::Vote(vote.signed()),
            wire::Liveness::Polka(polka) => Self::PolkaCertificate(polka.polka()),
            wire::Liveness::Round(round) => Self::SkipRoundCertificate(round.certificate()),
        })
    }
}

impl Wire for StreamMessage<Part> {
    type Form = (Vec<u8>, u64, Option<Part>);

    fn to_form(&self) -> Self::Form {
        (self.stream_id.to_bytes().to_vec(), self.sequence, self.content.as_data().cloned())
    }

    fn from_form((id, sequence, part): Self::Form) -> Result<Self, WireError> {
        let content = part.map_or(StreamContent::Fin, StreamContent::Data);
        Ok(Self::new(StreamId::new(id.into()), sequence, content))
    }
}

impl Wire for engine::ValidatorProof<Context> {
    type Form = (Vec<u8>, Vec<u8>, Signature);

    fn to_form(&self) -> Self::Form {
        (self.public_key.clone(), self.peer_id.clone(), self.signature)
    }

    fn from_form((public_key, peer_id, signature): Self::Form) -> Result<Self, WireError> {
        Ok(Self::new(public_key, peer_id, signature))
    }
}

impl Wire for ProposedValue<Context> {
    type Form = wire::ProposedBatch;

    fn to_form(&self) -> wire::ProposedBatch {
        wire::ProposedBatch {
            height: self.height.0,
            round: self.round.as_u32(),
            valid_round: self.valid_round.as_u32(),
            proposer: self.proposer.0,
            hash: self.value.0,
            valid: self.validity.to_bool(),
        }
    }

    fn from_form(form: wire::ProposedBatch) -> Result<Self, WireError> {
        Ok(Self {
            height: EngineHeight(form.height),
            round: form.round.into(),
            valid_round: form.valid_round.into(),
            proposer: Address(form.proposer),
            value: BatchHash(form.hash),
            validity: engine::Validity::from_bool(form.valid),
        })
    }
}

impl Wire for engine::PolkaCertificate<Context> {
    type Form = wire::Quorum;

    fn to_form(&self) -> wire::Quorum {
        wire::Quorum::of_polka(self)
    }

    fn from_form(form: wire::Quorum) -> Result<Self, WireError> {
        Ok(form.polka())
    }
}

impl Wire for Status<Context> {
    type Form = wire::Status;

    fn to_form(&self) -> wire::Status {
        wire::Status { peer: self.peer_id.to_bytes(), tip: self.tip_height.0, first_kept: self.history_min_height.0 }
    }

    fn from_form(form: wire::Status) -> Result<Self, WireError> {
        Ok(Self {
            peer_id: PeerId::from_bytes(&form.peer).map_err(|_| WireError::PeerId)?,
            tip_height: EngineHeight(form.tip),
            history_min_height: EngineHeight(form.first_kept),
        })
    }
}

impl Wire for Request<Context> {
    type Form = wire::Range;

    fn to_form(&self) -> wire::Range {
        let Self::ValueRequest(request) = self;
        wire::Range { first: request.range.start().0, last: request.range.end().0 }
    }

    fn from_form(form: wire::Range) -> Result<Self, WireError> {
        Ok(Self::ValueRequest(ValueRequest::new(EngineHeight(form.first)..=EngineHeight(form.last))))
    }
}

impl Wire for Response<Context> {
    type Form = wire::Batches;

    fn to_form(&self) -> wire::Batches {
        let Self::ValueResponse(response) = self;
        wire::Batches { first: response.start_height.0, batches: response.values.iter().map(wire::Batch::of).collect() }
    }

    fn from_form(form: wire::Batches) -> Result<Self, WireError> {
        let values = form.batches.into_iter().map(wire::Batch::decided).collect::<Result<_, _>>()?;
        Ok(Self::ValueResponse(ValueResponse::new(EngineHeight(form.first), values)))
    }
}

#[cfg(test)]
mod tests;
