//! What the commands print.

use std::io::Write as _;

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
            writeln!(out, "{}", Value::Object(object))?;
            return Ok(());
        }
        for (name, value) in results {
            match value {
                Value::String(text) => writeln!(out, "{name}: {}", shown(text))?,
                Value::Array(items) if items.is_empty() => writeln!(out, "{name}: none")?,
                Value::Array(items) => {
                    writeln!(out, "{name}:")?;
                    for item in items {
                        writeln!(out, "  {}", shown(item.as_str().unwrap_or_default()))?;
                    }
                }
                other => writeln!(out, "{name}: {other}")?,
            }
        }
        Ok(())
    }
}

/// Text that others wrote, for a terminal: what would start another line, move the cursor or turn the writing direction is spelled out.
fn shown(text: &str) -> String {
    let turns = |character| matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || turns(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    shown
}
