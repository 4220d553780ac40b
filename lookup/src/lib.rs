#![forbid(unsafe_code)]
//! Host names for our HTTP clients, looked up without the C library.
//!
//! `getaddrinfo` loads parts of the C library from the disk while it runs, which a self-contained program has not got. So names
//! are asked for here: in `/etc/hosts`, then at the name servers of `/etc/resolv.conf`. Addresses and `localhost` need neither.

mod agent;
mod names;

pub use agent::agent;
pub use names::{LookupError, addresses};
