//! `medshare abe version …`: an attribute moves on, and whoever is revoked stays behind.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{must_be_new, write_over};
use medshare_crypto::abe::{CiphertextUpdate, ProxyKey, ProxyKeyUpdate, UpdateError};
use medshare_crypto::abe_file::FileHeader;
use serde_json::json;
use zeroize::Zeroizing;

use super::authority_key::AuthorityKey;
use super::bundle::{ISSUED, PublicFile, issued_text, known_registration, read_issued};
use super::pool::{open_set, set_text};
use crate::scheme::letter::{self, LETTER};
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::stored::{change_header, left_as_it_is};
use crate::scheme::text_file::text_of;

/// First line of a letter to a node. With 1 it moved keys without another t, which gave the authority's key away.
const UPDATE: &str = "medshare-abe-update: 2";

#[derive(Debug, Subcommand)]
pub enum VersionAction {
    /// The authority's part: raise an attribute's version, and write the update for a node.
    ///
    /// The public file and the key file get the new version. The letter holds what the node needs to move stored files, and the keys of those who stay
    /// (--stay); whoever is not named stays behind. It is a secret between authority and node: a node that gives it to a revoked
    /// person lets him turn files back.
    Raise(RaiseArgs),
    /// The node's part: move stored files, issued keys and prepared rows to the new version.
    ///
    /// Each file is written anew beside its place and then takes it. Files that have nothing to do with the attribute, keys of people
    /// who do not stay, what was moved before, and files with rows that stay beside those that moved are listed, with why.
    Apply(ApplyArgs),
}

#[derive(Debug, Args)]
pub struct RaiseArgs {
    /// The authority's key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The authority's public file, which gets the new version.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// Registration of somebody who keeps the attribute. Can be given several times.
    #[arg(long, value_name = "FILE")]
    stay: Vec<PathBuf>,
    /// The authority's key file as a party: signs the letter.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The node's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// File for the letter to the node.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The attribute, e.g. DOCTOR.
    attribute: String,
}

#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// The node's key file (a party's).
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The authority's public file as a party, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The authority's public file with the new version: the letter is checked with it before anything is changed.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The authority's letter.
    letter: PathBuf,
    /// Encrypted files, files of issued keys, and sets of the node's own pool.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub fn run(action: VersionAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        VersionAction::Raise(args) => raise(&args, secrets, output),
        VersionAction::Apply(args) => apply(&args, secrets, output),
    }
}

fn raise(args: &RaiseArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let mut public = PublicFile::read(&args.public)?;
    let mut authority = AuthorityKey::read(&args.key, secrets)?;
    authority.compare(&public)?;
    let attribute = authority.full_name(&args.attribute)?;
    // Of what was raised before: this raise gives nothing away.
    let warning = authority.warning()?;
    let from = authority.version(&attribute)?;
    let to = from.checked_add(1).context("the attribute has no versions left")?;
    let new = authority.secret.attribute_public(&attribute, to)?;
    let files = authority.secret.ciphertext_update(&attribute, from, to)?.to_bytes();
    let mut keys: Vec<Zeroizing<Vec<u8>>> = Vec::with_capacity(args.stay.len());
    for path in &args.stay {
        let registration = known_registration(path)?;
        keys.push(authority.secret.proxy_key_update(&registration, &attribute, from, to)?.to_bytes());
    }
    let lines = std::iter::once(("files", files.as_slice())).chain(keys.iter().map(|key| ("key", key.as_slice())));
    let (party, node) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.to)?);
    letter::write(&args.out, &party, &node, &text_of(UPDATE, lines))?;
    // Then the public file: a key file that knows less than it is noticed, and says what to do.
    public.add(new);
    public.write()?;
    authority.register_mut()?.raise(&attribute, to)?;
    authority.write_again(secrets)?;
    names::tell_earlier([&attribute]);
    let results = vec![
        ("attribute", json!(attribute.as_str())),
        ("version", json!(to)),
        ("staying", json!(args.stay.len())),
        ("letter", json!(args.out.display().to_string())),
    ];
    output.print(&output.warned(results, warning))
}

/// What is said of a key that none of a letter's updates starts from.
const NO_UPDATE: &str =
    "the authority sent no update for this person, or the key is of an earlier build: then it is issued again";

/// What a letter updates.
struct Updates {
    files: CiphertextUpdate,
    keys: Vec<ProxyKeyUpdate>,
}

