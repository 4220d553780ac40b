//! Batches of entries of every kind, module bytes among them, as somebody hostile chooses them: what passes the check of every
//! validator can be executed by every validator. A bounded search of the same is a test of `node/chain`.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use medshare_node_chain::testing::anything::Anything;

fuzz_target!(|bytes: &[u8]| {
    static ANYTHING: OnceLock<Anything> = OnceLock::new();
    if let Err(error) = ANYTHING.get_or_init(Anything::new).decide(bytes) {
        panic!("a batch that passed the check cannot be executed: {error:?}");
    }
});
