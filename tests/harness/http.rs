//! HTTP as an attacker speaks it: any bytes to any path.

use medshare_exchange::api::{ApiError, ErrorAnswer};
use serde::de::DeserializeOwned;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(60);

/// What a node answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// The whole of an answer.
    pub(crate) fn of(mut answer: ureq::http::Response<ureq::Body>) -> Self {
        Self { status: answer.status().as_u16(), body: answer.body_mut().read_to_vec().expect("a whole answer") }
    }

    /// An answer that somebody makes up.
    pub fn made_up(status: u16, code: &str) -> Self {
        let error = ErrorAnswer::from(ApiError::new(code, "so says somebody"));
        Self { status, body: serde_json::to_vec(&error).unwrap() }
    }

    /// The JSON of an answer.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.status, String::from_utf8_lossy(&self.body)))
    }

    /// The error of an answer that is one.
    #[track_caller]
    pub fn error(&self) -> ApiError {
        self.json::<ErrorAnswer>().error
    }

    /// Asserts a refusal: status, stable code, and words of its message.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str, words: &str) {
        let error = self.error();
        assert_eq!((self.status, error.code.as_str()), (status, code), "{}", error.message);
        assert!(error.message.contains(words), "expected “{words}” in “{}”", error.message);
    }
}

pub(crate) fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().timeout_global(Some(TIMEOUT)).http_status_as_error(false);
    config.max_redirects(0).build().into()
}

/// Posts bytes.
#[track_caller]
pub fn post(url: &str, body: &[u8]) -> Answer {
    let sent = agent().post(url).header("content-type", "application/octet-stream").send(body);
    Answer::of(sent.expect("the node answers"))
}

/// Gets a path, with these headers.
#[track_caller]
pub fn get_with(url: &str, headers: &[(&str, &str)]) -> Answer {
    try_get_with(url, headers).expect("the node answers")
}

/// Gets a path, with headers that the node may not even answer: then there is none.
pub fn try_get_with(url: &str, headers: &[(&str, &str)]) -> Option<Answer> {
    let request = headers.iter().fold(agent().get(url), |request, (name, value)| request.header(*name, *value));
    request.call().ok().map(Answer::of)
}

/// Gets a path.
#[track_caller]
pub fn get(url: &str) -> Answer {
    get_with(url, &[])
}

/// Posts more bytes than a node reads: it may answer and hang up before all are sent.
pub fn post_too_much(authority: &str, path: &str, length: usize) -> Answer {
    let mut stream = TcpStream::connect(authority).expect("the node listens");
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )
    .unwrap();
    let part = vec![b'x'; 64 * 1024];
    let mut left = length;
    while left > 0 {
        match stream.write(&part[..part.len().min(left)]) {
            Ok(count) => left -= count,
            Err(_) => break,
        }
    }
    let mut bytes = Vec::new();
    // a reset after the answer takes nothing away from it
    drop(stream.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text}"));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status line");
    Answer { status, body: body.as_bytes().to_vec() }
}
