//! What attackers found on running networks, done again: by the numbers at the top of "What attackers found" in
//! `docs/threat-model.md`.

mod clocks;
mod deceived;
mod floods;
mod poisoned_code;
mod replayed;
mod suppressed;

use clocks::a_node_with_a_wrong_clock_says_by_how_much_it_is_off_and_works_once_it_is_right;
use deceived::an_end_of_access_that_somebody_keeps_back_is_not_told_as_made_and_goes_by_another_node;
use floods::{
    attribute_keys_with_bad_signatures_keep_neither_a_revocation_nor_the_heights_waiting,
    thousands_of_strangers_with_long_nonces_lock_no_owner_out,
};
use poisoned_code::code_that_is_no_contract_stops_no_validator_also_when_all_is_executed_again;
use replayed::a_regrant_that_was_refused_gives_nothing_back_when_a_stranger_posts_it_later;
use suppressed::{
    a_report_that_somebody_in_between_refuses_goes_by_another_node_and_stands_in_the_way_until_then,
    after_a_violation_what_was_open_is_read_nowhere_and_nothing_new_is_made,
};

use medshare_scenarios::network::Network;
use medshare_scenarios::scenarios;

use crate::world::World;

fn found() -> World {
    World::of(Network::start(30_560))
}

scenarios!(found:
    code_that_is_no_contract_stops_no_validator_also_when_all_is_executed_again,
    a_regrant_that_was_refused_gives_nothing_back_when_a_stranger_posts_it_later,
    a_report_that_somebody_in_between_refuses_goes_by_another_node_and_stands_in_the_way_until_then,
    after_a_violation_what_was_open_is_read_nowhere_and_nothing_new_is_made,
    an_end_of_access_that_somebody_keeps_back_is_not_told_as_made_and_goes_by_another_node,
    thousands_of_strangers_with_long_nonces_lock_no_owner_out,
    attribute_keys_with_bad_signatures_keep_neither_a_revocation_nor_the_heights_waiting,
    a_node_with_a_wrong_clock_says_by_how_much_it_is_off_and_works_once_it_is_right
        unless medshare_scenarios::clock::impossible(),
);
