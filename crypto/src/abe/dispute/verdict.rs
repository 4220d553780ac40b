//! The authority's part: whether a node's factor is right, proven under the authority's public key.
//!
//! The proof is of α and y in `E^α`, `g1^y` and `right = B^α·B'^y·C`, where `B = e(ΠC2^c, Z)`, `B' = e(ΠC2^c, HZ)`, `C = e(ΠC3^c, HZ)`.
//!
//! ```text
//! agrees    α, y          E^α = PK          g1^y = Y          B^α·B'^y = factor/C
//! differs   αr, yr, r     E^αr·PK^−r = 1    g1^yr·Y^−r = 1    B^αr·B'^yr·(C/factor)^r = D ≠ 1
//! ```
//!
//! Both are bound to answer, node and factor.

use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{Dispute, DisputeError, Factor, Finding, of_authority};
use crate::abe::selection::SelectedRow;
use crate::abe::{AuthorityPublic, AuthoritySecret};
use crate::encoding::{DecodeError, Decoder, put_short_bytes};
use crate::hash::tagged_hash;
use crate::pairing::{G1, Gt, SecretScalar, SecretScalars, pairing};
use crate::policy::AuthorityName;
use crate::representation::{Equation, RepresentationProof, Statement};
use crate::sign::Signable as _;

/// What an authority says of a factor.
///
/// Layout: `u16 len ‖ authority ‖ u8 0 ‖ proof (96)`, or `u16 len ‖ authority ‖ u8 1 ‖ D (576) ‖ proof (128)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    authority: AuthorityName,
    /// D, where the factor differs.
    difference: Option<Gt>,
    proof: RepresentationProof,
}

/// B, B' and C.
struct Bases {
    of_alpha: Gt,
    of_y: Gt,
    rest: Gt,
}

impl Bases {
    fn new(rows: &[&SelectedRow], dispute: &Dispute<'_>) -> Self {
        let weighed = |point: fn(&SelectedRow) -> G1| {
            let terms: Vec<_> = rows.iter().map(|row| (point(row), row.coefficient)).collect();
            G1::linear_combination(&terms)
        };
        let (c2, c3) = (weighed(|selected| selected.row.c2), weighed(|selected| selected.row.c3));
        let (z, hz) = (dispute.user.z(), dispute.user.hz());
        Self { of_alpha: pairing(&c2, &z), of_y: pairing(&c2, &hz), rest: pairing(&c3, &hz) }
    }

    fn statement(&self, public: &AuthorityPublic, factor: Gt, difference: Option<Gt>) -> Statement {
        let (e, g1) = (Gt::generator(), G1::generator());
        let powers = vec![(0, self.of_alpha), (1, self.of_y)];
        let Some(difference) = difference else {
            let key = Equation { terms: vec![(0, e)], image: public.e_alpha };
            let right = Equation { terms: powers, image: factor * self.rest.inverse() };
            let in_g1 = vec![Equation { terms: vec![(1, g1)], image: public.g1_y }];
            return Statement { exponents: 2, in_gt: vec![key, right], in_g1 };
        };
        let key = Equation { terms: vec![(0, e), (2, public.e_alpha.inverse())], image: Gt::one() };
        let terms = [powers, vec![(2, self.rest * factor.inverse())]].concat();
        let in_g1 = vec![Equation { terms: vec![(1, g1), (2, -public.g1_y)], image: G1::identity() }];
        Statement { exponents: 3, in_gt: vec![key, Equation { terms, image: difference }], in_g1 }
    }
}

