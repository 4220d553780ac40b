//! The network that is measured.

use crate::interrupted::withdraw_if_interrupted;
use anyhow::{Context as _, Result};
use medshare_agent::client::NodeClient;
use medshare_cli_network::{CreateArgs, Founded, Started, create, start, stop};
use medshare_cli_terminal::interrupt::HalfDone;
use medshare_genesis::generate::Layout;
use medshare_ledger::facts::NetworkFacts;

/// A running network of four processes in a temporary folder, stopped when dropped.
pub struct Stage {
    /// What was founded.
    pub founded: Founded,
    /// Where its files are.
    pub layout: Layout,
    /// Its facts.
    pub facts: NetworkFacts,
    _half_done: HalfDone,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Founds and starts a network whose first owner shares a cohort of so many patients.
    ///
    /// # Errors
    /// When it does not start.
    pub fn new(patients: usize, base_port: u16) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("medshare-bench-").tempdir()?;
        let half_done = withdraw_if_interrupted(&folder.path().join("network"), Some(folder.path()));
        let founded = create(
            &CreateArgs {
                folder: folder.path().join("network"),
                validators: Some(4),
                organisations: vec![],
                name: "bench".to_owned(),
                base_port,
                authorities: vec!["UNIVERSITY".to_owned(), "ETHICS-BOARD".to_owned()],
                dataset: "records".to_owned(),
                source: None,
                deid: None,
                patients,
                policy: "RESEARCHER@UNIVERSITY AND APPROVED@ETHICS-BOARD".to_owned(),
                purposes: vec!["HRESCH".to_owned()],
                k: 5,
            },
            &|_, _| (),
        )?;
        let layout = Layout::new(&founded.folder);
        let facts = NetworkFacts::new(medshare_genesis::file::load(&layout.genesis())?)?;
        let stage = Self { founded, layout, facts, _half_done: half_done, _folder: folder };
        start(&stage.founded.folder, &Started::default(), &|_| ())?;
        Ok(stage)
    }

    /// A client of the node at this position; 0 is the owner's.
    ///
    /// # Errors
    /// When there is none.
    pub fn client(&self, position: usize) -> Result<NodeClient> {
        let url = self.founded.urls.get(position).context("no such node")?;
        Ok(NodeClient::new(vec![url.parse().context("a node's address is not valid")?])?)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = stop(&self.founded.folder) {
            tracing::warn!(%error, "the measured network did not stop");
        }
    }
}
