//! A processing and consensus node: agreement, storage, exchange between nodes, and the path of a data request.
//!
//! The layers of MeDShare: [`query`] and [`trigger`] face the outside, [`authenticator`] decides who may ask, [`processing`]
//! turns a request into a package, [`consensus`] orders what [`chain`] executes and [`store`] keeps, [`connectors`] reach into
//! the owner's existing database. [`run`] puts them together.

#![forbid(unsafe_code)]

pub mod audit;
pub mod authenticator;
pub mod chain;
pub mod clock;
pub mod connectors;
pub mod consensus;
pub mod gossip;
pub mod home_lock;
pub mod incoming;
pub mod mempool;
pub mod metrics;
pub mod net;
pub mod opening;
pub mod packages;
pub mod peer_heights;
pub mod private;
pub mod processing;
pub mod proxy_keys;
pub mod query;
pub mod refusal;
pub mod reports;
pub mod run;
pub mod services;
pub mod store;
pub mod submission;
pub mod trigger;
