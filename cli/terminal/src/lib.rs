//! How a command meets the person who runs it.
//!
//! Its answer or its failure with an exit code, signs of life while it works, questions for a passphrase or a `yes`, tables, and files that
//! appear whole. Knows no other crate's errors: whoever calls one says what its errors mean to people.

#![forbid(unsafe_code)]

mod answer;
pub mod confirm;
pub mod environment;
mod exit;
mod failure;
pub mod interrupt;
pub mod passphrase;
mod progress;
pub mod text;
pub mod whole_file;

pub use answer::Answer;
pub use exit::{EXIT_CODES, Exit};
pub use failure::Failure;
pub use progress::Progress;
