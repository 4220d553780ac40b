//! How long the engine waits in a height.

use std::time::Duration;

use arc_malachitebft_app_channel::app::types::core as engine;
use engine::{LinearTimeouts, Timeout, TimeoutKind};
use medshare_ledger::validator::MAX_VALIDATORS;

use super::context::Context;
use super::members::Members;

const _: () = assert!(MAX_VALIDATORS <= u32::BITS as usize, "every place in the order of proposers has a bit");

/// The network's timeouts, but little patience in rounds whose proposer is known not to be there.
///
/// Giving a round up early is safe at any time: it is what a vote for nothing means. When only this node does not reach the proposer,
/// the others decide without its vote. What makes heights end at last is patience that grows, so nobody is hurried but in the first turn
/// through the order, nor when more than a third seem to be away: then it is this node that does not see well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    usual: LinearTimeouts,
    /// For the proposal of such a round, and again for its precommits.
    away: Duration,
    /// Bit i: the proposer of round i.
    absent: u32,
    members: u32,
}

impl Timeouts {
    /// For a height of `members`, of whom some are known to be away. A round of theirs costs `target` at most.
    pub(super) fn new(
        usual: LinearTimeouts,
        target: Duration,
        members: &Members,
        is_away: impl Fn(medshare_ledger::id::NodeId) -> bool,
    ) -> Self {
        let count = members.count();
        let bit =
            |round: u32| if is_away(members.proposer_id(round)) { 1u32.checked_shl(round).unwrap_or(0) } else { 0 };
        let absent = (0..count).map(bit).fold(0u32, |all, bit| all | bit);
        let is_plausible = absent.count_ones() <= count.saturating_sub(1) / 3;
        let absent = if is_plausible { absent } else { 0 };
        Self { usual, away: target / 2, absent, members: count }
    }

    fn is_hurried(&self, round: u32) -> bool {
        round < self.members && self.absent.checked_shr(round).is_some_and(|bits| bits & 1 == 1)
    }
}

impl engine::Timeouts<Context> for Timeouts {
    fn duration_for(&self, timeout: Timeout) -> Duration {
        let usual = self.usual.duration_for(timeout);
        let waits_for_proposer = matches!(timeout.kind, TimeoutKind::Propose | TimeoutKind::Precommit);
        match timeout.round.as_u32() {
            Some(round) if waits_for_proposer && self.is_hurried(round) => usual.min(self.away),
            _ => usual,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::config::Timing;
    use crate::context::Round;
    use crate::testing::validators;
    use engine::Timeouts as _;
    use medshare_ledger::id::{Height, NodeId};

    #[test]
    fn a_round_of_a_proposer_known_to_be_away_costs_at_most_one_target_time() {
        let timing = Timing::default();
        let members = Members::of(&validators(4), Height(7), &[]).unwrap();
        for away in 0..4 {
            let gone = members.proposer_id(away);
            let timeouts = Timeouts::new(timing.to_engine(), timing.target, &members, |node| node == gone);
            for round in 0..12 {
                let wait = |timeout: fn(Round) -> Timeout| timeouts.duration_for(timeout(Round::new(round)));
                let cost = wait(Timeout::propose) + wait(Timeout::precommit);
                assert_eq!(cost <= timing.target, round == away, "round {round} with {away} away: {cost:?}");
                assert!(wait(Timeout::prevote) >= timing.vote, "votes are waited for as ever");
            }
        }
    }

    #[test]
    fn where_everybody_is_there_or_more_than_a_third_seem_away_nothing_is_hurried() {
        let timing = Timing::default();
        let members = Members::of(&validators(4), Height(7), &[]).unwrap();
        let two = [members.proposer_id(0), members.proposer_id(2)];
        let none: &dyn Fn(NodeId) -> bool = &|_| false;
        let (some, all): (&dyn Fn(NodeId) -> bool, &dyn Fn(NodeId) -> bool) = (&|node| two.contains(&node), &|_| true);
        for is_away in [none, some, all] {
            let timeouts = Timeouts::new(timing.to_engine(), timing.target, &members, is_away);
            for round in 0..12 {
                let timeout = Timeout::propose(Round::new(round));
                assert_eq!(timeouts.duration_for(timeout), timing.to_engine().duration_for(timeout));
            }
        }
    }
}
