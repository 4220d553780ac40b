//! Key-policy encryption for a personal domain: records carry labels, keys carry policies.
//!
//! **Source.** FABEO-KP: Riepel–Wee, *FABEO: Fast Attribute-Based Encryption with Optimal Security*, CCS 2022, one use per label; labels hash
//! into G1. Adaptively secure in the generic group model with random oracles. **Departures**, ours: version keys v as in
//! [`crate::abe`], and the Fujisaki–Okamoto check. The owner of the domain is its only authority: it can open everything in it.
//!
//! ```text
//! domain      α              PK = E^α             label u at version v:  P_u = H(u)^v
//! ciphertext  s = H1(σ‖ctx)  g2^s,  C_u = P_u^s for each label,  C0 = σ ⊕ H2(E^{αs})
//! key         fresh r        g2^r,  K_i = g1^{λ_i}·P_{ρ(i)}^r,  λ shares of α under the key's policy;  r = PRF(id, policy, versions)
//! open        κ = e(ΠK_i^c, g2^s) / e(ΠC_{ρ(i)}^c, g2^r) = E^{αs};  accept iff g2^{H1(σ‖ctx)} is the ciphertext's
//! ```
//!
//! One use per label: the j-th time that a policy names u it is the label `u|j`, and a ciphertext holds `u|0 … u|3`.
//! Opening costs two pairings, whatever the policy. The labels show; who may open shows in nobody's ciphertext.
//!
//! **Revocation.** The owner moves a label to a new version: stored ciphertexts `C_u ← C_u^{v'/v}` (a node does that); keys that stay are made anew, with r
//! and λ of their own ([`KpKey::renew`]). **Policy update** of a key: issue another under the new policy, and move the labels that it lost.
//!
//! **Why made anew.** A row that moved with its r would show `H(u)^{(v'−v)·r}` to its holder. With a node, who knows ρ = v'/v, that is `P_u^r`, and `K_i·P_u^{−r} = g1^{λ_i}`:
//! of a branch of one leaf `g1^α`, which opens everything in the domain. To somebody who knows ρ, a key that was made anew is one more key of the scheme for the same policy,
//! with the rows of its matrix scaled by 1/ρ: what FABEO gives out in any number.

mod ciphertext;
mod domain;
mod kept;
mod key;
mod label;
mod public;
mod renewal;
mod update;

pub use ciphertext::{KpCiphertext, KpEncryptError, encrypt};
pub use domain::{DomainSecret, KpIssueError};
pub use key::{KpKey, KpOpenError};
pub use label::LabelPublic;
pub use public::DomainPublic;
pub use renewal::KpRenewalError;
pub use update::LabelUpdate;

/// How often a policy may name one label.
pub const MAX_USES: usize = 4;
/// Most labels of a ciphertext.
pub const MAX_LABELS: usize = 64;

/// Layout version of all encodings here.
const LAYOUT: u8 = 1;
/// Domain of H1.
const EXPONENT_DOMAIN: &str = "MEDSHARE-V01-FABEO-KP-FO-DATA";
/// Domain of H2.
const MASK_DOMAIN: &str = "medshare/kp-abe/mask/v1";

#[cfg(test)]
mod tests;
