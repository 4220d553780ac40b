//! A node that answers HTTP as a test tells it to, and remembers what it was asked.

use medshare_loopback::{Answer, Loopback, Question};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// The node.
pub struct FakeNode {
    loopback: Loopback,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeNode {
    /// One of this network; `answer` hears everything that was asked so far, the question last.
    pub fn start(network: &str, answer: impl Fn(&[String]) -> Answer + Send + 'static) -> Self {
        Self::hearing(network, move |_, asked| answer(asked))
    }

    /// The same, where `answer` hears the whole question, too.
    pub fn hearing(network: &str, mut answer: impl FnMut(&Question, &[String]) -> Answer + Send + 'static) -> Self {
        let network = network.to_owned();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let loopback = Loopback::start(move |question| {
            let mut asked = log.lock().unwrap();
            asked.push(format!("{} {}", question.method, question.target));
            match question.target.as_str() {
                "/v1/status" => Answer::json(&state(&network)),
                _ => answer(&question, &asked),
            }
        });
        Self { loopback, asked }
    }

    pub fn url(&self) -> String {
        self.loopback.url()
    }

    /// `GET /…` and `POST /…`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A node that reaches one of its three peers.
fn state(network: &str) -> Value {
    let peers = [true, false, false].map(|connected| json!({"node": "n", "connected": connected}));
    json!({
        "name": "n", "node": "n", "organisation": "o", "network": network, "height": 1, "lag": 0, "state_root": "r",
        "history_size": 0, "waiting_entries": 1, "version": "1", "peers": peers,
    })
}
