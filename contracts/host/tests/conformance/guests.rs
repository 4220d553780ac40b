//! The contracts under test, compiled once.

use std::path::PathBuf;
use std::sync::LazyLock;

use medshare_contract_abi::permissions::{PermissionInput, PermissionOutcome};
use medshare_contract_abi::usage::{UsageInput, UsageOutcome};
use medshare_contract_host::{ContractCode, PermissionsContract, Sandbox, UsageContract};

pub static PERMISSIONS: LazyLock<PermissionsContract> =
    LazyLock::new(|| PermissionsContract::new(compiled("permissions.wasm")));
pub static USAGE: LazyLock<UsageContract> = LazyLock::new(|| UsageContract::new(compiled("usage.wasm")));

fn compiled(file: &str) -> medshare_contract_host::Contract {
    let folder = std::env::var_os("MEDSHARE_CONTRACTS")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm")), PathBuf::from);
    let wasm = std::fs::read(folder.join(file)).expect("a compiled contract");
    Sandbox::new().and_then(|sandbox| sandbox.compile(ContractCode::new(&wasm))).expect("an acceptable contract")
}

/// What both forms of the `permissions` contract decide.
pub fn permit(input: PermissionInput) -> PermissionOutcome {
    let outcome = PERMISSIONS.decide(&input).expect("an outcome");
    assert_eq!(outcome, medshare_contract_permissions::decide(&input), "{input:?}");
    outcome
}

/// What both forms of the `usage` contract decide.
pub fn watch(input: &UsageInput) -> UsageOutcome {
    let outcome = USAGE.decide(input).expect("an outcome");
    assert_eq!(outcome, medshare_contract_usage::decide(input), "{input:?}");
    outcome
}
