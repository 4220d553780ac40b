//! Calls that have no outcome, and what they cost.

use medshare_contract_abi::DecodeError;
use medshare_contract_abi::guest::{MAX_INPUT_BYTES, MAX_OUTPUT_BYTES, pack};
use medshare_contract_abi::permissions::{PermissionCall, PermissionInput};
use medshare_contract_host::{CALL_FUEL, CallFault, INPUT_BYTE_FUEL, PermissionsContract};

use crate::modules::{ALLOC, CALL, MEMORY, answering, compile, module};

/// A contract that hands its input back.
const ECHO: &str = "local.get 0 i64.extend_i32_u i64.const 32 i64.shl local.get 1 i64.extend_i32_u i64.or";

#[test]
fn a_contract_gets_its_input_and_hands_its_outcome_back() {
    assert_eq!(answering(ECHO).call(b"words").unwrap().output, b"words");
    assert_eq!(answering(ECHO).call(b"").unwrap().output, b"");
}

#[test]
fn nothing_stays_from_one_call_to_the_next() {
    let count = "i32.const 0 i32.const 0 i32.load i32.const 1 i32.add i32.store i64.const 4";
    let contract = answering(count);
    for _ in 0..3 {
        assert_eq!(contract.call(b"").unwrap().output, [1, 0, 0, 0]);
    }
}

#[test]
fn a_contract_that_loops_runs_out_of_fuel() {
    let fault = answering("(loop br 0) i64.const 0").call(b"").unwrap_err();
    assert!(matches!(fault, CallFault::OutOfFuel), "{fault}");
}

#[test]
fn a_contract_that_loops_while_it_makes_room_runs_out_of_fuel() {
    let alloc = r#"(func (export "alloc") (param i32) (result i32) (loop br 0) i32.const 0)"#;
    let contract = compile(&module(&[MEMORY, alloc, CALL])).unwrap();
    assert!(matches!(contract.call(b"").unwrap_err(), CallFault::OutOfFuel));
}

#[test]
fn a_contract_may_grow_its_memory_to_its_maximum_and_no_further() {
    let grown = answering("i32.const 1 memory.grow drop i64.const 0").call(b"");
    assert!(grown.is_ok());
    for pages in ["2", "65536", "-1"] {
        let fault = answering(&format!("i32.const {pages} memory.grow drop i64.const 0")).call(b"").unwrap_err();
        assert!(matches!(fault, CallFault::MemoryLimit), "{fault}");
    }
}

#[test]
fn a_contract_that_does_the_impossible_traps() {
    for body in [
        "unreachable",
        "i32.const 1 i32.const 0 i32.div_u drop i64.const 0",
        "i32.const 0x80000000 i32.const -1 i32.div_s drop i64.const 0",
        "i32.const 65536 i32.load drop i64.const 0",
        "i32.const -1 i32.load offset=0xffffffff drop i64.const 0",
        "i32.const -4 i32.const 7 i32.store i64.const 0",
    ] {
        let fault = answering(body).call(b"").unwrap_err();
        assert!(matches!(fault, CallFault::Trap { .. }), "{body}: {fault}");
    }
}

#[test]
fn room_outside_the_memory_is_not_used() {
    for pointer in ["65533", "65536", "-1"] {
        let alloc = format!(r#"(func (export "alloc") (param i32) (result i32) i32.const {pointer})"#);
        let contract = compile(&module(&[MEMORY, &alloc, CALL])).unwrap();
        assert!(matches!(contract.call(b"four").unwrap_err(), CallFault::BadRoom));
    }
}

#[test]
fn an_outcome_outside_the_memory_or_too_long_is_not_taken() {
    let most = u32::try_from(MAX_OUTPUT_BYTES).unwrap();
    for (pointer, length) in [(65_535, 2), (u32::MAX, 1), (u32::MAX, u32::MAX), (0, most + 1)] {
        let answer = pack(pointer, length).cast_signed();
        let fault = answering(&format!("i64.const {answer}")).call(b"").unwrap_err();
        assert!(matches!(fault, CallFault::BadOutput), "{pointer} {length}: {fault}");
    }
    assert_eq!(answering(&format!("i64.const {most}")).call(b"").unwrap().output.len(), MAX_OUTPUT_BYTES);
}

#[test]
fn an_input_above_the_limit_is_not_handed_over() {
    assert!(answering(ECHO).call(&[1; MAX_INPUT_BYTES]).is_ok());
    let fault = answering(ECHO).call(&[1; MAX_INPUT_BYTES + 1]).unwrap_err();
    assert!(matches!(fault, CallFault::InputTooLong { actual } if actual == MAX_INPUT_BYTES + 1));
}

#[test]
fn an_outcome_that_is_none_is_a_fault_of_the_contract() {
    let input = PermissionInput { record: None, call: PermissionCall::Open, now_ms: 0 };
    let fault = PermissionsContract::new(answering("i64.const 0")).decide(&input).unwrap_err();
    assert!(matches!(fault, CallFault::Undecodable(DecodeError::Truncated)), "{fault}");
}

#[test]
fn every_byte_of_input_costs_and_every_step_does() {
    let fuel = |body, input: &[u8]| answering(body).call(input).unwrap().fuel_used;
    assert_eq!(fuel(ECHO, &[0; 100]) - fuel(ECHO, b""), 100 * INPUT_BYTE_FUEL);
    assert_eq!(fuel("i64.const 0", b"") + 2, fuel("i32.const 0 i32.eqz drop i64.const 0", b""));
}

#[test]
fn fuel_ends_a_call_at_the_same_step_each_time() {
    let turns = |count: u64| {
        let body = format!(
            "(local i64) i64.const {count} local.set 2 \
             (loop local.get 2 i64.const 1 i64.sub local.tee 2 i64.eqz i32.eqz br_if 0) i64.const 0"
        );
        answering(&body).call(b"").map(|outcome| outcome.fuel_used)
    };
    let per_turn = turns(1_001).unwrap() - turns(1_000).unwrap();
    let about = CALL_FUEL / per_turn;
    let first_too_many = || (about - 9..about + 9).find(|count| turns(*count).is_err());
    assert_eq!(first_too_many(), first_too_many());
    let count = first_too_many().unwrap();
    assert!(matches!(turns(count), Err(CallFault::OutOfFuel)));
    assert!(turns(count - 1).unwrap() <= CALL_FUEL);
}

#[test]
fn the_deepest_calls_that_are_allowed_do_not_run_out_of_stack() {
    let variables = 60;
    let set: String =
        (0..variables).map(|v| format!("local.get 0 i64.const {v} i64.add local.set {} ", v + 1)).collect();
    let sum: String = (0..variables).map(|v| format!("local.get {} i64.mul ", v + 1)).collect();
    let functions = |depth: usize| {
        let chain: String = (0..depth)
            .map(|f| {
                // Functions are numbered from `alloc`, which is the first.
                let next = f + 2;
                let locals = "(local i64) ".repeat(variables);
                format!("(func (param i64) (result i64) {locals} {set} local.get 0 call {next} {sum})")
            })
            .collect();
        let call = r#"(func (export "call") (param i32 i32) (result i64) i64.const 3 call 1 drop i64.const 0)"#;
        compile(&module(&[MEMORY, ALLOC, &chain, "(func (param i64) (result i64) local.get 0)", call]))
    };
    let deepest = (80..110).rev().find(|depth| functions(*depth).is_ok()).unwrap();
    functions(deepest).unwrap().call(b"").unwrap();
}
