//! Requests that were sent from here: their hashes are nowhere else before the network has decided, and on no list afterwards.
//!
//! A file of JSON lines, `$XDG_STATE_HOME/medshare/requests.jsonl`, only ever appended to. It holds no secret, but it tells whom its owner
//! asked for what: nobody else reads it.

use medshare_cli_terminal::{Exit, Failure, io_words};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::ApiError;
use medshare_exchange::request::SignedRequest;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

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
    /// Parent block, once it is known.
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
        requestor: request.requestor.to_string(),
        owner: request.owner.to_string(),
        dataset: request.dataset.to_string(),
        purpose: request.purpose.reason.code().to_owned(),
        at: request.created.0,
        block: None,
        ended: None,
    }))
}

/// Remembers the parent block of a request.
///
/// # Errors
/// As [`sent`].
pub fn decided(request: &Hash32, block: &str) -> Result<(), Failure> {
    append(&Line::Decided { request: request.to_string(), block: block.to_owned() })
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
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(parse(&text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed("read", &path, &error)),
    }
}

/// A line that is cut off, as by a full disk, takes nothing else with it.
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
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = state.or_else(|| std::env::home_dir().map(|home| home.join(".local/state")))?;
    Some(folder.join("medshare").join("requests.jsonl"))
}

fn append(line: &Line) -> Result<(), Failure> {
    let Some(path) = place() else { return Ok(()) };
    let written = serde_json::to_string(line).map_err(io::Error::other).and_then(|line| write(&path, &line));
    written.map_err(|error| failed("write", &path, &error))
}

/// One write for a line, so that two commands at once do not mix theirs.
fn write(path: &Path, line: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

fn failed(verb: &str, path: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot {verb} the list of your requests, {}: {}", path.display(), io_words(error));
    Failure::new(Exit::Failure, "file", message)
}

#[cfg(test)]
mod tests {
    use super::*;

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
