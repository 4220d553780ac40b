//! Proofs of what the small ledger has, certified as by validators of the founded network.

use medshare_contract_abi::codec::Encode as _;
use medshare_contract_abi::permissions::Status;
use medshare_crypto::hash::Hash32;
use medshare_ledger::codec;
use medshare_ledger::id::RequestorId;
use medshare_ledger::opening_proof::{Opening, OpeningProof};
use medshare_ledger::side_block::Lease;
use medshare_ledger::state::{AccessRecord, LeaseRecord, StateKey, WriteSet};
use medshare_ledger::testing::{Validators, permission};

/// What is to be proven.
pub struct Shown<'a> {
    pub requestor: RequestorId,
    pub lease: Option<(&'a Lease, u32, Hash32)>,
    pub status: &'a str,
    pub access_ended: bool,
    /// How far the ledger's time is ahead, in milliseconds.
    pub ahead_ms: u64,
}

/// The proof of an opening that so many of the validators certify.
pub fn prove(validators: &Validators, signers: usize, opening: Opening, shown: &Shown<'_>) -> OpeningProof {
    let time = crate::clock::now().plus_ms(shown.ahead_ms);
    let (tree, anchor) = validators.certify(signers, time, &state(opening, shown));
    OpeningProof::build(&tree, anchor, opening).unwrap()
}

fn state(opening: Opening, shown: &Shown<'_>) -> WriteSet {
    let lease = shown.lease.map(|(lease, reports, last_report)| {
        let record = LeaseRecord { next_sequence: reports + 1, last_report, ..lease.opened(0) };
        (StateKey::Lease(opening.parent, lease.id), codec::encode(&record))
    });
    let access = AccessRecord { undecided: u32::from(shown.access_ended), ..AccessRecord::default() };
    let others = [
        (StateKey::Permission(opening.parent), permission(status(shown.status)).to_bytes()),
        (StateKey::Access(shown.requestor), codec::encode(&access)),
    ];
    lease.into_iter().chain(others).map(|(key, value)| (key.to_bytes(), Some(value))).collect()
}

fn status(word: &str) -> Status {
    match word {
        "granted" => Status::Granted,
        "opened" => Status::Opened,
        "revoked" => Status::Revoked,
        "re-granted" => Status::Regranted,
        "retrieved" => Status::Retrieved,
        other => panic!("{other} is not known here"),
    }
}
