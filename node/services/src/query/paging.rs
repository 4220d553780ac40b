//! Pages: how many items, from which cursor on. A cursor is opaque to clients and good for the one list that gave it.

use crate::audit::span::{Span, Stretch};
use medshare_crypto::hash::tagged_hash;
use medshare_exchange::api::{DEFAULT_PAGE, MAX_PAGE};
use medshare_ledger::id::{BlockId, OwnerId, RequestorId};
use medshare_node_refusal::{Code, Refusal};
use serde::Deserialize;
use utoipa::IntoParams;

/// Bytes of a cursor: the place of the last item, and a digest that ties it to its list.
const CURSOR_BYTES: usize = 16;

/// Query of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most items of the page.
    #[param(minimum = 1, maximum = 1000, default = 100, example = 10)]
    pub limit: Option<usize>,
    /// Where the page begins: `next` of the page before it. The first page without.
    #[param(pattern = "^[0-9a-f]{32}$")]
    pub cursor: Option<String>,
}

/// A list that is given out in pages.
#[derive(Clone, Copy, Debug)]
pub enum List {
    /// Parent blocks of an owner's packages.
    OwnerRequests(OwnerId),
    /// Violations of an owner's packages.
    OwnerViolations(OwnerId),
    /// Parent blocks of a requestor.
    Thread(RequestorId),
    /// Side-blocks of a parent block.
    SideBlocks(BlockId),
    /// What a requestor asked for.
    Requests(RequestorId),
    /// What an owner was asked for.
    OwnerAsked(OwnerId),
}

impl PageQuery {
    /// The stretch that is asked for.
    ///
    /// # Errors
    /// [`Refusal`] when the limit is out of bounds, or the cursor is not one of this list.
    pub fn span(&self, list: List) -> Result<Span, Refusal> {
        let limit = self.limit.unwrap_or(DEFAULT_PAGE);
        if !(1..=MAX_PAGE).contains(&limit) {
            return Err(malformed(&format!("expected a limit of 1 to {MAX_PAGE}, got {limit}")));
        }
        let after = self.cursor.as_deref().map(|cursor| list.place(cursor)).transpose()?;
        Ok(Span { after, limit })
    }
}

impl List {
    /// The cursor to what follows a stretch, where something does.
    #[must_use]
    pub fn next<T>(self, stretch: &Stretch<T>) -> Option<String> {
        stretch.last.map(|place| hex::encode(self.cursor(place)))
    }

    fn cursor(self, place: u64) -> [u8; CURSOR_BYTES] {
        let (tag, id): (u8, &[u8]) = match &self {
            Self::OwnerRequests(owner) => (0, owner.as_bytes()),
            Self::OwnerViolations(owner) => (1, owner.as_bytes()),
            Self::Thread(requestor) => (2, requestor.as_bytes()),
            Self::SideBlocks(block) => (3, block.as_bytes()),
            Self::Requests(requestor) => (4, requestor.as_bytes()),
            Self::OwnerAsked(owner) => (5, owner.as_bytes()),
        };
        let place = place.to_be_bytes();
        let digest = tagged_hash("medshare/cursor/v1", &[&[tag], id, &place]);
        let mut cursor = [0; CURSOR_BYTES];
        cursor.iter_mut().zip(place.iter().chain(digest.as_bytes())).for_each(|(to, from)| *to = *from);
        cursor
    }

    fn place(self, cursor: &str) -> Result<u64, Refusal> {
        let wrong =
            || malformed("the cursor is not one that this list gave; begin without one, or take a page's `next`");
        let mut bytes = [0; CURSOR_BYTES];
        hex::decode_to_slice(cursor, &mut bytes).map_err(|_| wrong())?;
        let place = bytes.first_chunk::<8>().map(|place| u64::from_be_bytes(*place)).ok_or_else(wrong)?;
        if self.cursor(place) == bytes { Ok(place) } else { Err(wrong()) }
    }
}

fn malformed(message: &str) -> Refusal {
    Refusal::new(Code::Malformed, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;

    const OWNER: OwnerId = OwnerId::from_bytes([1; 16]);

    fn next(list: List, last: u64) -> String {
        list.next(&Stretch::<u8> { items: vec![], last: Some(last) }).unwrap()
    }

    #[test]
    fn a_page_goes_on_behind_the_one_that_gave_its_cursor() {
        let list = List::OwnerRequests(OWNER);
        let first = PageQuery::default().span(list).unwrap();
        assert_eq!(first, Span { after: None, limit: DEFAULT_PAGE });
        let query = PageQuery { limit: Some(7), cursor: Some(next(list, 1 << 40)) };
        assert_eq!(query.span(list).unwrap(), Span { after: Some(1 << 40), limit: 7 });
        assert_eq!(list.next(&Stretch::<u8> { items: vec![1], last: None }), None, "the last page");
    }

    #[test]
    fn a_cursor_of_another_list_or_of_nobody_is_refused() {
        let list = List::OwnerRequests(OWNER);
        let thread = List::Thread(RequestorId::from_bytes([1; 16]));
        let another = List::OwnerRequests(OwnerId::from_bytes([2; 16]));
        let mut changed = next(list, 5);
        changed.replace_range(15..16, "6");
        let cursors = [
            next(List::OwnerViolations(OWNER), 5),
            next(thread, 5),
            next(another, 5),
            changed,
            "5".to_owned(),
            String::new(),
        ];
        for cursor in cursors {
            let query = PageQuery { limit: None, cursor: Some(cursor.clone()) };
            assert_eq!(query.span(list).unwrap_err().code, Code::Malformed, "{cursor}");
        }
    }

    #[test]
    fn a_page_is_neither_empty_nor_without_bound() {
        let limit = |limit| PageQuery { limit: Some(limit), cursor: None }.span(List::OwnerRequests(OWNER));
        for wrong in [0, MAX_PAGE + 1, usize::MAX] {
            assert_eq!(limit(wrong).unwrap_err().code, Code::Malformed);
        }
        assert_eq!(limit(1).unwrap().limit, 1);
        assert_eq!(limit(MAX_PAGE).unwrap().limit, MAX_PAGE);
    }

    #[test]
    fn the_description_tells_the_bounds_in_force() {
        let described = serde_json::to_value(PageQuery::into_params(|| None)).unwrap();
        let schema = &described[0]["schema"];
        assert_eq!((&schema["default"], &schema["maximum"]), (&DEFAULT_PAGE.into(), &MAX_PAGE.into()));
    }
}
