//! The commands by which people share data over a running network.
//!
//! `medshare key`, `request`, `package`, `owner`, `authority`, `audit`: each noun is a module with its arguments and a `run`.

#![forbid(unsafe_code)]

pub mod audit;
pub mod authority;
mod context;
pub mod key;
mod key_file;
mod names;
mod new_file;
pub mod owner;
pub mod package;
pub mod request;
mod told;
mod waiting;

pub use context::{Context, GlobalArgs, VARIABLES};
