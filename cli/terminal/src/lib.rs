//! How a command meets the person who runs it.
//!
//! Its answer or its failure with an exit code, signs of life while it works, questions for a passphrase or a `yes`, tables, words of a
//! shell, and files that appear whole or, when it is interrupted, not at all. Knows no other crate's errors: whoever calls one says what its
//! errors mean to people.

#![forbid(unsafe_code)]

mod answer;
pub mod confirm;
mod counted;
mod echo;
pub mod environment;
mod exit;
mod failure;
pub mod file_kind;
pub mod interrupt;
pub mod lock;
mod note;
mod number;
pub mod paragraph;
pub mod passphrase;
mod progress;
pub mod shell;
pub mod shown;
mod since;
pub mod table;
pub mod text;
mod this_program;
pub mod whole_file;

pub use answer::Answer;
pub use counted::counted;
pub use exit::{EXIT_CODES, Exit};
pub use failure::Failure;
pub use medshare_node_causes::{io_words, with_causes};
pub use note::note;
pub use number::whole;
pub use progress::Progress;
pub use since::Since;
pub use table::{Cell, Table, TableArgs};
pub use this_program::this_program;
