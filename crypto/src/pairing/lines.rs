//! The lines of a Miller loop: the tangents and chords that multiply a point of G2 by |x|.
//!
//! Each is kept as slope λ and `c = λ·x − y` of a point (x, y) on it, so that its value at (X, Y) of G1 is `c − λX·v + Y·v·w`, up to a factor
//! in Fp2, which the final exponentiation removes. Many points walk together in affine coordinates and share each step's inversion; for a few,
//! that costs more than `blst`'s projective lines.

use blst::{blst_fp2, blst_fp6, blst_p2_affine};

use super::fp2::{add, invert, invert_all, multiply, one, square, subtract};

/// Lines of one Miller loop: one for each doubling and addition of |x|.
pub(super) const LINES: usize = 68;
/// Doublings after each addition, in the binary form of |x| behind its leading bits.
const DOUBLINGS: [usize; 5] = [2, 3, 9, 32, 16];
/// From this many points on, they walk together.
const WALK_TOGETHER: usize = 6;

/// What the multiplication by |x| does next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Double,
    Add,
}

/// The steps, in their order.
pub(super) fn steps() -> impl Iterator<Item = Step> {
    let rounds = DOUBLINGS
        .iter()
        .flat_map(|doublings| core::iter::once(Step::Add).chain(core::iter::repeat_n(Step::Double, *doublings)));
    core::iter::once(Step::Double).chain(rounds)
}

/// A line: slope and intercept.
#[derive(Clone, Copy, Default)]
pub(super) struct Line {
    pub(super) slope: blst_fp2,
    /// `slope·x − y`.
    pub(super) offset: blst_fp2,
}

impl zeroize::DefaultIsZeroes for Line {}

/// The lines of each point; none is the neutral element.
pub(super) fn lines(points: &[blst_p2_affine]) -> Vec<Vec<Line>> {
    if points.len() < WALK_TOGETHER { points.iter().map(projective_lines).collect() } else { affine_lines(points) }
}

/// The lines of one point, made from those of `blst`: a line there is `2c·z, λ·z, z`.
fn projective_lines(point: &blst_p2_affine) -> Vec<Line> {
    let mut lines = [blst_fp6::default(); LINES];
    #[expect(unsafe_code, reason = "blst's functions take pointers")]
    // SAFETY: the function writes 68 lines, the length of the array.
    unsafe {
        blst::blst_precompute_lines(lines.as_mut_ptr(), point);
    }
    let doubled: Vec<blst_fp2> = lines.iter().map(|blst_fp6 { fp2: [_, _, z] }| add(z, z)).collect();
    let line = |(line, inverse): (&blst_fp6, &blst_fp2)| {
        let [twice_offset, slope, _] = &line.fp2;
        Line { slope: multiply(&add(slope, slope), inverse), offset: multiply(twice_offset, inverse) }
    };
    lines.iter().zip(&invert_all(&doubled, one(), multiply, invert)).map(line).collect()
}

fn affine_lines(points: &[blst_p2_affine]) -> Vec<Vec<Line>> {
    let mut walkers: Vec<Walker> = points.iter().map(Walker::new).collect();
    for step in steps() {
        let denominators: Vec<blst_fp2> = walkers.iter().map(|walker| walker.denominator(step)).collect();
        let inverses = invert_all(&denominators, one(), multiply, invert);
        for (walker, inverse) in walkers.iter_mut().zip(&inverses) {
            walker.go(step, inverse);
        }
    }
    walkers.into_iter().map(|walker| walker.lines).collect()
}

/// A point on its way from `start` to `|x|·start`. No multiple on the way is neutral or ±`start`, because the order is far larger.
struct Walker {
    start: blst_p2_affine,
    x: blst_fp2,
    y: blst_fp2,
    lines: Vec<Line>,
}

impl Walker {
    fn new(start: &blst_p2_affine) -> Self {
        Self { start: *start, x: start.x, y: start.y, lines: Vec::with_capacity(LINES) }
    }

    /// What the slope of the next line is divided by.
    fn denominator(&self, step: Step) -> blst_fp2 {
        match step {
            Step::Double => add(&self.y, &self.y),
            Step::Add => subtract(&self.x, &self.start.x),
        }
    }

    fn go(&mut self, step: Step, inverse: &blst_fp2) {
        let (numerator, other_x) = match step {
            Step::Double => {
                let square = square(&self.x);
                (add(&add(&square, &square), &square), self.x)
            }
            Step::Add => (subtract(&self.y, &self.start.y), self.start.x),
        };
        let slope = multiply(&numerator, inverse);
        let offset = subtract(&multiply(&slope, &self.x), &self.y);
        self.lines.push(Line { slope, offset });
        // The third point of the line is (x, λ·x − c); the sum is its negative.
        self.x = subtract(&subtract(&square(&slope), &self.x), &other_x);
        self.y = subtract(&offset, &multiply(&slope, &self.x));
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::OsRng;

    use super::*;
    use crate::pairing::{G2, random_scalar};

    #[test]
    fn points_that_walk_together_have_the_lines_that_they_have_alone() {
        let points: Vec<G2> = (0..7).map(|_| G2::generator() * &random_scalar(&mut OsRng)).collect();
        let points: Vec<blst_p2_affine> = G2::to_affine_batch(&points).iter().map(|point| *point.as_ref()).collect();
        assert_eq!(steps().count(), LINES);
        for (together, point) in affine_lines(&points).iter().zip(&points) {
            for (line, alone) in together.iter().zip(&projective_lines(point)) {
                assert!((line.slope, line.offset) == (alone.slope, alone.offset));
            }
        }
    }
}
