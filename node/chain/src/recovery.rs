//! Opening the views: those that disagree with the log, or cannot be opened, are rebuilt from it.

use crate::error::ChainError;
use crate::execute::execute_genesis;
use crate::views::Views;
use medshare_ledger::batch::{Tip, UncheckedBatch};
use medshare_ledger::codec;
use medshare_ledger::facts::{GenesisFacts, NetworkFacts};
use medshare_ledger::id::{Height, NetworkId};
use medshare_node_store::durable;
use medshare_node_store::kv::sled_store::{SledStore, wipe};
use medshare_node_store::log::BatchLog;
use std::path::Path;
use std::sync::Arc;

/// Name of the file with the genesis that a log began with, in canonical bytes.
const GENESIS: &str = "genesis";

/// Refuses a log that began with another genesis. Views could be rebuilt for the changed one, but no batch in the log would fit them.
///
/// # Errors
/// [`ChainError::OtherNetwork`], or when the log cannot be read.
pub fn check_network(folder: &Path, log: &BatchLog, facts: &NetworkFacts) -> Result<(), ChainError> {
    let Some(first) = log.first() else { return Ok(()) };
    let decided = log.read(first)?;
    // What cannot be decoded is told where it is executed.
    let batch = decided.and_then(|decided| UncheckedBatch::decode(&decided.bytes).ok());
    match batch.map(|batch| batch.header().network) {
        Some(logged) if logged != facts.network() => Err(ChainError::OtherNetwork {
            founded: founded(folder, logged).map(Box::new),
            log: folder.to_owned(),
            logged,
            stated: facts.network(),
        }),
        _ => Ok(()),
    }
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

/// The views in `folder` as far as they were made, with their tip.
///
/// # Errors
/// [`ChainError`] when log or views cannot be used.
pub fn open_views(folder: &Path, log: &BatchLog, facts: &NetworkFacts) -> Result<(Views, Tip), ChainError> {
    let opened = SledStore::open(folder).map_err(ChainError::from).and_then(|store| {
        let views = Views::new(Arc::new(store));
        let tip = if views.are_of_this_form()? { views.tip()? } else { None };
        Ok((views, tip))
    });
    match opened {
        Ok((views, None)) if views.are_empty()? => {
            let tip = execute_genesis(facts, &views)?;
            Ok((views, tip))
        }
        Ok((views, None)) => {
            tracing::warn!(
                "the views are of another version of this program, or were found wrong: they are rebuilt from the log"
            );
            drop(views);
            rebuild(folder, facts)
        }
        Ok((views, Some(tip))) if agrees(&tip, log, facts)? => Ok((views, tip)),
        Ok((views, Some(tip))) => {
            tracing::warn!(height = tip.height.0, "the views disagree with the log and are rebuilt");
            drop(views);
            rebuild(folder, facts)
        }
        Err(error) => {
            tracing::warn!(%error, "the views cannot be opened and are rebuilt");
            rebuild(folder, facts)
        }
    }
}

fn rebuild(folder: &Path, facts: &NetworkFacts) -> Result<(Views, Tip), ChainError> {
    wipe(folder)?;
    let views = Views::new(Arc::new(SledStore::open(folder)?));
    let tip = execute_genesis(facts, &views)?;
    Ok((views, tip))
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
