//! The package that the story is about, and what is asked about it.

use super::cast::{Cast, Researcher};
use anyhow::Result;
use medshare_cli_terminal::text::short_tail;
use serde_json::Value;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What the story is about: the first researcher's package.
pub struct Package {
    pub file: PathBuf,
    pub block: String,
    pub first_file: String,
}

/// The command that opens it.
pub fn open_args(file: &Path, who: &Researcher) -> Vec<OsString> {
    package_args("open", file, who, None)
}

/// A command about it.
pub fn package_args(verb: &str, file: &Path, who: &Researcher, name: Option<&str>) -> Vec<OsString> {
    let mut args = vec![
        "package".into(),
        verb.into(),
        file.as_os_str().to_owned(),
        "--key".into(),
        who.key.clone().into_os_string(),
    ];
    if let Some(name) = name {
        args.insert(3, name.into());
    }
    args
}

/// Its side-blocks, a line each.
///
/// # Errors
/// When its owner's node does not tell.
pub fn side_blocks(cast: &Cast, package: &Package) -> Result<Vec<Value>> {
    let view = cast.at_owner.succeed(["audit", "block", &package.block])?;
    let sides = view.pointer("/side_blocks").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(sides
        .iter()
        .map(|side| {
            let get = |name: &str| side.pointer(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let id = get("/side_block");
            format!(
                "{} {:<16} height {}",
                short_tail(&id),
                get("/event").replace('-', " "),
                side.pointer("/height").unwrap_or(&Value::Null)
            )
            .into()
        })
        .collect())
}

/// A command of its owner.
pub fn owner_args(cast: &Cast, args: &[&str]) -> Vec<OsString> {
    let mut all: Vec<OsString> = vec!["owner".into()];
    all.extend(args.iter().map(OsString::from));
    all.extend(["--key".into(), cast.layout.owner_key(&cast.owner()).into_os_string()]);
    all
}
