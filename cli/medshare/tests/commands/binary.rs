//! Runs the program in a folder of its own, as the guides do.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output};

/// The program.
pub const MEDSHARE: &str = env!("CARGO_BIN_EXE_medshare");

/// The program in a folder; what the caller's environment says to it is taken away.
pub fn medshare(folder: &Path) -> Command {
    let mut command = Command::new(MEDSHARE);
    for name in ["GENESIS", "NODE", "KEY", "CA", "PASSPHRASE"] {
        command.env_remove(format!("MEDSHARE_{name}"));
    }
    // Neither the configuration nor the requests of whoever runs the tests.
    command.env("MEDSHARE_CONFIG", "").env("XDG_STATE_HOME", folder.join(".state"));
    command.current_dir(folder);
    command
}

/// Starts a program that hears every signal, whatever whoever runs the tests ignores.
pub const HEARING: [&str; 2] = ["env", "--default-signal=HUP,INT,TERM"];

/// Sends a signal to a running program, as a terminal does.
pub fn send(signal: &str, running: &Child) {
    let sent = Command::new("kill").args([format!("-{signal}"), running.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// What it printed, having succeeded.
#[track_caller]
pub fn printed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A folder in which commands run.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, command: &str) -> Output {
        self.run_as(medshare(self.path()).args(words(command)))
    }

    fn run_as(&self, command: &mut Command) -> Output {
        command.env("MEDSHARE_PASSPHRASE", "a long sentence").output().unwrap()
    }

    /// The command runs, whatever comes of it.
    pub fn try_run(&self, command: &str) {
        drop(self.run(command));
    }

    /// The command is refused, where no file may become longer than half a KiB.
    #[track_caller]
    pub fn refused_with_small_files(&self, command: &str, reason: &str) {
        self.refused_with_files_up_to(1, command, reason);
    }

    /// The same, where files have that many blocks of 512 bytes at most.
    #[track_caller]
    pub fn refused_with_files_up_to(&self, blocks: usize, command: &str, reason: &str) {
        let script = format!(r#"trap "" XFSZ; ulimit -f {blocks}; exec "$0" "$@""#);
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, MEDSHARE]).args(words(command)).current_dir(self.path());
        let error = self.refusal(command, &self.run_as(&mut shell));
        assert!(error.contains(reason), "{command}: expected {reason:?} in {error:?}");
    }

    /// Whether the command succeeds, and what it says, where `how` (as of strace) comes of the attempt of this number to make something durable. None where
    /// there is no strace, or it may not look.
    pub fn ended_at(&self, attempt: usize, how: &str, command: &str) -> Option<(bool, String)> {
        let looks = Command::new("strace").args(["-qq", "-e", "trace=none", "true"]).output();
        looks.is_ok_and(|output| output.status.success()).then(|| {
            let inject = format!("inject=fsync:{how}:when={attempt}");
            let mut traced = Command::new("strace");
            traced.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync", "-e", &inject, MEDSHARE]);
            let output = self.run_as(traced.args(words(command)).current_dir(self.path()));
            (output.status.success(), String::from_utf8(output.stderr).unwrap())
        })
    }

    /// The command succeeds under this mask of new files' rights.
    #[track_caller]
    pub fn done_under_mask(&self, mask: &str, command: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("umask {mask}; exec \"$0\" \"$@\""), MEDSHARE]).args(words(command));
        let output = self.run_as(shell.current_dir(self.path()));
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The command succeeds within so many seconds.
    #[track_caller]
    pub fn done_within(&self, seconds: u8, command: &str) {
        let mut bounded = Command::new("timeout");
        bounded.args([&seconds.to_string(), MEDSHARE]).args(words(command)).current_dir(self.path());
        let output = self.run_as(&mut bounded);
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// What the command prints when it succeeds.
    #[track_caller]
    pub fn done(&self, command: &str) -> String {
        let output = self.run(command);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command}: {}: {errors}", output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// The command succeeds, and says this beside its results.
    #[track_caller]
    pub fn told(&self, command: &str, words: &str) {
        let output = self.run(command);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains(words), "{command}: {}: {said}", output.status);
    }

    /// The command ends with this exit code and word for machines.
    #[track_caller]
    pub fn ends(&self, command: &str, exit: i32, code: &str) {
        let command = format!("{command} --json");
        let output = self.run(&command);
        let error = self.refusal(&command, &output);
        let told: serde_json::Value = serde_json::from_str(&error).unwrap();
        let found = told.pointer("/error/code").and_then(|code| code.as_str());
        assert_eq!((output.status.code(), found), (Some(exit), Some(code)), "{command}: {error}");
    }

    /// The details for machines of a command that is refused with this word for machines.
    #[track_caller]
    pub fn told_apart(&self, command: &str, code: &str) -> serde_json::Value {
        let told: serde_json::Value = serde_json::from_str(&self.error(&format!("{command} --json"))).unwrap();
        assert_eq!(told.pointer("/error/code").and_then(|code| code.as_str()), Some(code), "{command}: {told}");
        told.pointer("/error/details").cloned().unwrap_or_default()
    }

    /// The command succeeds with the file `input` as its standard input.
    #[track_caller]
    pub fn done_with_input(&self, command: &str, input: &str) {
        let output = medshare(self.path())
            .args(words(command))
            .stdin(fs::File::open(self.path().join(input)).unwrap())
            .output()
            .unwrap();
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// The same as JSON.
    #[track_caller]
    pub fn json(&self, command: &str) -> serde_json::Value {
        serde_json::from_str(&self.done(&format!("{command} --json"))).unwrap()
    }

    /// The command is refused with words that contain `reason`.
    #[track_caller]
    pub fn refused(&self, command: &str, reason: &str) {
        let error = self.error(command);
        assert!(error.contains(reason), "{command}: expected {reason:?} in {error:?}");
    }

    /// What the command says when it is refused; it prints nothing else and leaves no half-written file.
    #[track_caller]
    pub fn error(&self, command: &str) -> String {
        self.refusal(command, &self.run(command))
    }

    #[track_caller]
    fn refusal(&self, command: &str, output: &Output) -> String {
        assert!(!output.status.success(), "{command} should be refused");
        assert!(output.stdout.is_empty(), "{command} printed something");
        let partial = |entry: fs::DirEntry| entry.path().extension().is_some_and(|extension| extension == "partial");
        let left = fs::read_dir(self.path()).unwrap().any(|entry| partial(entry.unwrap()));
        assert!(!left, "{command} left a partial file");
        String::from_utf8(output.stderr.clone()).unwrap()
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        fs::write(self.path().join(name), contents).unwrap();
    }

    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap()
    }

    pub fn delete(&self, name: &str) {
        fs::remove_file(self.path().join(name)).unwrap();
    }

    /// Changes the byte `from_end` bytes before the end of a file; a digit stays a digit.
    pub fn flip(&self, name: &str, from_end: usize, altered: &str) {
        let mut bytes = self.read(name);
        let at = bytes.len() - 1 - from_end;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = if *byte == b'0' { b'1' } else { b'0' };
        }
        self.write(altered, bytes);
    }

    /// Leaves out the last bytes of a file.
    pub fn cut(&self, name: &str, bytes: usize, shorter: &str) {
        let mut contents = self.read(name);
        contents.truncate(contents.len() - bytes);
        self.write(shorter, contents);
    }
}

/// Words of a command; what stands between single quotes is one word.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (part, quoted) in command.split('\'').zip([false, true].into_iter().cycle()) {
        if quoted {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}
