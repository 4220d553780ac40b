//! An authority's key file: its secret, with the register of its attributes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::lock::{AsRead, Lock, opened_and_locked, opened_to_hand_out};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::abe::{AttributePublic, AttributeRegister, AuthoritySecret};
use medshare_crypto::policy::AttributeName;
use zeroize::Zeroizing;

use super::bundle::PublicFile;
use super::raising::Raising;
use crate::scheme::failure::unverified;
use crate::scheme::secrets::{Protection, damaged, joined};

/// Kind of an authority's key file. Its secret is `u8 layout ‖ u16 len ‖ authority's secret ‖ register`; while a raise is under way,
/// `u8 layout + UNDER_WAY ‖ u16 len ‖ authority's secret ‖ u16 len ‖ raise ‖ register`. The first builds wrote the authority's secret alone, which begins
/// with 1.
const KIND: &str = "abe-authority";
/// Layout of keys that were made, or rotated, by builds whose updates give nothing away.
const LAYOUT: u8 = 3;
/// Layout of keys of earlier builds. It stays theirs when the file is written again: what a raise gave away, no later one takes back.
const LAYOUT_BEFORE: u8 = 2;
/// What is added to a layout while a raise is under way: builds that know of none do not take the file for theirs.
const UNDER_WAY: u8 = 2;
const LAYOUT_RAISING: u8 = LAYOUT + UNDER_WAY;
const LAYOUT_RAISING_BEFORE: u8 = LAYOUT_BEFORE + UNDER_WAY;
/// How many versions before the one in force a public file is written anew with.
const PUBLISHED_BEFORE: u32 = 16;

/// What an authority does with a public file that is not its newest.
const WRITTEN_ANEW: &str = "`medshare abe authority public` writes a new one, from the key file: give that out";

/// A key file and a public file of which one is older, or another's.
fn not_together(message: String) -> Failure {
    Failure::new(Exit::Key, "other-generation", message)
}

/// An attribute that the authority does not have.
pub fn unknown(attribute: &AttributeName, register: &AttributeRegister) -> Failure {
    let names: Vec<&str> = register.iter().map(|(name, _)| name.as_str()).collect();
    let has = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Failure::argument(format!("there is no attribute {attribute}; there is {has}"))
        .hint("`medshare abe authority attribute` adds one")
}

/// The first of the parts that stand behind each other, `u16 len ‖ part`, and the rest.
fn part_of(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*len).into())
}

/// An authority's key file, opened.
pub struct AuthorityKey {
    path: PathBuf,
    pub secret: AuthoritySecret,
    /// Missing in files of the first builds.
    register: Option<AttributeRegister>,
    /// A raise that may stand in part only. The register has its version already.
    pub raising: Option<Raising>,
    layout: u8,
}

impl AuthorityKey {
    /// A key that is not in a file yet.
    pub fn new(path: PathBuf, secret: AuthoritySecret, register: AttributeRegister) -> Self {
        Self { path, secret, register: Some(register), raising: None, layout: LAYOUT }
    }

    /// Reads a key file.
    pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<Self> {
        let bytes = secrets.open(path, KIND)?;
        let damaged = || damaged(path);
        let register_of = |bytes| AttributeRegister::from_bytes(bytes).with_context(damaged).map(Some);
        let (layout, secret, raising, register) = match bytes.split_first() {
            Some((&layout @ (LAYOUT | LAYOUT_BEFORE), rest)) => {
                let (secret, register) = part_of(rest).with_context(damaged)?;
                (layout, secret, None, register_of(register)?)
            }
            Some((&layout @ (LAYOUT_RAISING | LAYOUT_RAISING_BEFORE), rest)) => {
                let (secret, rest) = part_of(rest).with_context(damaged)?;
                let (raising, register) = part_of(rest).with_context(damaged)?;
                let raising = Raising::from_bytes(raising).with_context(damaged)?;
                (layout - UNDER_WAY, secret, Some(raising), register_of(register)?)
            }
            _ => (LAYOUT_BEFORE, bytes.as_slice(), None, None),
        };
        let secret = AuthoritySecret::from_bytes(secret).with_context(damaged)?;
        Ok(Self { path: path.to_owned(), secret, register, raising, layout })
    }

