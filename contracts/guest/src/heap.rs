//! A heap that is never given back.
#![expect(unsafe_code, reason = "a global allocator can only be declared by an unsafe trait")]

use core::alloc::{GlobalAlloc, Layout};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering};

/// Enough for decoding the longest input and encoding the longest outcome, many times over.
const HEAP_BYTES: usize = 32 * 1024;

static BYTES: [AtomicU8; HEAP_BYTES] = [const { AtomicU8::new(0) }; HEAP_BYTES];

/// The guest's allocator. An instance lives for one call, so that nothing is ever freed; a full heap is a trap.
pub struct Heap {
    used: AtomicUsize,
}

impl Heap {
    /// An empty heap. There is one per guest, because all share the same bytes.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "made only by the `contract` macro, in a constant")]
    pub const fn new() -> Self {
        Self { used: AtomicUsize::new(0) }
    }
}

// SAFETY: every allocation gets its own range of `BYTES`: `used` only grows, a range ends where `used` is set to, and a guest
// has one thread. `BYTES` is of atomics, so that writing through a shared reference's pointer is sound. The range starts at
// the layout's alignment, because the address itself is rounded up.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = BYTES.as_ptr().addr();
        let used = self.used.load(Ordering::Relaxed);
        let range = (base + used)
            .checked_next_multiple_of(layout.align())
            .map(|start| start - base)
            .and_then(|start| Some((start, start.checked_add(layout.size())?)));
        match range {
            Some((start, end)) if end <= HEAP_BYTES => {
                self.used.store(end, Ordering::Relaxed);
                BYTES.as_ptr().cast_mut().cast::<u8>().wrapping_add(start)
            }
            _ => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
