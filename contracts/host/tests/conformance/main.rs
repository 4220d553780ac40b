//! What the standard contracts must do, asked of the WebAssembly and of the logic it was compiled from.
//!
//! `MEDSHARE_CONTRACTS` may name a folder with other builds of the two contracts; without it the committed ones are asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests state what must hold"
)]

mod agreement;
mod guests;
mod permissions;
mod usage;
