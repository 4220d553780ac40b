//! Verifying what the requestor of a bundle asked for: every request that she ever made, and which block answered it.

use super::audit::{Audit, whole};
use super::document::Document;
use super::{BundleError, Fault, Part, RequestReport};
use crate::entry::Entry;
use crate::parent_block::ParentBlock;
use crate::rejection::Rejection;
use crate::request::Request;
use crate::state::{RequestRecord, RequestsRecord, StateKey};
use medshare_crypto::hash::Hash32;
use std::collections::BTreeMap;

/// All that a requestor asked for, and what was answered of it so far.
pub(super) struct Requests {
    reports: Vec<RequestReport>,
    records: BTreeMap<Hash32, RequestRecord>,
}

/// Verifies the requests, which are all there ever were.
pub(super) fn verify(audit: &mut Audit, document: &Document) -> Result<Requests, BundleError> {
    let requestor = audit.requestor;
    let mut requests = Requests { reports: Vec::new(), records: BTreeMap::new() };
    let chain = audit.chain(&document.requests, Part::Request, |entry, recorded| match entry {
        Entry::Request(request, _) if request.requestor() == requestor => {
            requests.take(request, recorded.index);
            Ok(())
        }
        Entry::Request(..) => Err(Fault::Unrelated),
        _ => Err(Fault::WrongKind),
    })?;
    let part = Part::RequestsProof;
    let key = StateKey::Requests(requestor);
    let proven = audit.value::<RequestsRecord>(part, &document.requests_proof, &key)?.unwrap_or_default();
    whole(part, proven.chain, chain)?;
    Ok(requests)
}

impl Requests {
    fn take(&mut self, request: &Request, index: u64) {
        self.records.insert(request.name(), request.record());
        self.reports.push(RequestReport {
            name: request.name(),
            index,
            owner: request.owner,
            dataset: request.dataset.clone(),
            purpose: request.purpose.clone(),
            at: request.at,
            deadline: request.deadline,
            answer: None,
        });
    }

    /// The block answers what she asked for, for the first time. That it came in time, execution has looked at.
    pub(super) fn answer(&mut self, block: &ParentBlock) -> Result<(), Fault> {
        let record = self.records.get_mut(&block.details.request).ok_or(Rejection::UnknownRequest)?;
        record.is_answered_by(block, record.deadline)?;
        record.answer = Some(block.id);
        Ok(())
    }

    /// What is told of them.
    pub(super) fn into_reports(mut self) -> Vec<RequestReport> {
        for report in &mut self.reports {
            report.answer = self.records.get(&report.name).and_then(|record| record.answer);
        }
        self.reports
    }
}
