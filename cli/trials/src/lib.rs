//! Whole networks, tried out on one machine.
//!
//! `medshare demo` tells the story and checks each step of it, `medshare bench` measures.

#![forbid(unsafe_code)]

pub mod bench;
pub mod demo;
mod interrupted;
