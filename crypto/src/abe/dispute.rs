//! Finding out who was wrong when a node's answer opens nothing, without anybody learning what it should have opened.
//!
//! **Why not by V = T^z.** Whoever knows A and V opens the file that they belong to: a node that serves the second file's T for the first is then
//! told how to open the second. So T^z never leaves the user. What a node answers is determined by header, registration, proxy keys
//! and the rows that it used, which it signs together with A and T; so others compute it again:
//!
//! ```text
//! anybody     A = E^δ·ΠC1^c                                          T = Π_θ T_θ over the authorities θ of the rows
//! node        signs T_θ for each θ, with the answer                  T_θ = Π e(C2^c, K')·e(KP'^c, C4)·e(C3^c, HZ), rows of θ
//! authority   computes T_θ again, with its own α and y               T_θ = e(ΠC2^c, Z)^α·e(ΠC2^c, HZ)^y·e(ΠC3^c, HZ)
//!             and proves under its public key that the node's factor agrees, or differs
//! judge       multiplies the factors, checks the proofs              e(C2, P_u)·e(g1, C4) = 1 for each row, else the file is wrong
//! ```
//!
//! The authority's form is the node's, with the two terms of P_u taken out, which cancel in a row that passes the judge's check.
//!
//! **What a factor opens.** Nothing alone: it is to the power of 1/z, and only the user knows z. To the user it is what her own key for the attributes
//! would compute from this header in the scheme underneath, and the transform of a header that has only these rows. It is made for rows that satisfy the policy, while
//! all of their keys are there: whoever gets it opens the file without a dispute. It depends on the rows' own randomness, so that factors of two headers do not join. The factors of
//! one answer multiply to a T that the user has.
//!
//! **What the authority gives away.** One bit about an element that the node signed. "Agrees" is a proof of zero knowledge; "differs"
//! shows `D = (right/factor)^r` with a fresh r, a random element. It never shows the right factor: for attributes that were never issued, or were taken
//! away, that would be a key. Neither can be proven when it is untrue: a lie is refused under the authority's name.
//!
//! **What stays open.** Whoever issued a node wrong keys, or published a wrong `P_u`, makes an honest node's factor differ; a node finds that out
//! before it serves anybody, by a verdict about a file of its own, for which it needs no user. A file of which all factors agree and that
//! opens nothing was made so, or the user's key is another than the registration's. A file in whose header rows and policy do not fit, or that asks one authority for keys of
//! two generations together, is wrong whatever is answered to it.
//!
//! **Whose row.** What moved to another version stands beside what the owner signed, and nobody signs it. So policy and number of rows are judged as they were signed; a row
//! that is wrong is its owner's only where the signed one is; and to a point that is none no honest node answers, whoever wrote it.

mod factor;
mod finding;
mod published;
mod verdict;

use std::collections::BTreeMap;

use super::row::Row;
use super::selection::SelectedRow;
use super::{
    AttributePublic, Ciphertext, MovedRows, RowsError, RowsUsed, SelectedRows, Transform, TransformStatement,
    VerifiedRegistration,
};
use crate::hash::Hash32;
use crate::pairing::{Fp12, G1, Gt, PreparedG2, multi_pairing};
use crate::policy::AuthorityName;
use crate::sign::{Signature, VerifyingKey};

pub use factor::Factor;
pub use finding::{DisputeError, Finding};
pub use published::Published;
pub use verdict::Verdict;

use published::{no_two_keys, published_point};

/// An answer that its node has signed.
#[derive(Debug, Clone, Copy)]
pub struct Dispute<'a> {
    header: Hash32,
    /// As the file's owner signed it.
    signed: &'a Ciphertext,
    /// What whoever stores the file moved since.
    moved: Option<&'a MovedRows>,
    user: &'a VerifiedRegistration,
    node: VerifyingKey,
    rows: &'a RowsUsed,
    transform: &'a Transform,
}

