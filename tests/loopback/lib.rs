//! HTTP on loopback, answered as a test tells it to: what nodes in the tests of agent and program, and liars before real ones, are made of.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test that goes wrong should stop where it went wrong")]

use medshare_exchange::api::{ApiError, ErrorAnswer};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// GET, say.
    pub method: String,
    /// The path, with what stands behind it.
    pub target: String,
    /// Names and values as they came.
    pub headers: Vec<(String, String)>,
    /// What was sent along.
    pub body: Vec<u8>,
}

impl Question {
    /// The value of a header; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status of HTTP.
    pub status: u16,
    /// What is sent.
    pub body: Vec<u8>,
    /// Where to ask instead.
    pub location: Option<String>,
}

impl Answer {
    /// A document.
    #[must_use]
    pub fn json(value: &impl serde::Serialize) -> Self {
        Self::bytes(serde_json::to_vec(value).unwrap())
    }

    /// These bytes.
    #[must_use]
    pub const fn bytes(body: Vec<u8>) -> Self {
        Self { status: 200, body, location: None }
    }

    /// What is asked for is elsewhere.
    #[must_use]
    pub fn pointing(location: &str) -> Self {
        Self { status: 307, body: Vec::new(), location: Some(location.to_owned()) }
    }

    /// An error as nodes answer it.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        let error = ApiError::new(code, format!("the node says {code}"));
        Self { status, ..Self::json(&ErrorAnswer::from(error)) }
    }
}

/// Takes connections, one after the other, until it is dropped.
pub struct Loopback {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Loopback {
    /// At a port that is free.
    #[must_use]
    pub fn start(mut answer: impl FnMut(Question) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let Some(question) = read(&stream) else { continue };
                // Whoever hung up wants no answer.
                drop(write(&mut stream, &answer(question)));
            }
        });
        Self { address, stop, thread: Some(thread) }
    }

    /// Where it is asked.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn read(stream: &TcpStream) -> Option<Question> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_owned(), value.trim_start().to_owned()));
    }
    let mut question = Question { method, target, headers, body: Vec::new() };
    question.body = vec![0; question.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut question.body).ok()?;
    Some(question)
}

fn write(stream: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let location = answer.location.as_ref().map_or_else(String::new, |to| format!("location: {to}\r\n"));
    let (status, length) = (answer.status, answer.body.len());
    write!(stream, "HTTP/1.1 {status} X\r\n{location}content-length: {length}\r\nconnection: close\r\n\r\n")?;
    stream.write_all(&answer.body)
}
