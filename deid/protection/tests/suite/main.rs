//! What de-identification promises, through its public API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    reason = "tests"
)]

mod bad_input_gets_a_clear_answer;
mod check_knows_what_protection_writes;
mod clinical_values_stay;
#[path = "../corpus/mod.rs"]
mod corpus;
mod fuzz_decoders;
mod headers_hold_for_all_cells;
mod people_are_like_others_in_all_that_leaves;
mod people_in_tables;
mod prepared_records_render_as_deidentified;
mod read_order;
mod records_follow_their_people;
mod records_leave_only_protected;
mod releases_do_not_align;
mod resources_leave_by_the_model;
mod shapes_are_emptied_and_counted;
mod tables_stay_useful;
mod two_releases_are_held_together;
mod what_leaves_a_table_passes_the_check;
