//! A node for tests: answers as a test tells it to, and remembers what it was asked.

use crate::client::{NodeClient, NodeUrl};
use medshare_loopback::Loopback;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub use medshare_loopback::{Answer, Question as Asked};

/// The node.
pub struct FakeNode {
    loopback: Loopback,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeNode {
    pub fn start(mut answer: impl FnMut(&Asked) -> Answer + Send + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let loopback = Loopback::start(move |question| {
            log.lock().unwrap().push(question.clone());
            answer(&question)
        });
        Self { loopback, asked }
    }

    pub fn url(&self) -> NodeUrl {
        self.loopback.url().parse().unwrap()
    }

    pub fn client(&self) -> NodeClient {
        NodeClient::new(vec![self.url()]).unwrap()
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

/// A node that answers everything with these bytes, piece by piece, with a pause before each.
pub fn dripping(bytes: Vec<u8>, piece: usize) -> NodeUrl {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // whoever asked may have had enough
            drop(drip(stream.unwrap(), &bytes, piece));
        }
    });
    url
}

fn drip(mut stream: TcpStream, bytes: &[u8], piece: usize) -> std::io::Result<()> {
    let head = BufReader::new(stream.try_clone()?).lines();
    head.take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty())).for_each(drop);
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len())?;
    for piece in bytes.chunks(piece) {
        std::thread::sleep(Duration::from_millis(20));
        stream.write_all(piece)?;
        stream.flush()?;
    }
    Ok(())
}
