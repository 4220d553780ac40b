//! Somebody between an agent and a node, who passes everything on and answers some questions in the node's place.

use crate::http::{Answer, agent};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// What the node was to be asked.
pub struct Question {
    pub method: String,
    pub target: String,
    pub body: Vec<u8>,
}

/// Takes an agent's connections until it is dropped.
pub struct Between {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Between {
    /// Stands before the node at this host and port, and answers what `lie` has an answer for.
    pub fn start(node: &str, lie: impl Fn(&Question) -> Option<Answer> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, node) = (Arc::clone(&stop), node.to_owned());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let mut stream = stream.unwrap();
                let Some(question) = read(&stream) else { continue };
                let answer = lie(&question).unwrap_or_else(|| pass_on(&node, &question));
                // whoever hung up wants no answer
                drop(write(&mut stream, &answer));
            }
        });
        Self { address, stop, thread: Some(thread) }
    }

    /// What agents are told is the node's address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Between {
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
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Question { method, target, body })
}

fn pass_on(node: &str, question: &Question) -> Answer {
    let url = format!("http://{node}{}", question.target);
    let answer = match question.method.as_str() {
        "POST" => agent().post(url).header("content-type", "application/octet-stream").send(&question.body[..]),
        _ => agent().get(url).call(),
    };
    Answer::of(answer.expect("the node answers"))
}

fn write(stream: &mut TcpStream, answer: &Answer) -> std::io::Result<()> {
    let length = answer.body.len();
    write!(stream, "HTTP/1.1 {} -\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n", answer.status)?;
    stream.write_all(&answer.body)
}
