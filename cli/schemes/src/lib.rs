//! The commands of the cryptographic schemes, which work on files without a network.
//!
//! `medshare abe`, `domain`, `aggregate`, `signature`, `party`: each noun is a module with its arguments and a `run`.

#![forbid(unsafe_code)]

pub mod abe;
pub mod aggregate;
pub mod domain;
pub mod party;
mod scheme;
pub mod signature;
