//! Requests that were sent from here: their hashes are nowhere else before the network has decided, and on no list afterwards.
//!
//! A file of JSON lines, `$XDG_STATE_HOME/medshare/requests.jsonl`, only ever appended to. It holds no secret, but it tells whom its owner
//! asked for what: nobody else reads it.

use crate::state_file::{PRIVATE, open_to_write, state_file};
use medshare_cli_terminal::{Exit, Failure, io_words};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::ApiError;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::id::BlockId;
use medshare_own_files::{Access, is_own, open};
use serde::{Deserialize, Serialize};
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What others could do with it, as bits of its mode.
const OTHERS: u32 = 0o077;

/// A request that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub network: String,
    pub request: String,
    pub requestor: String,
    pub owner: String,
    pub dataset: String,
    pub purpose: String,
    pub at: u64,
    /// Parent block, once the thread or the package itself told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<String>,
    /// How it ended, where it led to nothing.
    #[serde(skip)]
    pub ended: Option<Ended>,
}

/// Why a request led to nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A node said no.
    Refused(ApiError),
    /// No node took it.
    NotSent(ApiError),
}

impl Ended {
    /// Why a node said no.
    pub fn refusal(self) -> Option<ApiError> {
        match self {
            Self::Refused(error) => Some(error),
            Self::NotSent(_) => None,
        }
    }
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Sent(Sent),
    Decided {
        request: String,
        block: String,
    },
    Ended {
        request: String,
        #[serde(flatten)]
        ended: Ended,
    },
}

/// Remembers a request before it is sent.
///
/// # Errors
/// When the file cannot be written.
pub fn sent(signed: &SignedRequest) -> Result<(), Failure> {
    let request = &signed.request;
    append(&Line::Sent(Sent {
        network: request.network.to_string(),
        request: signed.hash().to_string(),
        requestor: request.requestor().to_string(),
        owner: request.owner.to_string(),
        dataset: request.dataset.to_string(),
        purpose: request.purpose.reason.code().to_owned(),
        at: request.created.0,
        block: None,
        ended: None,
    }))
}

/// Remembers the parent block of a request, which its thread or its package told: nothing else is believed.
///
/// # Errors
/// As [`sent`].
pub fn decided(request: &Hash32, block: BlockId) -> Result<(), Failure> {
    append(&Line::Decided { request: request.to_string(), block: block.to_string() })
}

/// Remembers that a request led to nothing. Sent again, it is open again.
///
/// # Errors
/// As [`sent`].
pub fn ended(request: &Hash32, ended: Ended) -> Result<(), Failure> {
    append(&Line::Ended { request: request.to_string(), ended })
}

/// Every request that is remembered, oldest first.
///
/// # Errors
/// When the file is there and cannot be read.
pub fn all() -> Result<Vec<Sent>, Failure> {
    let Some(path) = place() else { return Ok(Vec::new()) };
    let mut bytes = Vec::new();
    match open(&path, Access::Read).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(parse(&String::from_utf8_lossy(&bytes))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed("read", &path, &error)),
    }
}

/// A line that is cut off, as by a full disk, or damaged, takes nothing else with it.
fn parse(text: &str) -> Vec<Sent> {
    let mut all: Vec<Sent> = Vec::new();
    for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
        match line {
            Line::Sent(sent) => match all.iter_mut().find(|known| known.request == sent.request) {
                Some(known) => known.ended = None,
                None => all.push(sent),
            },
            Line::Decided { request, block } => {
                if let Some(sent) = all.iter_mut().find(|sent| sent.request == request) {
                    sent.block = Some(block);
                }
            }
            Line::Ended { request, ended } => {
                if let Some(sent) = all.iter_mut().find(|sent| sent.request == request) {
                    sent.ended = Some(ended);
                }
            }
        }
    }
    all
}

/// `None` where there is no home to keep anything in.
fn place() -> Option<PathBuf> {
    state_file("requests.jsonl")
}

fn append(line: &Line) -> Result<(), Failure> {
    let Some(path) = place() else { return Ok(()) };
    let written = serde_json::to_string(line).map_err(io::Error::other).and_then(|line| write(&path, &line));
    written.map_err(|error| failed("write", &path, &error))
}

/// One write for a line, so that two commands at once do not mix theirs. A line before it that is cut off is ended.
fn write(path: &Path, line: &str) -> io::Result<()> {
    let mut file = open_to_write(path, Access::Append(PRIVATE))?;
    close(&file)?;
    let end = if is_cut_off(&mut file)? { "\n" } else { "" };
    file.write_all(format!("{end}{line}\n").as_bytes())
}

/// Takes from others what an older version or a copy by hand left them.
fn close(file: &File) -> io::Result<()> {
    let found = file.metadata()?;
    let is_open = found.permissions().mode() & OTHERS != 0;
    if is_open && is_own(&found) { file.set_permissions(Permissions::from_mode(PRIVATE)) } else { Ok(()) }
}

fn is_cut_off(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {verb} the list of your requests, {}: {}", path.display(), io_words(error));
    Failure::new(Exit::Failure, "file", message)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn a_line_after_one_that_is_cut_off_stands_by_itself_and_others_read_neither() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("medshare/requests.jsonl");
        write(&path, r#"{"request":"ab","block":"b1"}"#).unwrap();
        std::fs::write(&path, b"{\"network\":\"n\",\"reques\xff").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o664)).unwrap();
        write(&path, SENT).unwrap();
        write(&path, r#"{"request":"ab","block":"b1"}"#).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let all = parse(&String::from_utf8_lossy(&bytes));
        assert_eq!(all.iter().map(|sent| sent.block.as_deref()).collect::<Vec<_>>(), [Some("b1")]);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, PRIVATE);
    }

    const SENT: &str =
        r#"{"network":"n","request":"ab","requestor":"r","owner":"o","dataset":"d","purpose":"HRESCH","at":5}"#;

    #[test]
    fn a_block_is_told_with_its_request_and_a_broken_line_takes_nothing_with_it() {
        let text = format!("{SENT}\n{{\"request\":\"ab\",\"blo\n{{\"request\":\"zz\",\"block\":\"b0\"}}\n{SENT}\n");
        assert_eq!(parse(&text).iter().map(|sent| sent.block.as_deref()).collect::<Vec<_>>(), [None]);
        let decided = format!("{text}{{\"request\":\"ab\",\"block\":\"b1\"}}\n");
        assert_eq!(parse(&decided).iter().map(|sent| sent.block.as_deref()).collect::<Vec<_>>(), [Some("b1")]);
    }

    #[test]
    fn how_a_request_ended_is_told_with_it_until_it_is_sent_again() {
        let ended = |text: &str| parse(text).into_iter().map(|sent| sent.ended).collect::<Vec<_>>();
        for told in [
            Ended::Refused(ApiError::new("purpose-forbidden", "no")),
            Ended::NotSent(ApiError::new("unreachable", "away")),
        ] {
            let line = Line::Ended { request: "ab".to_owned(), ended: told.clone() };
            let text = format!("{SENT}\n{}\n", serde_json::to_string(&line).unwrap_or_default());
            assert_eq!(ended(&text), [Some(told)]);
            assert_eq!(ended(&format!("{text}{SENT}\n")), [None]);
        }
    }
}
