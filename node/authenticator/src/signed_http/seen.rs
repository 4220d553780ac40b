//! Nonces that were taken, until the signatures that they belong to are not fresh any more.
//!
//! They lie in buckets by the time that was signed, and go a whole bucket at a time: taking one costs the same however many there are.

use super::MAX_SKEW_MS;
use medshare_crypto::hash::sha256;
use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::http_signature::Signer;
use medshare_ledger::id::Timestamp;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Time in one bucket; what is fresh lies in three of them.
const BUCKET_MS: u64 = MAX_SKEW_MS;
/// Most messages of one signer that are fresh at the same time.
pub(super) const MOST_OF_ONE: usize = 4096;

/// Why a message does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// It was taken before.
    Before,
    /// Its signer, or all together, have sent as many as are remembered.
    TooMany,
}

/// What is kept of a nonce, however long it is.
type Nonce = [u8; 16];

#[derive(Default)]
struct Bucket {
    count: usize,
    nonces: HashMap<VerifyingKey, HashSet<Nonce>>,
}

/// Nonces of verified messages, by time and signer.
pub(super) struct Seen {
    most: usize,
    buckets: Mutex<BTreeMap<u64, Bucket>>,
}

impl Seen {
    /// At most so many nonces.
    pub(super) fn new(most: usize) -> Self {
        Self { most, buckets: Mutex::default() }
    }

    /// Takes a verified message that is fresh at `now`, once.
    pub(super) fn take(&self, signer: &Signer, now: Timestamp) -> Result<(), NotTaken> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = buckets.split_off(&(now.0.saturating_sub(MAX_SKEW_MS) / BUCKET_MS));
        let expired = std::mem::replace(&mut *buckets, fresh);
        let taken = put(&mut buckets, signer, self.most);
        drop(buckets);
        // Whoever comes next need not wait until they are gone.
        drop(expired);
        taken
    }

    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner).values().map(|bucket| bucket.count).sum()
    }
}

fn put(buckets: &mut BTreeMap<u64, Bucket>, signer: &Signer, most: usize) -> Result<(), NotTaken> {
    let place = signer.created.0 / BUCKET_MS;
    let nonce = nonce(&signer.nonce);
    let of_signer = |bucket: &Bucket| bucket.nonces.get(&signer.key).map_or(0, HashSet::len);
    if buckets.get(&place).and_then(|bucket| bucket.nonces.get(&signer.key)).is_some_and(|taken| taken.contains(&nonce))
    {
        return Err(NotTaken::Before);
    }
    let (own, all): (usize, usize) =
        buckets.values().fold((0, 0), |(own, all), bucket| (own + of_signer(bucket), all + bucket.count));
    if own >= MOST_OF_ONE || all >= most {
        return Err(NotTaken::TooMany);
    }
    let bucket = buckets.entry(place).or_default();
    bucket.count += 1;
    bucket.nonces.entry(signer.key).or_default().insert(nonce);
    Ok(())
}

fn nonce(text: &str) -> Nonce {
    let digest = sha256(text.as_bytes());
    let mut nonce = [0; 16];
    nonce.iter_mut().zip(digest.as_bytes()).for_each(|(to, from)| *to = *from);
    nonce
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_crypto::sign::SigningKey;

    const NOW: Timestamp = Timestamp(1_000 * BUCKET_MS);

    fn key(seed: u8) -> VerifyingKey {
        SigningKey::from_seed([seed; 32].into()).verifying_key()
    }

    fn message(key: VerifyingKey, created: Timestamp, nonce: usize) -> Signer {
        Signer { key, created, nonce: format!("{nonce:016}") }
    }

    #[test]
    fn a_signer_who_sends_too_much_locks_nobody_else_out() {
        let seen = Seen::new(usize::MAX);
        let (busy, other) = (key(1), key(2));
        for nonce in 0..MOST_OF_ONE {
            seen.take(&message(busy, NOW, nonce), NOW).unwrap();
        }
        assert_eq!(seen.take(&message(busy, NOW, MOST_OF_ONE), NOW), Err(NotTaken::TooMany));
        let before = Timestamp(NOW.0 - MAX_SKEW_MS);
        assert_eq!(seen.take(&message(busy, before, MOST_OF_ONE), NOW), Err(NotTaken::TooMany), "in no other bucket");
        seen.take(&message(other, NOW, 0), NOW).unwrap();
        assert_eq!(seen.count(), MOST_OF_ONE + 1);
    }

    #[test]
    fn all_signers_together_have_a_bound() {
        let seen = Seen::new(3);
        for seed in 0..3 {
            seen.take(&message(key(seed), NOW, 0), NOW).unwrap();
        }
        assert_eq!(seen.take(&message(key(3), NOW, 0), NOW), Err(NotTaken::TooMany));
        assert_eq!(seen.take(&message(key(2), NOW, 0), NOW), Err(NotTaken::Before));
    }

    #[test]
    fn a_nonce_is_remembered_while_its_signature_is_fresh_and_no_longer() {
        let seen = Seen::new(usize::MAX);
        let key = key(1);
        // The latest that is taken at all stays fresh the longest.
        let latest = NOW.plus_ms(MAX_SKEW_MS);
        for (number, created) in [Timestamp(NOW.0 - MAX_SKEW_MS), NOW, latest].into_iter().enumerate() {
            seen.take(&message(key, created, number), NOW).unwrap();
        }
        let last_moment = latest.plus_ms(MAX_SKEW_MS);
        assert_eq!(seen.take(&message(key, latest, 2), last_moment), Err(NotTaken::Before));
        let later = last_moment.plus_ms(BUCKET_MS);
        seen.take(&message(key, later, 9), later).unwrap();
        assert_eq!(seen.count(), 1);
    }
}
