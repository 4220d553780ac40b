//! Stretches of lists whose items have growing places in the history.

use medshare_node_refusal::Refusal;

/// Which stretch of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The place in the history behind which it begins; at the list's beginning without.
    pub after: Option<u64>,
    /// Most items.
    pub limit: usize,
}

/// A stretch of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stretch<T> {
    /// Its items.
    pub items: Vec<T>,
    /// Place of the last item, where more follow.
    pub last: Option<u64>,
}

impl Span {
    /// A whole list, however long.
    pub const WHOLE: Self = Self { after: None, limit: usize::MAX };

    /// The items of this stretch. `places` gives the list's places behind one, which ascend, at most so many; `read` says what stands
    /// at a place. No more than one place beyond the stretch is asked for, however long the list is.
    ///
    /// # Errors
    /// That of `places` or `read`.
    pub fn of<T, E: Into<Refusal>>(
        self,
        places: impl FnOnce(Option<u64>, usize) -> Result<Vec<u64>, E>,
        mut read: impl FnMut(u64) -> Result<T, Refusal>,
    ) -> Result<Stretch<T>, Refusal> {
        let mut places = places(self.after, self.limit.saturating_add(1)).map_err(Into::into)?;
        let is_last = places.len() <= self.limit;
        places.truncate(self.limit);
        let last = places.last().copied().filter(|_| !is_last);
        let items = places.into_iter().map(&mut read).collect::<Result<_, _>>()?;
        Ok(Stretch { items, last })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const PLACES: [u64; 4] = [3, 5, 7, 11];

    fn stretch(after: Option<u64>, limit: usize) -> (Vec<u64>, Option<u64>) {
        let places = |after: Option<u64>, most: usize| {
            let behind = PLACES.into_iter().filter(|place| after.is_none_or(|after| *place > after));
            Ok::<_, Refusal>(behind.take(most).collect::<Vec<_>>())
        };
        let stretch = Span { after, limit }.of(places, Ok).unwrap();
        (stretch.items, stretch.last)
    }

    #[test]
    fn stretches_follow_each_other_without_gap_or_overlap() {
        assert_eq!(stretch(None, 2), (vec![3, 5], Some(5)));
        assert_eq!(stretch(Some(5), 2), (vec![7, 11], None));
        assert_eq!(stretch(Some(4), 1), (vec![5], Some(5)), "a place between two");
        assert_eq!(stretch(Some(11), 2), (vec![], None));
        assert_eq!(stretch(None, usize::MAX), (vec![3, 5, 7, 11], None));
    }

    #[test]
    fn a_stretch_of_a_long_list_asks_for_no_more_places_than_it_has_items_and_one() {
        let asked = std::cell::Cell::new(0);
        let places = |_, most| {
            asked.set(most);
            Ok::<_, Refusal>((0..most as u64).collect())
        };
        let stretch = Span { after: None, limit: 10 }.of(places, Ok).unwrap();
        assert_eq!((stretch.items.len(), stretch.last, asked.get()), (10, Some(9), 11));
    }

    #[test]
    fn what_cannot_be_read_ends_the_stretch() {
        let refusal = Refusal::not_found("entry");
        let places = |_, _| Ok::<_, Refusal>(PLACES.to_vec());
        let failed = Span::WHOLE.of(places, |_| Err::<u64, _>(refusal.clone()));
        assert_eq!(failed.unwrap_err(), refusal);
    }
}
