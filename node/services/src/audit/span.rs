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

    /// The items of this stretch out of their places, which ascend. `read` says what stands at a place, if it is of the list.
    ///
    /// # Errors
    /// That of `read`.
    pub fn of<T>(
        self,
        places: impl IntoIterator<Item = u64>,
        mut read: impl FnMut(u64) -> Result<Option<T>, Refusal>,
    ) -> Result<Stretch<T>, Refusal> {
        let (mut items, mut last) = (Vec::new(), None);
        for place in places.into_iter().filter(|place| self.after.is_none_or(|after| *place > after)) {
            let Some(item) = read(place)? else { continue };
            if items.len() >= self.limit {
                return Ok(Stretch { items, last });
            }
            items.push(item);
            last = Some(place);
        }
        Ok(Stretch { items, last: None })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const PLACES: [u64; 6] = [2, 3, 5, 7, 11, 12];

    fn odd(after: Option<u64>, limit: usize) -> (Vec<u64>, Option<u64>) {
        let read = |place: u64| Ok((place % 2 == 1).then_some(place));
        let stretch = Span { after, limit }.of(PLACES, read).unwrap();
        (stretch.items, stretch.last)
    }

    #[test]
    fn stretches_follow_each_other_without_gap_or_overlap() {
        assert_eq!(odd(None, 2), (vec![3, 5], Some(5)));
        assert_eq!(odd(Some(5), 2), (vec![7, 11], None), "what is not of the list does not make another stretch");
        assert_eq!(odd(Some(4), 1), (vec![5], Some(5)), "a place between two");
        assert_eq!(odd(Some(12), 2), (vec![], None));
        assert_eq!(odd(None, usize::MAX), (vec![3, 5, 7, 11], None));
    }

    #[test]
    fn what_cannot_be_read_ends_the_stretch() {
        let refusal = Refusal::not_found("entry");
        let failed = Span::WHOLE.of(PLACES, |_| Err::<Option<u64>, _>(refusal.clone()));
        assert_eq!(failed.unwrap_err(), refusal);
    }
}
