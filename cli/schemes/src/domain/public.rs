//! The public file of a domain: its key, and the versions of its labels that are in force.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::{hand_out_over, read_text};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::kp_abe::{DomainPublic, DomainSecret, LabelPublic};
use medshare_crypto::policy::{AttributeName, AuthorityName};

use super::in_force::no_label;
use super::register::Register;
use super::versions::Versions;
use crate::scheme::failure::unverified;
use crate::scheme::text_file::{TextFile, line_of, text_of};

/// What its owner does about a file that somebody else wrote to.
const ANEW: &str = "without that file, `medshare domain publish` writes it anew";
const PUBLIC: &str = "medshare-domain-public: 1";

/// What a public file holds.
pub struct Public {
    pub domain: DomainPublic,
    /// Of each label, the line of its greatest version: none that was added later brings an earlier one back.
    labels: BTreeMap<AttributeName, LabelPublic>,
    /// Every version of every label. What a version was, nodes look up when they move files to the next one.
    versions: Vec<LabelPublic>,
}

/// The text of a new public file.
pub fn text(domain: &DomainPublic, labels: &[LabelPublic]) -> String {
    let mut text = text_of(PUBLIC, [("domain", domain.to_bytes().as_slice())]).to_string();
    text.extend(labels.iter().map(line));
    text
}

fn line(label: &LabelPublic) -> String {
    line_of("label", &label.to_bytes()).to_string()
}

/// Adds lines to a public file, which is written anew, for whoever has its key file's lock.
pub fn append(path: &Path, labels: &[LabelPublic], lock: &Lock) -> anyhow::Result<()> {
    let mut text = read_text(path)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend(labels.iter().map(line));
    hand_out_over(path, &text, lock)
}

fn other_domain(path: &Path, domain: &AuthorityName) -> Failure {
    let message = format!("{} is another domain's public file than that of {domain}", path.display());
    Failure::new(Exit::Key, "other-domain", message)
}

/// `allergies` or `allergies@alice`.
pub fn full_name(domain: &AuthorityName, text: &str) -> anyhow::Result<AttributeName> {
    let whole = if text.contains('@') { text.to_owned() } else { format!("{text}@{domain}") };
    whole.parse().with_context(|| format!("{text:?} is no label"))
}

impl Public {
    /// Reads a public file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, PUBLIC)?.only(&["domain", "label"])?;
        let domain = file.one("domain", DomainPublic::from_bytes)?;
        let versions = file.all("label", LabelPublic::from_bytes)?;
        if let Some(foreign) = versions.iter().find(|label| label.label().authority() != *domain.name()) {
            let (path, label, name) = (path.display(), foreign.label(), domain.name());
            anyhow::bail!(unverified(format!("{path} is of the domain {name}, and has a line for {label}")));
        }
        let mut seen = BTreeMap::new();
        for of in &versions {
            if seen.insert((of.label(), of.version()), of).is_some_and(|other| other != of) {
                let (path, version, label) = (path.display(), of.version(), of.label());
                anyhow::bail!(
                    unverified(format!("{path} has two different lines for version {version} of {label}")).hint(ANEW)
                );
            }
        }
        let mut labels = BTreeMap::<AttributeName, LabelPublic>::new();
        for label in &versions {
            if labels.get(label.label()).is_none_or(|known| known.version() < label.version()) {
                labels.insert(label.label().clone(), label.clone());
            }
        }
        Ok(Self { domain, labels, versions })
    }

    /// Reads the public file of a domain whose key is at hand, which made what is in force in it.
    pub fn read_of(path: &Path, domain: &DomainSecret) -> anyhow::Result<Self> {
        let public = Self::read(path)?;
        let own = public.domain.to_bytes() == domain.public().to_bytes();
        ensure!(own, other_domain(path, domain.name()));
        for label in &public.versions {
            let name = label.label();
            let is_made = domain.label_public(name, label.version())? == *label;
            let altered =
                || unverified(format!("{} has a line for {name} that its key did not make", path.display())).hint(ANEW);
            ensure!(is_made, altered());
        }
        Ok(public)
    }

    /// Every version of its labels.
    pub fn every_version(&self) -> &[LabelPublic] {
        &self.versions
    }

    /// Compares what it says to be in force with the lines of a register that has the same versions.
    pub fn is_as_in(&self, register: &Register) -> anyhow::Result<()> {
        let known: BTreeMap<_, _> = register.lines.iter().map(|line| (line.label(), line)).collect();
        let mut labels = self.labels.keys().chain(known.keys().copied());
        let other = labels.find(|label| self.labels.get(*label) != known.get(*label).copied());
        other.map_or(Ok(()), |label| {
            let message = format!("the public file has another line for {label} than the register");
            Err(unverified(message).hint("`medshare domain publish` makes them one again").into())
        })
    }

    /// A label in force.
    pub fn label(&self, name: &AttributeName) -> anyhow::Result<&LabelPublic> {
        self.labels.get(name).with_context(|| no_label(name, self.labels.keys()))
    }

    /// The versions of its labels that it says to be in force.
    pub fn in_force(&self) -> Versions {
        self.labels.iter().map(|(name, label)| (name.clone(), label.version())).collect()
    }
}
