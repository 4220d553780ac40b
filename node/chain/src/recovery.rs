//! Opening the views: those that disagree with the log, or cannot be opened, are rebuilt from it.

pub mod marks;

use crate::culprit::Culprit;
use crate::error::ChainError;
use crate::execute::execute_genesis;
use crate::views::Views;
use marks::Mark;
use medshare_ledger::batch::{BatchHeader, MAX_BATCH_BYTES, Tip};
use medshare_ledger::codec::{self, decode_first};
use medshare_ledger::facts::{GenesisFacts, NetworkFacts};
use medshare_ledger::id::{Height, NetworkId};
use medshare_node_store::durable;
use medshare_node_store::kv::sled_store::{SledStore, wipe};
use medshare_node_store::log::BatchLog;
use std::path::Path;
use std::sync::Arc;

/// Name of the file with the genesis that a log began with, in canonical bytes.
const GENESIS: &str = "genesis";

/// Refuses a log of another protocol version or one that began with another genesis. Views could be rebuilt for the changed one,
/// but no batch in the log would fit them.
///
/// # Errors
/// [`ChainError::OtherProtocol`], [`ChainError::OtherNetwork`], or when the log cannot be read.
pub fn check_network(folder: &Path, log: &BatchLog, facts: &NetworkFacts) -> Result<(), ChainError> {
    let Some(first) = log.first() else { return Ok(()) };
    let Some(decided) = log.read(first)? else { return Ok(()) };
    // What cannot be decoded is told where it is executed; the header is of one form in all versions.
    let Ok((header, _)) = decode_first::<BatchHeader, MAX_BATCH_BYTES>(&decided.bytes) else { return Ok(()) };
    if let Some(found) = header.earlier_protocol(&decided.certificate.value) {
        return Err(ChainError::OtherProtocol { log: folder.to_owned(), found });
    }
    if header.network != facts.network() {
        let (logged, stated) = (header.network, facts.network());
        let founded = founded(folder, logged).map(Box::new);
        return Err(ChainError::OtherNetwork { founded, log: folder.to_owned(), logged, stated });
    }
    Ok(())
}

/// Keeps the genesis that a log began with beside it, so that a changed one can be told from it.
///
/// # Errors
/// When it cannot be written.
pub fn keep_genesis(folder: &Path, facts: &NetworkFacts) -> Result<(), ChainError> {
    match founded(folder, facts.network()) {
        Some(_) => Ok(()),
        None => Ok(durable::replace_file(&folder.join(GENESIS), &codec::encode(facts.genesis()))?),
    }
}

/// The genesis beside a log, if it is that of the log's network.
fn founded(folder: &Path, logged: NetworkId) -> Option<GenesisFacts> {
    let bytes = std::fs::read(folder.join(GENESIS)).ok()?;
    codec::decode(&bytes).ok().filter(|facts: &GenesisFacts| facts.network_id() == logged)
}

/// Views that were opened.
pub struct OpenedViews {
    /// The views, as far as they were made.
    pub views: Views,
    /// Their tip.
    pub tip: Tip,
    /// Whether they were begun anew.
    pub are_new: bool,
}

/// The views in `folder`. Those that the disk does not give back are given up the second time.
///
/// # Errors
/// [`ChainError`] when log or views cannot be used.
pub fn open_views(folder: &Path, log: &BatchLog, facts: &NetworkFacts) -> Result<OpenedViews, ChainError> {
    if Mark::GivenUp.is_set(folder) {
        tracing::warn!("the views were found wrong while they were in use: they are rebuilt from the log");
        return rebuild(folder, facts);
    }
    let opened = SledStore::open(folder).map_err(ChainError::from).and_then(|store| {
        let views = Views::new(Arc::new(store));
        let tip = if views.are_of_this_form()? { views.tip()? } else { None };
        let are_empty = tip.is_none() && views.are_empty()?;
        Ok((views, tip, are_empty))
    });
    match opened {
        Ok((views, _, true)) => begun(views, facts),
        Ok((views, None, _)) => {
            tracing::warn!("the views are of another version of this program: they are rebuilt from the log");
            drop(views);
            rebuild(folder, facts)
        }
        Ok((views, Some(tip), _)) if agrees(&tip, log, facts)? => Ok(OpenedViews { views, tip, are_new: false }),
        Ok((views, Some(tip), _)) => {
            tracing::warn!(height = tip.height.0, "the views disagree with the log and are rebuilt");
            drop(views);
            rebuild(folder, facts)
        }
        Err(error) => match Culprit::of(&error) {
            Culprit::Disk if !Mark::Doubted.is_set(folder) => {
                Mark::Doubted.set(folder);
                Err(error)
            }
            Culprit::Views | Culprit::Disk => {
                tracing::warn!(%error, "the views cannot be opened and are rebuilt");
                rebuild(folder, facts)
            }
            // Nor could others be written.
            Culprit::Other => Err(error),
        },
    }
}

fn rebuild(folder: &Path, facts: &NetworkFacts) -> Result<OpenedViews, ChainError> {
    wipe(folder)?;
    let begun = begun(Views::new(Arc::new(SledStore::open(folder)?)), facts)?;
    Mark::clear(folder)?;
    Ok(begun)
}

fn begun(views: Views, facts: &NetworkFacts) -> Result<OpenedViews, ChainError> {
    let tip = execute_genesis(facts, &views)?;
    Ok(OpenedViews { views, tip, are_new: true })
}

/// Whether the views were made from a prefix of this log.
fn agrees(tip: &Tip, log: &BatchLog, facts: &NetworkFacts) -> Result<bool, ChainError> {
    if tip.network != facts.network() {
        return Ok(false);
    }
    if tip.height == Height(0) {
        return Ok(true);
    }
    let decided = log.read(tip.height)?;
    Ok(decided.is_some_and(|d| d.certificate.value == tip.hash))
}
