//! What the sandbox makes of code and calls that mean it no good.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests state what must hold"
)]

mod calls;
mod code;
mod modules;
mod verdicts;
