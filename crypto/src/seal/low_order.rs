//! Points of X25519 with which every key agrees on zero.
//!
//! RFC 7748 lets an implementation refuse a shared secret of zeros, and X-Wing has left it open so far. Nobody honest has such a point, so
//! it is refused where it comes in, by its bytes: on all machines alike, and without a computation.

/// Every encoding of a coordinate of order 1, 2, 4 or 8 on the curve or its twist, the top bit aside, little-endian: those below
/// p = 2^255 − 19, and those of 0 and 1 that are not reduced.
const LOW_ORDER: [[u8; 32]; 7] = [
    // 0
    [0; 32],
    // 1
    with_ends(1, 0, 0),
    // of order 8
    [
        0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09,
        0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00,
    ],
    [
        0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44,
        0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57,
    ],
    // p − 1, p, p + 1
    with_ends(0xec, 0xff, 0x7f),
    with_ends(0xed, 0xff, 0x7f),
    with_ends(0xee, 0xff, 0x7f),
];

/// Bytes that are alike but for the first and the last one.
const fn with_ends(first: u8, between: u8, last: u8) -> [u8; 32] {
    let mut bytes = [between; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

/// Whether the point is of low order. RFC 7748 ignores the top bit, and so does this.
pub(super) fn is_low_order(point: &[u8; 32]) -> bool {
    let mut masked = *point;
    if let Some(last) = masked.last_mut() {
        *last &= 0x7f;
    }
    LOW_ORDER.contains(&masked)
}
