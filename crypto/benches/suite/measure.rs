//! Timing, and the list of results.

use std::fmt::Write as _;

pub struct Measurement {
    pub system: &'static str,
    pub case: String,
    pub attributes: usize,
    pub value: f64,
    pub unit: &'static str,
    /// Of how many runs the value is the best.
    pub runs: usize,
}

#[derive(Default)]
pub struct Results(pub Vec<Measurement>);

/// Processor time of this thread, in seconds. Unlike the time on the wall it does not count what other work on the machine takes.
pub fn processor_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// How often everything is run, by us and by others alike; the best run counts.
pub const RUNS: usize = 10;
/// What is done faster than this is repeated within a run, which then counts with its mean: a clock tick is no measure of it.
const RUN_SECONDS: f64 = 0.005;

/// Best of [`RUNS`] runs, in milliseconds of processor time.
pub fn best_ms<T>(mut action: impl FnMut() -> T) -> f64 {
    let run = |_| {
        let (start, mut repeats, mut seconds) = (processor_seconds(), 0_u32, 0.0);
        while repeats == 0 || seconds < RUN_SECONDS {
            std::hint::black_box(action());
            repeats += 1;
            seconds = processor_seconds() - start;
        }
        seconds / f64::from(repeats)
    };
    (0..RUNS).map(run).fold(f64::MAX, f64::min) * 1e3
}

/// How often a run repeats what uses up its input, which is made before the clock starts.
const INPUTS: usize = 30;

/// [`best_ms`] of an action that uses up its input.
pub fn best_ms_of<I, T>(mut input: impl FnMut() -> I, mut action: impl FnMut(I) -> T) -> f64 {
    let run = |_| {
        let inputs: Vec<I> = (0..INPUTS).map(|_| input()).collect();
        let start = processor_seconds();
        for input in inputs {
            std::hint::black_box(action(input));
        }
        (processor_seconds() - start) / INPUTS as f64
    };
    (0..RUNS).map(run).fold(f64::MAX, f64::min) * 1e3
}

impl Results {
    /// The best of [`RUNS`] runs.
    pub fn add(
        &mut self,
        system: &'static str,
        case: impl Into<String>,
        attributes: usize,
        value: f64,
        unit: &'static str,
    ) {
        self.add_of(RUNS, system, case, attributes, value, unit);
    }

    /// The best of this many runs.
    pub fn add_of(
        &mut self,
        runs: usize,
        system: &'static str,
        case: impl Into<String>,
        attributes: usize,
        value: f64,
        unit: &'static str,
    ) {
        self.0.push(Measurement { system, case: case.into(), attributes, value, unit, runs });
    }

    pub fn time<T>(&mut self, system: &'static str, case: &str, attributes: usize, action: impl FnMut() -> T) {
        let value = best_ms(action);
        self.add(system, case, attributes, value, "ms");
    }

    pub fn to_json(&self) -> String {
        let object = |m: &Measurement| {
            serde_json::json!({
                "bench": "crypto",
                "system": m.system,
                "case": m.case,
                "attributes": m.attributes,
                "value": m.value,
                "runs": m.runs,
                "unit": m.unit,
            })
        };
        let objects: Vec<serde_json::Value> = self.0.iter().map(object).collect();
        format!("{}\n", serde_json::to_string_pretty(&objects).unwrap())
    }

    /// A line for each value; behind total work, its share of what charm takes to decrypt, where charm was measured.
    pub fn to_table(&self) -> String {
        let header = ["system", "case", "attr.", "value", "unit", "runs", "total work / charm"];
        let [system, case, attributes, value, unit, runs, share] = header;
        let mut table = format!("{system:<18} {case:<28} {attributes:>5} {value:>12} {unit:<6} {runs:>4} {share}\n");
        for m in &self.0 {
            let (system, case, unit) = (m.system, &m.case, m.unit);
            let share = self.share_of_charm(m).map_or_else(String::new, |share| format!("{share:.3}"));
            let line = format!(
                "{system:<18} {case:<28} {:>5} {:>12.4} {unit:<6} {:>4} {share}",
                m.attributes, m.value, m.runs
            );
            writeln!(table, "{}", line.trim_end()).unwrap();
        }
        table
    }

    fn share_of_charm(&self, m: &Measurement) -> Option<f64> {
        let charm = self.value("charm-rw15-ss512", "full_decrypt", m.attributes)?;
        (m.system == "medshare" && m.case == "total_work").then(|| m.value / charm)
    }

    /// One value.
    pub fn value(&self, system: &str, case: &str, attributes: usize) -> Option<f64> {
        let found = self.0.iter().find(|m| m.system == system && m.case == case && m.attributes == attributes);
        found.map(|m| m.value)
    }

    /// (attributes, value) of one curve.
    pub fn curve(&self, system: &str, case: &str) -> Vec<(f64, f64)> {
        let of_case = self.0.iter().filter(|m| m.system == system && m.case == case);
        of_case.map(|m| (m.attributes as f64, m.value)).collect()
    }
}
