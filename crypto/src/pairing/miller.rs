//! Products of pairings.
//!
//! A product of n optimal ate pairings costs n Miller loops that share their squarings, and one final exponentiation. The
//! lines depend on the point in G2 only; [`PreparedG2`] keeps them for points that come back, such as proxy keys.
#![expect(unsafe_code, reason = "blst's functions take pointers")]

use blst::{blst_fp, blst_fp6, blst_fp12, blst_p1_affine};

use super::{G1, G2, Gt};

/// Lines of one Miller loop: one for each doubling and addition of |x|.
const LINES: usize = 68;
/// Doublings after each addition, in the binary form of |x| behind its leading bits.
const DOUBLINGS: [usize; 5] = [2, 3, 9, 32, 16];

/// A point of G2 with the lines of its Miller loop, 20 KB.
#[derive(Clone)]
pub struct PreparedG2 {
    lines: Option<Box<[blst_fp6; LINES]>>,
}

impl PreparedG2 {
    /// Computes the lines.
    #[must_use]
    pub fn new(point: &G2) -> Self {
        if point.is_identity() {
            return Self { lines: None };
        }
        let mut lines = Box::new([blst_fp6::default(); LINES]);
        let affine = blstrs::G2Affine::from(point.0);
        // SAFETY: the function writes 68 lines, the length of the array.
        unsafe { blst::blst_precompute_lines(lines.as_mut_ptr(), affine.as_ref()) };
        Self { lines: Some(lines) }
    }
}

impl core::fmt::Debug for PreparedG2 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("PreparedG2(…)")
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
    let factors: Vec<LineFactor<'_>> = terms
        .iter()
        .zip(&affine)
        .filter(|((point, _), _)| !point.is_identity())
        .filter_map(|((_, prepared), affine)| {
            let lines = prepared.lines.as_deref()?;
            Some(LineFactor::new(lines, affine.as_ref()))
        })
        .collect();
    final_exponentiation(&miller_loop(&factors))
}

/// One pairing's share of the loop: its lines, and −2x and 2y of its point in G1.
struct LineFactor<'a> {
    lines: &'a [blst_fp6; LINES],
    minus_2x: blst_fp,
    twice_y: blst_fp,
}

impl<'a> LineFactor<'a> {
    fn new(lines: &'a [blst_fp6; LINES], point: &blst_p1_affine) -> Self {
        let mut twice_x = blst_fp::default();
        let mut minus_2x = blst_fp::default();
        let mut twice_y = blst_fp::default();
        // SAFETY: all pointers are to valid field elements.
        unsafe {
            blst::blst_fp_add(&raw mut twice_x, &raw const point.x, &raw const point.x);
            blst::blst_fp_cneg(&raw mut minus_2x, &raw const twice_x, true);
            blst::blst_fp_add(&raw mut twice_y, &raw const point.y, &raw const point.y);
        }
        Self { lines, minus_2x, twice_y }
    }

    /// Line number `step` at this factor's point.
    fn evaluate(&self, step: usize) -> Option<blst_fp6> {
        let mut line = *self.lines.get(step)?;
        let [_, by_x, by_y] = &mut line.fp2;
        for (coefficients, coordinate) in [(by_x, &self.minus_2x), (by_y, &self.twice_y)] {
            for coefficient in &mut coefficients.fp {
                let factor = *coefficient;
                // SAFETY: all pointers are to valid field elements, and the output overlaps no input.
                unsafe { blst::blst_fp_mul(coefficient, &raw const factor, coordinate) };
            }
        }
        Some(line)
    }
}

/// The joint Miller loop, as blst's `miller_loop_lines` for one.
fn miller_loop(factors: &[LineFactor<'_>]) -> blst_fp12 {
    let mut value = Gt::one().0;
    let mut step = 0;
    multiply_lines(&mut value, factors, &mut step);
    for doublings in DOUBLINGS {
        multiply_lines(&mut value, factors, &mut step);
        for _ in 0..doublings {
            let before = value;
            // SAFETY: both pointers are to valid field elements that do not overlap.
            unsafe { blst::blst_fp12_sqr(&raw mut value, &raw const before) };
            multiply_lines(&mut value, factors, &mut step);
        }
    }
    // SAFETY: the pointer is to a valid field element. The curve's parameter is negative, hence the conjugate.
    unsafe { blst::blst_fp12_conjugate(&raw mut value) };
    value
}

fn multiply_lines(value: &mut blst_fp12, factors: &[LineFactor<'_>], step: &mut usize) {
    for line in factors.iter().filter_map(|factor| factor.evaluate(*step)) {
        let before = *value;
        // SAFETY: all pointers are to valid field elements, and the output overlaps no input.
        unsafe {
            blst::blst_fp12_mul_by_xy00z0(&raw mut *value, &raw const before, &raw const line);
        }
    }
    *step += 1;
}

fn final_exponentiation(value: &blst_fp12) -> Gt {
    let mut result = blst_fp12::default();
    // SAFETY: both pointers are to valid field elements that do not overlap.
    unsafe { blst::blst_final_exp(&raw mut result, value) };
    Gt(result)
}
