//! Violations as only their owner reads them.

use super::blocks::{event_name, side_block};
use super::span::{Span, Stretch};
use super::words;
use medshare_contract_abi::ReportKind;
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::ViolationView;
use medshare_ledger::id::OwnerId;
use medshare_ledger::side_block::{SideBlock, SideEvent};
use medshare_node_chain::{Chain, EntryReader};
use medshare_node_refusal::Refusal;
use medshare_node_store::fault::StoreFault;
use medshare_node_store::private::PrivateStore;

/// Stands for the words of a report that this node's disk has lost.
const DAMAGED_WORDS: &str = "the words of this report are damaged at its owner's node, whose log says what to do";

/// A stretch of the violations of an owner's packages, oldest first; the contract's words where this node opened the
/// report. New ones come at the end, whatever package they are of.
///
/// # Errors
/// [`Refusal`] when this node cannot read its chain or store.
pub fn of_owner(
    chain: &Chain,
    private: &PrivateStore,
    owner: OwnerId,
    span: Span,
) -> Result<Stretch<ViolationView>, Refusal> {
    let places = |after, most| chain.views().violations(owner, after, most);
    let mut entries = EntryReader::of(chain);
    span.of(places, |place| view(chain, private, &side_block(&mut entries, place)?.0))
}

fn view(chain: &Chain, private: &PrivateStore, side: &SideBlock) -> Result<ViolationView, Refusal> {
    let details = &side.details;
    let block = chain.state().block(details.parent)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    let permission = chain.state().permission(details.parent)?.ok_or_else(|| Refusal::not_found("parent block"))?;
    let (kind, text) = match &details.event {
        SideEvent::Opening { .. } => (None, None),
        SideEvent::Reported { report, .. } => (ReportKind::from_code(report.kind), words_of(private, &report.hash())?),
    };
    let (statement, comment) = text.map(|text| words::parts(kind, &text)).unzip();
    Ok(ViolationView {
        block: details.parent.to_string(),
        side_block: side.id.to_string(),
        requestor: details.requestor.to_string(),
        dataset: block.dataset.to_string(),
        action: event_name(&details.event).to_owned(),
        statement,
        comment: comment.flatten(),
        at: details.tsv.0,
        status: permission.word(chain.tip().time.0).to_owned(),
        // A decision judges all before it, so the last ones wait; each has its number among the package's.
        waits: details.action_counter > permission.violations.saturating_sub(permission.undecided),
    })
}

/// The words of a report. A record that is damaged is told in their place: what is known of other violations is not kept back for it.
fn words_of(private: &PrivateStore, report: &Hash32) -> Result<Option<String>, Refusal> {
    match private.words(report) {
        Err(fault @ StoreFault::Damaged { .. }) => {
            tracing::error!(%report, %fault, "the words of a report cannot be read");
            Ok(Some(DAMAGED_WORDS.to_owned()))
        }
        words => Ok(words?),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_node_store::kv::sled_store::SledStore;
    use medshare_node_store::kv::{Change, KvStore as _};

    #[test]
    fn words_that_are_damaged_are_told_as_such_and_keep_no_violation_back() {
        let home = tempfile::tempdir().unwrap();
        let report = Hash32::from_bytes([5; 32]);
        let store = SledStore::open(&home.path().join("private")).unwrap();
        store.apply(vec![Change::put([b"r", report.as_bytes().as_slice()].concat(), [0xff])]).unwrap();
        drop(store);
        let private = PrivateStore::open(home.path()).unwrap();
        assert_eq!(words_of(&private, &report).unwrap().as_deref(), Some(DAMAGED_WORDS));
        assert_eq!(words_of(&private, &Hash32::from_bytes([6; 32])).unwrap(), None);
    }
}
