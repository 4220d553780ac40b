//! Bytes on this node's disk.
//!
//! The [batch log](log) is the truth: every decided batch with its certificate, appended and synced before consensus hears that it
//! was committed. Everything else is a view in a [key-value store](kv), which may be lost: its owner builds it again from the log.
//! The [private store](private) has what the log does not imply. [Records](record) frame bytes in append-only files, here and in
//! consensus' own files. One process at a time has a [home](home_lock).

#![forbid(unsafe_code)]

pub mod durable;
pub mod fault;
pub mod home_lock;
pub mod kv;
pub mod log;
pub mod private;
pub mod record;
pub mod rights;
