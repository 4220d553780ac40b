//! What becomes of a block that this node gave up bringing onto the ledger.
//!
//! Whatever was handed in may be decided without this node: any other keeps it, and proposes it by its own clock and with its own contract
//! host. So what this node made of a form, by executing it in vain or by waiting for too long, ends this node's work on it and no more.
//! That no form comes any more is for the ledger to say, at its own time.

use crate::computing::compute;
use crate::linking::ChainBlock;
use crate::{Submission, refused};
use medshare_crypto::hash::Hash32;
use medshare_ledger::check::{NamedEntry, check_snapshot};
use medshare_ledger::id::Height;
use medshare_ledger::rejection::Rejection;
use medshare_node_refusal::{Code, Refusal};
use std::sync::Arc;

/// A form of a block that was handed in, so that it may be decided.
pub(crate) struct Form<B> {
    pub(crate) entry: Hash32,
    pub(crate) block: B,
    pub(crate) since: Height,
}

/// A block that is not on the ledger.
#[derive(Debug)]
pub struct NotAppended {
    /// Why this node gave it up.
    pub refusal: Refusal,
    /// Whether that passes, so that the same may be tried again.
    pub may_pass: bool,
    /// Whether a form of it may still be decided.
    pub may_come: bool,
}

impl From<NotAppended> for Refusal {
    fn from(not_appended: NotAppended) -> Self {
        not_appended.refusal
    }
}

/// Why this node does no more for a block.
pub(crate) struct GivenUp {
    refusal: Refusal,
    may_pass: bool,
}

impl From<Refusal> for GivenUp {
    /// Time passes, too: what this node's clock found to be from the future is not for long.
    fn from(refusal: Refusal) -> Self {
        let may_pass = !refusal.code.class().is_final() || refusal.code == Code::FromTheFuture;
        Self { refusal, may_pass }
    }
}

impl From<Rejection> for GivenUp {
    fn from(rejection: Rejection) -> Self {
        Self { refusal: refused(rejection), may_pass: rejection.may_pass() }
    }
}

impl Submission {
    /// The form that was applied, if one was.
    pub(crate) async fn decided<B: ChainBlock>(&self, forms: &[Form<B>]) -> Result<Option<B>, Refusal> {
        let (chain, entries) = (Arc::clone(&self.chain), forms.iter().map(|form| form.entry).collect::<Vec<_>>());
        let applied = compute(move || {
            for (form, entry) in entries.iter().enumerate().rev() {
                if chain.views().entry(entry)?.is_some_and(|place| place.code == 0) {
                    return Ok::<_, Refusal>(Some(form));
                }
            }
            Ok(None)
        });
        Ok(applied.await??.and_then(|form| forms.get(form)).map(|form| form.block.clone()))
    }

    /// What there is of a block that was given up, handed in in these forms.
    pub(crate) async fn after_all<B: ChainBlock>(
        &self,
        forms: &[Form<B>],
        GivenUp { refusal, may_pass }: GivenUp,
    ) -> Result<B, NotAppended> {
        // What this node cannot read says nothing.
        let may_come = self.may_come(forms).await.unwrap_or(!forms.is_empty());
        // One form that is applied makes all others impossible: so this is asked last.
        match self.decided(forms).await {
            Ok(Some(block)) => Ok(block),
            Ok(None) => Err(NotAppended { refusal, may_pass, may_come }),
            Err(_) => Err(NotAppended { refusal, may_pass, may_come: true }),
        }
    }

    /// Whether one of these forms may still be decided. The facts that make the last one impossible are about all: the earlier ones bring
    /// the same, and are older.
    async fn may_come<B: ChainBlock>(&self, forms: &[Form<B>]) -> Result<bool, Refusal> {
        let Some(last) = forms.last() else { return Ok(false) };
        let (entry, chain) = (NamedEntry::new(last.block.entry()), Arc::clone(&self.chain));
        let entries: Vec<_> = forms.iter().map(|form| form.entry).collect();
        compute(move || {
            let Ok(entry) = entry.check(chain.facts()) else { return Ok(false) };
            if check_snapshot(entry.entry(), chain.state(), chain.tip().time)?.is_err() {
                return Ok(false);
            }
            for entry in &entries {
                if chain.views().entry(entry)?.is_none() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
        .await?
    }
}
