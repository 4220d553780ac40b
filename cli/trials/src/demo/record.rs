//! What each step did, how long it took, whether it did what it should.

use anyhow::{Result, bail};
use medshare_cli_terminal::{Answer, with_causes};
use medshare_exchange::api::ApiError;
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::ExitCode;
use std::time::Instant;

/// The steps so far.
pub struct Record {
    json: bool,
    began: Instant,
    steps: Vec<Value>,
    failed: bool,
}

impl Record {
    /// An empty record.
    pub fn new(json: bool) -> Self {
        Self { json, began: Instant::now(), steps: Vec::new(), failed: false }
    }

    /// Runs a step, which programs know by its code; one that fails ends the story.
    ///
    /// # Errors
    /// The step's own.
    pub fn step<T>(&mut self, code: &str, words: &str, act: impl FnOnce() -> Result<(T, Vec<Detail>)>) -> Result<T> {
        if !self.json {
            print(words);
        }
        let began = Instant::now();
        let result = act();
        let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (ok, details) = match &result {
            Ok((_, details)) => (true, details.clone()),
            Err(error) => (false, vec![Detail::words("error", with_causes(error.as_ref()))]),
        };
        self.failed |= !ok;
        let (words, data): (Vec<&Detail>, Vec<&Detail>) = details.iter().partition(|detail| detail.is_words);
        self.steps.push(json!({ "step": code, "ok": ok, "ms": ms, "detail": named(&data), "messages": named(&words) }));
        if !self.json {
            for detail in &details {
                print(&format!("    {:<22} {}", detail.name, detail.text()));
            }
            print(&format!("    {} in {:.2} s\n", if ok { "ok" } else { "FAILED" }, began.elapsed().as_secs_f64()));
        }
        result.map(|(value, _)| value)
    }

    /// Prints the end.
    ///
    /// # Errors
    /// When nobody reads the output.
    pub fn finish(self, unfinished: Option<String>) -> Result<ExitCode> {
        let ok = !self.failed && unfinished.is_none();
        let seconds = self.began.elapsed().as_secs_f64();
        if self.json {
            let error = unfinished.map(|message| ApiError::new("failed", message));
            let document = json!({ "ok": ok, "seconds": seconds, "error": error, "steps": self.steps });
            Answer::new(&document, "")?.print(true)?;
        } else if ok {
            print(&format!("every step did what it should, in {seconds:.1} s"));
        } else {
            print(&format!("the story ended early after {seconds:.1} s: {}", unfinished.unwrap_or_default()));
        }
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// One thing worth telling about a step.
#[derive(Clone, Debug)]
pub struct Detail {
    name: String,
    value: Value,
    is_words: bool,
}

impl Detail {
    /// A number, name or identifier, or several.
    pub fn new(name: &str, value: impl Into<Value>) -> Self {
        Self { name: name.to_owned(), value: value.into(), is_words: false }
    }

    /// Words for people.
    pub fn words(name: &str, value: impl Into<Value>) -> Self {
        Self { is_words: true, ..Self::new(name, value) }
    }

    fn text(&self) -> String {
        match &self.value {
            Value::String(text) => text.clone(),
            Value::Array(items) => items
                .iter()
                .map(|i| i.as_str().map_or_else(|| i.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join("\n                           "),
            other => other.to_string(),
        }
    }
}

/// Fails a step unless what should be so is so.
///
/// # Errors
/// When it is not.
pub fn ensure(condition: bool, otherwise: &str) -> Result<()> {
    if condition { Ok(()) } else { bail!("{otherwise}") }
}

fn named(details: &[&Detail]) -> serde_json::Map<String, Value> {
    details.iter().map(|detail| (detail.name.replace(' ', "_"), detail.value.clone())).collect()
}

fn print(line: &str) {
    // Nobody may read the output any more; the exit code still says how it ended.
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}
