//! Shares that are needed, for what somebody known has signed: how much of a room stays for whom.
//!
//! What is needed is taken from nobody. So whoever may have anything needed, and from any number of addresses, must not come to hold the
//! room by it: of each signer few shares stay, and of all no more than half of what an address, and all, may hold. What is beyond that
//! gives way as if nothing were known of it.

use super::limits::{Key, Limits};
use crate::signer::Signer;
use medshare_node_net::Subnet;
use std::collections::BTreeMap;

/// So many shares stay for one signer.
pub(crate) const PINS_OF_SIGNER: usize = 8;

/// The shares that stay.
#[derive(Default)]
pub(super) struct Pins {
    of: BTreeMap<Key, Pin>,
    signers: BTreeMap<Signer, usize>,
    subnets: BTreeMap<Subnet, usize>,
    all: usize,
}

/// One share that stays.
struct Pin {
    signer: Signer,
    amount: usize,
    /// For so many messages.
    messages: usize,
}

impl Pins {
    pub(super) fn has(&self, key: &Key) -> bool {
        self.of.contains_key(key)
    }

    /// Whether a share of so much stays from now on, until it is [removed](Self::remove) as often.
    pub(super) fn add(&mut self, limits: &Limits, key: Key, amount: usize, signer: &Signer) -> bool {
        if let Some(pin) = self.of.get_mut(&key) {
            pin.messages += 1;
            return true;
        }
        let subnet = key.0.subnet;
        let of_signer = self.signers.get(signer).copied().unwrap_or_default();
        let of_subnet = self.subnets.get(&subnet).copied().unwrap_or_default().saturating_add(amount);
        let all = self.all.saturating_add(amount);
        let stays =
            of_signer < PINS_OF_SIGNER && of_subnet <= limits.most_of_one.div_ceil(2) && all <= limits.most.div_ceil(2);
        if stays {
            self.signers.insert(signer.clone(), of_signer + 1);
            self.subnets.insert(subnet, of_subnet);
            self.all = all;
            self.of.insert(key, Pin { signer: signer.clone(), amount, messages: 1 });
        }
        stays
    }

    /// A message for which the share stayed was answered.
    pub(super) fn remove(&mut self, key: &Key) {
        let Some(pin) = self.of.get_mut(key) else { return };
        pin.messages -= 1;
        if pin.messages > 0 {
            return;
        }
        if let Some(Pin { signer, amount, .. }) = self.of.remove(key) {
            self.all = self.all.saturating_sub(amount);
            less(&mut self.signers, signer, 1);
            less(&mut self.subnets, key.0.subnet, amount);
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty() && self.signers.is_empty() && self.subnets.is_empty() && self.all == 0
    }
}

/// Who has nothing left is forgotten.
fn less<K: Ord>(amounts: &mut BTreeMap<K, usize>, of: K, amount: usize) {
    match amounts.get(&of).copied().unwrap_or_default().saturating_sub(amount) {
        0 => drop(amounts.remove(&of)),
        left => drop(amounts.insert(of, left)),
    }
}
