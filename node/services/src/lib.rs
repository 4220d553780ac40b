//! A running node: what answers people or other nodes, over the crates beside this one.
//!
//! The layers of MeDShare: [`query`] and [`trigger`] face the outside, the authenticator decides who may ask, processing turns a
//! request into a package, consensus orders what the chain executes and the store keeps, sources reach into the owner's existing
//! database. Each of these is a crate of its own; [`run`] puts them together.

#![forbid(unsafe_code)]

pub mod application;
pub mod audit;
mod broken_packages;
pub mod caller;
pub mod catching_up;
mod deciding;
pub mod detached;
pub mod gates;
pub mod incoming;
pub mod instances;
pub mod memories;
pub mod metrics;
pub mod opening;
pub mod others;
pub mod proxy_keys;
pub mod query;
pub mod reports;
pub mod rooms;
pub mod run;
pub mod sender;
pub mod services;
pub mod shares;
pub mod signer;
pub mod stalled;
pub mod trigger;
pub mod troubles;
pub mod under_way;
pub mod unfinished;
