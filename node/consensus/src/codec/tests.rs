#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use crate::certificate;
use crate::context::{self, Round, VoteType};
use crate::testing::{NETWORK, key};
use arc_malachitebft_app_channel::app::types::sync::RawDecidedValue;
use engine::{NilOrVal, SignedMessage};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::id::{Height, NodeId};
use proptest::prelude::*;
use std::fmt::Debug;

/// Encodes, decodes, compares; then flips, cuts and appends, which must fail or give the same bytes again, never panic.
fn round_trip<T: Debug + PartialEq>(message: &T, noise: &[(prop::sample::Index, u8)])
where
    WireCodec: Codec<T, Error = WireError>,
{
    let bytes = WireCodec.encode(message).unwrap();
    assert_eq!(&WireCodec.decode(bytes.clone()).unwrap(), message);
    for (index, flip) in noise {
        let mut changed = bytes.to_vec();
        let at = index.index(changed.len());
        changed[at] ^= flip;
        let changed = Bytes::from(changed);
        if let Ok(other) = WireCodec.decode(changed.clone()) {
            assert_eq!(WireCodec.encode(&other).unwrap(), changed);
        }
        let cut: Result<T, _> = WireCodec.decode(bytes.slice(..at));
        assert!(cut.is_err());
    }
    let longer: Result<T, _> = WireCodec.decode([&bytes[..], &[0]].concat().into());
    assert!(longer.is_err());
}

fn hash() -> impl Strategy<Value = Hash32> {
    any::<[u8; 32]>().prop_map(Hash32::from_bytes)
}

fn node() -> impl Strategy<Value = NodeId> {
    any::<[u8; 16]>().prop_map(NodeId::from_bytes)
}

fn signature() -> impl Strategy<Value = Signature> {
    (any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(r, s)| {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r);
        bytes[32..].copy_from_slice(&s);
        Signature::from_bytes(bytes)
    })
}

fn round() -> impl Strategy<Value = Round> {
    any::<Option<u32>>().prop_map(Round::from)
}

prop_compose! {
    fn vote()(
        precommit in any::<bool>(), height in any::<u64>(), round in round(),
        value in prop::option::of(hash()), voter in node(), signature in signature(),
    ) -> engine::SignedVote<Context> {
        let vote = context::Vote {
            kind: if precommit { VoteType::Precommit } else { VoteType::Prevote },
            height: EngineHeight(Height(height)),
            round,
            value: value.map_or(NilOrVal::Nil, NilOrVal::Val),
            voter: Address(voter),
        };
        SignedMessage::new(vote, signature)
    }
}

prop_compose! {
    fn proposal()(
        height in any::<u64>(), round in round(), valid_round in round(),
        hash in hash(), proposer in node(), signature in signature(),
    ) -> engine::SignedProposal<Context> {
        let proposal = context::Proposal {
            height: EngineHeight(Height(height)),
            round,
            value: BatchHash(hash),
            valid_round,
            proposer: Address(proposer),
        };
        SignedMessage::new(proposal, signature)
    }
}

prop_compose! {
    fn commit_certificate()(
        height in any::<u64>(), round in any::<u32>(), value in hash(),
        signatures in prop::collection::btree_map(node(), signature(), 0..5),
    ) -> medshare_ledger::certificate::CommitCertificate {
        let signatures = signatures.into_iter().collect();
        medshare_ledger::certificate::CommitCertificate { height: Height(height), round, value, signatures }
    }
}

