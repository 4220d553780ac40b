//! A node's answer in opening a file.
//!
//! An answer is signed: by the node that made it, or, where several made it together, each part by its node. Nothing else is taken.

use std::path::{Path, PathBuf};

use anyhow::bail;
use medshare_cli_terminal::note;
use medshare_cli_terminal::whole_file::write_new;
use medshare_crypto::abe::{
    Dispute, Joinable, Known, RowsUsed, Transform, TransformShare, TransformStatement, VerifiedRegistration,
    join_transforms, joinable, opening,
};
use medshare_crypto::abe_file::{FileCapsule, FileHeader, OwnersHeader};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::{Signature, VerifyingKey};
use rand_core::OsRng;

use super::part::{PartFile, SignedPart};
use crate::scheme::failure::{refused, unverified};
use crate::scheme::party::{Party, PartyPublic, signature, verifying_key};
use crate::scheme::stored::read_header;
use crate::scheme::text_file::{TextFile, fixed, text_of};

const TRANSFORM: &str = "medshare-abe-transform: 2";

/// A node's answer.
pub struct TransformFile {
    path: PathBuf,
    header: Hash32,
    made: Made,
}

enum Made {
    /// By one node, which answers for it.
    ByOne(Box<Answer>),
    /// By several nodes, none of which answers for it alone.
    Together(Vec<SignedPart>),
}

struct Answer {
    rows: RowsUsed,
    transform: Transform,
    node: VerifyingKey,
    signature: Signature,
}

impl TransformFile {
    /// The answer of one node, which signs it.
    pub fn signed(
        header: Hash32,
        user: &VerifiedRegistration,
        (rows, transform): (RowsUsed, Transform),
        node: &Party,
    ) -> Self {
        let user = user.hash();
        let signature = node.signing.sign(&TransformStatement { header, user, rows: &rows, transform: &transform });
        let answer = Answer { rows, transform, node: node.public().verifying, signature };
        Self { path: PathBuf::new(), header, made: Made::ByOne(Box::new(answer)) }
    }

    /// An answer that several nodes made together.
    pub fn joint(header: Hash32, parts: impl IntoIterator<Item = PartFile>) -> Self {
        let parts = parts.into_iter().map(|file| file.signed).collect();
        Self { path: PathBuf::new(), header, made: Made::Together(parts) }
    }

