//! What is said in passing.

use crate::shown;
use std::io::Write as _;

/// Says something on standard error. With that closed there is nobody left to tell.
pub fn note(text: &str) {
    drop(writeln!(std::io::stderr().lock(), "{}", shown::indented(text)));
}
