//! The word of an operator, by which a node votes again where nobody can know any more what was signed.
//!
//! The height in `wal/given-up` is that of the ledger that is left, and what was signed above it is given up. The word is kept while
//! the node fetches that far, overrules there whatever the node finds, and is used up. It counts at exactly that height: above it the
//! ledger went on, and what is signed there nobody gave up. It begins no ledger.

use medshare_ledger::id::Height;
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;

use super::stored::{self, Abstention};
use super::{Files, Role, abstains};
use crate::wal::VoteLog;

/// The height of the ledger that is left, if an operator named one.
pub(super) fn read(files: &Files) -> Result<Option<Height>, StoreFault> {
    stored::read_height(&files.given_up())
}

/// What the node does on top of `tip` where the word names `height`; none when it does what it would without, and the word is gone.
pub(super) fn heed(files: &Files, height: Height, tip: Height) -> Result<Option<Role>, StoreFault> {
    if height > tip {
        return Ok(Some(abstains(Abstention::Through(height), tip)));
    }
    if height == tip && tip > Height(0) {
        return give_up(files, tip).map(Some);
    }
    // It must not lie there until some later stall has it forget votes that count.
    durable::remove_file(&files.given_up())?;
    tracing::error!(
        %height,
        %tip,
        "nothing is given up: the height in wal/given-up is not that of the ledger which this node has; the file was removed"
    );
    Ok(None)
}

/// Forgets what the node signed above `tip`, and lets it vote there. The word goes last: a crash repeats it.
fn give_up(files: &Files, tip: Height) -> Result<Role, StoreFault> {
    // Not under the hands of a run before this one.
    drop(VoteLog::open(&files.votes())?);
    for path in files.votes() {
        durable::move_aside(&path, "given-up")?;
    }
    VoteLog::open(&files.votes())?.0.remember(tip)?;
    durable::remove_file(&files.abstain())?;
    durable::remove_file(&files.given_up())?;
    tracing::warn!(%tip, "what this node may have signed above that height was given up by its operator: it votes");
    Ok(Role::Validator)
}
