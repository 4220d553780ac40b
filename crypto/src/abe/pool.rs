//! Rows made ahead of time, each used once.
//!
//! A [`Contribution`] is one organisation's rows and its share of the secret. An owner collects contributions of k organisations
//! for each policy it uses; taking one joint set out of the pool removes it, so that no set wraps two secrets: with the same
//! `Σ s_j` twice, the difference of the published δ is the difference of the secrets.

use std::collections::{BTreeMap, VecDeque};

use super::{RowShare, Rows, RowsMismatch};
use crate::policy::Policy;

/// One organisation's rows and its share.
#[derive(Debug)]
pub struct Contribution {
    /// The rows.
    pub rows: Rows,
    /// The share, which came sealed to the owner.
    pub share: RowShare,
}

/// Multiplies the rows of all organisations.
///
/// # Errors
/// When there are none, or they are for different policies or versions.
pub fn join_contributions(contributions: Vec<Contribution>) -> Result<(Rows, Vec<RowShare>), RowsMismatch> {
    let mut shares = Vec::with_capacity(contributions.len());
    let mut joined: Option<Rows> = None;
    for Contribution { rows, share } in contributions {
        shares.push(share);
        joined = Some(match joined {
            None => rows,
            Some(joined) => joined.combine(&rows)?,
        });
    }
    joined.map(|rows| (rows, shares)).ok_or(RowsMismatch)
}

/// Joint rows in stock, by policy.
#[derive(Debug, Default)]
pub struct RowPool {
    stock: BTreeMap<Policy, VecDeque<(Rows, Vec<RowShare>)>>,
}

impl RowPool {
    /// An empty pool.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the joint rows of some organisations in stock.
    ///
    /// # Errors
    /// As [`join_contributions`].
    pub fn add(&mut self, contributions: Vec<Contribution>) -> Result<(), RowsMismatch> {
        let (rows, shares) = join_contributions(contributions)?;
        let of_policy = self.stock.entry(rows.policy.clone()).or_default();
        of_policy.push_back((rows, shares));
        Ok(())
    }

    /// Takes the oldest set for `policy` out of stock.
    pub fn take(&mut self, policy: &Policy) -> Option<(Rows, Vec<RowShare>)> {
        self.stock.get_mut(policy)?.pop_front()
    }

    /// How many sets are in stock for `policy`.
    #[must_use]
    pub fn len(&self, policy: &Policy) -> usize {
        self.stock.get(policy).map_or(0, VecDeque::len)
    }

    /// Whether nothing is in stock for any policy.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stock.values().all(VecDeque::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::super::tests::{CONTEXT, World, policy};
    use super::*;
    use crate::abe::{make_rows, wrap};

    #[test]
    fn a_set_of_rows_is_used_once_and_opens() {
        let world = World::new();
        let text = policy("A@X AND A@Y");
        let contribution = || {
            let (rows, share) = make_rows(&text, &world.keys, &mut OsRng).unwrap();
            let share = RowShare::from_bytes(&share.to_bytes()).unwrap();
            Contribution { rows, share }
        };
        let mut pool = RowPool::new();
        pool.add(vec![contribution(), contribution(), contribution()]).unwrap();
        assert_eq!(pool.len(&text), 1);
        let (rows, shares) = pool.take(&text).unwrap();
        assert!(pool.take(&text).is_none());
        assert!(pool.is_empty());
        let (ciphertext, sigma) = wrap(rows, shares, CONTEXT, &mut OsRng);
        let user = world.user("bob", &["A@X", "A@Y"]);
        let transform = user.transform(&ciphertext).unwrap();
        let recovered = user.secret.recover(&ciphertext, &transform, CONTEXT);
        assert_eq!(recovered.unwrap(), sigma);
        assert_eq!(pool.add(vec![]), Err(RowsMismatch));
    }

    #[test]
    fn all_but_one_organisation_together_do_not_know_the_secret() {
        let world = World::new();
        let text = policy("A@X");
        let (first, honest) = make_rows(&text, &world.keys, &mut OsRng).unwrap();
        let (second, dishonest) = make_rows(&text, &world.keys, &mut OsRng).unwrap();
        let known = *dishonest.0.expose();
        let rows = first.combine(&second).unwrap();
        let (ciphertext, _) = wrap(rows, vec![honest, dishonest], CONTEXT, &mut OsRng);
        // What the dishonest one can compute: E^{δ + s_2} unmasks something else.
        let guess = crate::pairing::GtTable::generator().pow(&(ciphertext.delta + known));
        let guess = crate::pairing::Fp12::from(guess);
        let opened = super::super::user::unmask(&ciphertext, &guess, CONTEXT);
        assert!(opened.is_err());
    }
}
