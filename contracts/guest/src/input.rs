//! Where the host writes a call's input.

use alloc::vec::Vec;
use core::sync::atomic::{AtomicU8, Ordering};

use medshare_contract_abi::guest::MAX_INPUT_BYTES;

use crate::{address, trap};

static INPUT: [AtomicU8; MAX_INPUT_BYTES] = [const { AtomicU8::new(0) }; MAX_INPUT_BYTES];

/// Where the host may write an input of `length` bytes; a longer one than the ABI allows is a trap.
pub fn place_for(length: u32) -> u32 {
    match usize::try_from(length) {
        Ok(length) if length <= MAX_INPUT_BYTES => address(INPUT.as_ptr()),
        _ => trap(),
    }
}

/// The input that the host wrote, if it wrote where it was told to.
pub(crate) fn written_at(pointer: u32, length: u32) -> Option<Vec<u8>> {
    let bytes = INPUT.get(..usize::try_from(length).ok()?)?;
    let told = pointer == address(INPUT.as_ptr());
    told.then(|| bytes.iter().map(|byte| byte.load(Ordering::Relaxed)).collect())
}