    /// Reads a key file from which follows what is handed out, and what it said: that is looked at again before.
    pub fn read_to_hand_out(path: &Path, secrets: &Protection) -> anyhow::Result<(Self, AsRead)> {
        opened_to_hand_out(path, || Self::read(path, secrets))
    }

    /// Reads a key file that is to be changed, and its public file, with the lock of both: whoever has it changes them alone.
    pub fn read_to_change(path: &Path, secrets: &Protection) -> anyhow::Result<(Self, Lock)> {
        let (authority, _, lock) = opened_and_locked(path, || Self::read(path, secrets))?;
        Ok((authority, lock))
    }

    fn to_bytes(&self) -> anyhow::Result<Zeroizing<Vec<u8>>> {
        let (secret, register) = (self.secret.to_bytes(), self.register()?.to_bytes());
        let len = |bytes: &[u8]| u16::try_from(bytes.len()).map(u16::to_be_bytes);
        let Some(raising) = self.raising.as_ref().map(Raising::to_bytes) else {
            return Ok(joined(&[&[self.layout], &len(&secret)?, &secret, &register]));
        };
        let layout = [self.layout + UNDER_WAY];
        Ok(joined(&[&layout, &len(&secret)?, &secret, &len(&raising)?, &raising, &register]))
    }

    /// The text of a new key file.
    pub fn text(&self, secrets: &Protection) -> anyhow::Result<Zeroizing<String>> {
        secrets.text(KIND, self.secret.name().as_str(), &self.to_bytes()?)
    }

    /// Writes the key file anew, under the protection that it has, for whoever has its lock.
    pub fn write_again(&self, secrets: &Protection, lock: &Lock) -> anyhow::Result<()> {
        secrets.write_over(&self.path, KIND, &self.to_bytes()?, lock)
    }

    /// The attributes, and the versions in force.
    pub fn register(&self) -> anyhow::Result<&AttributeRegister> {
        self.register.as_ref().with_context(|| {
            Failure::argument(format!(
                "{} is from an earlier build and does not know which versions are in force: name the public file, --public",
                self.path.display()
            ))
        })
    }

    /// The same, to raise a version.
    pub fn register_mut(&mut self) -> anyhow::Result<&mut AttributeRegister> {
        self.register()?;
        self.register.as_mut().context("there is no register")
    }

    /// Checks that a public file is this authority's, and the newest: nobody signs it, and what is in it is handed out again. Each line must be what the key makes,
    /// and of each attribute it has the version that the register has. A key file of an earlier build learns its attributes from it.
    ///
    /// # Errors
    /// When it is another's, somebody altered it, or one of the two is older.
    pub fn compare(&mut self, public: &PublicFile) -> anyhow::Result<()> {
        self.compare_all_but(|_, _| false, public)
    }

    /// The same, where the public file may have versions beyond the register that are made `known` by naming them.
    pub fn compare_all_but(
        &mut self,
        known: impl Fn(&AttributeName, u32) -> bool,
        public: &PublicFile,
    ) -> anyhow::Result<()> {
        let name = public.path().display();
        if *public.authority() != self.secret.public() {
            let key = self.path.display();
            bail!(not_together(format!(
                "{name} is not the public file of {key}: it belongs to another authority, or to other keys of this one"
            )));
        }
        let mut published: BTreeMap<&AttributeName, u32> = BTreeMap::new();
        for key in public.versions() {
            let (attribute, version) = (key.attribute(), key.version());
            if !self.secret.attribute_public(attribute, version).is_ok_and(|own| own == *key) {
                let key = self.path.display();
                let message = format!(
                    "{name} was altered: its key for version {version} of {attribute} is none that {key} makes"
                );
                bail!(
                    unverified(message)
                        .hint(format!("{WRITTEN_ANEW}; what was encrypted with this one may open for others"))
                );
            }
            let greatest = published.entry(attribute).or_default();
            *greatest = version.max(*greatest);
        }
        let Some(register) = &self.register else {
            let mut learned = AttributeRegister::new();
            for (attribute, version) in published {
                learned.raise(attribute, version)?;
            }
            self.register = Some(learned);
            return Ok(());
        };
        let key = self.path.display();
        for (attribute, in_force) in register.iter() {
            let found = published.get(attribute).copied();
            // Where a raise broke off, the file may not have its version yet.
            let begun =
                self.raising.as_ref().filter(|raising| (&raising.attribute, raising.to) == (attribute, in_force));
            let least = begun.map_or(in_force, |raising| raising.from);
            if found.is_none_or(|found| found < least) {
                let has =
                    found.map_or_else(|| format!("no {attribute}"), |found| format!("version {found} of {attribute}"));
                let message = format!("{name} is older than {key}: it has {has}, and version {in_force} is in force");
                let hint = format!(
                    "{WRITTEN_ANEW}; what was encrypted with the older one meanwhile may open for whoever was left behind"
                );
                bail!(unverified(message).hint(hint));
            }
        }
        for (attribute, published) in published {
            let is_new = register.version(attribute).is_none_or(|in_force| in_force < published);
            if is_new && !known(attribute, published) {
                let message = format!(
                    "{name} has version {published} of {attribute}, which {key} does not know: was {key} restored from a copy?"
                );
                let hint = format!("`medshare abe authority attribute --version {published}` makes it known");
                bail!(not_together(message).hint(hint));
            }
        }
        Ok(())
    }

