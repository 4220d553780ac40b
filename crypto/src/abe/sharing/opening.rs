//! Which of the nodes' parts open a file, and what that shows of the others.
//!
//! A part is wrong where it is not on the curve of the division, because its node lied or because the share that it was made with is none of the division's: an honest
//! node cannot tell, as a share cannot be checked by itself. A way of k parts that opens has the right T, which is the curve's value at 0, and no more: two
//! nodes that lie together can choose their errors so that they cancel there, and then it is the right parts that are not on it. Let m parts be on it. If
//! it is not the division's curve, the two agree at 0, where both are right, and so at no more than k − 2 shares beside: at least **m − k + 2** of the m parts are wrong
//! together. With m ≥ 2k − 1 these are more than k, whose nodes could open every file alone: then the others are told as wrong. With fewer, nobody knows which are.
//! Where k = 1 every right part is T itself, and the others are wrong whatever m is.

use rand_core::{CryptoRng, RngCore};

use super::TransformShare;
use super::joining::{Joinable, Way};
use crate::abe::Transform;
use crate::pairing::Gt;

/// Most ways that open and are looked at for one whose curve shows who made a part wrongly.
const LOOKED_AT: usize = 32;

/// A way to join parts that opens, and which parts fit to it.
#[derive(Debug)]
pub struct Opened {
    /// What the user recovers from.
    pub transform: Transform,
    needed: usize,
    /// The parts on its curve, by share.
    on: Vec<(u8, Gt)>,
}

/// What is known of parts that are not on the curve of those that open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// They are wrong, or the shares that they were made with are.
    Wrong {
        /// Unless so many of those that open are, m − k + 2, more than are needed. None where one is needed: then it is sure.
        unless: Option<usize>,
    },
    /// They or the others are wrong, or their shares. It would be known with so many parts on one curve.
    Nothing {
        /// 2k − 1.
        with: usize,
    },
}

/// Looks for a way that `opens`, among those that `joinable` holds; where it leaves parts out, for one that shows whether they are wrong.
/// Returns it with the parts among which it was found.
pub fn opening<'a>(
    joinable: &'a [Joinable],
    opens: impl Fn(&Transform) -> bool,
    rng: &mut (impl CryptoRng + RngCore),
) -> Option<(&'a Joinable, Opened)> {
    for parts in joinable {
        let ways = parts.ways(rng).filter(|way| opens(&way.transform));
        let mut best: Option<Opened> = None;
        for opened in ways.map(|way| Opened::of(parts, &way)).take(LOOKED_AT) {
            let (fits_all, shows) = (opened.on.len() == parts.all(), opened.shows());
            if best.as_ref().is_none_or(|best| best.on.len() < opened.on.len()) {
                best = Some(opened);
            }
            if fits_all || matches!(shows, Known::Wrong { .. }) || !parts.could_show() {
                break;
            }
        }
        if let Some(best) = best {
            return Some((parts, best));
        }
    }
    None
}

impl Opened {
    fn of(parts: &Joinable, way: &Way) -> Self {
        Self { transform: way.transform, needed: parts.needed, on: parts.on(way) }
    }

    /// Whether a part, which joins with those that open, fits to them.
    #[must_use]
    pub fn fits(&self, share: &TransformShare) -> bool {
        self.on.contains(&(share.place.node, share.transform.t.element()))
    }

    /// How many fit to each other, by share.
    #[must_use]
    pub fn fitting(&self) -> usize {
        self.on.len()
    }

    /// What that shows of parts that do not fit.
    #[must_use]
    pub fn shows(&self) -> Known {
        let with = 2 * self.needed - 1;
        if self.on.len() < with {
            return Known::Nothing { with };
        }
        Known::Wrong { unless: (self.needed > 1).then(|| self.on.len() + 2 - self.needed) }
    }
}

#[cfg(test)]
mod tests;
