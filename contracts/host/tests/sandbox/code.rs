//! Code that is not taken as a contract.

use std::fmt::Write;

use medshare_contract_abi::guest::MAX_CODE_BYTES;
use medshare_contract_host::{CodeRejection, Contract, PERMISSIONS_WASM, inspect};

use proptest::collection::vec;
use proptest::prelude::*;

use crate::modules::{ALLOC, CALL, MEMORY, compile, module, with};

/// The stable code of a rejection, and its message.
fn rejected(result: Result<Contract, CodeRejection>) -> (u8, String) {
    let rejection = result.expect_err("a rejection");
    (rejection.code().expect("a code"), rejection.to_string())
}

#[track_caller]
fn assert_rejected(result: Result<Contract, CodeRejection>, code: u8) {
    let (found, message) = rejected(result);
    assert_eq!(found, code, "{message}");
}

#[test]
fn the_least_contract_is_taken() {
    with("").expect("a contract");
}

#[test]
fn bytes_that_are_not_webassembly_are_rejected() {
    for wasm in [b"".as_slice(), b"\0asm", b"\x7fELF and so on", &PERMISSIONS_WASM[..1000]] {
        assert_rejected(compile(wasm), 2);
    }
}

#[test]
fn no_cut_and_no_flipped_bit_of_a_contract_makes_the_inspection_panic() {
    for end in (0..PERMISSIONS_WASM.len()).step_by(41) {
        assert!(compile(&PERMISSIONS_WASM[..end]).is_err(), "cut at {end}");
    }
    for place in (0..PERMISSIONS_WASM.len()).step_by(97) {
        let mut wasm = PERMISSIONS_WASM.to_vec();
        wasm[place] ^= 1 << (place % 8);
        if let Err(rejection) = compile(&wasm) {
            assert!(rejection.code().is_some(), "{rejection}");
        }
    }
}

#[test]
fn code_above_the_size_limit_is_rejected_before_it_is_read() {
    assert_rejected(compile(&vec![0; MAX_CODE_BYTES + 1]), 1);
}

#[test]
fn floating_point_is_rejected() {
    assert_rejected(with("(func (result f64) f64.const 1)"), 2);
    assert_rejected(with("(func i32.const 1 f32.convert_i32_s drop)"), 2);
    assert_rejected(with("(global f32 (f32.const 0))"), 2);
    assert_rejected(with("(func (param f64))"), 2);
}