    /// `DOCTOR` or `DOCTOR@HOSPITAL-A`.
    pub fn full_name(&self, text: &str) -> anyhow::Result<AttributeName> {
        let whole = if text.contains('@') { text.to_owned() } else { format!("{text}@{}", self.secret.name()) };
        whole.parse().with_context(|| format!("{text:?} is no attribute"))
    }

    /// The same of several, each once.
    pub fn full_names(&self, texts: &[String]) -> anyhow::Result<Vec<AttributeName>> {
        let mut names = Vec::with_capacity(texts.len());
        for text in texts {
            let name = self.full_name(text)?;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// The version in force of an attribute that the authority has.
    pub fn version(&self, attribute: &AttributeName) -> anyhow::Result<u32> {
        // Another authority's attribute is refused in its own words.
        self.secret.attribute_public(attribute, 0)?;
        let register = self.register()?;
        register.version(attribute).with_context(|| unknown(attribute, register))
    }

    /// Raises an attribute's version. One of a raise that is under way is passed over by that.
    ///
    /// # Errors
    /// When a higher version is in force, or there is no room.
    pub fn raise(&mut self, attribute: &AttributeName, version: u32) -> anyhow::Result<()> {
        self.register_mut()?.raise(attribute, version)?;
        self.raising.take_if(|raising| raising.attribute == *attribute && raising.to < version);
        Ok(())
    }

    /// What is to be told of the key file.
    pub fn warning(&self) -> anyhow::Result<Option<String>> {
        Ok(self.with_under_way(self.of_before()?))
    }

    /// What is to be told of keys of an earlier build that had a version raised: whichever build raised it, the file does not know.
    pub fn of_before(&self) -> anyhow::Result<Option<String>> {
        let is_raised = self.register()?.iter().any(|(_, version)| version > 0);
        let path = self.path.display();
        Ok((self.layout < LAYOUT && is_raised).then(|| {
            format!(
                "the keys in {path} are of an earlier build; if one raised a version, its letter gave away what makes all keys of this authority, \
                 those of now too: `medshare abe authority rotate` makes new ones"
            )
        }))
    }

    /// The same, and what is to be told of a raise that is under way.
    pub fn with_under_way(&self, of_before: Option<String>) -> Option<String> {
        let under_way = self.raising.as_ref().map(|raising| format!("{}; {}", raising.words(), raising.way_on()));
        let warnings: Vec<String> = of_before.into_iter().chain(under_way).collect();
        (!warnings.is_empty()).then(|| warnings.join("; "))
    }

    /// The public keys of all attributes: the versions in force, each behind those before it.
    pub fn publics(&self) -> anyhow::Result<Vec<AttributePublic>> {
        let mut publics = Vec::new();
        for (name, in_force) in self.register()?.iter() {
            for version in in_force.saturating_sub(PUBLISHED_BEFORE)..=in_force {
                publics.push(self.secret.attribute_public(name, version)?);
            }
        }
        Ok(publics)
    }
}
