//! Lower bounds of the loss, looked up instead of computed.
//!
//! One plus the loss is a product over the attributes, so its logarithm is a sum of terms, each of which depends on one level and on how
//! many rows are left out. The terms are tabulated for some numbers of rows; a number between two of them takes the lower one, which
//! keeps the bound a bound.

/// Most numbers of rows that are tabulated.
const MAX_STEPS: u64 = 1024;

/// Fewest rows between two tabulated numbers.
const MIN_STEP_ROWS: u64 = 8;

/// Terms of the logarithm of one plus the loss.
#[derive(Debug, Default)]
pub(crate) struct LossBounds {
    /// Rows between two tabulated numbers.
    step_rows: u64,
    /// How many are tabulated.
    steps: usize,
    /// Where each attribute's levels begin in `terms`.
    first_level: Vec<usize>,
    /// `steps` terms for each level of each attribute.
    terms: Vec<f64>,
}

impl LossBounds {
    /// Tabulates `term(attribute, level, rows left out)`, which must not fall with the rows, up to a limit.
    pub(crate) fn new(heights: &[usize], limit: u64, term: impl Fn(usize, usize, u64) -> f64) -> Self {
        let step_rows = limit.div_ceil(MAX_STEPS).max(MIN_STEP_ROWS);
        let steps = limit / step_rows + 1;
        let mut terms = Vec::new();
        let mut first_level = Vec::with_capacity(heights.len());
        let mut levels_before = 0;
        for (attribute, height) in heights.iter().enumerate() {
            first_level.push(levels_before);
            levels_before += height;
            for level in 0..*height {
                terms.extend((0..steps).map(|index| term(attribute, level, index * step_rows)));
            }
        }
        LossBounds { step_rows, steps: steps as usize, first_level, terms }
    }

    /// The logarithm of one plus the least loss of a transformation that leaves out at least so many rows.
    pub(crate) fn at(&self, levels: &[u8], left_out: u64) -> f64 {
        self.at_step(levels, ((left_out / self.step_rows.max(1)) as usize).min(self.steps.saturating_sub(1)))
    }

    /// The most rows that a transformation may leave out so that the logarithm of one plus its loss can still be at most `most`.
    pub(crate) fn most_left_out(&self, levels: &[u8], most: f64) -> u64 {
        let (mut fits, mut exceeds) = (0, self.steps);
        while fits + 1 < exceeds {
            let middle = fits + (exceeds - fits) / 2;
            if self.at_step(levels, middle) <= most { fits = middle } else { exceeds = middle }
        }
        if exceeds == self.steps { u64::MAX } else { exceeds as u64 * self.step_rows - 1 }
    }

    fn at_step(&self, levels: &[u8], index: usize) -> f64 {
        let place = |(first, level): (&usize, &u8)| (first + usize::from(*level)) * self.steps + index;
        let places = self.first_level.iter().zip(levels).map(place);
        places.filter_map(|place| self.terms.get(place)).sum()
    }
}
