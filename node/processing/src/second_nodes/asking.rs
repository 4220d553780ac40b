//! Asks nodes of other organisations until one signs.
//!
//! Nobody is waited for: beside a node that takes long another is asked, and the first signature counts. Nobody is believed alone: a refusal
//! is final once nodes of so many organisations say so that one of them must be honest.

use crate::blocking::blocking;
use crate::prepared_sets::PreparedSet;
use crate::processing_node::ProcessingNode;
use crate::validation::{Judgement, QuestionKey, decode_answer, encrypted_bytes, with_template};
use bytes::Bytes;
use medshare_crypto::sign::Signature;
use medshare_ledger::id::{Label, NodeId, RequestorId};
use medshare_ledger::parent_block::Validation;
use medshare_node_net::{NetError, Protocol};
use medshare_node_refusal::{Code, Refusal};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, OwnedSemaphorePermit};
use tokio::task::JoinSet;

/// After how long another node is asked, where the first has only to compute commitments.
const LEAST_PATIENCE: Duration = Duration::from_secs(2);
/// For every so many bytes of records a second longer.
const BYTES_PER_SECOND: usize = 8 * 1024 * 1024;

/// A question, and what may have to go with it.
pub(crate) struct Asked {
    processing: Arc<ProcessingNode>,
    set: Arc<PreparedSet>,
    /// What opens the question for the nodes that are asked.
    key: QuestionKey,
    /// The question without its template, encrypted for all of them.
    question: Bytes,
    /// What is to be signed, but for who signs.
    validation: Validation,
    requestor: RequestorId,
    /// The question with its template, made when the first node lacks it.
    whole: OnceCell<(Bytes, OwnedSemaphorePermit)>,
    _room: OwnedSemaphorePermit,
}

type Outcome = (NodeId, Result<Judgement, Refusal>);

impl Asked {
    /// A question about a package of this set, with the room in memory that it has while it waits. Whoever is going to sign takes the place
    /// of the second node in `validation`.
    pub fn new(
        processing: &Arc<ProcessingNode>,
        set: &Arc<PreparedSet>,
        (key, question, room): (QuestionKey, Vec<u8>, OwnedSemaphorePermit),
        validation: Validation,
        requestor: RequestorId,
    ) -> Self {
        let (processing, set, question) = (Arc::clone(processing), Arc::clone(set), question.into());
        Self { processing, set, key, question, validation, requestor, whole: OnceCell::new(), _room: room }
    }

    /// Asks node after node; who signed.
    ///
    /// # Errors
    /// [`Refusal`] when organisations enough refuse, or nobody is left who could sign.
    pub async fn until_signed(self) -> Result<(NodeId, Signature), Refusal> {
        let this = Arc::new(self);
        let second_nodes = &this.processing.second_nodes;
        let _place = second_nodes.asking.place(this.requestor).await?;
        let mut left = this.nodes().into_iter();
        let (mut asked, mut waiting) = (JoinSet::new(), Vec::<(NodeId, Label)>::new());
        let (mut against, mut last) = (Against::default(), no_second_node());
        loop {
            if asked.is_empty() {
                let Some((node, organisation)) = left.next() else { return Err(against.without_another(last)) };
                waiting.push((node, organisation));
                asked.spawn(Arc::clone(&this).ask(node));
            }
            tokio::select! {
                Some(ended) = asked.join_next() => {
                    // A task that fell is a node that gave no answer.
                    let Ok((node, judged)): Result<Outcome, _> = ended else { continue };
                    let place = waiting.iter().position(|(asked, _)| *asked == node);
                    let organisation = place.map(|place| waiting.remove(place).1);
                    match (judged, organisation) {
                        (Ok(Judgement::Valid(signature)), _) => {
                            against.nodes().for_each(|node| second_nodes.set_failed(node));
                            if place == Some(0) && waiting.is_empty() {
                                second_nodes.set_sound(node);
                            }
                            return Ok((node, signature));
                        }
                        (Ok(Judgement::Refused(words)), Some(organisation)) => {
                            against.add(node, organisation, words);
                            if against.organisations() > this.faulty() {
                                return Err(against.all());
                            }
                        }
                        (judged, _) => {
                            last = judged.err().unwrap_or_else(no_valid_answer);
                            // Whether a node can be asked at all is another matter.
                            if last.code != Code::NoSecondNode {
                                second_nodes.set_failed(node);
                            }
                        }
                    }
                }
                () = tokio::time::sleep(this.patience()), if !left.as_slice().is_empty() => {
                    waiting.iter().for_each(|(node, _)| second_nodes.set_failed(*node));
                    if let Some((node, organisation)) = left.next() {
                        waiting.push((node, organisation));
                        asked.spawn(Arc::clone(&this).ask(node));
                    }
                }
            }
        }
    }

