//! A node for tests: answers HTTP on loopback as a test tells it to, and remembers what it was asked.

use crate::client::{NodeClient, NodeUrl};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What the node was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }
}

/// What it answers.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
    pub location: Option<String>,
}

impl Answer {
    pub fn json(value: &impl serde::Serialize) -> Self {
        Self::bytes(serde_json::to_vec(value).unwrap())
    }

    pub fn bytes(body: Vec<u8>) -> Self {
        Self { status: 200, body, location: None }
    }

    /// What is asked for is elsewhere.
    pub fn pointing(location: &str) -> Self {
        Self { status: 307, body: Vec::new(), location: Some(location.to_owned()) }
    }

    pub fn error(status: u16, code: &str) -> Self {
        let error = medshare_exchange::api::ApiError::new(code, format!("the node says {code}"));
        Self { status, ..Self::json(&medshare_exchange::api::ErrorAnswer::from(error)) }
    }
}

/// The node.
pub struct FakeNode {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeNode {
    pub fn start(mut answer: impl FnMut(&Asked) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (stopped, log) = (Arc::clone(&stop), Arc::clone(&asked));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let Some(question) = read(&stream) else {
                    continue;
                };
                log.lock().unwrap().push(question.clone());
                write(&mut stream, &answer(&question));
            }
        });
        Self { address, stop, asked, thread: Some(thread) }
    }

    pub fn url(&self) -> NodeUrl {
        format!("http://{}", self.address).parse().unwrap()
    }

    pub fn client(&self) -> NodeClient {
        NodeClient::new(vec![self.url()]).unwrap()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for FakeNode {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_owned(), value.to_owned()));
    }
    let mut asked = Asked { method, target, headers, body: Vec::new() };
    asked.body = vec![0; asked.header("content-length").parse().unwrap_or(0)];
    reader.read_exact(&mut asked.body).ok()?;
    Some(asked)
}

fn write(stream: &mut TcpStream, answer: &Answer) {
    let location = answer.location.as_ref().map_or_else(String::new, |to| format!("location: {to}\r\n"));
    let (status, length) = (answer.status, answer.body.len());
    let head = format!("HTTP/1.1 {status} X\r\n{location}content-length: {length}\r\nconnection: close\r\n\r\n");
    let written = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&answer.body));
    drop(written);
}