    /// Writes the answer.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut entries = vec![("header", self.header.as_ref().to_vec())];
        match &self.made {
            Made::ByOne(answer) => entries.extend([
                ("rows", answer.rows.to_bytes()),
                ("transform", answer.transform.to_bytes()),
                ("node", answer.node.to_bytes().to_vec()),
                ("signature", answer.signature.to_bytes().to_vec()),
            ]),
            Made::Together(parts) => entries.extend(parts.iter().map(|part| ("part", part.to_bytes()))),
        }
        write_new(path, &text_of(TRANSFORM, entries.iter().map(|(name, value)| (*name, value.as_slice()))))
    }

    /// Reads an answer.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, TRANSFORM)?;
        let file = file.only(&["header", "rows", "transform", "node", "signature", "part"])?;
        let parts = file.all("part", SignedPart::from_bytes)?;
        let made = if parts.is_empty() {
            Made::ByOne(Box::new(Answer {
                rows: file.one("rows", RowsUsed::from_bytes)?,
                transform: file.one("transform", Transform::from_bytes)?,
                node: file.one("node", fixed(verifying_key))?,
                signature: file.one("signature", fixed(signature))?,
            }))
        } else {
            Made::Together(parts)
        };
        let header = file.one("header", fixed(|bytes| Ok(Hash32::from_bytes(*bytes))))?;
        Ok(Self { path: path.to_owned(), header, made })
    }

    /// What the user recovers from, if `nodes` made it for `user` and for `input` as it is now: one transform, or what may be one, where several
    /// nodes made it.
    pub fn transforms_of(&self, input: &Path, user: Hash32, nodes: &[PartyPublic]) -> anyhow::Result<Transforms> {
        let header = read_header::<FileCapsule>(input)?;
        self.check_header(input, &header)?;
        match &self.made {
            Made::ByOne(answer) => {
                let named = nodes.iter().any(|node| node.verifying == answer.node);
                let statement = answer.statement(self.header, user);
                if !named || answer.node.verify(&statement, &answer.signature).is_err() {
                    bail!(self.not_signed());
                }
                Ok(Transforms { chosen: answer.transform, joinable: Vec::new(), parts: Vec::new() })
            }
            Made::Together(parts) => {
                let mut waiting = nodes.to_vec();
                for part in parts {
                    part.check(&self.path, self.header, user, &mut waiting)?;
                }
                let shares: Vec<TransformShare> = parts.iter().map(|part| part.part).collect();
                let (chosen, joinable) = (join_transforms(&shares)?, joinable(&shares)?);
                let parts = parts.iter().map(|part| (part.part, part.told())).collect();
                Ok(Transforms { chosen, joinable, parts })
            }
        }
    }

    /// Opens a dispute about this answer of one node to `header`, which is that of `input`.
    pub fn dispute<'a>(
        &'a self,
        input: &Path,
        header: &'a OwnersHeader,
        user: &'a VerifiedRegistration,
        node: &VerifyingKey,
    ) -> anyhow::Result<Dispute<'a>> {
        self.check_header(input, header.header())?;
        let Made::ByOne(answer) = &self.made else {
            let answer = self.path.display();
            bail!(refused(format!("{answer} was joined from several nodes' parts: no single node answers for it")));
        };
        let statement = answer.statement(self.header, user.hash());
        header.dispute(*node, user, &statement, &answer.signature).map_err(|_| self.not_signed().into())
    }

    fn check_header(&self, input: &Path, header: &FileHeader) -> anyhow::Result<()> {
        if header.hash() != self.header {
            let (answer, input) = (self.path.display(), input.display());
            let message = format!("{answer} was made for another file than {input}, or before its header changed");
            bail!(unverified(message).hint("ask the node again"));
        }
        Ok(())
    }

    fn not_signed(&self) -> medshare_cli_terminal::Failure {
        unverified(format!("{} is not signed by that node for this user", self.path.display()))
    }
}

/// What a user recovers from.
pub struct Transforms {
    /// The first, until another is known to open.
    pub chosen: Transform,
    /// The parts of several nodes, those that join together.
    joinable: Vec<Joinable>,
    /// Those parts, and whose they are.
    parts: Vec<(TransformShare, String)>,
}

impl Transforms {
    /// Whether several nodes made it.
    pub fn is_joint(&self) -> bool {
        !self.parts.is_empty()
    }

    /// Whether there is more than one way to join it.
    pub fn has_choice(&self) -> bool {
        self.joinable.len() > 1 || self.joinable.iter().any(Joinable::has_choice)
    }

    /// Chooses a way to join the parts that `opens`, and tells which parts do not fit to those: whose they are only where [`Known`] has it, and never that a node made
    /// its part wrongly, since its share may be wrong. Where none opens, it stays as it is.
    pub fn choose(&mut self, opens: impl Fn(&Transform) -> bool) {
        let Some((joined, opened)) = opening(&self.joinable, opens, &mut OsRng) else { return };
        self.chosen = opened.transform;
        let is_left_out = |(part, _): &&(TransformShare, String)| joined.joins(part) && !opened.fits(part);
        let left_out: Vec<&str> = self.parts.iter().filter(is_left_out).map(|(_, whose)| whose.as_str()).collect();
        if left_out.is_empty() {
            return;
        }
        let fitting = opened.fitting();
        match opened.shows() {
            Known::Wrong { unless } => left_out.iter().for_each(|whose| {
                let unless = unless.map_or_else(String::new, |unless| format!(", unless {unless} of those or their shares are"));
                note(&format!(
                    "warning: {whose}, is left out: it does not fit to those that open the file and fit to each other ({fitting}). That part, or the share that it was made with, \
                     is wrong{unless}"
                ));
            }),
            Known::Nothing { with } => note(&format!(
                "warning: of {} parts, {fitting} fit to each other and open the file, and the rest does not fit to them: which are wrong, or made with wrong shares, is \
                 not known, and would be with {with} that fit to each other",
                fitting + left_out.len()
            )),
        }
    }
}

impl Answer {
    fn statement(&self, header: Hash32, user: Hash32) -> TransformStatement<'_> {
        TransformStatement { header, user, rows: &self.rows, transform: &self.transform }
    }
}
