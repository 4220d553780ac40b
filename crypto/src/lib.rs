//! The cryptography of MeDShare: keys, hashes, authenticated encryption and attribute-based schemes.
//!
//! Pure functions over bytes and group elements: no clock, no file, no socket, and randomness only as an argument.
//! `docs/crypto.md` states for each scheme its assumption, what is proven of it, what is our composition, and what leaks.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test that goes wrong should stop where it went wrong"
    )
)]

pub mod abe;
pub mod abe_file;
pub mod attribute_signature;
pub mod class_file;
pub mod derive;
pub mod dleq;
pub mod domain_file;
pub mod encoding;
pub mod envelope;
mod fujisaki_okamoto;
pub mod hash;
mod issuer;
pub mod key_aggregate;
pub mod keyfile;
pub mod kp_abe;
mod ledger_bytes;
pub mod letter;
pub mod name;
pub mod pairing;
pub mod policy;
mod representation;
pub mod seal;
pub mod secret;
pub mod sign;
pub mod stream;
