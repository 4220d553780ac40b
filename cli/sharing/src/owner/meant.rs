//! Which package an owner decides about.

use crate::told::Told;
use crate::typed_id::TypedId;
use clap::Args;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::confirm::confirmed;
use medshare_cli_terminal::{Exit, Failure};
use medshare_exchange::api::BlockView;
use medshare_genesis::keys::OwnerKeys;
use medshare_ledger::id::{BlockId, Label, RequestorId};

/// A package, and whether the digits that were typed are enough to act on.
#[derive(Debug, Args)]
pub struct PackageArgs {
    /// Parent block of the package, as `owner requests` and `owner violations` show it. Its first digits are enough, four or more behind the
    /// zeros that every block begins with; then the package is shown, and you are asked.
    block: TypedId<BlockId>,
    /// Go on without being asked, where only the first digits were typed.
    #[arg(long)]
    yes: bool,
}

/// A package that fits what was typed.
pub struct Meant {
    pub block: BlockId,
    /// What the node lists of it, where only the start was typed.
    listed: Option<BlockView>,
    has_to_be_confirmed: bool,
}

impl PackageArgs {
    /// The package that is meant. One of which only the start was typed is chosen among what the node lists.
    ///
    /// # Errors
    /// When no package begins so, or several.
    pub fn meant(&self, node: &NodeClient, keys: &OwnerKeys) -> Result<Meant, Failure> {
        let mut listed = Vec::new();
        let block = self.block.among("the requests for your data", || {
            listed = node.owner_requests(&keys.signing).map_err(Told::told)?;
            Ok(listed.iter().filter_map(|one| one.id.parse().ok()).collect())
        })?;
        let listed = listed.into_iter().find(|one| one.id.parse().ok() == Some(block));
        Ok(Meant { block, listed, has_to_be_confirmed: !self.block.is_whole() && !self.yes })
    }
}

impl Meant {
    /// Goes on where it is certain which package is meant. One of which only the start was typed is shown: the node could leave out others
    /// that begin so.
    ///
    /// # Errors
    /// When nobody says that it is the one.
    pub fn confirm(&self, deed: &str, json: bool) -> Result<(), Failure> {
        if self.has_to_be_confirmed { ask(self.block, self.listed.as_ref(), deed, json) } else { Ok(()) }
    }
}

/// Goes on with a package of which the start was typed only where somebody says so.
fn ask(block: BlockId, listed: Option<&BlockView>, deed: &str, json: bool) -> Result<(), Failure> {
    // Only what has the form of an id or a name is shown as one.
    let requestor = listed.and_then(|one| one.requestor.parse::<RequestorId>().ok());
    let dataset = listed.and_then(|one| one.dataset.parse::<Label>().ok());
    let unknown = || "that the node does not tell".to_owned();
    let requestor = requestor.map_or_else(unknown, |id| id.to_string());
    let dataset = dataset.map_or_else(unknown, |name| name.to_string());
    let package = format!("the package of block {block}, for requestor {requestor}, from data set {dataset}");
    let question = format!("What was typed fits {package}. Shall {deed} be about it?");
    if !json && confirmed(&question)? == Some(true) {
        return Ok(());
    }
    let message = format!(
        "only the first digits of a block were typed, which fit {package}; nobody said that it is meant, and nothing was sent"
    );
    let failure = Failure::new(Exit::Unconfirmed, "unconfirmed-package", message);
    Err(failure.detail("block", block.to_string()).hint("type the whole id, or --yes where this is the package"))
}
