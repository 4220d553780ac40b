//! The authenticator (MeDShare): who may ask for what.
//!
//! Whose [`request`] it is, whether its requestor has any access [left](standing), whether the operator's policies [admit](admission) it, whose key [signed](signed_http) an HTTP message;
//! and the [keys of contracts](contract_key), which reports are sealed to.

#![forbid(unsafe_code)]

pub mod admission;
pub mod contract_key;
pub mod request;
pub mod signed_http;
pub mod standing;
