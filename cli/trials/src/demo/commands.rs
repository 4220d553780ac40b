//! Running this program's own commands, as a user does.

use anyhow::{Context as _, Result, bail};
use medshare_cli_terminal::this_program;
use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

/// How commands are run: against which genesis and node.
#[derive(Clone, Debug)]
pub struct Commands {
    program: PathBuf,
    genesis: PathBuf,
    node: String,
}

/// What a command said.
#[derive(Clone, Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// The JSON document, of the result or of the error.
    pub json: Value,
}

impl Commands {
    /// Commands against a node of a network.
    ///
    /// # Errors
    /// When this program cannot be found.
    pub fn new(genesis: PathBuf, node: &str) -> Result<Self> {
        let program = this_program()?;
        Ok(Self { program, genesis, node: node.to_owned() })
    }

    /// The same commands against another node.
    #[must_use]
    pub fn at(&self, node: &str) -> Self {
        Self { node: node.to_owned(), ..self.clone() }
    }

    /// Runs a command and takes what it says, whatever that is.
    ///
    /// # Errors
    /// When it cannot be started or does not speak JSON.
    pub fn run<S: Into<OsString>>(&self, args: impl IntoIterator<Item = S>) -> Result<Said> {
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let output = Command::new(&self.program)
            .args(&args)
            .arg("--json")
            .env("MEDSHARE_GENESIS", &self.genesis)
            .env("MEDSHARE_NODE", &self.node)
            // Of people's own settings and requests nothing is read, and nothing is added.
            .env("MEDSHARE_CONFIG", "")
            .env_remove("MEDSHARE_CA")
            .env("XDG_STATE_HOME", self.genesis.with_file_name("desk").join("state"))
            .output()
            .context("cannot start a command")?;
        let said = if output.status.success() { &output.stdout } else { &output.stderr };
        let json = serde_json::from_slice(said)
            .with_context(|| format!("{args:?} answered no JSON: {}", String::from_utf8_lossy(said).trim()))?;
        Ok(Said { code: output.status.code().unwrap_or(-1), json })
    }

    /// Runs a command that must succeed.
    ///
    /// # Errors
    /// When it does not.
    pub fn succeed<S: Into<OsString>>(&self, args: impl IntoIterator<Item = S>) -> Result<Value> {
        let said = self.run(args)?;
        match said.code {
            0 => Ok(said.json),
            code => bail!("a command that should succeed ended with {code}: {}", said.reason()),
        }
    }

    /// Runs a command that must be refused with one of these codes; returns its reason.
    ///
    /// # Errors
    /// When it succeeds, or fails in another way.
    pub fn refused<S: Into<OsString>>(&self, args: impl IntoIterator<Item = S>, codes: &[&str]) -> Result<String> {
        let said = self.run(args)?;
        let code = said.json.pointer("/error/code").and_then(Value::as_str).unwrap_or_default();
        if said.code == 0 {
            bail!("a command that should be refused succeeded");
        }
        if !codes.contains(&code) {
            bail!("expected a refusal with {codes:?}, got {code}: {}", said.reason());
        }
        Ok(said.reason())
    }
}

impl Said {
    /// The error's message.
    #[must_use]
    pub fn reason(&self) -> String {
        self.json.pointer("/error/message").and_then(Value::as_str).unwrap_or("no reason").to_owned()
    }
}

/// A text out of a command's JSON.
///
/// # Errors
/// When it is not there.
pub fn text(json: &Value, pointer: &str) -> Result<String> {
    let value = json.pointer(pointer).with_context(|| format!("the answer has no {pointer}: {json}"))?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
