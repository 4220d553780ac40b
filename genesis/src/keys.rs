//! The four kinds of keys and what each holds.

mod sealing;

use crate::key_files::{KeyError, Protection, open, write};
use medshare_crypto::abe::{AuthoritySecret, UserSecret};
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::secret::Secret32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Label, NodeId, OwnerId, RequestorId};
use rand_core::{CryptoRng, RngCore};
use std::path::Path;
use zeroize::Zeroizing;

/// Keys of one kind, kept together in a key file.
pub trait StoredKeys: Sized {
    /// Word for the kind in the key file.
    const KIND: &'static str;

    /// What stands in the open: an id, or a public key.
    fn public(&self) -> String;

    /// The secrets, in the order in which [`from_secrets`](Self::from_secrets) takes them.
    fn secrets(&self) -> Zeroizing<Vec<u8>>;

    /// The keys with these secrets, if they are of this kind's form.
    fn from_secrets(secrets: &[u8]) -> Option<Self>;

    /// Writes a new key file.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or cannot be written.
    fn save(&self, path: &Path, protection: &Protection, rng: &mut (impl CryptoRng + RngCore)) -> Result<(), KeyError> {
        write(path, Self::KIND, &self.public(), &self.secrets(), protection, rng)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`] when it is missing, of another kind, damaged, or the passphrase is wrong.
    fn load(path: &Path, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let secrets = open(path, Self::KIND, passphrase)?;
        Self::from_secrets(&secrets).ok_or_else(|| KeyError::Contents { path: path.to_owned(), kind: Self::KIND })
    }
}

/// Keys of a requestor.
#[derive(Debug)]
pub struct RequestorKeys {
    /// Signs requests and leases.
    pub signing: SigningKey,
    /// Opens what is sealed to her.
    pub sealing: SealingSecretKey,
    /// Her secret of attribute-based decryption.
    pub attributes: UserSecret,
}

/// Keys of a data owner.
#[derive(Debug)]
pub struct OwnerKeys {
    /// Signs registrations, decisions and revocations, and what only the owner may ask.
    pub signing: SigningKey,
}

/// Keys of an attribute authority.
#[derive(Debug)]
pub struct AuthorityKeys {
    /// Signs attribute keys and grants.
    pub signing: SigningKey,
    /// The authority's secret of attribute-based encryption.
    pub secret: AuthoritySecret,
}

/// Keys of a node.
#[derive(Debug)]
pub struct NodeKeys {
    /// Signs votes, blocks and validations.
    pub signing: SigningKey,
    /// Opens what is sealed to the node: proxy keys, and records that it is to validate.
    pub sealing: SealingSecretKey,
    /// Identity in the peer-to-peer network.
    pub network: Secret32,
    /// Root from which the node derives contract keys.
    pub contracts: Secret32,
}

/// Keys that are known by the id of their verifying key.
macro_rules! known_by_id {
    ($($keys:ident, $id:ident, $name:literal;)+) => {
        $(impl $keys {
            #[doc = $name]
            #[must_use]
            pub fn id(&self) -> $id {
                $id::of_key(&self.signing.verifying_key())
            }
        })+
    };
}
known_by_id! {
    RequestorKeys, RequestorId, "RID.";
    OwnerKeys, OwnerId, "OID.";
    NodeKeys, NodeId, "NID.";
}

impl RequestorKeys {
    /// New keys.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self {
            signing: SigningKey::generate(rng),
            sealing: SealingSecretKey::generate(rng),
            attributes: UserSecret::generate(rng),
        }
    }
}

impl StoredKeys for RequestorKeys {
    const KIND: &'static str = "requestor";

    fn public(&self) -> String {
        self.id().to_string()
    }

    fn secrets(&self) -> Zeroizing<Vec<u8>> {
        joined(&[
            self.signing.seed().as_slice(),
            sealing::stored(&self.sealing).as_slice(),
            self.attributes.to_bytes().as_slice(),
            sealing::suite(&self.sealing),
        ])
    }

    fn from_secrets(secrets: &[u8]) -> Option<Self> {
        let (stored, secrets) = sealing::suite_of(secrets);
        let [signing, sealing, attributes] = exactly(secrets)?;
        let signing = SigningKey::from_seed(signing);
        Some(Self {
            sealing: stored.key(sealing, &signing),
            signing,
            attributes: UserSecret::from_bytes(&attributes).ok()?,
        })
    }
}

impl OwnerKeys {
    /// New keys.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { signing: SigningKey::generate(rng) }
    }
}

impl StoredKeys for OwnerKeys {
    const KIND: &'static str = "owner";

    fn public(&self) -> String {
        self.id().to_string()
    }

    fn secrets(&self) -> Zeroizing<Vec<u8>> {
        joined(&[self.signing.seed().as_slice()])
    }

    fn from_secrets(secrets: &[u8]) -> Option<Self> {
        let [signing] = exactly(secrets)?;
        Some(Self { signing: SigningKey::from_seed(signing) })
    }
}

impl AuthorityKeys {
    /// New keys of the authority with this name.
    #[must_use]
    pub fn generate(name: &Label, rng: &mut (impl CryptoRng + RngCore)) -> Option<Self> {
        let name = name.as_str().parse().ok()?;
        Some(Self { signing: SigningKey::generate(rng), secret: AuthoritySecret::generate(name, rng) })
    }
}

impl StoredKeys for AuthorityKeys {
    const KIND: &'static str = "authority";

    fn public(&self) -> String {
        self.signing.verifying_key().to_string()
    }

    fn secrets(&self) -> Zeroizing<Vec<u8>> {
        joined(&[self.signing.seed().as_slice(), self.secret.to_bytes().as_slice()])
    }

    fn from_secrets(secrets: &[u8]) -> Option<Self> {
        let (signing, rest) = take32(secrets)?;
        Some(Self { signing: SigningKey::from_seed(signing), secret: AuthoritySecret::from_bytes(rest).ok()? })
    }
}

impl NodeKeys {
    /// New keys.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self {
            signing: SigningKey::generate(rng),
            sealing: SealingSecretKey::generate(rng),
            network: Secret32::generate(rng),
            contracts: Secret32::generate(rng),
        }
    }

    /// Identity in the peer-to-peer network.
    #[must_use]
    pub fn network_keypair(&self) -> Option<libp2p_identity::Keypair> {
        let mut secret = Zeroizing::new(*self.network.expose());
        libp2p_identity::Keypair::ed25519_from_bytes(secret.as_mut_slice()).ok()
    }
}

impl StoredKeys for NodeKeys {
    const KIND: &'static str = "node";

    fn public(&self) -> String {
        self.id().to_string()
    }

    fn secrets(&self) -> Zeroizing<Vec<u8>> {
        joined(&[
            self.signing.seed().as_slice(),
            sealing::stored(&self.sealing).as_slice(),
            self.network.expose(),
            self.contracts.expose(),
            sealing::suite(&self.sealing),
        ])
    }

    fn from_secrets(secrets: &[u8]) -> Option<Self> {
        let (stored, secrets) = sealing::suite_of(secrets);
        let [signing, sealing, network, contracts] = exactly(secrets)?;
        let signing = SigningKey::from_seed(signing);
        Some(Self {
            sealing: stored.key(sealing, &signing),
            signing,
            network: Secret32::from_bytes(network),
            contracts: Secret32::from_bytes(contracts),
        })
    }
}

fn joined(secrets: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(secrets.concat())
}

fn take32(bytes: &[u8]) -> Option<(Zeroizing<[u8; 32]>, &[u8])> {
    let (first, rest) = bytes.split_first_chunk::<32>()?;
    Some((Zeroizing::new(*first), rest))
}

fn exactly<const N: usize>(bytes: &[u8]) -> Option<[Zeroizing<[u8; 32]>; N]> {
    let mut rest = bytes;
    let mut parts = Vec::with_capacity(N);
    while !rest.is_empty() {
        let (part, after) = take32(rest)?;
        parts.push(part);
        rest = after;
    }
    parts.try_into().ok()
}

#[cfg(test)]
mod tests;
