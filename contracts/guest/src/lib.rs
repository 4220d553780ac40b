//! The WebAssembly side of the contract ABI: what turns a pure function into a guest.
//!
//! This is the only place where a guest needs `unsafe`, for two things that no safe Rust can say: that a function is exported
//! under its plain name, and that a type is the global allocator. No raw pointer is dereferenced: the host writes into an
//! array of atomics (plain bytes to a module without threads), which the guest then copies out of, and an outcome is a leaked
//! buffer of which only the address is told.
#![no_std]

extern crate alloc;

mod heap;
mod input;

use alloc::vec::Vec;

use medshare_contract_abi::guest::pack;
use medshare_contract_abi::{Decode, Encode};

pub use heap::Heap;
pub use input::place_for;

/// Runs a contract on the input that the host wrote and answers where the outcome lies.
pub fn run<I: Decode, O: Encode>(pointer: u32, length: u32, decide: impl Fn(&I) -> O) -> u64 {
    let outcome = input::written_at(pointer, length)
        .and_then(|bytes| I::from_bytes(&bytes).ok())
        .map(|input| decide(&input).to_bytes());
    match outcome {
        Some(bytes) => told(bytes),
        None => trap(),
    }
}

/// Leaves an outcome in memory; the instance ends with the call, and its memory with it.
fn told(bytes: Vec<u8>) -> u64 {
    let bytes = bytes.leak();
    pack(address(bytes.as_ptr()), u32::try_from(bytes.len()).unwrap_or_else(|_| trap()))
}

/// The address of something in this module's memory, which has 32 bits.
fn address<T>(pointer: *const T) -> u32 {
    u32::try_from(pointer.addr()).unwrap_or_else(|_| trap())
}

/// Ends the call. The host reports a trap, the same at every node.
pub fn trap() -> ! {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_arch = "wasm32"))]
    panic!("contract trapped");
}

/// Makes a guest out of `decide`, a function from one input to one outcome.
#[macro_export]
macro_rules! contract {
    ($decide:path) => {
        #[expect(unsafe_code, reason = "an export keeps its plain name only by an unsafe attribute")]
        mod exports {
            #[global_allocator]
            static HEAP: $crate::Heap = $crate::Heap::new();

            /// Where the host may write an input of `length` bytes.
            #[unsafe(no_mangle)]
            extern "C" fn alloc(length: u32) -> u32 {
                $crate::place_for(length)
            }

            /// Runs the contract on the input at `pointer`.
            #[unsafe(no_mangle)]
            extern "C" fn call(pointer: u32, length: u32) -> u64 {
                $crate::run(pointer, length, $decide)
            }

            #[panic_handler]
            fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
                $crate::trap()
            }
        }
    };
}
