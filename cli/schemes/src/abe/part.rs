//! Parts of an answer, each by one of several nodes among which keys are divided.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::whole_file::write_new;
use medshare_crypto::abe::{TransformPartStatement, TransformShare, VerifiedRegistration};
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, VerifyingKey};

use crate::scheme::failure::unverified;
use crate::scheme::party::{Party, PartyPublic, verifying_key};
use crate::scheme::text_file::{TextFile, fixed, text_of};

const PART: &str = "medshare-abe-transform-part: 3";

/// A node's part, with its name to it.
///
/// Layout: `node (32) ‖ signature (64) ‖ part`.
pub struct SignedPart {
    pub part: TransformShare,
    node: VerifyingKey,
    signature: Signature,
}

/// A node's part, in a file.
pub struct PartFile {
    path: PathBuf,
    pub header: Hash32,
    pub signed: SignedPart,
}

impl SignedPart {
    /// Encodes.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.node.as_bytes().as_slice(), &self.signature.to_bytes(), &self.part.to_bytes()].concat()
    }

    /// Decodes; the signature is not checked.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (node, rest) = bytes.split_first_chunk().ok_or(DecodeError::Truncated { what: "node" })?;
        let (signature, part) = rest.split_first_chunk().ok_or(DecodeError::Truncated { what: "signature" })?;
        Ok(Self {
            part: TransformShare::from_bytes(part)?,
            node: verifying_key(node)?,
            signature: Signature::from_bytes(*signature),
        })
    }

    /// Checks that the part was made from this header for `user` by one of the nodes in `waiting`, which then waits no more. `path` is where it is.
    pub fn check(
        &self,
        path: &Path,
        header: Hash32,
        user: Hash32,
        waiting: &mut Vec<PartyPublic>,
    ) -> anyhow::Result<()> {
        let path = path.display();
        let Some(position) = waiting.iter().position(|node| node.verifying == self.node) else {
            bail!(unverified(format!(
                "{path} is from none of the --from parties, or from one that has sent another part"
            )));
        };
        let verified = self.node.verify(&TransformPartStatement { header, user, part: &self.part }, &self.signature);
        verified.with_context(|| format!("{path} was made for another user, or altered on its way"))?;
        // What only names a node takes the place of no part of it.
        waiting.swap_remove(position);
        Ok(())
    }

    /// Whose it is, for people.
    pub fn told(&self) -> String {
        format!("the part of share {}, by the node with the key {}", self.part.node(), self.node)
    }
}

impl PartFile {
    /// A part with its node's name to it.
    pub fn made(header: Hash32, part: TransformShare, user: &VerifiedRegistration, node: &Party) -> Self {
        let signature = node.signing.sign(&TransformPartStatement { header, user: user.hash(), part: &part });
        let signed = SignedPart { part, node: node.public().verifying, signature };
        Self { path: PathBuf::new(), header, signed }
    }

    /// Writes the part.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let part = self.signed.to_bytes();
        write_new(path, &text_of(PART, [("header", self.header.as_ref()), ("part", part.as_slice())]))
    }

    /// Reads a part.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, PART)?.only(&["header", "part"])?;
        Ok(Self {
            path: path.to_owned(),
            header: file.one("header", fixed(|bytes| Ok(Hash32::from_bytes(*bytes))))?,
            signed: file.one("part", SignedPart::from_bytes)?,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks it, as [`SignedPart::check`].
    pub fn check(&self, user: &VerifiedRegistration, waiting: &mut Vec<PartyPublic>) -> anyhow::Result<()> {
        self.signed.check(&self.path, self.header, user.hash(), waiting)
    }
}
