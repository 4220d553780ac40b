//! The command line of MeDShare.
fn main() {}
