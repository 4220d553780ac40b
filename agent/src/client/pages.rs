//! Lists that nodes give out in pages.

use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{MAX_PAGE, Page};
use serde::de::DeserializeOwned;

/// Most pages of one list: a node that gives a next one for ever is not followed.
const MAX_PAGES: usize = 10_000;

impl NodeClient {
    /// Asks for a list page by page, each message signed anew; `take` keeps a page and tells the cursor to the next.
    pub(super) fn pages<P: DeserializeOwned>(
        &self,
        path: &str,
        signer: Option<&SigningKey>,
        mut take: impl FnMut(P) -> Option<String>,
    ) -> Result<(), ClientError> {
        let mut target = format!("{path}?limit={MAX_PAGE}");
        for _ in 0..MAX_PAGES {
            let page = self.json(Call { signer, ..Call::get(&target) })?;
            let Some(next) = take(page) else { return Ok(()) };
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
