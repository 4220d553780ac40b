//! The WebAssembly and the logic it was compiled from agree on whatever comes, and always take the same fuel.

use medshare_contract_abi::permissions::{PermissionCall, PermissionInput, PermissionRecord, Status};
use medshare_contract_abi::usage::{Comment, UsageCall, UsageInput, UsageParameters, UsageState};
use medshare_contract_abi::{Action, ActionSet, Encode, ReportKind, Sensitivity};
use medshare_contract_host::{CodeHash, ContractCode, PERMISSIONS_WASM, PermissionsContract, Sandbox, USAGE_WASM};
use proptest::prelude::*;

use crate::guests::{PERMISSIONS, USAGE, permit, watch};

fn sets() -> impl Strategy<Value = ActionSet> {
    (0..64_u8).prop_map(|bits| ActionSet::from_bits(bits).unwrap())
}

fn sensitivities() -> impl Strategy<Value = Sensitivity> {
    prop::sample::select(Sensitivity::ALL)
}

fn actions() -> impl Strategy<Value = Action> {
    prop::sample::select(Action::ALL)
}

fn counters() -> impl Strategy<Value = u32> {
    prop_oneof![0..3_u32, Just(u32::MAX), any::<u32>()]
}

/// Few times, so that the end and the present often meet.
fn times() -> impl Strategy<Value = u64> {
    prop_oneof![0..4_u64, any::<u64>()]
}

prop_compose! {
    fn records()(
        status in prop::sample::select(Status::ALL),
        sensitivity in sensitivities(),
        violations_mask in sets(),
        exempt in sets(),
        expires_at_ms in times(),
        openings in counters(),
        reports in counters(),
        violations in counters(),
        undecided in counters(),
        destroyed in any::<bool>(),
    ) -> PermissionRecord {
        PermissionRecord {
            status,
            sensitivity,
            violations_mask,
            exempt,
            expires_at_ms,
            openings,
            reports,
            violations,
            undecided,
            destroyed,
        }
    }
}

fn permission_calls() -> impl Strategy<Value = PermissionCall> {
    let kinds =
        prop_oneof![Just(ReportKind::Decrypted), Just(ReportKind::Retrieved), actions().prop_map(ReportKind::Action),];
    let grants =
        (sensitivities(), sets(), sets(), times()).prop_map(|(sensitivity, violations_mask, exempt, expires_at_ms)| {
            PermissionCall::Grant { sensitivity, violations_mask, exempt, expires_at_ms }
        });
    prop_oneof![
        grants,
        kinds.prop_map(PermissionCall::Report),
        any::<u16>().prop_map(|reason| PermissionCall::Revoke { reason }),
        prop::sample::select(vec![
            PermissionCall::Open,
            PermissionCall::Review,
            PermissionCall::Regrant,
            PermissionCall::Retrieve { judges_all: true },
            PermissionCall::Retrieve { judges_all: false },
            PermissionCall::Uphold,
        ]),
    ]
}

prop_compose! {
    fn usage_inputs()(
        ids in any::<([u8; 32], [u8; 16], [u8; 16], u16)>(),
        sensitivity in sensitivities(),
        permitted in sets(),
        exempt in sets(),
        expires_at_ms in times(),
        sequence in counters(),
        flags in any::<[bool; 3]>(),
        action in actions(),
        comment in "\\PC{0,60}",
        kind in 0..5_u8,
        now_ms in times(),
    ) -> UsageInput {
        let (package, owner, requestor, purpose) = ids;
        let call = match kind {
            0 => UsageCall::Opened,
            1 => UsageCall::Retrieve,
            _ => UsageCall::Act { action, comment: Comment::cut(comment) },
        };
        UsageInput {
            parameters: UsageParameters { package, owner, requestor, sensitivity, permitted, exempt, purpose, expires_at_ms },
            state: UsageState { sequence, opened: flags[0], withdrawn: flags[1], destroyed: flags[2] },
            call,
            now_ms,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn permissions_decides_alike_in_both_forms(
        record in prop::option::weighted(0.9, records()),
        call in permission_calls(),
        now_ms in times(),
    ) {
        permit(PermissionInput { record, call, now_ms });
    }

    #[test]
    fn usage_decides_alike_in_both_forms(input in usage_inputs()) {
        watch(&input);
    }

    #[test]
    fn the_same_input_takes_the_same_fuel(input in usage_inputs()) {
        let bytes = input.to_bytes();
        let contract = USAGE.contract();
        prop_assert_eq!(contract.call(&bytes).unwrap(), contract.call(&bytes).unwrap());
    }
}

#[test]
fn a_second_compilation_takes_the_same_fuel() {
    let input = PermissionInput { record: None, call: PermissionCall::Open, now_ms: 0 }.to_bytes();
    let wasm = PERMISSIONS.contract().code().wasm();
    let again = PermissionsContract::new(Sandbox::new().unwrap().compile(ContractCode::new(wasm)).unwrap());
    assert_eq!(PERMISSIONS.contract().call(&input).unwrap(), again.contract().call(&input).unwrap());
}

#[test]
fn garbage_of_any_length_is_a_trap() {
    for contract in [PERMISSIONS.contract(), USAGE.contract()] {
        for length in [0, 1, 7, 4096] {
            let fault = contract.call(&vec![0xff; length]).unwrap_err();
            assert_eq!(fault.code(), Some(3), "{fault}");
        }
    }
}

#[test]
fn the_committed_contracts_have_the_hashes_in_their_list() {
    let list = include_str!("../../../wasm/SHA256SUMS");
    for (file, wasm) in [("permissions.wasm", PERMISSIONS_WASM), ("usage.wasm", USAGE_WASM)] {
        let line = format!("{}  {file}", CodeHash::of(wasm));
        assert!(list.lines().any(|listed| listed == line), "{line} is not listed: run scripts/build-contracts");
    }
}
