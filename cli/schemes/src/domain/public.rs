//! The public file of a domain: its key, and the versions of its labels that are in force.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use medshare_cli_terminal::whole_file::{hand_out_over, read_text};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::kp_abe::{DomainPublic, DomainSecret, LabelPublic};
use medshare_crypto::policy::{AttributeName, AuthorityName, Policy};

use crate::scheme::failure::unverified;
use crate::scheme::text_file::{TextFile, line_of, text_of};

const PUBLIC: &str = "medshare-domain-public: 1";

/// What a public file holds.
pub struct Public {
    pub domain: DomainPublic,
    /// Of each label, its last line.
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

/// Adds lines to a public file, which is written anew.
pub fn append(path: &Path, labels: &[LabelPublic]) -> anyhow::Result<()> {
    let mut text = read_text(path)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text.extend(labels.iter().map(line));
    hand_out_over(path, &text)
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
        let labels = versions.iter().map(|label| (label.label().clone(), label.clone())).collect();
        Ok(Self { domain, labels, versions })
    }

    /// Reads the public file of a domain whose key is at hand.
    pub fn read_of(path: &Path, domain: &DomainSecret) -> anyhow::Result<Self> {
        let public = Self::read(path)?;
        let own = public.domain.to_bytes() == domain.public().to_bytes();
        ensure!(own, other_domain(path, domain.name()));
        Ok(public)
    }

    /// Every version of its labels.
    pub fn every_version(&self) -> &[LabelPublic] {
        &self.versions
    }

    /// A label in force.
    pub fn label(&self, name: &AttributeName) -> anyhow::Result<&LabelPublic> {
        let known = || self.labels.keys().map(AttributeName::as_str).collect::<Vec<_>>().join(", ");
        self.labels
            .get(name)
            .with_context(|| Failure::argument(format!("the domain has no label {name}; it has {}", known())))
    }

    /// The versions in force of the labels that a policy names.
    pub fn versions(&self, policy: &Policy) -> anyhow::Result<BTreeMap<AttributeName, u32>> {
        let version = |name: AttributeName| Ok((name.clone(), self.label(&name)?.version()));
        policy.attributes().into_iter().map(version).collect()
    }
}
