//! What the inspection says of modules, held to what it said when the protocol got its version: in `tests/verdicts.txt`, by the code
//! of the rejection, 0 for what is taken.
//!
//! A verdict is consensus: a changed one is a changed protocol and needs another version of it, whether a rule of ours changed it or
//! another release of the library that validates functions. `MEDSHARE_WRITE_VECTORS=1` writes them anew.

use std::fmt::Write;
use std::path::Path;

use medshare_contract_host::{PERMISSIONS_WASM, USAGE_WASM, inspect};
use medshare_ledger::facts::PROTOCOL_VERSION;

use crate::modules::{ALLOC, CALL, MEMORY, module};

/// Parts that make a module out of the least contract, by what they are about.
const PARTS: [(&str, &str); 38] = [
    ("least", ""),
    ("local", "(func (local i64) local.get 0 drop)"),
    ("no-such-local", "(func local.get 0 drop)"),
    ("global", "(global (mut i64) (i64.const -1)) (func i64.const 2 global.set 0)"),
    ("constant-global-set", "(global i32 (i32.const 0)) (func i32.const 2 global.set 0)"),
    ("global-of-global", "(global i32 (i32.const 0)) (global i32 (global.get 0))"),
    ("float-global", "(global f32 (f32.const 0))"),
    ("float-parameter", "(func (param f64))"),
    ("float-operator", "(func i32.const 1 f32.convert_i32_s drop)"),
    ("float-load", "(func i32.const 0 f32.load drop)"),
    ("sign-extension", "(func i32.const 1 i32.extend8_s drop)"),
    ("saturating-float", "(func f32.const 1 i32.trunc_sat_f32_s drop)"),
    ("vector", "(func v128.const i32x4 0 0 0 0 drop)"),
    ("bulk-memory", "(func i32.const 0 i32.const 0 i32.const 0 memory.fill)"),
    ("two-results", "(func (result i32 i32) i32.const 1 i32.const 2)"),
    ("block-with-parameters", "(func i32.const 1 (block (param i32) drop))"),
    ("block-with-result", "(func (block (result i32) i32.const 1) drop)"),
    ("sixteen-parameters", "(func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32))"),
    ("seventeen-parameters", "(func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i32))"),
    ("branch-table", "(func (block (block i32.const 0 br_table 0 1 0)))"),
    ("branch-table-of-results", "(func (result i32) (block (result i32) i32.const 7 i32.const 0 br_table 0 1 0))"),
    ("branch-too-far", "(func (block br 2))"),
    ("call", "(func call 3) (func)"),
    ("call-of-itself", "(func call 2)"),
    ("call-of-nobody", "(func call 9)"),
    ("tail-call", "(func return_call 3) (func)"),
    ("dead-code", "(func unreachable i32.add drop)"),
    ("dead-code-of-another-type", "(func unreachable i64.const 1 i32.eqz drop)"),
    ("operand-left", "(func i32.const 1)"),
    ("operand-missing", "(func drop)"),
    ("alignment-too-large", "(func i32.const 0 i32.load align=8 drop)"),
    ("memory-grows", "(func i32.const 1 memory.grow drop)"),
    ("second-memory", "(memory 1 1)"),
    ("table", "(table 1 1 funcref)"),
    ("start", "(func) (start 2)"),
    ("data", r#"(data (i32.const 0) "x")"#),
    ("passive-data", r#"(data "x")"#),
    ("names", "(func $named)"),
];

fn modules() -> Vec<(&'static str, Vec<u8>)> {
    let of_parts = PARTS.map(|(name, part)| (name, module(&[MEMORY, ALLOC, CALL, part])));
    let import = module(&[r#"(import "env" "time" (func (result i64)))"#, MEMORY, ALLOC, CALL]);
    let least = module(&[MEMORY, ALLOC, CALL]);
    let mut padded = least.clone();
    padded.insert(8, 0x80);
    let others = [
        ("import", import),
        ("no-memory", module(&[ALLOC, CALL])),
        ("memory-without-maximum", module(&[r#"(memory (export "memory") 1)"#, ALLOC, CALL])),
        ("memory-too-large", module(&[r#"(memory (export "memory") 1 17)"#, ALLOC, CALL])),
        ("cut", least[..least.len() - 1].to_vec()),
        ("padded-section-id", padded),
        ("twice", [least.as_slice(), &least[8..]].concat()),
        ("other-version", [&least[..4], &[2], &least[5..]].concat()),
    ];
    of_parts.into_iter().chain(others).collect()
}

#[test]
fn every_verdict_is_what_it_was_when_the_protocol_got_its_version() {
    let mut found = format!("protocol version {PROTOCOL_VERSION}\n");
    for (name, wasm) in modules() {
        let verdict = inspect(&wasm).map_or_else(|rejection| rejection.code().expect("a verdict"), |()| 0);
        writeln!(found, "{verdict:2} {name} {}", hex::encode(wasm)).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verdicts.txt");
    if std::env::var_os("MEDSHARE_WRITE_VECTORS").is_some() {
        std::fs::write(&path, &found).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap();
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected, "a verdict changed: see the head of this file");
    }
    assert_eq!(found.lines().count(), expected.lines().count());
}

#[test]
fn the_standard_contracts_are_taken() {
    for wasm in [PERMISSIONS_WASM, USAGE_WASM] {
        inspect(wasm).unwrap();
    }
}
