//! What a signature says about its signer.

use super::public::{attribute_scalar, c, mediator_scalar};
use super::{MAX_COLUMNS, MAX_ROWS};
use crate::hash::tagged_hash;
use crate::pairing::{G1, G1Table, Scalar, hash_to_scalar};
use crate::policy::{AttributeName, Gate, Lsss, Policy, SparseRow};

const MESSAGE_DOMAIN: &str = "MEDSHARE-V01-MPR11-MESSAGE";

/// Why a policy is no claim.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// Too many attributes or gates.
    #[error("a claim may have {MAX_ROWS} attributes and {MAX_COLUMNS} columns with the mediator's")]
    TooLarge,
    /// The policy names the mediator's attribute.
    #[error("the mediator's attribute {attribute} cannot be part of the policy")]
    NamesMediator {
        /// The attribute.
        attribute: AttributeName,
    },
}

/// Υ' = Υ ∧ u*, with its matrix.
#[derive(Debug, Clone)]
pub struct Claim {
    mediator: AttributeName,
    whole: Policy,
    matrix: Lsss,
}

impl Claim {
    /// The claim that the signer satisfies `policy` and that the holder of `mediator` agreed.
    ///
    /// # Errors
    /// When it is too large or names the mediator's attribute.
    pub fn new(policy: &Policy, mediator: &AttributeName) -> Result<Self, ClaimError> {
        if policy.attributes().contains(mediator) {
            let attribute = mediator.clone();
            return Err(ClaimError::NamesMediator { attribute });
        }
        let branches = vec![policy.root().clone(), Gate::Attribute(mediator.clone())];
        let whole = Policy::new(Gate::And(branches)).map_err(|_| ClaimError::TooLarge)?;
        Self::of_size(whole, mediator.clone())
    }

    /// The claim of a policy Υ' that was made by [`Claim::new`]: an AND whose last branch is the mediator's attribute.
    pub(super) fn from_whole(whole: Policy, mediator: AttributeName) -> Result<Self, ClaimError> {
        let last = match whole.root() {
            Gate::And(of) => of.last(),
            _ => None,
        };
        let named = whole.leaves().into_iter().filter(|name| **name == mediator);
        if named.count() != 1 || last != Some(&Gate::Attribute(mediator.clone())) {
            return Err(ClaimError::NamesMediator { attribute: mediator });
        }
        Self::of_size(whole, mediator)
    }

    fn of_size(whole: Policy, mediator: AttributeName) -> Result<Self, ClaimError> {
        let matrix = Lsss::new(&whole);
        if matrix.columns() > MAX_COLUMNS || whole.leaf_count() > MAX_ROWS {
            return Err(ClaimError::TooLarge);
        }
        Ok(Self { mediator, whole, matrix })
    }

    /// The policy with the mediator's attribute, which is its last leaf.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.whole
    }

    /// The mediator's attribute.
    #[must_use]
    pub fn mediator(&self) -> &AttributeName {
        &self.mediator
    }

    pub(super) fn columns(&self) -> usize {
        self.matrix.columns()
    }

    /// Rows of the matrix with their attributes as scalars; the last is the mediator's.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Scalar, &SparseRow)> {
        let leaves = self.whole.leaves();
        let own = leaves.len().saturating_sub(1);
        let scalars = leaves.into_iter().take(own).map(attribute_scalar).collect::<Vec<_>>();
        scalars.into_iter().chain([mediator_scalar(&self.mediator)]).zip(self.matrix.rows())
    }

    /// Q = C·g1^{H(m‖Υ')}.
    pub(super) fn message_point(&self, message: &[u8]) -> G1 {
        let policy = self.whole.to_string();
        let parts = [message, policy.as_bytes(), self.mediator.as_str().as_bytes()];
        let digest = tagged_hash("medshare/attribute-signature/v1", &parts);
        let mu = hash_to_scalar(MESSAGE_DOMAIN, digest.as_bytes());
        c() + G1Table::generator().mul(&mu)
    }
}
