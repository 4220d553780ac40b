//! Somebody between an agent and a node, who passes everything on and answers some questions in the node's place.

use crate::http::{Answer, agent};
use medshare_loopback::{Answer as Said, Loopback};

pub use medshare_loopback::Question;

/// Takes an agent's connections until it is dropped.
pub struct Between(Loopback);

impl Between {
    /// Stands before the node at this host and port, and answers what `lie` has an answer for.
    pub fn start(node: &str, lie: impl Fn(&Question) -> Option<Answer> + Send + 'static) -> Self {
        let node = node.to_owned();
        Self(Loopback::start(move |question| {
            let Answer { status, body } = lie(&question).unwrap_or_else(|| pass_on(&node, &question));
            Said { status, ..Said::bytes(body) }
        }))
    }

    /// What agents are told is the node's address.
    pub fn url(&self) -> String {
        self.0.url()
    }
}

fn pass_on(node: &str, question: &Question) -> Answer {
    let url = format!("http://{node}{}", question.target);
    let answer = match question.method.as_str() {
        "POST" => agent().post(url).header("content-type", "application/octet-stream").send(&question.body[..]),
        _ => agent().get(url).call(),
    };
    Answer::of(answer.expect("the node answers"))
}