impl<'a> Dispute<'a> {
    /// Takes an answer for `user` that `node` signed, to the header in which `ciphertext` is.
    ///
    /// # Errors
    /// When it did not sign this, or for somebody else.
    pub fn new(
        ciphertext: &'a Ciphertext,
        node: VerifyingKey,
        user: &'a VerifiedRegistration,
        statement: &TransformStatement<'a>,
        signature: &Signature,
    ) -> Result<Self, DisputeError> {
        let TransformStatement { header, rows, transform, .. } = *statement;
        if node.verify(statement, signature).is_err() || statement.user != user.hash() {
            return Err(DisputeError::Answer);
        }
        Ok(Self { header, signed: ciphertext, moved: None, user, node, rows, transform })
    }

    /// The same about a ciphertext of which rows moved, when it was answered.
    pub(crate) fn about_moved(self, moved: &'a MovedRows) -> Self {
        Self { moved: Some(moved), ..self }
    }

    /// The authorities whose attributes the answer used, each once, in ascending order.
    ///
    /// # Errors
    /// [`DisputeError::Rows`].
    pub fn authorities(&self) -> Result<Vec<AuthorityName>, DisputeError> {
        let selected = self.selected()?;
        let mut names: Vec<AuthorityName> =
            selected.rows.iter().map(|selected| selected.attribute.authority()).collect();
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Finds out who was wrong. Factors and verdicts are needed where rows and A leave it open.
    ///
    /// # Errors
    /// When a factor, a verdict or a public key is missing, or one of them is not what it says.
    pub fn judge(
        &self,
        factors: &[Factor],
        verdicts: &[Verdict],
        published: &[Published<'_>],
    ) -> Result<Finding, DisputeError> {
        no_two_keys(published)?;
        match self.signed.read() {
            Ok(_) => {}
            Err(made @ (RowsError::Count { .. } | RowsError::Policy)) => return Ok(Finding::FileRows(made)),
            // others than the header names: whoever brought the file may have exchanged them
            Err(unusable) => return Err(unusable.into()),
        }
        let selected = match self.select() {
            Ok(Some(selected)) => selected,
            Ok(None) => return Ok(Finding::NodeRows),
            Err(unusable) => return Ok(Finding::NodeUnusable(unusable)),
        };
        if let Some(row) = of_second_generation(&selected) {
            return Ok(Finding::File { attribute: row.attribute.clone() });
        }
        if self.transform.a.to_bytes() != Fp12::from(selected.public_part()).to_bytes() {
            return Ok(Finding::NodePublicPart);
        }
        for row in &selected.rows {
            if let Some(finding) = self.wrong(row, |of| published_point(&row.attribute, of, published))? {
                self.no_verdict_against(row, (factors, verdicts), &selected, published)?;
                return Ok(finding);
            }
        }
        let authorities = self.authorities()?;
        let factors = authorities.iter().map(|name| self.factor_of(name, factors)).collect::<Result<Vec<_>, _>>()?;
        if factors.iter().map(|factor| factor.element()).product::<Gt>() != self.transform.t.element() {
            return Ok(Finding::NodeFactors);
        }
        let mut finding = Finding::AnswerIsRight;
        for (name, factor) in authorities.iter().zip(factors) {
            let no_verdict = || DisputeError::NoVerdict { authority: name.clone() };
            let verdict = only(verdicts, |verdict| verdict.authority() == name).ok_or_else(no_verdict)?;
            self.check_verdict(verdict, factor, &selected, published)?;
            if !verdict.agrees() {
                finding = Finding::NodeFactor { authority: name.clone() };
            }
        }
        Ok(finding)
    }

    /// Refuses a verdict that is not its authority's, by its public key, or not true.
    fn check_verdict(
        &self,
        verdict: &Verdict,
        factor: &Factor,
        selected: &SelectedRows,
        published: &[Published<'_>],
    ) -> Result<(), DisputeError> {
        let (name, rows) = (verdict.authority(), of_authority(selected, verdict.authority()));
        let public = published.iter().find(|published| {
            let generation = published.authority.generation();
            published.authority.name() == name && rows.iter().all(|selected| selected.row.generation == generation)
        });
        let public = public.ok_or_else(|| DisputeError::NoVerdict { authority: name.clone() })?;
        let holds = self.upholds(verdict, factor, public.authority, &rows);
        holds.then_some(()).ok_or_else(|| DisputeError::FalseVerdict { authority: name.clone() })
    }

    /// Refuses to find a row wrong of which its authority says otherwise: it gives a verdict on rows alone that are right by its own keys. Nobody signs what
    /// a public file says of an attribute.
    fn no_verdict_against(
        &self,
        row: &SelectedRow,
        (factors, verdicts): (&[Factor], &[Verdict]),
        selected: &SelectedRows,
        published: &[Published<'_>],
    ) -> Result<(), DisputeError> {
        let (authority, attribute) = (row.attribute.authority(), row.attribute.clone());
        let Some(verdict) = verdicts.iter().find(|verdict| *verdict.authority() == authority) else {
            return Ok(());
        };
        self.check_verdict(verdict, self.factor_of(&authority, factors)?, selected, published)?;
        Err(DisputeError::OtherPublic { authority, attribute })
    }

    /// The rows that the answer names.
    fn selected(&self) -> Result<SelectedRows, DisputeError> {
        self.select()?.ok_or(DisputeError::Rows)
    }

    /// The same, at the versions to which they had moved; `None` where they do not satisfy the policy.
    fn select(&self) -> Result<Option<SelectedRows>, RowsError> {
        match self.moved {
            Some(moved) => self.rows.select(&self.signed.moved(moved)?),
            None => self.rows.select(self.signed),
        }
    }

    /// Who is wrong about a row that does not hold together, if it does not. `public` has P_u of a row's generation and version.
    fn wrong(
        &self,
        selected: &SelectedRow,
        public: impl Fn(&Row) -> Result<AttributePublic, DisputeError>,
    ) -> Result<Option<Finding>, DisputeError> {
        let (SelectedRow { row, .. }, attribute) = (selected, selected.attribute.clone());
        if is_well_formed(row, &public(row)?) {
            return Ok(None);
        }
        let signed = self.signed.rows.raw().get(selected.number).and_then(|signed| Row::from_bytes(signed).ok());
        let was_right = match signed.filter(|signed| signed != row) {
            Some(signed) => is_well_formed(&signed, &public(&signed)?),
            None => false,
        };
        Ok(Some(if was_right { Finding::Moved { attribute } } else { Finding::File { attribute } }))
    }

    fn factor_of<'f>(&self, name: &AuthorityName, factors: &'f [Factor]) -> Result<&'f Factor, DisputeError> {
        let factor = only(factors, |factor| factor.authority() == name);
        let factor = factor.ok_or_else(|| DisputeError::NoFactor { authority: name.clone() })?;
        self.check(factor)?;
        Ok(factor)
    }
}

/// The only one of which `is` holds.
fn only<T>(all: &[T], is: impl Fn(&T) -> bool) -> Option<&T> {
    let mut found = all.iter().filter(|one| is(one));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn of_authority<'r>(selected: &'r SelectedRows, name: &AuthorityName) -> Vec<&'r SelectedRow> {
    selected.rows.iter().filter(|selected| selected.attribute.authority() == *name).collect()
}

/// A row of another generation of its authority than a row before it: no key of the authority answers for both, and nobody encrypts under both.
fn of_second_generation(selected: &SelectedRows) -> Option<&SelectedRow> {
    let mut generations = BTreeMap::new();
    selected.rows.iter().find(|selected| {
        let generation = selected.row.generation;
        *generations.entry(selected.attribute.authority()).or_insert(generation) != generation
    })
}

/// `e(C2, P_u)·e(g1, C4) = 1`: C2 and C4 have the same exponent, with opposite signs.
fn is_well_formed(row: &Row, public: &AttributePublic) -> bool {
    let [point, c4] = [public.point, row.c4].map(|point| PreparedG2::new(&point));
    multi_pairing(&[(row.c2, &point), (G1::generator(), &c4)]).is_one()
}

#[cfg(test)]
mod tests;
