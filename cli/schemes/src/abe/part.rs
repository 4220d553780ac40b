//! Parts of an answer, each by one of several nodes among which keys are divided.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::whole_file::write_new;
use medshare_crypto::abe::{TransformPartStatement, TransformShare, VerifiedRegistration};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, VerifyingKey};

use crate::scheme::failure::unverified;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::text_file::{TextFile, fixed, text_of};

const PART: &str = "medshare-abe-transform-part: 2";

/// A node's part.
pub struct PartFile {
    path: PathBuf,
    pub header: Hash32,
    pub part: TransformShare,
    node: VerifyingKey,
    signature: Signature,
}

impl PartFile {
    /// A part with its node's name to it.
    pub fn made(header: Hash32, part: TransformShare, user: &VerifiedRegistration, node: &Party) -> Self {
        let signature = node.signing.sign(&TransformPartStatement { header, user, part: &part });
        Self { path: PathBuf::new(), header, part, node: node.public().verifying, signature }
    }

    /// Writes the part.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let (part, node, signature) = (self.part.to_bytes(), self.node.to_bytes(), self.signature.to_bytes());
        let entries: [(&str, &[u8]); 4] =
            [("header", self.header.as_ref()), ("part", &part), ("node", &node), ("signature", &signature)];
        write_new(path, &text_of(PART, entries))
    }

    /// Reads a part.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, PART)?.only(&["header", "part", "node", "signature"])?;
        let node = file.one("node", fixed(|bytes| Ok(*bytes)))?;
        Ok(Self {
            path: path.to_owned(),
            header: file.one("header", fixed(|bytes| Ok(Hash32::from_bytes(*bytes))))?,
            part: file.one("part", TransformShare::from_bytes)?,
            node: VerifyingKey::from_bytes(node)
                .with_context(|| unverified(format!("{}: the node's key is damaged", path.display())))?,
            signature: file.one("signature", fixed(|bytes| Ok(Signature::from_bytes(*bytes))))?,
        })
    }

    /// Checks that the part was made for `user` by one of the nodes in `waiting`, which then waits no more.
    pub fn check(&self, user: &VerifiedRegistration, waiting: &mut Vec<PartyPublic>) -> anyhow::Result<()> {
        let path = self.path.display();
        let Some(position) = waiting.iter().position(|node| node.verifying == self.node) else {
            bail!(unverified(format!(
                "{path} is from none of the --from parties, or from one that has sent another part"
            )));
        };
        waiting.swap_remove(position);
        let statement = TransformPartStatement { header: self.header, user, part: &self.part };
        let verified = self.node.verify(&statement, &self.signature);
        verified.with_context(|| format!("{path} was made for another user, or altered on its way"))
    }
}
