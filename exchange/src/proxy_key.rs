//! A proxy key under way from its authority to the nodes, sealed for each of them.

use bincode::{Decode, Encode};
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::seal::{OVERHEAD, OpenError, SealError, SealingPublicKey, SealingSecretKey, open, seal};
use medshare_crypto::sign::{Signable, Signature, SignatureError, SigningKey, VerifyingKey};
use medshare_ledger::codec;
use medshare_ledger::entry::{AttributeGrant, Entry};
use medshare_ledger::id::NodeId;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

/// Longest sealed proxy key in bytes.
pub const MAX_SEALED_PROXY_KEY_BYTES: usize = 2048 + OVERHEAD;

/// One node's sealed copy.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SealedProxyKey {
    /// The node.
    pub node: NodeId,
    /// The proxy key, sealed to the node's sealing key.
    pub sealed: Vec<u8>,
}

/// A grant of an attribute with its proxy key for every node. Its authority signs the copies too: who hands them on changes none.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProxyKeyDelivery {
    /// The attribute grant, which commits to the proxy key.
    pub grant: Entry,
    /// A copy for each node, ascending by node.
    pub copies: Vec<SealedProxyKey>,
    /// The authority's, over grant and copies.
    pub signature: Signature,
}

/// What an authority signs of a delivery.
struct Copies<'a> {
    grant: Hash32,
    copies: &'a Vec<SealedProxyKey>,
}

impl Signable for Copies<'_> {
    const DOMAIN: &'static str = "medshare/proxy-key-copies/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        [self.grant.as_bytes().as_slice(), &codec::encode(self.copies)].concat()
    }
}

impl ProxyKeyDelivery {
    /// A delivery, signed with the authority's key.
    #[must_use]
    pub fn sign(grant: AttributeGrant, copies: Vec<SealedProxyKey>, key: &SigningKey) -> Self {
        let signature = key.sign(&grant);
        let grant = Entry::AttributeGrant(grant, signature);
        let signature = key.sign(&Copies { grant: grant.hash(), copies: &copies });
        Self { grant, copies, signature }
    }

    /// Checks that the authority with this key signed these copies for this grant. The grant has a signature of its own.
    ///
    /// # Errors
    /// [`SignatureError`] when it did not.
    pub fn verify(&self, authority: &VerifyingKey) -> Result<(), SignatureError> {
        authority.verify(&Copies { grant: self.grant.hash(), copies: &self.copies }, &self.signature)
    }
}

/// Commitment of a grant to its proxy key.
#[must_use]
pub fn proxy_key_commitment(proxy_key: &[u8]) -> Hash32 {
    tagged_hash("medshare/proxy-key/v1", &[proxy_key])
}

/// Seals a proxy key for one node.
///
/// # Errors
/// [`SealError`] when the node's key is not a key.
pub fn seal_proxy_key(
    proxy_key: &[u8],
    node: NodeId,
    key: &SealingPublicKey,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<SealedProxyKey, SealError> {
    let sealed = seal(key, INFO, proxy_key_commitment(proxy_key).as_bytes(), proxy_key, rng)?;
    Ok(SealedProxyKey { node, sealed })
}

/// Opens a node's copy of the proxy key that `commitment` names.
///
/// # Errors
/// [`OpenError`] when it is for another node or another grant.
pub fn open_proxy_key(
    key: &SealingSecretKey,
    commitment: &Hash32,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    let opened = open(key, INFO, commitment.as_bytes(), sealed)?;
    Ok(opened)
}

const INFO: &[u8] = b"medshare/proxy-key-seal/v2";

#[cfg(test)]
mod tests;
