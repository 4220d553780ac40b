//! Finding out who was wrong when a node's answer opens nothing, without anybody learning what it should have opened.
//!
//! **Why not by V = T^z.** Whoever knows A and V opens the file that they belong to: a node that serves the second file's T for the first is then
//! told how to open the second. So T^z never leaves the user. What a node answers is determined by header, registration, proxy keys
//! and the rows that it used, which it signs together with A and T; so others compute it again:
//!
//! ```text
//! anybody     A = E^δ·ΠC1^c                                          T = Π_θ T_θ over the authorities θ of the rows
//! node        signs T_θ for each θ                                   T_θ = Π e(C2^c, K')·e(KP'^c, C4)·e(C3^c, HZ), rows of θ
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

mod factor;
mod verdict;

use std::collections::BTreeMap;

use super::selection::SelectedRow;
use super::{
    AttributePublic, AuthorityPublic, Ciphertext, RowsError, RowsUsed, SelectedRows, Transform, TransformStatement,
    VerifiedRegistration,
};
use crate::hash::Hash32;
use crate::pairing::{Fp12, G1, Gt, PreparedG2, multi_pairing};
use crate::policy::{AttributeName, AuthorityName};
use crate::sign::{Signature, VerifyingKey};

pub use factor::Factor;
pub use verdict::Verdict;

/// Why nothing is found out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DisputeError {
    /// The answer is not signed, or for something else.
    #[error("the answer is not signed by that node for this file and user")]
    Answer,
    /// Factors are asked of a node that did not give the answer.
    #[error("the answer is another node's: only the node that gave it makes its factors")]
    OtherNode,
    /// The answer names rows that do not satisfy the policy.
    #[error("the rows that the answer names do not satisfy the policy: the answer is wrong, whatever its factors are")]
    Rows,
    /// The file's rows are not what anybody can compute with.
    #[error(transparent)]
    Unusable(#[from] RowsError),
    /// The node has no key for a row that it used.
    #[error("there is no key for {attribute} any longer, so the factors of the answer cannot be made")]
    NoKey {
        /// The attribute.
        attribute: AttributeName,
    },
    /// A factor that the node did not sign for this answer.
    #[error("the factor for {authority} is not signed by that node for this answer")]
    Factor {
        /// Whose attributes it is of.
        authority: AuthorityName,
    },
    /// A factor that is missing, or there more than once.
    #[error("expected one factor for {authority}; the node makes it")]
    NoFactor {
        /// Whose attributes it is of.
        authority: AuthorityName,
    },
    /// A verdict that is missing, or there more than once.
    #[error("expected one verdict by {authority}; the authority gives it")]
    NoVerdict {
        /// Who gives it.
        authority: AuthorityName,
    },
    /// A verdict that nobody with the authority's key and the truth can have given.
    #[error("the verdict in the name of {authority} does not hold: somebody else gave it, or it is not true")]
    FalseVerdict {
        /// In whose name.
        authority: AuthorityName,
    },
    /// No public key of the row's generation and version.
    #[error("the public key of {attribute}, version {version}, is not known")]
    Unpublished {
        /// The attribute.
        attribute: AttributeName,
        /// The row's version.
        version: u32,
    },
    /// The row for an attribute was made wrongly.
    #[error("the file's row for {attribute} was made wrongly: no node answers it rightly")]
    File {
        /// The attribute.
        attribute: AttributeName,
    },
}

/// Who was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Nobody of these: the file was made so that nothing opens it, or the user's key is another than the registration's.
    AnswerIsRight,
    /// The node: it names rows that do not satisfy the policy.
    NodeRows,
    /// The node: A is not what the header says.
    NodePublicPart,
    /// The node: the factors that it signed do not multiply to the T that it signed.
    NodeFactors,
    /// The node: an authority has proven that this factor is not right.
    NodeFactor {
        /// Which.
        authority: AuthorityName,
    },
    /// Whoever made the file, or moved it to a version: a row is wrong.
    File {
        /// Of which attribute.
        attribute: AttributeName,
    },
    /// Whoever made the file: rows and policy, as the header names them, do not fit.
    FileRows(RowsError),
}

