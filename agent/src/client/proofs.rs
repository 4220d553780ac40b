//! Proofs: what a quorum of the genesis' validators certified, whichever node hands it over. They are verified here, and one that is not what it
//! should be is no answer.

use super::times::Kind;
use super::transport::Call;
use super::url::segment;
use super::{ClientError, NodeClient};
use crate::clock;
use medshare_crypto::hash::Hash32;
use medshare_ledger::certified_state::CertifiedStateError;
use medshare_ledger::codec::{self, Canonical};
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::grant_proof::{GrantProof, GrantStanding};
use medshare_ledger::id::{BlockId, RequestorId, Timestamp};
use medshare_ledger::identity_proof::{IdentityProof, IdentityStanding};
use medshare_ledger::opening_proof::{Opening, OpeningProof, OpeningStanding};
use medshare_ledger::permission_proof::{PermissionProof, PermissionStanding};
use medshare_ledger::request_proof::{RequestProof, RequestStanding};
use std::fmt;
use std::time::{Duration, Instant};

/// For so long a proof is waited for, beside the time that its node was given.
const PATIENCE: Duration = Duration::from_secs(10);
/// Beside the time of two heights a node is given so much for the one that certifies what was decided last, in milliseconds.
const SLACK_MS: u64 = 2_000;
/// The same where the network has much to do.
const BUSY_SLACK_MS: u64 = 10_000;

/// Pause before those are asked again who are behind.
const PAUSE: Duration = Duration::from_millis(500);

/// Which proof is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certified {
    /// What is certified already.
    Already,
    /// What is decided already, which the next height certifies.
    NextHeight,
    /// The same, also where heights take long.
    BusyHeight,
}

impl Certified {
    fn wait_ms(self, facts: &NetworkFacts) -> u64 {
        let heights = facts.parameters().target_time_ms.saturating_mul(2);
        match self {
            Self::Already => 0,
            Self::NextHeight => heights.saturating_add(SLACK_MS),
            Self::BusyHeight => heights.saturating_add(BUSY_SLACK_MS),
        }
    }
}

/// Whether a certified state is that of now, as far as clocks agree: a network makes heights also where nothing happens, and only an old proof is
/// older than them.
#[must_use]
pub fn is_of_now(facts: &NetworkFacts, time: Timestamp) -> bool {
    let slack = facts.parameters().max_clock_drift_ms.saturating_add(Certified::NextHeight.wait_ms(facts));
    time.plus_ms(slack) >= clock::now()
}

/// A date for what is signed now: that of the clock here, as far as it agrees with a state that was certified just before. What is dated so comes
/// neither too early nor too late, whatever a node says of it.
#[must_use]
pub fn dated(facts: &NetworkFacts, certified: Timestamp) -> Timestamp {
    clock::now().clamp(certified, certified.plus_ms(facts.parameters().max_clock_drift_ms))
}

/// Why something is not proven, node by node, as they are named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unproven {
    /// Those that could not be asked for a proof, or gave none that holds.
    pub unasked: Vec<String>,
    /// Those that prove a state in which it is not so.
    pub before: Vec<String>,
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |nodes: &[String], words: &str| (!nodes.is_empty()).then(|| format!("{words} {}", nodes.join(", ")));
        let parts = [of(&self.unasked, "no proof came from"), of(&self.before, "as it was before it is proven by")];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("; "))
    }
}

impl NodeClient {
    /// What is looked for, in what the first node proves that has it.
    ///
    /// # Errors
    /// [`Unproven`] when none has it.
    pub fn first_proof<S, T>(
        &self,
        ask: impl Fn(&Self) -> Result<S, ClientError>,
        looked_for: impl Fn(S) -> Option<T>,
    ) -> Result<T, Unproven> {
        let mut unproven = Unproven::default();
        for one in self.each() {
            match ask(&one).map(&looked_for) {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => unproven.before.push(one.name()),
                Err(_) => unproven.unasked.push(one.name()),
            }
        }
        Err(unproven)
    }

