//! The names and shapes by which host and guest call each other.
//!
//! A guest is a core WebAssembly module that imports nothing. To run it, the host makes a fresh instance, asks for room with
//! [`ALLOC`], writes the input there, and runs [`CALL`], which answers where the outcome lies: `pointer << 32 | length`, both
//! as `u32`. An input that the guest cannot decode is a trap.

/// The exported memory. It declares a maximum.
pub const MEMORY: &str = "memory";
/// `alloc(length: i32) -> i32`: where the host may write an input of that length.
pub const ALLOC: &str = "alloc";
/// `call(pointer: i32, length: i32) -> i64`: runs the contract on an input and answers where the outcome lies.
pub const CALL: &str = "call";

/// The largest contract in bytes: what the ledger orders is what the sandbox takes.
pub const MAX_CODE_BYTES: usize = 128 * 1024;
/// The longest input in bytes that a host hands to a guest.
pub const MAX_INPUT_BYTES: usize = 4 * 1024;
/// The longest outcome in bytes that a host takes from a guest.
pub const MAX_OUTPUT_BYTES: usize = 4 * 1024;

/// Joins an outcome's place and length into the answer of [`CALL`].
#[must_use]
pub const fn pack(pointer: u32, length: u32) -> u64 {
    (pointer as u64) << 32 | length as u64
}

/// Splits the answer of [`CALL`] into an outcome's place and length.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "the two halves of the answer are 32 bits each")]
pub const fn unpack(answer: u64) -> (u32, u32) {
    ((answer >> 32) as u32, answer as u32)
}
