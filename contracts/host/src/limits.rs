//! What a contract may use. Validators must agree on these: to change one is to change the protocol.

use medshare_contract_abi::guest::{MAX_CODE_BYTES, MAX_INPUT_BYTES};

/// The largest body of a function in bytes; compiling takes longer than linearly in it.
pub const MAX_FUNCTION_BYTES: usize = 16 * 1024;
/// The most functions.
pub const MAX_FUNCTIONS: u32 = 1_024;
/// The most parameters of a function: what one call costs to validate.
pub const MAX_PARAMETERS: u32 = 16;
/// The most results of a function.
pub const MAX_RESULTS: u32 = 1;
/// The most global variables.
pub const MAX_GLOBALS: u32 = 64;
/// The most exports.
pub const MAX_EXPORTS: u32 = 64;
/// The most data segments; each call copies them, and no fuel pays for it.
pub const MAX_DATA_SEGMENTS: u32 = 256;
/// The most pages of 64 KiB that a contract may declare as its memory's maximum.
pub const MAX_MEMORY_PAGES: u64 = 16;
/// The deepest stack in bytes, by the estimate of the call graph's deepest path.
pub const MAX_STACK_BYTES: u64 = 128 * 1024;

/// The stack that compiled code gets. It is far more than the estimate allows, so that no processor runs out of it where
/// another does not.
pub(crate) const NATIVE_STACK_BYTES: usize = 1024 * 1024;

/// The fuel of one call: about one unit per instruction, plus [`INPUT_BYTE_FUEL`] per byte of input.
pub const CALL_FUEL: u64 = 1_000_000;
/// The fuel that each byte of input costs before the contract starts.
pub const INPUT_BYTE_FUEL: u64 = 16;

const _: () = assert!(MAX_STACK_BYTES as usize * 8 <= NATIVE_STACK_BYTES, "the estimate keeps its distance");
const _: () = assert!(MAX_FUNCTION_BYTES < MAX_CODE_BYTES, "a function is part of the code");
const _: () =
    assert!(MAX_INPUT_BYTES as u64 * INPUT_BYTE_FUEL < CALL_FUEL / 2, "the longest input leaves fuel to decide");
