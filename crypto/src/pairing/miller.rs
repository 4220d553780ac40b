//! Products of pairings.
//!
//! A product of n optimal ate pairings costs n Miller loops that share their squarings, and one final exponentiation. The
//! lines depend on the point in G2 only; [`PreparedG2`] keeps them for points that come back, such as proxy keys.
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use std::sync::OnceLock;

use blst::{blst_fp, blst_fp2, blst_fp6, blst_fp12, blst_p1_affine, blst_p2_affine};

use super::gt::{conjugate, multiply};
use super::lines::{Line, Step, lines, steps};
use super::{G1, G2, Gt, fp2};

/// A point of G2 with the lines of its Miller loop, 13 KB.
#[derive(Clone)]
pub struct PreparedG2 {
    lines: Option<Vec<Line>>,
}

impl PreparedG2 {
    /// Computes the lines.
    #[must_use]
    pub fn new(point: &G2) -> Self {
        Self::batch(&[*point]).pop().unwrap_or(Self { lines: None })
    }

    /// Computes the lines of many points, which costs less for each than one by one.
    #[must_use]
    pub fn batch(points: &[G2]) -> Vec<Self> {
        let affine = G2::to_affine_batch(points);
        let finite = points.iter().zip(&affine).filter(|(point, _)| !point.is_identity());
        let finite: Vec<blst_p2_affine> = finite.map(|(_, affine)| *affine.as_ref()).collect();
        let mut lines = lines(&finite).into_iter();
        points.iter().map(|point| Self { lines: if point.is_identity() { None } else { lines.next() } }).collect()
    }
}

/// For lines of a point that is secret.
impl zeroize::Zeroize for PreparedG2 {
    fn zeroize(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.lines);
    }
}

impl core::fmt::Debug for PreparedG2 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PreparedG2(…)")
    }
}

impl Gt {
    /// E = e(g1, g2).
    #[must_use]
    pub fn generator() -> Self {
        static GENERATOR: OnceLock<Gt> = OnceLock::new();
        *GENERATOR.get_or_init(|| pairing(&G1::generator(), &G2::generator()))
    }
}

/// e(p, q).
#[must_use]
pub fn pairing(p: &G1, q: &G2) -> Gt {
    multi_pairing(&[(*p, &PreparedG2::new(q))])
}

/// Π e(p, q). A neutral element on either side contributes one.
#[must_use]
pub fn multi_pairing(terms: &[(G1, &PreparedG2)]) -> Gt {
    let points: Vec<G1> = terms.iter().map(|(point, _)| *point).collect();
    let affine = G1::to_affine_batch(&points);
    let pairs: Vec<(&[Line], &blst_p1_affine)> = terms
        .iter()
        .zip(&affine)
        .filter(|((point, _), _)| !point.is_identity())
        .filter_map(|((_, prepared), affine)| Some((prepared.lines.as_deref()?, affine.as_ref())))
        .collect();
    final_exponentiation(&miller_loop(&factors(&pairs)))
}

/// One pairing's share of the loop: its lines, and `−X/Y` and `1/Y` of its point in G1. A line's value divided by Y has the form
/// `a + b·v + v·w`.
struct LineFactor<'a> {
    lines: &'a [Line],
    minus_x_by_y: blst_fp,
    one_by_y: blst_fp,
}

/// Y is not 0, since no point of G1 has order 2.
fn factors<'a>(pairs: &[(&'a [Line], &blst_p1_affine)]) -> Vec<LineFactor<'a>> {
    let ys: Vec<blst_fp> = pairs.iter().map(|(_, point)| point.y).collect();
    let [one, _] = fp2::one().fp;
    let inverses = fp2::invert_all(&ys, one, multiply_fp, invert_fp);
    let factor = |((lines, point), one_by_y): (&(&'a [Line], &blst_p1_affine), &blst_fp)| {
        let minus_x_by_y = negate_fp(&multiply_fp(&point.x, one_by_y));
        LineFactor { lines, minus_x_by_y, one_by_y: *one_by_y }
    };
    pairs.iter().zip(&inverses).map(factor).collect()
}

impl LineFactor<'_> {
    /// a and b of line number `step`.
    fn evaluate(&self, step: usize) -> [blst_fp2; 2] {
        let line = self.lines.get(step);
        line.map(|line| [fp2::scale(&line.offset, &self.one_by_y), fp2::scale(&line.slope, &self.minus_x_by_y)])
            .unwrap_or_default()
    }
}

/// The joint Miller loop, as blst's `miller_loop_lines` for one.
fn miller_loop(factors: &[LineFactor<'_>]) -> blst_fp12 {
    let mut value = Gt::one().0;
    for (number, step) in steps().enumerate() {
        if step == Step::Double {
            let before = value;
            // SAFETY: both pointers are to valid field elements that do not overlap.
            unsafe { blst::blst_fp12_sqr(&raw mut value, &raw const before) };
        }
        for pair in factors.chunks(2) {
            value = match pair {
                [first, second] => multiply(&value, &product(&first.evaluate(number), &second.evaluate(number))),
                [last] => multiply_by_line(&value, &last.evaluate(number)),
                _ => value,
            };
        }
    }
    // The curve's parameter is negative.
    conjugate(&value)
}

/// `(a + b·v + v·w)·(c + d·v + v·w) = ac + v³ + (ad + bc)·v + bd·v² + ((a + c)·v + (b + d)·v²)·w`.
fn product([a, b]: &[blst_fp2; 2], [c, d]: &[blst_fp2; 2]) -> blst_fp12 {
    let (ac, bd) = (fp2::multiply(a, c), fp2::multiply(b, d));
    let (first_sum, second_sum) = (fp2::add(a, c), fp2::add(b, d));
    let all = fp2::multiply(&fp2::add(a, b), &fp2::add(c, d));
    let cross = fp2::subtract(&fp2::subtract(&all, &ac), &bd);
    let nonresidue = fp2::multiply_by_nonresidue(&fp2::one());
    let low = blst_fp6 { fp2: [fp2::add(&ac, &nonresidue), cross, bd] };
    blst_fp12 { fp6: [low, blst_fp6 { fp2: [blst_fp2::default(), first_sum, second_sum] }] }
}

fn multiply_by_line(value: &blst_fp12, [a, b]: &[blst_fp2; 2]) -> blst_fp12 {
    let line = blst_fp6 { fp2: [*a, *b, fp2::one()] };
    let mut result = blst_fp12::default();
    // SAFETY: all pointers are to valid field elements, and the output overlaps no input.
    unsafe { blst::blst_fp12_mul_by_xy00z0(&raw mut result, value, &raw const line) };
    result
}

fn multiply_fp(a: &blst_fp, b: &blst_fp) -> blst_fp {
    let mut result = blst_fp::default();
    // SAFETY: all pointers are to valid field elements, and the output overlaps no input.
    unsafe { blst::blst_fp_mul(&raw mut result, a, b) };
    result
}

fn invert_fp(a: &blst_fp) -> blst_fp {
    let mut result = blst_fp::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp_inverse(&raw mut result, a) };
    result
}

fn negate_fp(a: &blst_fp) -> blst_fp {
    let mut result = blst_fp::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_fp_cneg(&raw mut result, a, true) };
    result
}

fn final_exponentiation(value: &blst_fp12) -> Gt {
    let mut result = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_final_exp(&raw mut result, value) };
    Gt(result)
}
