//! What a package says of itself, in the clear: whose it is, for what, under which contract, and how its key is wrapped.

use crate::printable::steers;
use bincode::{Decode, Encode};
use medshare_contract_abi::{ActionSet, Sensitivity, usage::UsageParameters};
use medshare_crypto::abe::Ciphertext;
use medshare_crypto::derive::KeyContext;
use medshare_crypto::hash::{Hash32, sha256, tagged_hash};
use medshare_crypto::seal::{Encapsulation, SealingPublicKey};
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{Label, NetworkId, NodeId, OwnerId, PackageId, RequestorId, Timestamp};
use medshare_ledger::purpose::Purpose;

/// Longest encoded manifest in bytes: contract, policy rows and file table.
pub const MAX_MANIFEST_BYTES: usize = 2 * 1024 * 1024;
/// Room in it for the contract and the file table beside the longest policy with its rows, in bytes.
const BESIDE_ROWS: usize = 1024 * 1024;
const _: () = assert!(Ciphertext::MAX_LEN + BESIDE_ROWS <= MAX_MANIFEST_BYTES);
/// Most files in a package.
pub const MAX_FILES: usize = 1024;

/// A file inside the payload.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FileEntry {
    /// Name without folders.
    pub name: String,
    /// First byte in the plaintext payload.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
}

impl FileEntry {
    /// Whether its name is shown as it is, and leads nowhere else.
    #[must_use]
    pub fn has_plain_name(&self) -> bool {
        let name = &self.name;
        !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\']) && !name.chars().any(steers)
    }
}

/// The manifest.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Manifest {
    /// Network.
    pub network: NetworkId,
    /// OID.
    pub owner: OwnerId,
    /// RID.
    pub requestor: RequestorId,
    /// The owner's data set.
    pub dataset: Label,
    /// Form of the records.
    pub record_type: RecordType,
    /// DRP.
    pub purpose: Purpose,
    /// Hash of the signed request.
    pub request: Hash32,
    /// Sensitivity, by the contract ABI's code.
    pub sensitivity: u8,
    /// Actions that the contract permits, as a bit mask of action codes.
    pub permitted_mask: u8,
    /// Actions that need no report when sensitivity is low, as a bit mask of action codes.
    pub exempt_mask: u8,
    /// End of life; zero is never.
    pub expires: Timestamp,
    /// NID of the node that made the package.
    pub node: NodeId,
    /// When it was made.
    pub created: Timestamp,
    /// The usage contract, core WebAssembly.
    pub contract: Vec<u8>,
    /// Authenticator contract public key (X-Wing): reports are sealed to it.
    pub contract_key: SealingPublicKey,
    /// Policy over attributes.
    pub policy: String,
    /// Key block of the attributes: the ciphertext that nodes transform.
    pub attribute_block: Vec<u8>,
    /// Key block of the requestor: HPKE encapsulation to her sealing key (X-Wing).
    pub requestor_block: Encapsulation,
    /// Commitment to the data key.
    pub key_commitment: [u8; 32],
    /// The files, in payload order.
    pub files: Vec<FileEntry>,
    /// Length of the sealed payload in bytes.
    pub payload_length: u64,
}

impl Manifest {
    /// Hash of the contract inside.
    #[must_use]
    pub fn contract_hash(&self) -> Hash32 {
        sha256(&self.contract)
    }

    /// Hash of the manifest's canonical bytes, which every payload segment is bound to.
    #[must_use]
    pub fn hash(&self) -> Hash32 {
        manifest_hash(&medshare_ledger::codec::encode(self))
    }

    /// What binds the attribute secret to this package.
    #[must_use]
    pub fn attribute_context(&self) -> Vec<u8> {
        attribute_context(&self.request)
    }

    /// What the data key is derived for.
    #[must_use]
    pub fn key_context(&self) -> KeyContext {
        KeyContext { record: self.request, epoch: 0, policy_hash: sha256(self.policy.as_bytes()) }
    }

    /// Sensitivity, where the code is one of the two.
    #[must_use]
    pub const fn sensitivity(&self) -> Option<Sensitivity> {
        Sensitivity::from_code(self.sensitivity)
    }

    /// Parameters of this package's contract instance, where the manifest's codes are valid.
    #[must_use]
    pub fn usage_parameters(&self) -> Option<UsageParameters> {
        Some(UsageParameters {
            package: *self.request.as_bytes(),
            owner: *self.owner.as_bytes(),
            requestor: *self.requestor.as_bytes(),
            sensitivity: self.sensitivity()?,
            permitted: ActionSet::from_bits(self.permitted_mask)?,
            exempt: ActionSet::from_bits(self.exempt_mask)?,
            purpose: self.purpose.reason.number(),
            expires_at_ms: self.expires.0,
        })
    }

    /// The file with this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&FileEntry> {
        self.files.iter().find(|f| f.name == name)
    }
}

/// Hash of a manifest's canonical bytes.
pub(crate) fn manifest_hash(bytes: &[u8]) -> Hash32 {
    tagged_hash("medshare/manifest/v2", &[bytes])
}

/// Context of the attribute secret of the package for a request.
#[must_use]
pub fn attribute_context(request: &Hash32) -> Vec<u8> {
    [b"medshare/package/v1".as_slice(), request.as_bytes()].concat()
}

/// Context of the HPKE secret of the package for a request.
#[must_use]
pub fn requestor_context(request: &Hash32) -> Vec<u8> {
    [b"medshare/package-requestor/v2".as_slice(), request.as_bytes()].concat()
}

/// Commitment to a manifest and the SHA-256 of its sealed payload.
#[must_use]
pub fn package_id(manifest_hash: &Hash32, payload_digest: &Hash32) -> PackageId {
    let hash = tagged_hash("medshare/package/v1", &[manifest_hash.as_bytes(), payload_digest.as_bytes()]);
    PackageId::from_bytes(hash.to_bytes())
}
