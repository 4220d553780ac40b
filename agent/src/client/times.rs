//! How long each phase of a call may take: no node keeps anybody waiting for ever, whatever it does or leaves undone.

use std::time::Duration;

/// Longest wait for name servers, and then for a connection, TLS included.
const CONNECT: Duration = Duration::from_secs(5);
/// Longest time for the head of a question, and then for its body.
const SEND: Duration = Duration::from_secs(30);
/// Longest wait for the head of an answer that a node has at hand or gets of another.
const AT_HAND: Duration = Duration::from_secs(15);
/// Longest wait for the head of an answer for which the network has to decide something.
const DECIDING: Duration = Duration::from_secs(60);
/// Longest wait for the head of a file.
const FILE: Duration = Duration::from_secs(30);
/// Longest silence within an answer.
const SILENCE: Duration = Duration::from_secs(15);
/// Longest time for the body of an ordinary answer.
const BODY: Duration = Duration::from_secs(60);
/// Longest time for all of a question that only finds out who is there.
const PROBE: Duration = Duration::from_secs(5);

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What a node has at hand, after it waited as long as it was asked to.
    AtHand {
        /// How long the node was asked to wait before it answers, in milliseconds.
        wait_ms: u64,
    },
    /// What the network decides.
    Decided,
    /// A file of any size.
    Download,
    /// Whether somebody is there.
    Probe,
}

/// Limits of one call to one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// For the name, and then for the connection.
    pub connect: Duration,
    /// For the head of the question, and then for its body.
    pub send: Duration,
    /// For the head of the answer.
    pub first_byte: Duration,
    /// Between two pieces of the answer.
    pub silence: Duration,
    /// For the body of the answer.
    pub body: Option<Duration>,
    /// For everything together.
    pub all: Option<Duration>,
}

impl Kind {
    /// The limits where the caller has `left` for this node; a file that arrives is not cut off by that, but by its pace.
    pub(super) fn limits(self, left: Option<Duration>) -> Limits {
        let first_byte = match self {
            Self::AtHand { wait_ms } => AT_HAND.saturating_add(Duration::from_millis(wait_ms)),
            Self::Decided => DECIDING,
            Self::Download => FILE,
            Self::Probe => PROBE,
        };
        let (body, all) = match self {
            Self::AtHand { .. } | Self::Decided => (Some(BODY), left),
            Self::Download => (None, None),
            Self::Probe => (Some(PROBE), Some(left.map_or(PROBE, |left| left.min(PROBE)))),
        };
        // reading the head is reading, too
        Limits { connect: CONNECT, send: SEND, first_byte, silence: SILENCE.max(first_byte), body, all }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_every_phase_has_a_limit() {
        for kind in [Kind::AtHand { wait_ms: 5_000 }, Kind::Decided, Kind::Probe] {
            let limits = kind.limits(Some(Duration::from_secs(2)));
            assert!(limits.body.is_some() && limits.all.is_some_and(|all| all <= Duration::from_secs(2)), "{kind:?}");
        }
        let file = Kind::Download.limits(Some(Duration::from_secs(2)));
        assert_eq!((file.body, file.all, file.silence), (None, None, FILE), "a file goes on as long as it arrives");
        assert_eq!(Kind::AtHand { wait_ms: 5_000 }.limits(None).first_byte, AT_HAND + Duration::from_secs(5));
        assert_eq!(Kind::Probe.limits(None).all, Some(PROBE));
    }
}
