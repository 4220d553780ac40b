//! Lists in pages.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Items of a page where nothing else is asked for.
pub const DEFAULT_PAGE: usize = 100;
/// Most items of a page.
pub const MAX_PAGE: usize = 1_000;

/// A page of a list. Lists grow at their end only, so that a cursor stays good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the order of the ledger.
    pub items: Vec<T>,
    /// Where the next page begins: the `cursor` to ask with. Null where this page is the last.
    pub next: Option<String>,
}
