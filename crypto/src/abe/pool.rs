//! Rows made ahead of time by several organisations, each used once.
//!
//! A [`Contribution`] is one organisation's rows and its share of the secret. An owner joins contributions of k organisations to a set
//! and keeps it until it is used. Points are checked when the set is joined; from then on it is bytes, and using it costs the same whatever the policy. [`super::wrap`] takes a set by value, and whoever stores sets deletes one before using it: with the same `Σ s_j`
//! twice, the difference of the published δ is the difference of the secrets.

use super::{CheckedRows, RowShare, Rows, RowsError};

/// One organisation's rows and its share.
#[derive(Debug)]
pub struct Contribution {
    /// The rows, as they came.
    pub rows: Rows,
    /// The share, which came sealed to the owner.
    pub share: RowShare,
}

/// Checks the rows of all organisations and multiplies them.
///
/// # Errors
/// When there are none, they are for different policies or versions, altered, or hold points that are none.
pub fn join_contributions(contributions: Vec<Contribution>) -> Result<(Rows, Vec<RowShare>), RowsError> {
    let mut shares = Vec::with_capacity(contributions.len());
    let mut joined: Option<CheckedRows> = None;
    for Contribution { rows, share } in contributions {
        shares.push(share);
        let rows = rows.checked()?;
        joined = Some(match joined {
            None => rows,
            Some(joined) => joined.combine(&rows)?,
        });
    }
    joined.map(|rows| (rows.into(), shares)).ok_or(RowsError::Mismatch)
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;
    use zeroize::Zeroizing;

    use super::super::tests::{CONTEXT, World, policy};
    use super::*;
    use crate::abe::{make_rows, wrap};

    #[test]
    fn rows_of_three_organisations_open_as_one() {
        let world = World::new();
        let contribution = |text: &str| {
            let (rows, share) = make_rows(&policy(text), &world.keys, &mut OsRng).unwrap();
            let share = RowShare::from_bytes(&share.to_bytes()).unwrap();
            Contribution { rows, share }
        };
        let text = "A@X AND A@Y";
        let (rows, shares) = join_contributions((0..3).map(|_| contribution(text)).collect()).unwrap();
        let (ciphertext, sigma) = wrap(rows, shares, CONTEXT, &mut OsRng);
        let user = world.user("bob", &["A@X", "A@Y"]);
        let transform = user.transform(&ciphertext).unwrap();
        let recovered = user.secret.recover(&ciphertext, &transform, CONTEXT);
        assert_eq!(recovered.unwrap(), sigma);
        assert_eq!(join_contributions(vec![]).unwrap_err(), RowsError::Mismatch);
        let different = vec![contribution(text), contribution("A@X OR A@Y")];
        assert_eq!(join_contributions(different).unwrap_err(), RowsError::Mismatch);
    }

    #[test]
    fn all_but_one_organisation_together_do_not_know_the_secret() {
        let world = World::new();
        let text = policy("A@X");
        let contribution = || {
            let (rows, share) = make_rows(&text, &world.keys, &mut OsRng).unwrap();
            Contribution { rows, share }
        };
        let (honest, dishonest) = (contribution(), contribution());
        let known = *dishonest.share.0.expose();
        let (rows, shares) = join_contributions(vec![honest, dishonest]).unwrap();
        let (ciphertext, _) = wrap(rows, shares, CONTEXT, &mut OsRng);
        // What the dishonest one can compute: E^{δ + s_2} unmasks something else.
        let guess = crate::pairing::GtTable::generator().pow(&(ciphertext.delta + known));
        let guess = crate::pairing::Fp12::from(guess);
        let opened = super::super::user::unmask(&ciphertext, &Zeroizing::new(guess), CONTEXT);
        assert!(opened.is_err());
    }
}
