//! Signatures that say "somebody with these attributes", made with a mediator's help.
//!
//! **Source.** Maji–Prabhakaran–Rosulek, *Attribute-Based Signatures*, CT-RSA 2011, instantiation 3 (secure in the generic group model; perfectly
//! private). **Departures**, ours: the claim is always `Υ' = Υ ∧ u*`, and the user's key for u* is held by a mediator only, so that
//! without it nobody signs and revocation is instant; names of mediators hash into scalars in a domain of their own and stand in the authority's
//! public key, so that no attribute that a signer holds serves as her mediator; thresholds in Υ; verification with one product of pairings.
//!
//! ```text
//! public      h_0 … h_t ∈ G2, C ∈ G1 hashed;  A0 = h0^{a0},  A_j = h_j^a,  B_j = h_j^b
//! user        Kb ∈ G1,  K0 = Kb^{1/a0},  Ku = Kb^{1/(a+b·u)} for each attribute; the one for u* at the mediator
//! signature   Q = C·g1^{H(m‖Υ')};  r0, r_i random;  v the reconstruction, M the matrix of Υ'
//!             Y = Kb^{r0}  W = K0^{r0}  S_i = Ku^{v_i r0}·Q^{r_i}  P_j = Π_i (A_j B_j^{u_i})^{M_ij r_i}
//! verify      Y ≠ 1,  e(W, A0) = e(Y, h0),  ∀j: Π_i e(S_i, (A_j B_j^{u_i})^{M_ij}) = e(Y, h_1)^{[j=1]}·e(Q, P_j)
//! ```
//!
//! The equations are checked together with 128-bit weights hashed from public key, signatures, messages and claims, so that all verifiers agree.
//!
//! **What leaks.** The verifier learns Υ' and nothing else of the signer; two signatures of one signer cannot be linked. The mediator
//! learns who signs what: it gets (m, Υ', r0) over an authenticated, encrypted channel. The issuing authority can forge.
//! Mediating K0 instead of a row would be unsafe: one answer would reveal it for good. Of a finished signature the mediator, who knows r0, gets
//! Kb and K0 (Y = Kb^r0, W = K0^r0): the Ku of the signer's attributes it does not get.

mod authority;
mod claim;
mod key_bytes;
mod public;
mod signature;
mod signer;
mod verify;

pub use authority::SignatureAuthority;
pub use claim::{Claim, ClaimError};
pub use public::SignaturePublic;
pub use signature::AttributeSignature;
pub use signer::{MediatedRow, MediationRequest, MediatorKey, PendingSignature, SignError, SignerKey};
pub use verify::{AttributeSignatureError, verify_batch};

/// Most columns of a claim's matrix: bounds the gates of a claim.
pub const MAX_COLUMNS: usize = 32;
/// Most attributes of a claim, the mediator's included.
pub const MAX_ROWS: usize = 64;

/// Most mediators that an authority names.
pub const MAX_MEDIATORS: usize = 256;

/// Layout version of all encodings here but the two below.
const LAYOUT: u8 = 1;
/// Layout version of a mediator's key: since 2 it is of the mediators' own key space.
const MEDIATOR_KEY_LAYOUT: u8 = 2;
/// Layout version of the public key: since 2 it names mediators.
const PUBLIC_LAYOUT: u8 = 2;

#[cfg(test)]
mod tests;
