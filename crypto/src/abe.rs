//! Multi-authority attribute-based encryption whose opening needs the user's key *and* a node.
//!
//! **Source.** Rouselakis–Waters, *Efficient statically-secure large-universe multi-authority ABE*, FC 2015 (eprint 2015/016), in type-III
//! groups. **Departures**, ours and not proven as a whole: version keys v in `P_u = F(u)^v`; keys blinded by the user's z and given
//! to a node (in the manner of Green–Hohenberger–Waters, USENIX 2011), so that the authority never sees z and the node never
//! sees a key; rows made by others for a secret of their own, joined by the offset δ; a Fujisaki–Okamoto check of the result.
//!
//! **Assumption and notion.** The scheme underneath: static security under a q-type assumption, random oracles. Static: the adversary names corrupt
//! authorities, keys and policies before it sees an authority's key; attackers who choose as they go are not covered. With the check,
//! an opened σ is the one that was encrypted for this context, whatever the node computed. Rows stay malleable on purpose (nodes
//! update versions), so this is not CCA2: the owner's signature over the header gives integrity.
//!
//! ```text
//! authority   α, y             PK = (E^α, g1^y)           attribute u at version v:  P_u = F(u)^v
//! user        z                Z = g2^{1/z},  HZ = H(gid)^{1/z},  DLEQ proof of the same exponent
//! proxy key   at the node      K' = Z^α·HZ^y·P_u^t,  KP' = g1^t             t = PRF(gid, Z, u, version)
//! row         λ of s, ω of 0   C1 = E^λ·(E^α)^t'   C2 = g1^{−t'}   C3 = (g1^y)^t'·g1^ω   C4 = P_u^t'
//! ciphertext  s = H1(σ‖ctx)    δ = s − Σ s_j,  C0 = σ ⊕ H2(E^s)
//! node        A = E^δ·ΠC1^c    T = Π e(C2^c, K')·e(KP'^c, C4) · e(ΠC3^c, HZ)
//! user        κ = A·T^z        σ = C0 ⊕ H2(κ);  accept iff E^{H1(σ‖ctx)} = κ
//! ```
//!
//! | symbol | field | group |
//! |---|---|---|
//! | α, y, z, v, t | [`AuthoritySecret`], [`UserSecret`] | scalars |
//! | E^α, C1, A, T | [`AuthorityPublic`], [`Rows`], [`Transform`] | GT |
//! | g1^y, C2, C3, KP' | the same, [`ProxyKey`] | G1 |
//! | Z, HZ, P_u, C4, K' | [`Registration`], [`AttributePublic`], [`Rows`], [`ProxyKey`] | G2 |
//!
//! **Why t depends on Z.** With the same t for two registrations of one person, the quotient of their keys would be free of the
//! attribute. **Why on the version.** With the same t at two versions, whoever knows their ratio v'/v takes `P_u^t` out of a key, and what is left
//! is free of the attribute ([`ProxyKeyUpdate`]). **Why the proof.** With Z and HZ of unequal exponents two users could combine their keys.
//!
//! **Who checks rows.** A user reads the head of a ciphertext and the two answers, an owner wraps rows that were checked when they came: both keep
//! rows as bytes ([`Rows`]), so that their cost does not grow with the policy. Who computes with a row checks its points first ([`CheckedRows`], [`SelectedRows`]).
//!
//! **What leaks.** The policy, who opens what to the node that transforms, the number of rows. A node with a proxy key
//! and the user together hold the user's key: revocation relies on nodes that delete.

mod attribute_version;
mod authority;
mod challenge;
mod ciphertext;
mod ciphertext_bytes;
mod directory;
mod dispute;
mod in_force;
mod make_rows;
mod moved;
mod oracle;
mod policy_update;
mod pool;
mod proxy;
mod public;
mod register;
mod registration;
mod revocation;
mod row;
mod row_seed;
mod rows;
mod rows_error;
mod selection;
mod sharing;
mod statement;
mod user;

pub use attribute_version::AttributeVersion;
pub use authority::{AuthoritySecret, IssueError};
pub use challenge::{Challenge, ChallengeAnswer, NotAnswered, PendingChallenge, Transcript, WrongAnswer, challenge};
pub use ciphertext::{Ciphertext, encrypt, wrap};
pub use directory::{DirectoryError, PublicKeys};
pub use dispute::{Dispute, DisputeError, Factor, Finding, Published, Verdict};
pub use in_force::{Age, NotPublished, VersionsInForce};
pub use make_rows::{EncryptError, RowShare, make_rows};
pub(crate) use moved::MovedRows;
pub use policy_update::{WidenError, Widening, rewrap};
pub use pool::{Contribution, JoinError, join_contributions};
pub use proxy::{ProxyKey, ProxyKeys, Transform, TransformError, transform};
pub use public::{AttributePublic, AuthorityPublic};
pub use register::{AttributeRegister, MAX_REGISTERED, RegisterError};
pub use registration::{MAX_GID_LEN, OwnRegistration, Registration, RegistrationError, VerifiedRegistration};
pub use revocation::{CiphertextUpdate, ProxyKeyUpdate, UpdateError, WrongUpdate};
pub use row_seed::RowSeed;
pub use rows::{CheckedRows, Rows};
pub use rows_error::RowsError;
pub use selection::{RowsUsed, SelectedRows};
pub use sharing::{
    Joinable, Known, MAX_WAYS, Opened, ProxyKeyShare, SharingError, TransformShare, join_transforms, joinable, opening,
    transform_share,
};
pub use statement::{TransformPartStatement, TransformStatement};
pub use user::{RecoverError, UserSecret};

/// Layout version of all encodings here.
const LAYOUT: u8 = 1;

#[cfg(test)]
mod tests;
