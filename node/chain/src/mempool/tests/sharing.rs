//! Sources that many share.

use super::*;
use medshare_ledger::id::OwnerId;

/// So many requests of one requestor of this organisation.
fn requests(
    parties: &Parties,
    keys: &RequestorKeys,
    organisation: OwnerId,
    numbers: std::ops::Range<u64>,
) -> Vec<Coming> {
    let one = |number: u64| {
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        let asked = DataRequest { key: keys.signing.verifying_key(), nonce, ..parties.asked(0) };
        let entry = parties.verified(SignedRequest::sign(asked, &keys.signing).entry());
        let origin = Origin::of(entry.entry(), Some(organisation));
        Coming { entry, origin }
    };
    numbers.map(one).collect()
}

#[test]
fn requests_of_one_requestor_leave_room_and_turns_to_another() {
    let (parties, mempool) = (Parties::new(), Mempool::default());
    let (other, third) = (RequestorKeys::generate(&mut OsRng), RequestorKeys::generate(&mut OsRng));
    let most = (MAX_WAITING_BYTES / bounds::LEAST_ROOM) as u64;
    for coming in requests(&parties, &parties.requestor, parties.owner(0), 0..most) {
        assert_eq!(mempool.insert(coming), Ok(true));
    }
    let one_more = requests(&parties, &parties.requestor, parties.owner(0), most..most + 1).remove(0);
    assert!(!mempool.has_room(&one_more.origin, one_more.entry.size()));
    assert_eq!(mempool.insert(one_more), Err(NotTaken::Full), "no more of hers");
    // another requestor of her organisation, and one of another
    let others = [(&other, parties.owner(0)), (&third, parties.owner(1))];
    for (keys, organisation) in others {
        let coming = requests(&parties, keys, organisation, 0..1).remove(0);
        let (hash, origin) = (coming.entry.hash(), coming.origin.clone());
        assert!(mempool.has_room(&origin, coming.entry.size()));
        assert_eq!(mempool.insert(coming), Ok(true));
        assert_eq!(mempool.count_of(&origin).0, 1);
        for shift in 0..3 {
            assert!(hashes(&mempool.candidates(shift, 4)).contains(&hash), "many of somebody else came before it");
        }
    }
    assert_eq!(mempool.len() as u64, most, "what had the most gave room");
}