    fn nodes(&self) -> Vec<(NodeId, Label)> {
        let processing = &self.processing;
        let peers = processing.network.peers();
        let connected: HashSet<NodeId> = peers.iter().filter(|p| p.takes_part()).map(|p| p.node).collect();
        let validators = processing.chain.facts().validators().as_slice();
        processing.second_nodes.in_turn(validators, processing.node, &connected)
    }

    fn faulty(&self) -> usize {
        let validators = self.processing.chain.facts().validators();
        validators.as_slice().len().saturating_sub(validators.quorum())
    }

    fn patience(&self) -> Duration {
        let bytes = self.set.prepared.template().max_rendered_len();
        LEAST_PATIENCE + Duration::from_secs((bytes / BYTES_PER_SECOND) as u64)
    }

    /// Asks one node; with the template only if it does not have it.
    async fn ask(self: Arc<Self>, second_node: NodeId) -> Outcome {
        let judged = self.judged_by(second_node).await;
        if let Err(error) = &judged {
            tracing::warn!(node = %second_node, %error, "a node did not validate; another is asked");
        }
        (second_node, judged)
    }

    async fn judged_by(self: &Arc<Self>, second_node: NodeId) -> Result<Judgement, Refusal> {
        let processing = &self.processing;
        let validation = Validation { second_node, ..self.validation.clone() };
        let asked = processing.chain.facts().validator(second_node).ok_or_else(no_second_node)?;
        let own: Bytes = self.key.sealed_to(&asked.sealing_key).map_err(|e| Refusal::fault(&e))?.into();
        let network = &processing.network;
        let send = |question| network.request_behind(own.clone(), second_node, Protocol::ValidatePackage, question);
        let judged = |answer: &[u8]| decode_answer(answer, &validation, &processing.chain);
        let answer = send(self.question.clone()).await.map_err(unanswered)?;
        match judged(&answer)? {
            Judgement::TemplateMissing => {
                let whole = self.whole().await?;
                let answer = send(whole).await.map_err(unanswered)?;
                judged(&answer)
            }
            judgement => Ok(judgement),
        }
    }

    async fn whole(self: &Arc<Self>) -> Result<Bytes, Refusal> {
        let make = || async {
            let most = self.question.len().saturating_add(encrypted_bytes(self.set.prepared.template().occupied_len()));
            // More was refused when the set was prepared.
            let most = most.min(Protocol::ValidatePackage.max_request_bytes());
            let second_nodes = &self.processing.second_nodes;
            let room = second_nodes.room_for_template(most).await?;
            let _turn = second_nodes.turn_to_pack().await?;
            let this = Arc::clone(self);
            let whole =
                blocking(move || with_template(&this.key, &this.question, this.set.prepared.template())).await?;
            Ok((Bytes::from(whole), room))
        };
        self.whole.get_or_try_init(make).await.map(|(whole, _)| whole.clone())
    }
}

/// What nodes said against a package.
#[derive(Default)]
struct Against(Vec<(NodeId, Label, String)>);

impl Against {
    fn add(&mut self, node: NodeId, organisation: Label, words: String) {
        self.0.push((node, organisation, words));
    }

    fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.0.iter().map(|(node, ..)| *node)
    }

    fn organisations(&self) -> usize {
        self.0.iter().map(|(_, organisation, _)| organisation).collect::<BTreeSet<_>>().len()
    }

    fn words(&self) -> String {
        let each = self.0.iter().map(|(_, organisation, words)| format!("{organisation}: {words}"));
        each.collect::<Vec<_>>().join("; ")
    }

    fn all(&self) -> Refusal {
        let message = format!("nodes of other organisations refuse this package: {}", self.words());
        Refusal::new(Code::ValidationRefused, message)
    }

    /// Why nobody signed, where too few refuse to be believed.
    fn without_another(self, last: Refusal) -> Refusal {
        if self.0.is_empty() {
            return last;
        }
        let message = format!(
            "no node of another organisation validates the package, and too few refuse it to be believed; try again when more are there: {}",
            self.words()
        );
        Refusal::new(Code::NoSecondNode, message)
    }
}

fn unanswered(error: NetError) -> Refusal {
    match error {
        NetError::TimedOut { .. } | NetError::NoAnswer { .. } => no_valid_answer(),
        _ => no_second_node(),
    }
}

fn no_second_node() -> Refusal {
    let message = "no node of another organisation is there to validate the package; try again when one is";
    Refusal::new(Code::NoSecondNode, message)
}

fn no_valid_answer() -> Refusal {
    Refusal::new(Code::ValidationFailed, "the validating node gave no valid answer; try again")
}