#[test]
fn later_features_of_webassembly_are_rejected() {
    for part in [
        "(func (result i32) v128.const i32x4 0 0 0 0 i32x4.extract_lane 0)",
        "(func i32.const 0 i32.const 0 i32.const 0 memory.fill)",
        "(func i32.const 0 i32.const 0 i32.const 0 memory.copy)",
        "(func i32.const 1 i32.extend8_s drop)",
        "(func (param externref))",
        "(func i32.const 0 i32.const 1 i32.atomic.rmw.add drop)",
        "(func return_call 1 (return_call 0 (i32.const 0)) drop)",
        "(type (struct (field i32)))",
        "(memory 1 1)",
    ] {
        assert_rejected(with(part), 2);
    }
    assert_rejected(compile(&module(&[r#"(memory (export "memory") i64 1 2)"#, ALLOC, CALL])), 2);
    assert_rejected(compile(&module(&[r#"(memory (export "memory") 1 2 shared)"#, ALLOC, CALL])), 2);
    assert_rejected(compile(&wat::parse_str("(component)").unwrap()), 2);
}

#[test]
fn an_import_is_rejected() {
    for import in [
        r#"(import "env" "time" (func (result i64)))"#,
        r#"(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))"#,
        r#"(import "env" "memory" (memory 1 1))"#,
        r#"(import "env" "base" (global i32))"#,
    ] {
        assert_rejected(compile(&module(&[import, MEMORY, ALLOC, CALL])), 3);
    }
}

#[test]
fn a_start_function_is_rejected() {
    assert_rejected(with("(func) (start 2)"), 4);
}

#[test]
fn a_table_is_rejected() {
    assert_rejected(with("(table 1 1 funcref)"), 5);
}

#[test]
fn too_many_parts_are_rejected() {
    assert_rejected(with(&"(func)".repeat(1_025)), 6);
    assert_rejected(with(&"(global i32 (i32.const 0))".repeat(65)), 6);
    assert_rejected(with(&format!("(func {})", "nop ".repeat(33_000))), 6);
    assert_rejected(with(&r#"(data (i32.const 0) "x")"#.repeat(257)), 6);
    let exports = (0..65).fold(String::new(), |mut text, index| {
        write!(text, r#"(export "e{index}" (func 0))"#).unwrap();
        text
    });
    assert_rejected(with(&exports), 6);
}

/// A call of a thousand parameters takes two bytes, and a thousand looks behind `unreachable`, where nothing is left to look at.
#[test]
fn functions_that_cost_many_times_their_bytes_to_validate_are_rejected_before_any_body_is_read() {
    let parameters = |count| format!("(func (param {}))", "i32 ".repeat(count));
    let calls = "call 2 ".repeat(8_000);
    // A body that is read is rejected for another reason: it computes with floats.
    let (code, message) = rejected(with(&format!("{} (func unreachable {calls} f64.const 1)", parameters(1_000))));
    assert_eq!(code, 6);
    assert!(message.contains("1000 parameters of a function"), "{message}");
    assert_rejected(with(&parameters(17)), 6);
    assert_rejected(with("(func (result i32 i32) i32.const 1 i32.const 2)"), 6);
    with(&format!("{} (func unreachable {calls})", parameters(16))).expect("the most that is allowed");
}

#[test]
fn memory_without_a_maximum_or_with_a_large_one_is_rejected() {
    assert_rejected(compile(&module(&[r#"(memory (export "memory") 1)"#, ALLOC, CALL])), 7);
    assert_rejected(compile(&module(&[r#"(memory (export "memory") 1 17)"#, ALLOC, CALL])), 8);
    compile(&module(&[r#"(memory (export "memory") 1 16)"#, ALLOC, CALL])).expect("the most that is allowed");
}

#[test]
fn a_missing_or_wrong_export_is_named() {
    for (parts, name) in [
        ([ALLOC, CALL, ""], "memory"),
        ([MEMORY, CALL, ""], "alloc"),
        ([MEMORY, ALLOC, ""], "call"),
        ([MEMORY, ALLOC, r#"(func (export "call") (param i32 i32) (result i32) i32.const 0)"#], "call"),
        ([MEMORY, CALL, r#"(func (export "alloc") (param i64) (result i32) i32.const 0)"#], "alloc"),
        ([MEMORY, CALL, r#"(global (export "alloc") i32 (i32.const 0))"#], "alloc"),
    ] {
        let (code, message) = rejected(compile(&module(&parts)));
        assert_eq!(code, 9);
        assert!(message.contains(&format!("does not export `{name}`")), "{message}");
    }
}

#[test]
fn recursion_is_rejected() {
    assert_rejected(with("(func call 2)"), 10);
    assert_rejected(with("(func call 3) (func call 2)"), 10);
}

#[test]
fn calls_that_nest_too_deeply_are_rejected() {
    let mut chain = (0..600).fold(String::new(), |mut text, index| {
        write!(text, "(func call {})", index + 3).unwrap();
        text
    });
    chain.push_str("(func)");
    assert_rejected(with(&chain), 11);
    let variables = "(local i64) ".repeat(9_000);
    assert_rejected(with(&format!("(func {variables})")), 11);
}

#[test]
fn data_outside_the_memory_is_rejected() {
    for (offset, text, taken) in [
        ("65535", "two bytes and more", false),
        ("-1", "x", false),
        ("65536", "x", false),
        ("65535", "x", true),
        ("65536", "", true),
    ] {
        let found = with(&format!(r#"(data (i32.const {offset}) "{text}")"#));
        assert_eq!(found.is_ok(), taken, "{text:?} at {offset}: {found:?}");
        if !taken {
            assert_rejected(found, 12);
        }
    }
}

/// A custom section of this name behind a contract that is otherwise taken.
fn with_custom_section(name: &str, contents: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).ok().filter(|length| *length < 128).expect("one LEB128 byte");
    let body = [&[length(name.as_bytes())], name.as_bytes(), contents].concat();
    [&module(&[MEMORY, ALLOC, CALL]), [0, length(&body)].as_slice(), &body].concat()
}

#[test]
fn a_section_that_contracts_do_not_need_is_rejected_whatever_a_compiler_makes_of_it() {
    for name in ["webidl-bindings", "wasm-interface-types", "name", "producers", "component-type", "", "anything"] {
        for contents in [b"".as_slice(), b"\0", &[0xff; 40]] {
            let wasm = with_custom_section(name, contents);
            assert_eq!(inspect(&wasm).map_err(|rejection| rejection.code()), Err(Some(13)), "{name}");
        }
    }
    // What names its parts carries their names in such a section.
    assert_rejected(with("(func $named)"), 13);
    assert_rejected(with("(tag (param i32))"), 13);
    // An unknown section, and empty ones of kinds that contracts have no use for.
    let least = module(&[MEMORY, ALLOC, CALL]);
    assert_rejected(compile(&[&least, [0x7f, 0].as_slice()].concat()), 13);
    let first = |section: &[u8]| [&least[..8], section, &least[8..]].concat();
    assert_rejected(compile(&first(&[2, 1, 0])), 3);
    assert_rejected(compile(&first(&[4, 1, 0])), 5);
    assert_rejected(compile(&first(&[9, 1, 0])), 13);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// What the ledger may take and this compiler may not is a pity for its owner; the other way round would be a hole.
    #[test]
    fn what_the_inspection_takes_the_compiler_takes_too(
        place in 0..PERMISSIONS_WASM.len(),
        bytes in vec(any::<u8>(), 1..4),
        grows in any::<bool>(),
    ) {
        let mut wasm = PERMISSIONS_WASM.to_vec();
        let end = if grows { place } else { (place + bytes.len()).min(wasm.len()) };
        wasm.splice(place..end, bytes);
        match inspect(&wasm) {
            Ok(()) => prop_assert!(compile(&wasm).is_ok()),
            Err(rejection) => prop_assert!(rejection.code().is_some(), "{rejection}"),
        }
    }
}
