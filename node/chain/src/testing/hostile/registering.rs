//! Registrations and keys of attributes, changed here and there and signed again.

use super::{Choices, Hostile, Line, time};
use crate::testing::{ATTRIBUTE, label};
use medshare_crypto::seal::SealingPublicKey;
use medshare_ledger::entry::{AttributeKey, AttributeKeys, Entry, Identity, IdentityCard};
use medshare_ledger::state::StateView;

/// What keys are published for: two that anybody holds, one that nobody has published, and one of another authority.
const NAMES: [&str; 4] = [ATTRIBUTE, "OTHER@university", "NEW@university", "OTHER@clinic"];

impl Hostile {
    pub(super) fn identity(&self, now: u64, choices: &mut Choices<'_>) -> Entry {
        let one = choices.below(self.requestors.len());
        let (keys, honest, other) =
            (&self.requestors[one], &self.identities[one], &self.identities[(one + 1) % self.identities.len()]);
        let (organisation, key) = self.owner(choices);
        let identity = Identity {
            key: choices.mostly(honest.key, |_| other.key),
            sealing_key: choices.mostly(honest.sealing_key.clone(), |choices| {
                choices.of(&[other.sealing_key.clone(), SealingPublicKey::from_bytes([0xff; SealingPublicKey::LEN])])
            }),
            registration: choices.mostly(honest.registration.clone(), |choices| {
                let mut changed = choices.of(&[honest.registration.clone(), other.registration.clone(), Vec::new()]);
                changed.extend(choices.bytes(2));
                changed
            }),
            role: label(choices.of(&["researcher", "doctor", "of-no-policy"])),
            organisation: choices.mostly(organisation, |choices| self.owner(choices).0),
            at: time(now, choices),
            ..honest.clone()
        };
        let signature = key.sign(&identity);
        let card = choices.mostly(&keys.signing, |_| &self.agent).sign(&IdentityCard(&identity));
        Entry::Identity(identity, signature, card)
    }

    pub(super) fn attribute_keys(&self, line: &Line, now: u64, choices: &mut Choices<'_>) -> Option<Entry> {
        let state = StateView::new(&line.views);
        let secret = &self.parties.authority.secret;
        let mut keys = Vec::new();
        for _ in 0..choices.below(3) + 1 {
            let name = choices.of(&NAMES);
            let current = state.attribute_key(name).unwrap().map_or(0, |record| record.version);
            let version = choices.mostly(current.saturating_add(1), |choices| choices.number() as u32);
            let of = choices.mostly((name, version), |choices| (choices.of(&NAMES), choices.number() as u32));
            let public = secret.attribute_public(&of.0.parse().unwrap(), of.1).ok()?;
            keys.push(AttributeKey { attribute: name.to_owned(), version, public: public.to_bytes() });
        }
        if choices.byte() < 224 {
            keys.sort_by(|one, other| one.attribute.cmp(&other.attribute));
            keys.dedup_by(|one, other| one.attribute == other.attribute);
        }
        let authority = label(choices.mostly("university", |choices| choices.of(&["clinic", "nobody"])));
        let keys = AttributeKeys { network: self.parties.facts.network(), authority, keys, at: time(now, choices) };
        let signature = choices.mostly(&self.parties.authority.signing, |_| &self.agent).sign(&keys);
        Some(Entry::AttributeKeys(keys, signature))
    }
}
