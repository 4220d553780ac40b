//! Lists that nodes give out in pages.

use super::transport::{Call, parsed, unreachable};
use super::{ClientError, NodeClient};
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{MAX_PAGE, Page};
use serde::de::DeserializeOwned;

/// Most pages of one list: a node that gives a next one for ever is not followed.
const MAX_PAGES: usize = 10_000;
/// Most bytes of one list in all: some 200,000 blocks.
const MAX_LIST_BYTES: u64 = 256 * 1024 * 1024;

impl NodeClient {
    /// Asks for a list page by page, each message signed anew; `take` keeps a page and tells the cursor to the next. Where pages come too
    /// slowly, another node is asked for those behind.
    pub(super) fn pages<P: DeserializeOwned>(
        &self,
        path: &str,
        signer: Option<&SigningKey>,
        take: impl FnMut(P) -> Option<String>,
    ) -> Result<(), ClientError> {
        self.pages_within(MAX_LIST_BYTES, path, signer, take)
    }

    /// The same, of a list that is `limit` bytes long at most.
    pub(super) fn pages_within<P: DeserializeOwned>(
        &self,
        limit: u64,
        path: &str,
        signer: Option<&SigningKey>,
        mut take: impl FnMut(P) -> Option<String>,
    ) -> Result<(), ClientError> {
        let (mut left, mut coming) = (limit, self.coming());
        let mut target = format!("{path}?limit={MAX_PAGE}");
        for _ in 0..MAX_PAGES {
            let (node, bytes) = self.bytes(Call { signer, ..Call::get(&target) })?;
            let Some(rest) = left.checked_sub(bytes.len() as u64) else {
                return Err(ClientError::TooLong { node, limit });
            };
            left = rest;
            let page = parsed(node.clone(), &bytes)?;
            let Some(next) = take(page) else { return Ok(()) };
            // any other goes on behind this page
            if self.is_too_slow(&node, &mut coming, limit.saturating_sub(left))
                && !(self.hung.note(&node) && self.nodes.len() > 1)
            {
                return Err(unreachable(&node, "it sends too slowly".to_owned()));
            }
            let next = format!("{path}?limit={MAX_PAGE}&cursor={next}");
            if std::mem::replace(&mut target, next) == target {
                break;
            }
        }
        Err(match self.nodes.first() {
            Some(node) => ClientError::Answer { node: node.clone(), reason: "its list does not end".to_owned() },
            None => ClientError::NoNode,
        })
    }

    /// All items of a list.
    pub(super) fn list<T: DeserializeOwned>(
        &self,
        path: &str,
        signer: Option<&SigningKey>,
    ) -> Result<Vec<T>, ClientError> {
        let mut all = Vec::new();
        self.pages(path, signer, |page: Page<T>| {
            all.extend(page.items);
            page.next
        })?;
        Ok(all)
    }
}