/// An authority's public keys.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The authority's.
    pub authority: &'a AuthorityPublic,
    /// Those of its attributes, of several versions each.
    pub attributes: &'a [AttributePublic],
}

/// An answer that its node has signed.
#[derive(Debug, Clone, Copy)]
pub struct Dispute<'a> {
    header: Hash32,
    ciphertext: &'a Ciphertext,
    user: &'a VerifiedRegistration,
    node: VerifyingKey,
    rows: &'a RowsUsed,
    transform: &'a Transform,
}

impl<'a> Dispute<'a> {
    /// Takes an answer that `node` signed. `header` names the header in which `ciphertext` is.
    ///
    /// # Errors
    /// When it did not sign this.
    pub fn new(
        ciphertext: &'a Ciphertext,
        node: VerifyingKey,
        statement: &TransformStatement<'a>,
        signature: &Signature,
    ) -> Result<Self, DisputeError> {
        node.verify(statement, signature).map_err(|_| DisputeError::Answer)?;
        let TransformStatement { header, user, rows, transform } = *statement;
        Ok(Self { header, ciphertext, user, node, rows, transform })
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
        let selected = match self.rows.select(self.ciphertext) {
            Ok(Some(selected)) => selected,
            Ok(None) => return Ok(Finding::NodeRows),
            // no honest node computes with it, and none of the answers to it is right
            Err(RowsError::Point { attribute, .. }) => return Ok(Finding::File { attribute }),
            Err(made @ (RowsError::Count { .. } | RowsError::Policy)) => return Ok(Finding::FileRows(made)),
            // others than the header names: whoever brought the file may have exchanged them
            Err(unusable) => return Err(unusable.into()),
        };
        if let Some(row) = of_second_generation(&selected) {
            return Ok(Finding::File { attribute: row.attribute.clone() });
        }
        if self.transform.a.to_bytes() != Fp12::from(selected.public_part()).to_bytes() {
            return Ok(Finding::NodePublicPart);
        }
        for row in &selected.rows {
            if !is_well_formed(row, published_point(row, published)?) {
                return Ok(Finding::File { attribute: row.attribute.clone() });
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
            let rows = of_authority(&selected, name);
            let public = only(published, |published| {
                let generation = published.authority.generation();
                published.authority.name() == name && rows.iter().all(|selected| selected.row.generation == generation)
            });
            let public = public.ok_or_else(no_verdict)?;
            if !self.upholds(verdict, factor, public.authority, &rows) {
                return Err(DisputeError::FalseVerdict { authority: name.clone() });
            }
            if !verdict.agrees() {
                finding = Finding::NodeFactor { authority: name.clone() };
            }
        }
        Ok(finding)
    }

    /// The rows that the answer names.
    fn selected(&self) -> Result<SelectedRows, DisputeError> {
        self.rows.select(self.ciphertext)?.ok_or(DisputeError::Rows)
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

/// P_u of the row's generation and version.
fn published_point<'p>(row: &SelectedRow, published: &'p [Published<'_>]) -> Result<&'p AttributePublic, DisputeError> {
    let is_rows = |key: &&AttributePublic| {
        let of = (&key.of.attribute, key.of.generation, key.of.version);
        of == (&row.attribute, row.row.generation, row.row.version)
    };
    let of_generation = published.iter().filter(|published| published.authority.generation() == row.row.generation);
    let found = of_generation.flat_map(|published| published.attributes).find(is_rows);
    let version = row.row.version;
    found.ok_or_else(|| DisputeError::Unpublished { attribute: row.attribute.clone(), version })
}

/// `e(C2, P_u)·e(g1, C4) = 1`: C2 and C4 have the same exponent, with opposite signs.
fn is_well_formed(row: &SelectedRow, public: &AttributePublic) -> bool {
    let [point, c4] = [public.point, row.row.c4].map(|point| PreparedG2::new(&point));
    multi_pairing(&[(row.row.c2, &point), (G1::generator(), &c4)]).is_one()
}

#[cfg(test)]
mod tests;
