//! A requestor's card: the registration that she asks an organisation for, already signed by her.
//!
//! The card is the identity entry to be, without a date: her public keys, the organisation, her role. It may be on its way for
//! weeks; the organisation dates the entry when it signs it and hands it in. Text, so that it survives e-mail: a first line, then
//! hexadecimal.

use medshare_crypto::abe::{Registration, RegistrationError};
use medshare_crypto::sign::{Signature, SigningKey};
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::codec;
use medshare_ledger::entry::{Entry, Identity, IdentityCard};
use medshare_ledger::facts::Owner;
use medshare_ledger::id::{Label, NetworkId, RequestorId, Timestamp};
use rand_core::{CryptoRng, RngCore};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "medshare-card: 3";
/// Cards for networks of earlier protocol versions.
const FIRST_LINES_BEFORE: [&str; 2] = ["medshare-card: 1", "medshare-card: 2"];
const LINE_LENGTH: usize = 76;
/// Longest card that is read, in bytes.
const MAX_CARD_BYTES: usize = 16 * 1024;

/// Why there is no card.
#[derive(Debug, thiserror::Error)]
pub enum CardError {
    /// The key cannot register.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
    /// The file cannot be read.
    #[error("cannot read the card {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// It is no card, or is damaged or forged.
    #[error("{} is not a valid card: {reason}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The entry to be, dated at zero.
    pub identity: Identity,
    /// The requestor's signature over it.
    pub signature: Signature,
}

const UNDATED: Timestamp = Timestamp(0);

impl Card {
    /// Makes and signs a card.
    ///
    /// # Errors
    /// When the key cannot register.
    pub fn sign(
        keys: &RequestorKeys,
        network: NetworkId,
        organisation: &Owner,
        role: Label,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Self, CardError> {
        let registration = keys.attributes.registration(keys.id().as_bytes(), rng)?;
        let identity = Identity {
            network,
            key: keys.signing.verifying_key(),
            sealing_key: keys.sealing.public_key(),
            registration: registration.to_bytes(),
            role,
            organisation: organisation.id,
            at: UNDATED,
        };
        let signature = keys.signing.sign(&IdentityCard(&identity));
        Ok(Self { identity, signature })
    }

    /// RID.
    #[must_use]
    pub fn requestor(&self) -> RequestorId {
        RequestorId::of_key(&self.identity.key)
    }

    /// The entry that the organisation with this key hands in, dated by it.
    #[must_use]
    pub fn countersigned(self, organisation: &SigningKey, at: Timestamp) -> Entry {
        let identity = Identity { at, ..self.identity };
        let signature = organisation.sign(&identity);
        Entry::Identity(identity, signature, self.signature)
    }

    /// The card as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let bytes = codec::encode(&(self.identity.clone(), self.signature));
        let mut text = FIRST_LINE.to_owned();
        for (position, character) in hex::encode(bytes).chars().enumerate() {
            if position % LINE_LENGTH == 0 {
                text.push('\n');
            }
            text.push(character);
        }
        text.push('\n');
        text
    }

    /// Reads a card and checks what can be checked without the network: its signature and its registration's proof.
    ///
    /// # Errors
    /// When it is no card, or is damaged or forged.
    pub fn read(path: &Path) -> Result<Self, CardError> {
        let text = std::fs::read_to_string(path).map_err(|source| CardError::Read { path: path.to_owned(), source })?;
        Self::parse(&text).map_err(|reason| CardError::Invalid { path: path.to_owned(), reason })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if text.len() > MAX_CARD_BYTES {
            return Err("it is too long");
        }
        let text = text.trim_start();
        if FIRST_LINES_BEFORE.iter().any(|line| text.starts_with(line)) {
            return Err(
                "a build before made it, with a key that is not used any more: have it made again with `medshare key card`",
            );
        }
        let digits = text.strip_prefix(FIRST_LINE).ok_or("it does not start as a card does")?;
        let digits: String = digits.split_whitespace().collect();
        let bytes = hex::decode(digits).map_err(|_| "it holds something else than hexadecimal digits")?;
        let (identity, signature): (Identity, Signature) = codec::decode(&bytes).map_err(|_| "it is damaged")?;
        let verified = identity.key.verify(&IdentityCard(&identity), &signature);
        verified.map_err(|_| "its signature does not verify")?;
        if identity.at != UNDATED {
            return Err("it has a date, which is for the organisation to set");
        }
        if !identity.sealing_key.is_usable() {
            return Err("nothing can be sealed to the key in it");
        }
        let card = Self { identity, signature };
        let registration = Registration::from_bytes(&card.identity.registration);
        let registration = registration.map_err(|_| "its registration is damaged")?;
        let registration = registration.verify().map_err(|_| "its registration does not verify")?;
        if registration.gid() != card.requestor().as_bytes() {
            return Err("its registration belongs to somebody else");
        }
        Ok(card)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_crypto::seal::SealingPublicKey;
    use medshare_ledger::id::{NodeId, OwnerId};
    use rand_core::OsRng;

    fn card() -> Card {
        let keys = RequestorKeys::generate(&mut OsRng);
        let key = SigningKey::generate(&mut OsRng).verifying_key();
        let owner =
            Owner { id: OwnerId::of_key(&key), name: "north".parse().unwrap(), key, node: NodeId::from_bytes([2; 16]) };
        let network = NetworkId::from_bytes([3; 32]);
        Card::sign(&keys, network, &owner, "researcher".parse().unwrap(), &mut OsRng).unwrap()
    }

    #[test]
    fn a_card_survives_text_and_the_line_breaks_of_mail() {
        let card = card();
        let text = card.to_text();
        assert!(text.lines().all(|line| line.len() <= LINE_LENGTH));
        assert_eq!(Card::parse(&text).unwrap(), card);
        assert_eq!(Card::parse(&text.replace('\n', "\r\n  ")).unwrap(), card);
    }

    #[test]
    fn a_changed_card_is_refused() {
        let text = card().to_text();
        let body = text.find('\n').unwrap() + 1;
        for position in (body..text.len() - 1).step_by(7) {
            let mut changed = text.clone().into_bytes();
            let Some(digit) = changed.get_mut(position).filter(|b| b.is_ascii_hexdigit()) else {
                continue;
            };
            *digit = if *digit == b'0' { b'1' } else { b'0' };
            Card::parse(&String::from_utf8(changed).unwrap()).unwrap_err();
        }
        Card::parse("").unwrap_err();
        for (version, words) in [("1", "build before"), ("2", "build before"), ("4", "does not start")] {
            let told = Card::parse(&text.replace("card: 3", &format!("card: {version}"))).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_card_with_a_key_to_which_nothing_can_be_sealed_is_refused() {
        let keys = RequestorKeys::generate(&mut OsRng);
        let unusable = SealingPublicKey::from_bytes([0xff; SealingPublicKey::LEN]);
        let identity = Identity { key: keys.signing.verifying_key(), sealing_key: unusable, ..card().identity };
        let signature = keys.signing.sign(&IdentityCard(&identity));
        assert!(Card::parse(&Card { identity, signature }.to_text()).unwrap_err().contains("nothing can be sealed"));
    }
}
