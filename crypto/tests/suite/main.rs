//! What the schemes promise, through the crate's public API.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test that goes wrong should stop where it went wrong, and says its seed"
)]

mod fuzz_decoders;
mod golden;
mod rabe_attacks;
mod wiped;
mod wycheproof_aes_gcm;
