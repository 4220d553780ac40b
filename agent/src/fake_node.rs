//! A node for tests: answers as a test tells it to, and remembers what it was asked.

use crate::client::{NodeClient, NodeUrl};
use medshare_loopback::Loopback;
use std::sync::{Arc, Mutex};

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
