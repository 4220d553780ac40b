//! The authenticator's last steps: contract attached, contract key made, package encrypted.

use super::policy_keys::PolicyKeys;
use medshare_contract_abi::Sensitivity;
use medshare_contract_host::USAGE_WASM;
use medshare_crypto::derive::{KeyCommitment, derive_data_key};
use medshare_crypto::policy::Policy;
use medshare_crypto::seal::{Encapsulation, encapsulate};
use medshare_crypto::secret::Secret32;
use medshare_crypto::stream::sealed_len;
use medshare_deid::Rendered;
use medshare_exchange::manifest::{FileEntry, Manifest, attribute_context, requestor_context};
use medshare_exchange::package::{UnsealedPackage, write_package};
use medshare_ledger::id::{NodeId, Timestamp};
use medshare_node_authenticator::contract_key::contract_key;
use medshare_node_authenticator::request::Authenticated;
use medshare_node_chain::Chain;
use medshare_node_refusal::{Code, Refusal};
use rand_core::OsRng;
use std::io::{Seek, Write};

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
    let policy: Policy = dataset.policy.parse().map_err(|_| {
        Refusal::new(Code::BadPolicy, "the data set's policy cannot be read; its owner must correct it")
    })?;
    let expires = match dataset.lifetime_ms {
        0 => Timestamp(0),
        lifetime => now.plus_ms(lifetime),
    };
    let asked = &request.signed.request;
    let manifest = Manifest {
        network: asked.network,
        owner: asked.owner,
        requestor: asked.requestor(),
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
        contract_key: contract_key(contract_root, &request.hash).public_key(),
        policy: policy.to_string(),
        attribute_block: Vec::new(),
        requestor_block: Encapsulation::from_bytes([0; Encapsulation::LEN]),
        key_commitment: [0; 32],
        files: Vec::new(),
        payload_length: 0,
    };
    Ok(Contracted { manifest, policy })
}

/// Encrypts files under the policy and to the requestor, into `out`.
///
/// # Errors
/// [`Refusal`] when a public key of the policy is missing or `out` does not take it.
pub fn encrypt_package(
    contracted: Contracted,
    request: &Authenticated,
    files: &Rendered,
    keys: &PolicyKeys,
    chain: &Chain,
    out: &mut (impl Write + Seek),
) -> Result<UnsealedPackage, Refusal> {
    let Contracted { mut manifest, policy } = contracted;
    let (ciphertext, attribute_secret) = keys.encrypt(&policy, &attribute_context(&request.hash), chain)?;
    let (receiver, context) = (&request.identity.identity.sealing_key, requestor_context(&request.hash));
    // The ledger registers no key to which nothing can be sealed.
    let (encapsulation, requestor_secret) =
        encapsulate(receiver, &context, &mut OsRng).map_err(|e| Refusal::fault(&e))?;
    manifest.attribute_block = ciphertext.to_bytes();
    manifest.requestor_block = encapsulation;
    let mut offset = 0;
    for (name, bytes) in files.files() {
        manifest.files.push(FileEntry { name: name.to_owned(), offset, length: bytes.len() as u64 });
        offset += bytes.len() as u64;
    }
    manifest.payload_length = sealed_len(offset);
    let (key, commitment): (_, KeyCommitment) =
        derive_data_key(&attribute_secret, Some(&requestor_secret), &manifest.key_context());
    manifest.key_commitment = commitment.to_bytes();
    write_package(manifest, &key, files.bytes(), out, &mut OsRng).map_err(|e| Refusal::fault(&e))
}

#[cfg(test)]
mod tests;
