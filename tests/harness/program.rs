//! The `medshare` program and what it says.

use serde_json::Value;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output};

/// The program, built beside the test that runs.
pub fn medshare() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let program = test.parent().and_then(|deps| deps.parent()).expect("a target folder").join("medshare");
    assert!(
        program.is_file(),
        "{} is missing: these tests run the real program, build it with `cargo build -p medshare-cli`",
        program.display()
    );
    program
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// What a process that has ended said.
    pub fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The JSON document of a command that succeeded.
    #[track_caller]
    pub fn done(&self) -> Value {
        assert_eq!(self.code, 0, "the command failed: {}", self.stderr);
        serde_json::from_str(&self.stdout).expect("a JSON document")
    }

    /// Asserts how a command failed: exit code, stable word, and words of its message; returns the whole message.
    #[track_caller]
    pub fn failed(&self, exit: i32, code: &str, words: &str) -> String {
        assert_eq!(self.code, exit, "{self:?}");
        let error: Value = serde_json::from_str(&self.stderr).expect("an error as JSON");
        assert_eq!(error["error"]["code"], code, "{error}");
        let message = error["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.contains(words), "expected “{words}” in “{message}”");
        message
    }
}

/// The program, with neither the environment nor the configuration nor the requests of whoever runs the tests.
fn alone() -> Command {
    let mut command = Command::new(medshare());
    for name in ["GENESIS", "NODE", "KEY", "CA", "PASSPHRASE"] {
        command.env_remove(format!("MEDSHARE_{name}"));
    }
    command.env("MEDSHARE_CONFIG", "").env("XDG_STATE_HOME", medshare().with_extension("test-state"));
    command
}

/// Runs a command of the program with its `--json` form.
pub fn run<S: Into<OsString>>(args: impl IntoIterator<Item = S>, env: &[(&str, OsString)]) -> Said {
    run_spoken(args.into_iter().map(Into::into).chain([OsString::from("--json")]), env)
}

/// Runs a command of the program as people do.
pub fn run_spoken<S: Into<OsString>>(args: impl IntoIterator<Item = S>, env: &[(&str, OsString)]) -> Said {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let mut command = alone();
    let env = env.iter().map(|(name, value)| (name, value));
    Said::of(&command.args(args).envs(env).output().expect("the program starts"))
}

/// Runs a command without `--json`: the form that nodes and people use.
pub fn run_plain<S: Into<OsString>>(args: impl IntoIterator<Item = S>) -> Said {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    Said::of(&alone().args(args).output().expect("the program starts"))
}
