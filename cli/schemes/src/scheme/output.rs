//! What the commands print.

use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, note};
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
        self.print_with_rows(results, "", Vec::new())
    }

    /// The same, and behind them a list whose items have parts: a line for people and an object for machines each.
    pub fn print_with_rows(
        self,
        results: &[(&str, Value)],
        name: &str,
        rows: Vec<(String, Value)>,
    ) -> anyhow::Result<()> {
        let mut text: String = results.iter().map(|(name, value)| lines(name, value)).collect();
        let (words, objects): (Vec<Value>, Vec<Value>) =
            rows.into_iter().map(|(words, object)| (Value::String(words), object)).unzip();
        let mut object: Map<String, Value> = results.iter().map(|(name, value)| (key(name), value.clone())).collect();
        if !name.is_empty() {
            text.push_str(&lines(name, &Value::Array(words)));
            object.insert(key(name), Value::Array(objects));
        }
        Ok(Answer::new(&object, text)?.print(self.json)?)
    }

    /// Results with a warning, if there is one: to people it is told beside them.
    pub fn warned(self, mut results: Vec<(&str, Value)>, warning: Option<String>) -> Vec<(&str, Value)> {
        match warning {
            Some(warning) if self.json => results.push(("warning", Value::String(warning))),
            Some(warning) => note(&format!("warning: {warning}")),
            None => {}
        }
        results
    }
}

fn key(name: &str) -> String {
    name.replace(' ', "_")
}

fn lines(name: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("{name}: {}\n", line(text)),
        Value::Null => format!("{name}: none\n"),
        Value::Bool(holds) => format!("{name}: {}\n", if *holds { "yes" } else { "no" }),
        Value::Array(items) if items.is_empty() => format!("{name}: none\n"),
        Value::Array(items) => {
            let items = items.iter().map(|item| format!("  {}\n", line(item.as_str().unwrap_or_default())));
            format!("{name}:\n{}", items.collect::<String>())
        }
        other => format!("{name}: {other}\n"),
    }
}
