//! What the commands print.

use std::io::Write as _;

use medshare_cli_terminal::shown::{json, line};
use serde_json::{Map, Value};

/// Text or JSON.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON object instead of text.
    pub json: bool,
}

impl Output {
    /// Prints named results: `name: value` lines, or one object.
    pub fn print(self, results: &[(&str, Value)]) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        if self.json {
            let object: Map<String, Value> =
                results.iter().map(|(name, value)| ((*name).replace(' ', "_"), value.clone())).collect();
            writeln!(out, "{}", json(&Value::Object(object).to_string()))?;
            return Ok(());
        }
        for (name, value) in results {
            match value {
                Value::String(text) => writeln!(out, "{name}: {}", line(text))?,
                Value::Array(items) if items.is_empty() => writeln!(out, "{name}: none")?,
                Value::Array(items) => {
                    writeln!(out, "{name}:")?;
                    for item in items {
                        writeln!(out, "  {}", line(item.as_str().unwrap_or_default()))?;
                    }
                }
                other => writeln!(out, "{name}: {other}")?,
            }
        }
        Ok(())
    }
}
