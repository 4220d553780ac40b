//! Names that people give to what they make.

use std::collections::BTreeSet;

use anyhow::{Context as _, ensure};
use medshare_cli_terminal::{Failure, note};
use medshare_crypto::name::{self, mixed_scripts};
use medshare_crypto::policy::{AttributeName, Policy};
use serde_json::{Value, json};

use super::failure::unverified;
use super::output::Output;

/// What to do about a claim with a name that is not made any more.
const EARLIER: &str =
    "if an earlier build made that very name, --earlier-names takes it: compare it with what the authority says";

/// Refuses what is no name: more than one line, or written so that another name looks the same.
pub fn check(text: &str) -> anyhow::Result<()> {
    let one_line = !text.chars().any(char::is_control) && text.trim() == text;
    ensure!(
        one_line,
        Failure::argument(format!(
            "{text:?} is no name: expected one line of text, without control characters and without spaces around it"
        ))
    );
    let deceives = name::check(text).map_err(|error| Failure::argument(format!("{text:?} is no name: {error}")));
    Ok(deceives?)
}

/// Refuses a file of somebody else's that bears such a name, which nobody could tell from the one that it looks like.
pub fn check_borne(bytes: &[u8], bearer: &str) -> anyhow::Result<()> {
    let name = core::str::from_utf8(bytes).map_err(|_| unverified(format!("the name in {bearer} is not text")))?;
    let deceives = name::check(name).map_err(|error| unverified(format!("{bearer} bears the name {name:?}: {error}")));
    Ok(deceives?)
}

/// Says of attributes that somebody has already that their names are not made any more: others look like them.
pub fn tell_earlier<'n>(names: impl IntoIterator<Item = &'n AttributeName>) {
    let mut told = BTreeSet::new();
    for name in names.into_iter().filter(|name| told.insert(*name)) {
        if let Err(reason) = name.check_made() {
            note(&format!(
                "warning: {name} is a name that an earlier build made, and is taken for what there is only: {reason}"
            ));
        }
    }
}

/// The name of an attribute that there is.
pub fn attribute(text: &str) -> anyhow::Result<AttributeName> {
    text.parse().with_context(|| format!("{text:?} is no attribute"))
}

/// The name of an attribute that is given out, or of a mediator that is named.
pub fn new_attribute(text: &str) -> anyhow::Result<AttributeName> {
    AttributeName::typed(text).with_context(|| format!("{text:?} is no attribute"))
}

/// A claim that somebody types, for attributes that somebody else gives out. With `takes_earlier`, names in it may be those that builds before made.
pub fn typed_claim(text: &str, takes_earlier: bool) -> anyhow::Result<Policy> {
    if takes_earlier {
        return Ok(text.parse()?);
    }
    Policy::typed(text).map_err(|error| match text.parse::<Policy>() {
        Ok(_) => Failure::argument(error.to_string()).hint(EARLIER).into(),
        Err(_) => error.into(),
    })
}

/// Results, with what is to be told of the names in a policy that somebody typed, or is shown.
pub fn told_in<'a>(policy: &Policy, results: Vec<(&'a str, Value)>, output: Output) -> Vec<(&'a str, Value)> {
    told(policy.leaves().into_iter().map(AttributeName::as_str), results, output)
}

/// Results, with what is to be told of names in them: that letters of several scripts stand in one. To people it is a warning beside the results.
pub fn told<'a, 'n>(
    names: impl IntoIterator<Item = &'n str>,
    mut results: Vec<(&'a str, Value)>,
    output: Output,
) -> Vec<(&'a str, Value)> {
    let mut mixed: Vec<String> = Vec::new();
    for part in names.into_iter().flat_map(mixed_scripts).map(|mixed| mixed.to_string()) {
        if !mixed.contains(&part) {
            mixed.push(part);
        }
    }
    if output.json && !mixed.is_empty() {
        results.push(("mixed scripts", json!(mixed)));
    } else {
        mixed.iter().for_each(|mixed| note(&format!("warning: {mixed}")));
    }
    results
}
