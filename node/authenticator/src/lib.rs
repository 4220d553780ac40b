//! The authenticator (MeDShare): whose request it is, whether that requestor may ask for this, and the keys of contracts.

#![forbid(unsafe_code)]

pub mod admission;
pub mod contract_key;
pub mod request;
pub mod signed_http;
