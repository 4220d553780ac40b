//! The sandbox in which every party runs the same contracts.
//!
//! MeDShare (Xia et al. 2017) leaves open what executes its contracts. Here they are WebAssembly guests that import nothing:
//! validators run them in consensus, agents beside the data, owners' nodes once more on what agents report. All must see the
//! same outcome, the same fuel and the same faults. Code is therefore inspected before it is compiled ([`Sandbox::compile`]):
//! no floating point, no vectors, no recursion, no tables, bounds on everything. Whether the *ledger* takes code is the inspection's
//! answer alone ([`inspect`]): nothing is compiled in consensus. A call runs in a fresh instance and ends by
//! fuel, never by the clock ([`Contract::call`]).
#![forbid(unsafe_code)]

mod call_graph;
mod code;
mod compiled;
mod contract;
mod fault;
mod inspection;
mod limits;
mod permissions;
mod rejection;
mod sandbox;
mod store;
mod usage;

pub use code::{CodeHash, ContractCode, PERMISSIONS_WASM, USAGE_WASM};
pub use compiled::compiled;
pub use contract::{CallOutcome, Contract};
pub use fault::CallFault;
pub use inspection::inspect;
pub use limits::{
    CALL_FUEL, INPUT_BYTE_FUEL, MAX_DATA_SEGMENTS, MAX_EXPORTS, MAX_FUNCTION_BYTES, MAX_FUNCTIONS, MAX_GLOBALS,
    MAX_MEMORY_PAGES, MAX_STACK_BYTES,
};
pub use permissions::PermissionsContract;
pub use rejection::CodeRejection;
pub use sandbox::Sandbox;
pub use usage::UsageContract;
