//! What a measurement tells.

use serde_json::Value;
use std::fmt;

/// One measured value.
pub struct Row {
    bench: &'static str,
    /// The value.
    pub value: f64,
    unit: &'static str,
    rest: Vec<(&'static str, Value)>,
}

impl Row {
    /// A value with its unit.
    pub const fn new(bench: &'static str, value: f64, unit: &'static str) -> Self {
        Self { bench, value, unit, rest: Vec::new() }
    }

    /// What tells it apart.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.rest.push((name, value.into()));
        self
    }

    /// As one flat object.
    #[must_use]
    pub fn json(&self) -> Value {
        let rounded = (self.value * 1000.0).round() / 1000.0;
        let mut object = serde_json::Map::new();
        object.insert("bench".to_owned(), self.bench.into());
        object.insert("value".to_owned(), rounded.into());
        object.insert("unit".to_owned(), self.unit.into());
        object.extend(self.rest.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(object)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest: Vec<String> =
            self.rest.iter().map(|(name, value)| format!("{name}={}", value.to_string().trim_matches('"'))).collect();
        write!(f, "{:<12} {:<40} {:>12.3} {}", self.bench, rest.join(" "), self.value, self.unit)
    }
}

/// The value below which this share of the sorted samples lies.
pub fn percentile(samples: &mut [f64], share: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position among the samples")]
    let position = ((samples.len() as f64 * share).ceil() as usize).clamp(1, samples.len().max(1));
    samples.get(position - 1).copied().unwrap_or(f64::NAN)
}
