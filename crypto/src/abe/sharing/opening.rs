//! Which of the nodes' parts open a file, and what that shows of the others.
//!
//! A way of k parts that opens has the right T, which is the curve's value at 0, and no more: two nodes that lie together can choose their errors
//! so that they cancel there, and then it is the honest parts that are not on the curve. Let m parts be on it. If it is not the honest nodes' curve, the two
//! agree at 0, where both are right, and so at no more than k − 2 shares beside: at least **m − k + 2** of the m nodes lied together. With
//! m ≥ 2k − 1 these are more than k, who could open every file alone: then the others' parts were made wrongly. With fewer, nobody knows whose were.

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
    /// They were made wrongly, or at least so many of the nodes whose parts open lied together: more than are needed.
    MadeWrongly {
        /// m − k + 2.
        unless: usize,
    },
    /// They or the others were made wrongly. It would be known with so many parts on one curve.
    Nothing {
        /// 2k − 1.
        with: usize,
    },
}

/// Looks for a way that `opens`, among those that `joinable` holds; where it leaves parts out, for one that shows whether they were made wrongly.
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
            if fits_all || matches!(shows, Known::MadeWrongly { .. }) || !parts.could_show() {
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
        Known::MadeWrongly { unless: self.on.len() + 2 - self.needed }
    }
}

#[cfg(test)]
mod tests;
