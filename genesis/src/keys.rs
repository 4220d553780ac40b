//! The four kinds of keys and what each holds.

use crate::key_files::{KeyError, Protection, open, write};
use medshare_crypto::abe::{AuthoritySecret, UserSecret};
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::secret::Secret32;
use medshare_crypto::sign::SigningKey;
use medshare_ledger::id::{Label, NodeId, OwnerId, RequestorId};
use rand_core::{CryptoRng, RngCore};
use std::path::Path;
use zeroize::Zeroizing;

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
    /// Signs registrations, decisions and revocations.
    pub signing: SigningKey,
    /// Opens what is sealed to the owner.
    pub sealing: SealingSecretKey,
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
    /// Opens proxy keys sealed to the node.
    pub sealing: SealingSecretKey,
    /// Identity in the peer-to-peer network.
    pub network: Secret32,
    /// Root from which the node derives contract keys.
    pub contracts: Secret32,
}

const REQUESTOR: &str = "requestor";
const OWNER: &str = "owner";
const AUTHORITY: &str = "authority";
const NODE: &str = "node";

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

    /// RID.
    #[must_use]
    pub fn id(&self) -> RequestorId {
        RequestorId::of_key(&self.signing.verifying_key())
    }

    /// Writes a new key file.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or cannot be written.
    pub fn save(
        &self,
        path: &Path,
        protection: &Protection,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(), KeyError> {
        let payload = Zeroizing::new(
            [self.signing.seed().as_slice(), self.sealing.to_bytes().as_slice(), self.attributes.to_bytes().as_slice()]
                .concat(),
        );
        write(path, REQUESTOR, &self.id().to_string(), &payload, protection, rng)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`] when it is missing, of another kind, damaged, or the passphrase is wrong.
    pub fn load(path: &Path, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let payload = open(path, REQUESTOR, passphrase)?;
        let damaged = || KeyError::Contents { path: path.to_owned(), kind: REQUESTOR };
        let [signing, sealing, attributes] = exactly(&payload).ok_or_else(damaged)?;
        Ok(Self {
            signing: SigningKey::from_seed(signing),
            sealing: SealingSecretKey::from_bytes(sealing),
            attributes: UserSecret::from_bytes(&attributes).map_err(|_| damaged())?,
        })
    }
}

impl OwnerKeys {
    /// New keys.
    #[must_use]
    pub fn generate(rng: &mut (impl CryptoRng + RngCore)) -> Self {
        Self { signing: SigningKey::generate(rng), sealing: SealingSecretKey::generate(rng) }
    }

    /// OID.
    #[must_use]
    pub fn id(&self) -> OwnerId {
        OwnerId::of_key(&self.signing.verifying_key())
    }

    /// Writes a new key file.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or cannot be written.
    pub fn save(
        &self,
        path: &Path,
        protection: &Protection,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(), KeyError> {
        let payload =
            Zeroizing::new([self.signing.seed().as_slice(), self.sealing.to_bytes().as_slice()].concat());
        write(path, OWNER, &self.id().to_string(), &payload, protection, rng)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`] when it is missing, of another kind, damaged, or the passphrase is wrong.
    pub fn load(path: &Path, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let payload = open(path, OWNER, passphrase)?;
        let damaged = || KeyError::Contents { path: path.to_owned(), kind: OWNER };
        let [signing, sealing] = exactly(&payload).ok_or_else(damaged)?;
        Ok(Self { signing: SigningKey::from_seed(signing), sealing: SealingSecretKey::from_bytes(sealing) })
    }
}

impl AuthorityKeys {
    /// New keys of the authority with this name.
    #[must_use]
    pub fn generate(name: &Label, rng: &mut (impl CryptoRng + RngCore)) -> Option<Self> {
        let name = name.as_str().parse().ok()?;
        Some(Self { signing: SigningKey::generate(rng), secret: AuthoritySecret::generate(name, rng) })
    }

    /// Writes a new key file.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or cannot be written.
    pub fn save(
        &self,
        path: &Path,
        protection: &Protection,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(), KeyError> {
        let payload =
            Zeroizing::new([self.signing.seed().as_slice(), self.secret.to_bytes().as_slice()].concat());
        write(path, AUTHORITY, &self.signing.verifying_key().to_string(), &payload, protection, rng)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`] when it is missing, of another kind, damaged, or the passphrase is wrong.
    pub fn load(path: &Path, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let payload = open(path, AUTHORITY, passphrase)?;
        let damaged = || KeyError::Contents { path: path.to_owned(), kind: AUTHORITY };
        let (signing, rest) = take32(&payload).ok_or_else(damaged)?;
        Ok(Self {
            signing: SigningKey::from_seed(signing),
            secret: AuthoritySecret::from_bytes(rest).map_err(|_| damaged())?,
        })
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

    /// NID.
    #[must_use]
    pub fn id(&self) -> NodeId {
        NodeId::of_key(&self.signing.verifying_key())
    }

    /// Identity in the peer-to-peer network.
    #[must_use]
    pub fn network_keypair(&self) -> Option<libp2p_identity::Keypair> {
        let mut secret = Zeroizing::new(*self.network.expose());
        libp2p_identity::Keypair::ed25519_from_bytes(secret.as_mut_slice()).ok()
    }

    /// Writes a new key file.
    ///
    /// # Errors
    /// [`KeyError`] when the file exists or cannot be written.
    pub fn save(
        &self,
        path: &Path,
        protection: &Protection,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(), KeyError> {
        let payload = Zeroizing::new(
            [
                self.signing.seed().as_slice(),
                self.sealing.to_bytes().as_slice(),
                self.network.expose(),
                self.contracts.expose(),
            ]
            .concat(),
        );
        write(path, NODE, &self.id().to_string(), &payload, protection, rng)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`KeyError`] when it is missing, of another kind, damaged, or the passphrase is wrong.
    pub fn load(path: &Path, passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let payload = open(path, NODE, passphrase)?;
        let damaged = || KeyError::Contents { path: path.to_owned(), kind: NODE };
        let [signing, sealing, network, contracts] = exactly(&payload).ok_or_else(damaged)?;
        Ok(Self {
            signing: SigningKey::from_seed(signing),
            sealing: SealingSecretKey::from_bytes(sealing),
            network: Secret32::from_bytes(network),
            contracts: Secret32::from_bytes(contracts),
        })
    }
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
