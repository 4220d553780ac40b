//! A shell in which commands are typed one after the other, as a reader does.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Longest that a command may take; the demo takes half a minute where nothing else runs.
const LIMIT: Duration = Duration::from_secs(600);
/// Begins the line that ends a command's output.
const ENDED: &str = "\u{1}ended ";

/// A running shell.
pub struct Shell {
    process: Child,
    output: Receiver<String>,
}

/// What a command printed, on both outputs, and its exit code.
pub struct Said {
    pub code: i32,
    pub lines: Vec<String>,
}

impl Shell {
    /// Starts a shell in a folder, which is its home, with nothing in its environment but this path.
    pub fn start(folder: &Path, path: &str) -> Self {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut process = Command::new("bash")
            .args(["--noprofile", "--norc"])
            .current_dir(folder)
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::piped())
            .stdout(writer.try_clone().unwrap())
            .stderr(writer)
            .process_group(0)
            .spawn()
            .expect("bash starts");
        let ended = format!("ended() {{ printf '\\n{ENDED}%d\\n' \"$1\"; return \"$1\"; }}\n");
        process.stdin.as_mut().unwrap().write_all(ended.as_bytes()).unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(reader).split(b'\n') {
                let Ok(line) = line else { break };
                if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                    break;
                }
            }
        });
        Self { process, output }
    }

    /// Types a command and waits for its end.
    ///
    /// # Errors
    /// When it does not end, or ends the shell.
    pub fn run(&mut self, command: &str) -> Result<Said, String> {
        let stdin = self.process.stdin.as_mut().unwrap();
        let typed = format!("{{ {command}\n}} </dev/null; ended $?\n");
        stdin.write_all(typed.as_bytes()).map_err(|e| format!("the shell has ended: {e}"))?;
        let began = Instant::now();
        let mut lines = Vec::new();
        loop {
            let left = LIMIT.saturating_sub(began.elapsed());
            let line =
                self.output.recv_timeout(left).map_err(|e| format!("no end of it: {e}\n{}", lines.join("\n")))?;
            if let Some(code) = line.strip_prefix(ENDED) {
                let code = code.parse().map_err(|e| format!("{code} is no exit code: {e}"))?;
                while lines.last().is_some_and(String::is_empty) {
                    lines.pop();
                }
                return Ok(Said { code, lines });
            }
            lines.push(line.trim_end().to_owned());
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // with it goes what was started behind it and still runs
        drop(Command::new("kill").args(["-KILL", "--", &format!("-{}", self.process.id())]).output());
        drop(self.process.wait());
    }
}
