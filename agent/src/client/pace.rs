//! How fast what a node sends has to come: a node that sends next to nothing keeps nobody waiting while others are left to ask.

use super::{NodeClient, NodeUrl};
use std::time::{Duration, Instant};

/// How much has to come in each stretch of time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    pub(super) stretch: Duration,
    /// Bytes at least from a node while others are left. What comes more slowly is had of the next one sooner; so the longest package
    /// (1 GiB) keeps nobody for more than two hours, and the longest list for half of one.
    pub(super) with_others: u64,
    /// Bytes at least from the last one: what a slow line carries.
    pub(super) alone: u64,
}

impl Pace {
    /// What is kept to.
    pub(super) const MINUTE: Self =
        Self { stretch: Duration::from_secs(60), with_others: 8 * 1024 * 1024, alone: 256 * 1024 };
}

/// What came from a node, stretch by stretch.
pub(super) struct Coming {
    stretch: Duration,
    since: Instant,
    before: u64,
}

impl Coming {
    /// How much came in the stretch that ends now, if one does, where `length` bytes came in all.
    fn in_stretch(&mut self, length: u64) -> Option<u64> {
        if self.since.elapsed() < self.stretch {
            return None;
        }
        let came = length.saturating_sub(self.before);
        (self.since, self.before) = (Instant::now(), length);
        Some(came)
    }
}

impl NodeClient {
    /// Begins to look how fast something comes.
    pub(super) fn coming(&self) -> Coming {
        Coming { stretch: self.pace.stretch, since: Instant::now(), before: 0 }
    }

    /// Whether a node, of which `length` bytes came in all, sends so slowly that it is given up. Where others are left, it may be waited for
    /// behind them.
    pub(super) fn is_too_slow(&self, node: &NodeUrl, coming: &mut Coming, length: u64) -> bool {
        let Some(came) = coming.in_stretch(length) else { return false };
        let is_left_for_others = self.has_others(node) && !self.slow.all().contains(node);
        if is_left_for_others && came < self.pace.with_others {
            self.slow.note(node);
            return true;
        }
        came < self.pace.alone
    }

    /// Whether there is another node to ask: here, or for whoever asks one by one.
    fn has_others(&self, node: &NodeUrl) -> bool {
        let hung = self.hung.all();
        self.is_followed || self.nodes.iter().any(|other| other != node && !hung.contains(other))
    }

    /// A client for each of the nodes alone that were given up for others because they sent so slowly, whatever time is left: now they are
    /// waited for.
    pub fn slow(&self) -> impl Iterator<Item = Self> + '_ {
        let slow = self.slow.all();
        let nodes = self.nodes.clone().into_iter().filter(move |node| slow.contains(node));
        nodes.map(|node| Self { nodes: vec![node], is_followed: false, deadline: None, ..self.clone() })
    }

    /// The same client, with so much time at least: what files of others took is not taken from it.
    #[must_use]
    pub fn for_at_least(mut self, time: Duration) -> Self {
        self.deadline = self.deadline.and_then(|deadline| Some(deadline.max(Instant::now().checked_add(time)?)));
        self
    }

    /// The same client, which looks at another pace.
    #[cfg(test)]
    pub(crate) fn at_pace(mut self, stretch: Duration, with_others: u64, alone: u64) -> Self {
        self.pace = Pace { stretch, with_others, alone };
        self
    }
}
