//! A node's answer in opening a file.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::whole_file::write_new;
use medshare_crypto::abe::{Ciphertext, Transform, TransformStatement, VerifiedRegistration};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, VerifyingKey};

use crate::scheme::failure::{refused, unverified};
use crate::scheme::stored::read_header;
use crate::scheme::text_file::{TextFile, fixed, text_of};

const TRANSFORM: &str = "medshare-abe-transform: 1";

/// A node's answer.
pub struct TransformFile {
    path: PathBuf,
    header: Hash32,
    transform: Transform,
    signature: Option<(VerifyingKey, Signature)>,
}

impl TransformFile {
    /// The answer of one node, which signs it.
    pub fn signed(header: Hash32, transform: Transform, node: VerifyingKey, signature: Signature) -> Self {
        Self { path: PathBuf::new(), header, transform, signature: Some((node, signature)) }
    }

    /// An answer that several nodes made together, and none of them alone answers for.
    pub fn joint(header: Hash32, transform: Transform) -> Self {
        Self { path: PathBuf::new(), header, transform, signature: None }
    }

    /// Writes the answer.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let transform = self.transform.to_bytes();
        let signed = self.signature.map(|(node, signature)| (node.to_bytes(), signature.to_bytes()));
        let mut entries: Vec<(&str, &[u8])> = vec![("header", self.header.as_ref()), ("transform", &transform)];
        if let Some((node, signature)) = &signed {
            entries.extend([("node", node.as_slice()), ("signature", signature.as_slice())]);
        }
        write_new(path, &text_of(TRANSFORM, entries))
    }

    /// Reads an answer.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, TRANSFORM)?.only(&["header", "transform", "node", "signature"])?;
        let signature = if file.entries().any(|(name, _)| name == "node") {
            let node = file.bytes("node")?.try_into().ok().and_then(|bytes| VerifyingKey::from_bytes(bytes).ok());
            let node = node.with_context(|| unverified(format!("{}: the node's key is damaged", path.display())))?;
            let signature = file.one("signature", fixed(|bytes| Ok(Signature::from_bytes(*bytes))))?;
            Some((node, signature))
        } else {
            None
        };
        Ok(Self {
            path: path.to_owned(),
            header: file.one("header", fixed(|bytes| Ok(Hash32::from_bytes(*bytes))))?,
            transform: file.one("transform", Transform::from_bytes)?,
            signature,
        })
    }

    /// The transform, if it was made for `input` as it is now.
    pub fn transform_of(self, input: &Path) -> anyhow::Result<Transform> {
        let header = read_header::<Ciphertext>(input)?;
        if header.hash() != self.header {
            let (answer, input) = (self.path.display(), input.display());
            let message = format!("{answer} was made for another file than {input}, or before its header changed");
            bail!(unverified(message).hint("ask the node again"));
        }
        Ok(self.transform)
    }

    /// Checks that `node` put its name to this answer for `user`.
    pub fn check_node(&self, node: &VerifyingKey, user: &VerifiedRegistration) -> anyhow::Result<()> {
        let Some((signer, signature)) = &self.signature else {
            let answer = self.path.display();
            bail!(refused(format!("{answer} was joined from several nodes' parts: no single node answers for it")));
        };
        let statement = TransformStatement { header: self.header, user, transform: &self.transform };
        if signer != node || node.verify(&statement, signature).is_err() {
            bail!(unverified(format!("{} is not signed by that node for this user", self.path.display())));
        }
        Ok(())
    }
}
