//! The pairing groups of BLS12-381: the one place with `unsafe`, over `blst`.
//!
//! | here | group | bytes |
//! |---|---|---|
//! | [`Scalar`] | integers modulo r | 32, big-endian, canonical |
//! | [`G1`] | order-r subgroup of E(Fp) | 48, compressed |
//! | [`G2`] | order-r subgroup of E'(Fp2) | 96, compressed |
//! | [`Gt`] | order-r subgroup of Fp12* | 576, twelve big-endian coefficients |
//!
//! Decoding checks canonical form, curve, subgroup, and refuses the neutral element: no message of ours may hold it.
//! About 117 to 120 bits of security against the number field sieve (RFC draft `pairing-friendly-curves`); hashing is RFC 9380.
//!
//! Secret independence: scalar multiplication is `blst`'s constant-time one; [`SplitGt::pow`] and the fixed-base tables read
//! every entry of a table for each digit. Pairings, decoding and [`multi_pairing`] work on public points.
//!
//! From the ground up: `source_group`; `fp2`, `fp6`, [`Fp12`]; `recode` and `gt_digits` (digits of exponents), `select` (look-ups); `split_gt`, `gt_table`,
//! `g1_table` (powers); `lines`, `miller` (pairings).

mod fp2;
mod fp6;
mod g1_table;
mod gt;
mod gt_digits;
mod gt_table;
mod lines;
mod miller;
mod recode;
mod scalar;
mod select;
mod source_group;
mod split_gt;

pub use g1_table::G1Table;
pub use gt::{Fp12, Gt};
pub use gt_table::GtTable;
pub use miller::{PreparedG2, multi_pairing, pairing};
pub use scalar::{Scalar, SecretScalar, SecretScalars, decode_scalar, encode_scalar, hash_to_scalar, random_scalar};
pub use source_group::{G1, G2};
pub use split_gt::SplitGt;

#[cfg(test)]
mod tests;