fn noise() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn votes_and_proposals_round_trip(vote in vote(), proposal in proposal(), noise in noise()) {
        round_trip(&SignedConsensusMsg::<Context>::Vote(vote.clone()), &noise);
        round_trip(&SignedConsensusMsg::<Context>::Proposal(proposal), &noise);
        round_trip(&LivenessMsg::<Context>::Vote(vote), &noise);
    }

    #[test]
    fn certificates_round_trip(certificate in commit_certificate(), precommit in any::<bool>(), noise in noise()) {
        let height = EngineHeight(certificate.height);
        let round = Round::new(certificate.round);
        let signatures = certificate.signatures.iter();
        let polka = engine::PolkaCertificate::<Context> {
            height,
            round,
            value_id: certificate.value,
            polka_signatures: signatures.clone().map(|(n, s)| engine::PolkaSignature::new(Address(*n), *s)).collect(),
        };
        round_trip(&polka, &noise);
        round_trip(&LivenessMsg::PolkaCertificate(polka), &noise);
        let vote = |(n, s): &(NodeId, Signature)| {
            engine::RoundSignature::new(VoteType::Precommit, NilOrVal::Val(certificate.value), Address(*n), *s)
        };
        let skip = engine::RoundCertificate::<Context> {
            height,
            round,
            cert_type: if precommit { engine::RoundCertificateType::Precommit } else { engine::RoundCertificateType::Skip },
            round_signatures: signatures.map(vote).collect(),
        };
        round_trip(&LivenessMsg::SkipRoundCertificate(skip), &noise);
        let value = RawDecidedValue::new(Bytes::from_static(b"batch"), certificate::to_engine(certificate.clone()));
        let response = Response::<Context>::ValueResponse(ValueResponse::new(height, vec![value.clone(), value]));
        round_trip(&response, &noise);
        let length = WireCodec.encoded_len(&response).unwrap();
        prop_assert_eq!(length, WireCodec.encode(&response).unwrap().len());
    }

    #[test]
    fn parts_round_trip(piece in prop::collection::vec(any::<u8>(), 0..200), sequence in any::<u64>(), noise in noise()) {
        let announcement = crate::part::Announcement {
            network: NETWORK,
            height: Height(sequence),
            round: 1,
            valid_round: Some(0),
            made_in: 0,
            proposer: NodeId::of_key(&key(1).verifying_key()),
            hash: sha256(&piece),
            bytes: piece.len() as u32,
        };
        let first = crate::part::Opening::sign(announcement.clone(), &key(1));
        let again = crate::testing::again(announcement, 1, 2);
        for part in [first, again].into_iter().flat_map(|opening| crate::part::cut(opening, &Bytes::from(piece.clone()))) {
            round_trip(&part, &noise);
            let id = StreamId::new(Bytes::from_static(b"stream"));
            round_trip(&StreamMessage::new(id.clone(), sequence, StreamContent::Data(part)), &noise);
            round_trip(&StreamMessage::<Part>::new(id, sequence, StreamContent::Fin), &noise);
        }
    }

    #[test]
    fn the_other_messages_round_trip(
        hash in hash(), node in node(), signature in signature(), round in round(),
        height in any::<u64>(), valid in any::<bool>(), noise in noise(),
    ) {
        let height = EngineHeight(Height(height));
        round_trip(&ProposedValue::<Context> {
            height,
            round,
            valid_round: Round::Nil,
            proposer: Address(node),
            value: BatchHash(hash),
            validity: engine::Validity::from_bool(valid),
        }, &noise);
        round_trip(&engine::ValidatorProof::<Context>::new(vec![1; 32], vec![2; 38], signature), &noise);
        round_trip(&Request::<Context>::ValueRequest(ValueRequest::new(height..=height)), &noise);
        let status = Status { peer_id: crate::testing::peer(), tip_height: height, history_min_height: height };
        round_trip::<Status<Context>>(&status, &[]);
    }

    #[test]
    fn any_bytes_are_decoded_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let bytes = Bytes::from(bytes);
        let _: Result<SignedConsensusMsg<Context>, _> = WireCodec.decode(bytes.clone());
        let _: Result<LivenessMsg<Context>, _> = WireCodec.decode(bytes.clone());
        let _: Result<StreamMessage<Part>, _> = WireCodec.decode(bytes.clone());
        let _: Result<Status<Context>, _> = WireCodec.decode(bytes.clone());
        let _: Result<Response<Context>, _> = WireCodec.decode(bytes);
    }
}

#[test]
fn a_ledger_certificate_survives_the_engine() {
    let signatures = vec![(NodeId::from_bytes([1; 16]), Signature::from_bytes([1; 64]))];
    let value = sha256(b"batch");
    let ledger = medshare_ledger::certificate::CommitCertificate { height: Height(3), round: 2, value, signatures };
    let engine = certificate::to_engine(ledger.clone()).trim_vote_extensions();
    assert_eq!(certificate::to_ledger(&engine), ledger);
}
