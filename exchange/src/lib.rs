//! What requestors, authorities, owners and nodes hand each other off the ledger.
//!
//! Signed data requests, packages, openings, sealed reports, proxy keys under way to their nodes, and the HTTP bodies and
//! signatures (RFC 9421) around them. Pure: bytes in, values out; randomness is an argument.

#![forbid(unsafe_code)]

pub mod api;
pub mod http_signature;
pub mod manifest;
pub mod opening;
pub mod package;
pub mod printable;
pub mod proxy_key;
pub mod report;
pub mod request;
pub mod terms;