    /// What the first node proves whose state is that of now, by its time. Where all are behind, they are asked again for a while: heights may take
    /// long.
    ///
    /// # Errors
    /// [`ClientError::OldState`] when all that is proven is old, else what is told of those who prove nothing.
    pub fn proven_now<S>(
        &self,
        facts: &NetworkFacts,
        ask: impl Fn(&Self, Certified) -> Result<S, ClientError>,
        time: impl Fn(&S) -> Timestamp,
    ) -> Result<S, ClientError> {
        let (start, patience) = (Instant::now(), Duration::from_millis(Certified::BusyHeight.wait_ms(facts)));
        loop {
            let (mut unproven, mut failure) = (Unproven::default(), None::<ClientError>);
            for one in self.each() {
                match ask(&one, Certified::NextHeight) {
                    Ok(standing) if is_of_now(facts, time(&standing)) => return Ok(standing),
                    Ok(_) => unproven.before.push(one.name()),
                    Err(error) => {
                        unproven.unasked.push(one.name());
                        failure = Some(match failure {
                            Some(before) => before.beside(error),
                            None => error,
                        });
                    }
                }
            }
            if unproven.before.is_empty() {
                return Err(failure.unwrap_or(ClientError::NoNode));
            }
            if start.elapsed() >= patience {
                return Err(ClientError::OldState { unproven });
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Who a requestor is, as a node proves it: also that nobody is registered so.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proven_identity(
        &self,
        facts: &NetworkFacts,
        requestor: RequestorId,
        certified: Certified,
    ) -> Result<IdentityStanding, ClientError> {
        let path = format!("/v1/identities/{requestor}/proof");
        self.proven(&path, certified.wait_ms(facts), |proof: &IdentityProof| proof.verify(facts, requestor))
    }

    /// How an attribute of a requestor stands, as a node proves it: also that its key is not published, or that she does not hold it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proven_grant(
        &self,
        facts: &NetworkFacts,
        requestor: RequestorId,
        attribute: &str,
        certified: Certified,
    ) -> Result<GrantStanding, ClientError> {
        let path = format!("/v1/grants/{requestor}/{}/proof", segment(attribute));
        self.proven(&path, certified.wait_ms(facts), |proof: &GrantProof| proof.verify(facts, requestor, attribute))
    }

    /// Where an opening stands, as a node proves it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proven_opening(
        &self,
        facts: &NetworkFacts,
        opening: Opening,
        certified: Certified,
    ) -> Result<OpeningStanding, ClientError> {
        let path = format!("/v1/leases/{}/{}/proof", opening.parent, opening.lease);
        self.proven(&path, certified.wait_ms(facts), |proof: &OpeningProof| proof.verify(facts, opening))
    }

    /// Where access to the package of a parent block stands, as a node proves it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proven_permission(
        &self,
        facts: &NetworkFacts,
        block: BlockId,
        certified: Certified,
    ) -> Result<PermissionStanding, ClientError> {
        let path = format!("/v1/permissions/{block}/proof");
        self.proven(&path, certified.wait_ms(facts), |proof: &PermissionProof| proof.verify(facts, block))
    }

    /// What became of a request, as a node proves it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proven_request(
        &self,
        facts: &NetworkFacts,
        request: Hash32,
        certified: Certified,
    ) -> Result<RequestStanding, ClientError> {
        let path = format!("/v1/requests/{request}/proof");
        self.proven(&path, certified.wait_ms(facts), |proof: &RequestProof| proof.verify(facts, request))
    }

    fn proven<P: Canonical, T>(
        &self,
        path: &str,
        wait_ms: u64,
        verify: impl Fn(&P) -> Result<T, CertifiedStateError>,
    ) -> Result<T, ClientError> {
        let target = format!("{path}?wait_ms={wait_ms}");
        let call = Call { kind: Kind::AtHand { wait_ms }, ..Call::get(&target) };
        let patience = PATIENCE.saturating_add(Duration::from_millis(wait_ms));
        self.clone().within(patience).understood(call, |node, bytes| {
            let proof = codec::decode(bytes).map_err(|error| error.to_string());
            let shown = proof.and_then(|proof| verify(&proof).map_err(|error| error.to_string()));
            shown.map_err(|reason| ClientError::Answer { node, reason })
        })
    }
}
