//! One short key for any set of an owner's file classes.
//!
//! **Source.** Chu–Chow–Tzeng–Zhou–Deng, *Key-aggregate cryptosystem for scalable data sharing in cloud storage*, IEEE TPDS 2014, section 3, in
//! type-III groups. CPA-secure under a BDHE-type assumption on the parameters. **Departure**, ours: the exponent t follows from σ
//! (Fujisaki–Okamoto), checked at opening.
//!
//! ```text
//! parameters  g1^{α^i} for 1 ≤ i ≤ n,  g2^{α^i} for 1 ≤ i ≤ 2n, i ≠ n+1        α is known to nobody afterwards
//! owner       γ,  v = g1^γ
//! class i     t = H1(σ‖i‖ctx):  c1 = g1^t,  c2 = (v·g1^{α^i})^t,  κ = E^{α^{n+1} t},  C0 = σ ⊕ H2(κ)
//! key for S   K_S = Π_{j∈S} g2^{γ α^{n+1−j}}                                    96 bytes, whatever S
//! open        κ = e(c2, Π_{j∈S} g2^{α^{n+1−j}}) / e(c1, K_S·Π_{j∈S, j≠i} g2^{α^{n+1−j+i}})
//! ```
//!
//! | symbol | field | group |
//! |---|---|---|
//! | γ | [`AggregateOwner`] | scalar |
//! | v, c1, c2 | [`AggregateOwnerPublic`], [`ClassCiphertext`] | G1 |
//! | K_S | [`AggregateKey`] | G2 |
//! | κ | – | GT |
//!
//! **No escrow.** Whoever makes the parameters forgets α; with a [`ParameterTranscript`] several parties multiply theirs in, each proves that it did,
//! and one who forgets is enough. Each owner has its own γ, so no third party can make keys. **What leaks:** classes, and S to the key's holder.
//! A key cannot be taken back: revocation means new classes or a new γ.

mod ciphertext;
mod owner;
mod parameters;
mod transcript;

pub use ciphertext::{ClassCiphertext, ClassError};
pub use owner::{AggregateKey, AggregateKeyError, AggregateOwner, AggregateOwnerPublic};
pub use parameters::{AggregateParameters, ParametersError};
pub use transcript::{Contribution, MAX_CONTRIBUTIONS, ParameterTranscript};

/// Most classes that parameters may have.
pub const MAX_CLASSES: u16 = 1024;

/// Layout version of all encodings here.
const LAYOUT: u8 = 1;

#[cfg(test)]
mod tests;
