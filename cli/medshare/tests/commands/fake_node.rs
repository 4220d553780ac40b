//! A node that answers HTTP as a test tells it to, and remembers what it was asked.

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// The node.
pub struct FakeNode {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeNode {
    /// One of this network; `answer` hears everything that was asked so far, the question last, and says status and body.
    pub fn start(network: &str, answer: impl Fn(&[String]) -> (u16, Value) + Send + 'static) -> Self {
        let network = network.to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let (stopped, log) = (Arc::clone(&stop), Arc::clone(&asked));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let Some((method, target)) = read(&stream) else { continue };
                let mut asked = log.lock().unwrap();
                asked.push(format!("{method} {target}"));
                let (status, body) = match target.as_str() {
                    "/v1/status" => (200, state(&network)),
                    _ => answer(&asked),
                };
                drop(asked);
                let body = body.to_string();
                let head =
                    format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                drop(stream.write_all((head + &body).as_bytes()));
            }
        });
        Self { address, stop, asked, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `GET /…` and `POST /…`.
    pub fn asked(&self) -> Vec<String> {
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

/// An error as nodes answer it.
pub fn error(status: u16, code: &str) -> (u16, Value) {
    (status, json!({"error": {"code": code, "message": format!("the node says {code}"), "hint": null}}))
}

/// A node that reaches one of its three peers.
fn state(network: &str) -> Value {
    let peers = [true, false, false].map(|connected| json!({"node": "n", "connected": connected}));
    json!({
        "name": "n", "node": "n", "organisation": "o", "network": network, "height": 1, "lag": 0, "state_root": "r",
        "history_size": 0, "waiting_entries": 1, "version": "1", "peers": peers,
    })
}

fn read(stream: &TcpStream) -> Option<(String, String)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let asked = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    Some(asked)
}
