//! `medshare abe transform`: the node's part of opening.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use medshare_crypto::abe::{
    Ciphertext, ProxyKeyShare, Transform, TransformStatement, VerifiedRegistration, transform, transform_share,
};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, VerifyingKey};
use serde_json::json;

use super::bundle::{read_issued, read_registration};
use super::part::PartFile;
use super::share::SHARE;
use crate::scheme::output::{Output, must_be_new, write_new};
use crate::scheme::party::Party;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;
use crate::scheme::text_file::{TextFile, fixed, text_of};

const TRANSFORM: &str = "medshare-abe-transform: 1";

/// The node's part of opening a file for a user.
///
/// A node that holds a user's issued keys does the work that grows with the policy; the user finishes with `medshare abe decrypt
/// --transform`, which costs the same for every policy and notices a wrong answer. The node reads the file's header only, and learns
/// nothing of its contents. It signs its answer.
#[derive(Debug, Args)]
pub struct TransformArgs {
    /// The user's registration.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// A file of keys that were issued to the user. Can be given several times. With --share: keys that are not divided, the same at every node.
    #[arg(long, required_unless_present = "share", value_name = "FILE")]
    issued: Vec<PathBuf>,
    /// This node's shares of divided keys: the answer is a part, to be joined with `medshare abe share combine`.
    #[arg(long, value_name = "FILE")]
    share: Option<PathBuf>,
    /// The node's key file (a party's): signs the answer.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The encrypted file.
    input: PathBuf,
    /// File for the answer.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// A node's answer.
pub struct TransformFile {
    path: PathBuf,
    header: Hash32,
    transform: Transform,
    signature: Option<(VerifyingKey, Signature)>,
}

pub fn run(args: &TransformArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let user = read_registration(&args.registration)?;
    let header = read_header::<Ciphertext>(&args.input)?;
    let context = || format!("cannot transform {}", args.input.display());
    let name = header.hash();
    let party = Party::read(&args.party, secrets)?;
    let issued = if args.issued.is_empty() { Vec::new() } else { read_issued(&args.issued)? };
    if let Some(path) = &args.share {
        let shares = TextFile::read(path, SHARE)?.only(&["share"])?.all("share", ProxyKeyShare::from_bytes)?;
        let part = transform_share(header.capsule(), &user, &shares, &issued).with_context(context)?;
        PartFile::made(name, part, &user, &party).write(&args.out)?;
    } else {
        let made = transform(header.capsule(), &user, &issued).with_context(context)?;
        let statement = TransformStatement { header: name, user: &user, transform: &made };
        let signature = party.signing.sign(&statement);
        TransformFile::signed(name, made, party.public().verifying, signature).write(&args.out)?;
    }
    output.print(&[
        ("user", json!(String::from_utf8_lossy(user.gid()))),
        ("policy", json!(header.policy().to_string())),
        (if args.share.is_some() { "part" } else { "answer" }, json!(args.out.display().to_string())),
    ])
}

impl TransformFile {
    fn signed(header: Hash32, transform: Transform, node: VerifyingKey, signature: Signature) -> Self {
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
            let node = node.with_context(|| format!("{}: the node's key is damaged", path.display()))?;
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
            bail!(
                "{} was made for another file than {}, or before its header changed; ask the node again",
                self.path.display(),
                input.display()
            );
        }
        Ok(self.transform)
    }

    /// Checks that `node` put its name to this answer for `user`.
    pub fn check_node(&self, node: &VerifyingKey, user: &VerifiedRegistration) -> anyhow::Result<()> {
        let Some((signer, signature)) = &self.signature else {
            bail!("{} was joined from several nodes' parts: no single node answers for it", self.path.display());
        };
        let statement = TransformStatement { header: self.header, user, transform: &self.transform };
        if signer != node || node.verify(&statement, signature).is_err() {
            bail!("{} is not signed by that node for this user", self.path.display());
        }
        Ok(())
    }
}
