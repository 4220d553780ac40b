//! Who takes part in the story, and where their files are.

use super::commands::{Commands, text};
use anyhow::{Context as _, Result};
use medshare_cli_network::Founded;
use medshare_genesis::generate::Layout;
use std::path::PathBuf;

/// The people, their keys and the nodes.
pub struct Cast {
    /// The founded network.
    pub founded: Founded,
    /// Where the network's files are.
    pub layout: Layout,
    /// Commands against the owner's node.
    pub at_owner: Commands,
    /// The people's own files.
    pub desk: PathBuf,
}

/// A researcher with her key.
#[derive(Clone, Debug)]
pub struct Researcher {
    /// Key file.
    pub key: PathBuf,
    /// RID.
    pub rid: String,
}

impl Cast {
    /// The cast of a founded network.
    ///
    /// # Errors
    /// When a folder cannot be made.
    pub fn new(founded: Founded) -> Result<Self> {
        let layout = Layout::new(&founded.folder);
        let url = founded.urls.first().context("no node")?;
        let at_owner = Commands::new(layout.genesis(), url)?;
        let desk = founded.folder.join("desk");
        std::fs::create_dir_all(&desk).context("cannot make a folder for the people's files")?;
        Ok(Self { founded, layout, at_owner, desk })
    }

    /// Name of the owner of the data set.
    #[must_use]
    pub fn owner(&self) -> String {
        self.founded.nodes.first().cloned().unwrap_or_default()
    }

    /// Name of the node at this position.
    ///
    /// # Errors
    /// When there is none.
    pub fn node(&self, position: usize) -> Result<String> {
        self.founded.nodes.get(position).cloned().context("the network has fewer nodes")
    }

    /// Commands against every node, with the nodes' names.
    #[must_use]
    pub fn everywhere(&self) -> Vec<(String, Commands)> {
        self.founded.nodes.iter().cloned().zip(self.founded.urls.iter().map(|url| self.at_owner.at(url))).collect()
    }

    /// A new researcher, registered by an organisation.
    ///
    /// # Errors
    /// When a command fails.
    pub fn researcher(&self, name: &str, organisation: &str) -> Result<Researcher> {
        let key = self.desk.join(format!("{name}.key"));
        let made = self.at_owner.succeed([
            "key".into(),
            "create".into(),
            "--kind".into(),
            "requestor".into(),
            "--insecure-plaintext".into(),
            "--out".into(),
            key.clone().into_os_string(),
        ])?;
        let rid = text(&made, "/id")?;
        let card = self.desk.join(format!("{name}.card"));
        self.at_owner.succeed([
            "key".into(),
            "card".into(),
            "--key".into(),
            key.clone().into_os_string(),
            "--organisation".into(),
            organisation.into(),
            "--role".into(),
            "researcher".into(),
            "--out".into(),
            card.clone().into_os_string(),
        ])?;
        self.at_owner.succeed([
            "owner".into(),
            "register".into(),
            "--requestor".into(),
            card.into_os_string(),
            "--key".into(),
            self.layout.owner_key(organisation).into_os_string(),
        ])?;
        Ok(Researcher { key, rid })
    }

    /// An authority issues an attribute, and knows how often access was taken away before.
    ///
    /// # Errors
    /// When the command fails.
    pub fn issue(&self, authority: &str, attribute: &str, to: &Researcher, revocations: u32) -> Result<()> {
        let attribute = format!("{attribute}@{authority}");
        self.at_owner
            .succeed([
                "authority".into(),
                "issue".into(),
                "--key".into(),
                self.layout.authority_key(authority).into_os_string(),
                "--attribute".into(),
                attribute.into(),
                "--to".into(),
                to.rid.clone().into(),
                "--revocations".into(),
                revocations.to_string().into(),
            ])
            .map(drop)
    }
}
