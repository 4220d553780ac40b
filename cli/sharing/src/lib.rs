//! The commands by which people share data over a running network.
//!
//! `medshare key`, `request`, `package`, `owner`, `authority`, `audit`, `config`: each noun is a module with its arguments and a `run`.

#![forbid(unsafe_code)]

pub mod audit;
pub mod authority;
pub mod config;
mod context;
mod file_kind;
mod filter;
mod hung;
mod interruption;
pub mod key;
mod key_file;
mod known;
mod lacking;
mod names;
mod new_file;
pub mod owner;
pub mod package;
mod remembered;
pub mod request;
mod setting;
mod state_file;
mod status;
mod told;
mod typed_id;
mod waiting;

pub use context::{Context, GlobalArgs};
