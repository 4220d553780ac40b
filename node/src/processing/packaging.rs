//! The authenticator's last steps: contract attached, contract key made, package encrypted.

use super::policy_keys::PolicyKeys;
use crate::authenticator::contract_key::contract_key;
use crate::authenticator::request::Authenticated;
use crate::chain::Chain;
use crate::refusal::{Code, Refusal};
use medshare_contract_abi::Sensitivity;
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::derive::{KeyCommitment, derive_data_key};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_crypto::policy::Policy;
use medshare_crypto::seal::{SealingPublicKey, encapsulate};
use medshare_crypto::secret::{AttributeSecret, Secret32};
use medshare_crypto::stream::{seal_all, sealed_len};
use medshare_exchange::manifest::{
    FileEntry, Manifest, attribute_context, package_id, requestor_context,
};
use medshare_ledger::id::{NodeId, PackageId, Timestamp};
use rand_core::OsRng;
use zeroize::Zeroizing;

/// An encrypted package that has no parent block yet.
pub struct SealedPackage {
    /// The manifest.
    pub manifest: Manifest,
    /// The sealed payload.
    pub payload: Vec<u8>,
    /// SHA-256 of the payload.
    pub payload_digest: Hash32,
    /// Package id.
    pub id: PackageId,
}

/// A manifest with its contract, before its key blocks.
pub struct Contracted {
    manifest: Manifest,
    policy: Policy,
}

impl Contracted {
    /// Hash of the contract and its parameters, for the stage event.
    #[must_use]
    pub fn instance(&self) -> Vec<u8> {
        let parameters = self.manifest.usage_parameters();
        let mut bytes = self.manifest.contract_hash().as_bytes().to_vec();
        if let Some(parameters) = parameters {
            bytes.extend(medshare_contract_abi::Encode::to_bytes(&parameters));
        }
        bytes
    }
}

/// Generates the contract instance of a package: the usage contract and its parameters.
///
/// # Errors
/// [`Refusal`] when the data set's policy cannot be read.
pub fn attach_contract(
    request: &Authenticated,
    sensitivity: Sensitivity,
    node: NodeId,
    contract_root: &Secret32,
    now: Timestamp,
) -> Result<Contracted, Refusal> {
    let dataset = &request.dataset;
    let policy: Policy = dataset
        .policy
        .parse()
        .map_err(|_| Refusal::new(Code::BadPolicy, "the data set's policy cannot be read; its owner must correct it"))?;
    let expires = match dataset.lifetime_ms {
        0 => Timestamp(0),
        lifetime => now.plus_ms(lifetime),
    };
    let asked = &request.signed.request;
    let manifest = Manifest {
        network: asked.network,
        owner: asked.owner,
        requestor: asked.requestor,
        dataset: asked.dataset.clone(),
        record_type: asked.record_type,
        purpose: asked.purpose.clone(),
        request: request.hash,
        sensitivity: sensitivity.code(),
        permitted_mask: dataset.permitted_mask,
        exempt_mask: dataset.exempt_mask,
        expires,
        node,
        created: now,
        contract: USAGE_WASM.to_vec(),
        contract_key: contract_key(contract_root, &request.hash).public_key().to_bytes(),
        policy: policy.to_string(),
        attribute_block: Vec::new(),
        requestor_block: [0; 32],
        key_commitment: [0; 32],
        files: Vec::new(),
        payload_length: 0,
    };
    Ok(Contracted { manifest, policy })
}

/// Encrypts files under the policy and to the requestor.
///
/// # Errors
/// [`Refusal`] when a public key of the policy is missing or the requestor's key is not usable.
pub fn encrypt_package(
    contracted: Contracted,
    request: &Authenticated,
    files: Vec<(String, Vec<u8>)>,
    keys: &PolicyKeys,
    chain: &Chain,
) -> Result<SealedPackage, Refusal> {
    let Contracted { mut manifest, policy } = contracted;
    let (ciphertext, attribute_secret) = keys.encrypt(&policy, &attribute_context(&request.hash), chain)?;
    let receiver = SealingPublicKey::from_bytes(request.identity.identity.sealing_key);
    let (encapsulation, requestor_secret) = encapsulate(&receiver, &requestor_context(&request.hash), &mut OsRng)
        .map_err(|_| Refusal::new(Code::BadSealingKey, "the requestor's sealing key is not usable; register another"))?;
    manifest.attribute_block = ciphertext.to_bytes();
    manifest.requestor_block = encapsulation.to_bytes();
    let plaintext = lay_out(&mut manifest, files);
    seal_payload(manifest, &plaintext, &attribute_secret, &requestor_secret)
}

fn lay_out(manifest: &mut Manifest, files: Vec<(String, Vec<u8>)>) -> Zeroizing<Vec<u8>> {
    let total = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut plaintext = Zeroizing::new(Vec::with_capacity(total));
    for (name, bytes) in files {
        manifest.files.push(FileEntry { name, offset: plaintext.len() as u64, length: bytes.len() as u64 });
        plaintext.extend_from_slice(&bytes);
    }
    manifest.payload_length = sealed_len(plaintext.len() as u64);
    plaintext
}

fn seal_payload(
    mut manifest: Manifest,
    plaintext: &[u8],
    attribute_secret: &AttributeSecret,
    requestor_secret: &Secret32,
) -> Result<SealedPackage, Refusal> {
    let (key, commitment): (_, KeyCommitment) =
        derive_data_key(attribute_secret, Some(requestor_secret), &manifest.key_context());
    manifest.key_commitment = commitment.to_bytes();
    let hash = manifest.hash();
    let payload = seal_all(&key, hash, plaintext, &mut OsRng).map_err(|e| Refusal::fault(&e))?;
    let payload_digest = sha256(&payload);
    Ok(SealedPackage { id: package_id(&hash, &payload_digest), manifest, payload, payload_digest })
}

#[cfg(test)]
mod tests;