impl Dispute<'_> {
    /// The authority's verdict on its factor. It computes the right one for itself, and shows it to nobody.
    ///
    /// # Errors
    /// When the factor is not the node's for this answer, the file is wrong, or the authority's keys are of another generation.
    pub fn verdict(
        &self,
        authority: &AuthoritySecret,
        factor: &Factor,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<Verdict, DisputeError> {
        self.check(factor)?;
        let name = authority.name();
        let selected = self.selected()?;
        let rows = of_authority(&selected, name);
        if factor.authority() != name || rows.is_empty() {
            return Err(DisputeError::NoFactor { authority: name.clone() });
        }
        for selected in &rows {
            let attribute = &selected.attribute;
            let wrong = self.wrong(selected, |row| {
                let public = authority.attribute_public(attribute, row.version).ok();
                let public = public.filter(|public| public.of.generation == row.generation);
                let version = row.version;
                public.ok_or_else(|| DisputeError::Unpublished { attribute: attribute.clone(), version })
            })?;
            match wrong {
                None => {}
                Some(Finding::Moved { attribute }) => return Err(DisputeError::Moved { attribute }),
                Some(_) => return Err(DisputeError::File { attribute: attribute.clone() }),
            }
        }
        let bases = Bases::new(&rows, self);
        let (alpha, y) = authority.exponents();
        // For attributes that were never issued, or were taken away, this would be a key.
        let right = Zeroizing::new(bases.of_alpha.pow(alpha) * bases.of_y.pow(y) * bases.rest);
        let (difference, witness) = if *right == factor.element() {
            (None, vec![*alpha, *y])
        } else {
            let r = SecretScalar::generate(rng);
            let difference = (*right * factor.element().inverse()).pow(r.expose());
            (Some(difference), vec![alpha * r.expose(), y * r.expose(), *r.expose()])
        };
        let witness = SecretScalars::new(witness);
        let statement = bases.statement(&authority.public(), factor.element(), difference);
        let proof = RepresentationProof::new(&self.verdict_context(factor), &statement, &witness, rng);
        Ok(Verdict { authority: name.clone(), difference, proof })
    }

    /// Whether a verdict is the authority's, and true. `rows` are those of its attributes.
    pub(super) fn upholds(
        &self,
        verdict: &Verdict,
        factor: &Factor,
        public: &AuthorityPublic,
        rows: &[&SelectedRow],
    ) -> bool {
        let statement = Bases::new(rows, self).statement(public, factor.element(), verdict.difference);
        !verdict.difference.is_some_and(|difference| difference.is_one())
            && verdict.proof.holds(&self.verdict_context(factor), &statement)
    }

    fn verdict_context(&self, factor: &Factor) -> Vec<u8> {
        let element = factor.element();
        let factor = self.statement(factor.authority(), &element).signing_bytes();
        tagged_hash("medshare/abe/verdict/v2", &[self.node.as_bytes(), &factor]).to_bytes().to_vec()
    }
}

impl Verdict {
    /// Whose verdict it claims to be.
    #[must_use]
    pub fn authority(&self) -> &AuthorityName {
        &self.authority
    }

    /// Whether it says that the factor is right.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.difference.is_none()
    }

    /// Encodes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1024);
        put_short_bytes(&mut bytes, self.authority.as_str().as_bytes());
        bytes.push(self.difference.is_some().into());
        if let Some(difference) = &self.difference {
            bytes.extend_from_slice(&difference.to_bytes());
        }
        bytes.extend_from_slice(&self.proof.to_bytes());
        bytes
    }

    /// Decodes; D is checked, the proof is not.
    ///
    /// # Errors
    /// When the bytes are of another layout.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        let authority = decoder.authority_name()?;
        let difference = match decoder.u8("verdict")? {
            0 => None,
            1 => Some(decoder.gt("D")?),
            _ => return Err(DecodeError::UnknownTag { what: "verdict" }),
        };
        let exponents = if difference.is_some() { 3 } else { 2 };
        let verdict = Self { authority, difference, proof: decoder.representation(exponents)? };
        decoder.finish()?;
        Ok(verdict)
    }
}

#[cfg(test)]
mod tests {
    use ff::Field as _;
    use rand::rngs::OsRng;

    use super::super::tests::Scene;
    use super::*;
    use crate::pairing::{Scalar, random_scalar};

    #[test]
    fn a_prover_who_skips_its_own_check_is_refused() {
        let scene = Scene::new();
        let served = scene.serve("A@X");
        let dispute = scene.dispute(&served, &scene.bob.registration);
        let right = scene.factors(&dispute).remove(0);
        let wrong = scene.signed(&dispute, "X", right.element() * Gt::generator());
        let authority = &scene.world.authorities[0];
        let selected = served.rows.select(&served.ciphertext).unwrap().unwrap();
        let rows = of_authority(&selected, authority.name());
        let public = authority.public();
        let upheld = |factor: &Factor, difference: Option<Gt>, witness: &[Scalar]| {
            let statement = Bases::new(&rows, &dispute).statement(&public, factor.element(), difference);
            let proof = RepresentationProof::new(&dispute.verdict_context(factor), &statement, witness, &mut OsRng);
            let verdict = Verdict { authority: authority.name().clone(), difference, proof };
            dispute.upholds(&verdict, factor, &public, &rows)
        };
        let (alpha, y) = authority.exponents();
        let r = random_scalar(&mut OsRng);
        let blinded = [alpha * r, y * r, r];
        let difference = (right.element() * wrong.element().inverse()).pow(&r);
        assert!(upheld(&right, None, &[*alpha, *y]));
        assert!(upheld(&wrong, Some(difference), &blinded));
        assert!(!upheld(&wrong, None, &[*alpha, *y]));
        assert!(!upheld(&right, Some(difference), &blinded));
        // With r = 0 the equations hold for every factor, and D is 1.
        assert!(!upheld(&right, Some(Gt::one()), &[Scalar::ZERO; 3]));
    }
}
