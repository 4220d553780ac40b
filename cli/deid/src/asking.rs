//! What is done where no configuration says what the columns of a table are: the proposal is shown and asked about.

use std::path::Path;

use anyhow::{Result, bail};
use medshare_cli_terminal::confirm::confirmed_below;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Exit, Failure};
use medshare_deid::{DeidConfig, Records, Role, Table, guesses};

use crate::configuration;
use crate::words::warn;

/// Columns that are shown at most.
const MOST_SHOWN: usize = 60;
/// How to decide.
const DECIDE: &str = "decide with `medshare deid plan INPUT --out deid.toml` and run with --config deid.toml, or take the proposal as it is with \
     --yes-propose";

/// The configuration in a file; for FHIR the built-in one; for a table the proposal, if `taken` or somebody at the terminal says so.
///
/// # Errors
/// Where a table has no configuration and nobody can be asked, or says no.
pub fn decided(path: Option<&Path>, taken: bool, json: bool, records: &Records) -> Result<DeidConfig> {
    let mut config = match (path, records) {
        (Some(path), _) => configuration::load(path)?,
        (None, Records::Fhir(_)) => configuration::proposed(records),
        (None, Records::Table(table)) => {
            let config = configuration::proposed(records);
            if taken {
                warn("what each column is was guessed from names and values, and guesses are no decisions");
            } else {
                ask(table, &config, json)?;
            }
            config
        }
    };
    configuration::count_at_release(&mut config, records);
    Ok(config)
}

fn ask(table: &Table, config: &DeidConfig, json: bool) -> Result<()> {
    let question = "These are guesses from names and values. Shall the table be de-identified so?";
    let answer = if json { None } else { confirmed_below(&shown(table, config), question)? };
    match answer {
        Some(true) => Ok(()),
        Some(false) => bail!(Failure::new(Exit::Failure, "unconfirmed", "nothing was written").hint(DECIDE)),
        None => bail!(
            Failure::argument("nobody has decided what the columns of this table are, and nobody can be asked here")
                .hint(DECIDE)
        ),
    }
}

/// Each column, what becomes of it and why.
fn shown(table: &Table, config: &DeidConfig) -> String {
    let all = guesses(table);
    let mut text: String = all
        .iter()
        .take(MOST_SHOWN)
        .map(|guess| {
            let becomes = match config.table.role(&guess.column) {
                Role::DirectIdentifier => "removed",
                Role::Person => "pseudonym",
                Role::QuasiIdentifier => "generalised",
                Role::Sensitive => "sensitive, kept",
                Role::Keep => "kept",
                Role::Unclassified => "withheld",
            };
            format!("{:<24} {becomes:<16} {}\n", line(&guess.column), guess.why)
        })
        .collect();
    if all.len() > MOST_SHOWN {
        text += &format!("and {} more\n", all.len() - MOST_SHOWN);
    }
    text
}