fn apply(args: &ApplyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (party, from) = (Party::read(&args.party, secrets)?, PartyPublic::read(&args.from)?);
    let contents = letter::read_kind(&args.letter, &from.verifying, &party, UPDATE)?.only(&["files", "key"])?;
    let updates = Updates {
        files: contents.one("files", CiphertextUpdate::from_bytes)?,
        keys: contents.all("key", ProxyKeyUpdate::from_bytes)?,
    };
    let public = PublicFile::read(&args.public)?;
    let context = || format!("cannot apply {} with {}", args.letter.display(), args.public.display());
    updates.files.check(public.versions()).with_context(context)?;
    for update in &updates.keys {
        update.check(public.versions()).with_context(context)?;
    }
    let (mut moved, mut left) = (Vec::new(), Vec::new());
    for path in &args.files {
        let outcome = updates.apply(path, &party)?;
        if outcome.moved {
            moved.push(path.display().to_string());
        }
        match outcome.left {
            None => {}
            Some(UpdateError::OtherUser) => left.push((path, NO_UPDATE.to_owned())),
            Some(reason) => left.push((path, reason.to_string())),
        }
    }
    output.print_with_rows(
        &[("moved", json!(moved))],
        "left as they are",
        left.into_iter().map(left_as_it_is).collect(),
    )
}

/// What came of one file.
#[derive(Debug, Default, PartialEq, Eq)]
struct Outcome {
    /// Something in it moved.
    moved: bool,
    /// Why something in it stays that the letter may be for.
    left: Option<UpdateError>,
}

impl Outcome {
    const MOVED: Self = Self { moved: true, left: None };

    fn left(reason: UpdateError) -> Self {
        Self { moved: false, left: Some(reason) }
    }

    /// What comes of a file with this one and `other` in it: of two reasons, the one that says more.
    fn with(self, other: Self) -> Self {
        let left = self.left.into_iter().chain(other.left).max_by_key(weight);
        let moved = self.moved || other.moved;
        // A file with something that moved has more than that in it.
        Self { moved, left: left.filter(|reason| !moved || weight(reason) > 0) }
    }
}

/// How much a reason says of what somebody can do about it.
const fn weight(reason: &UpdateError) -> u8 {
    match reason {
        UpdateError::OtherAttribute { .. } => 0,
        UpdateError::OtherVersion { .. } | UpdateError::OtherGeneration { .. } => 1,
        UpdateError::OtherUser => 2,
        UpdateError::Rows(_) => 3,
    }
}

impl Updates {
    /// Moves what is in one file of any of the three kinds.
    fn apply(&self, path: &Path, party: &Party) -> anyhow::Result<Outcome> {
        let mut start = Vec::new();
        let file = File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        file.take(32).read_to_end(&mut start)?;
        if start.starts_with(ISSUED.as_bytes()) {
            self.apply_to_keys(path)
        } else if start.starts_with(LETTER.as_bytes()) {
            self.apply_to_rows(path, party)
        } else {
            self.apply_to_file(path)
        }
    }

    fn apply_to_file(&self, path: &Path) -> anyhow::Result<Outcome> {
        let mut left = None;
        let changed = change_header(path, |mut header: FileHeader| {
            left = header.update(&self.files)?;
            Ok(header)
        });
        match changed {
            Ok(()) => Ok(Outcome { moved: true, left }),
            Err(error) => error.downcast::<UpdateError>().map(Outcome::left),
        }
    }

    fn apply_to_rows(&self, path: &Path, party: &Party) -> anyhow::Result<Outcome> {
        let (mut rows, shares) = open_set(path, party)?;
        let left = match rows.update(&self.files) {
            Ok(left) => left,
            Err(reason) => return Ok(Outcome::left(reason)),
        };
        write_over(path, &set_text(party, &rows, &shares)?)?;
        Ok(Outcome { moved: true, left })
    }

    /// Each key takes the update that is for it, if there is one.
    fn apply_to_keys(&self, path: &Path) -> anyhow::Result<Outcome> {
        let mut keys = read_issued(&[path.to_owned()])?;
        let outcome = keys.iter_mut().map(|key| self.apply_to_key(key)).reduce(Outcome::with).unwrap_or_default();
        if outcome.moved {
            write_over(path, &issued_text(&keys))?;
        }
        Ok(outcome)
    }

    fn apply_to_key(&self, key: &mut ProxyKey) -> Outcome {
        let mut left: Option<UpdateError> = None;
        for update in &self.keys {
            match key.update(update) {
                Ok(()) => return Outcome::MOVED,
                Err(reason) => left = left.into_iter().chain([reason]).max_by_key(weight),
            }
        }
        Outcome::left(left.unwrap_or(UpdateError::OtherUser))
    }
}
