//! One request from form to delivery; every stage leaves an event under the Merkle root of the parent block.

use super::commitment::Salt;
use super::package_key::fresh_key;
use super::packaging::{attach_contract, encrypt_package};
use super::prepared_sets::{PreparedSet, Wanted};
use super::second_nodes::asking::Asked;
use super::validation::encode_question;
use crate::blocking::{blocking, stopping};
use crate::processing_node::ProcessingNode;
use medshare_contract_abi::ActionSet;
use medshare_crypto::hash::Hash32;
use medshare_deid::{PackageKey, Rendered, SlotValue};
use medshare_exchange::request::SignedRequest;
use medshare_ledger::event::{Stage, StageEvent};
use medshare_ledger::id::{BlockId, NodeId, PackageId, Timestamp};
use medshare_ledger::parent_block::{Details, ParentBlock, Validation};
use medshare_node_authenticator::request::Authenticated;
use medshare_node_chain::clock::now;
use medshare_node_refusal::{Code, Refusal};
use medshare_node_submission::NotAppended;
use rand_core::{OsRng, RngCore};
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// The events of one request so far.
struct Events {
    processing: Arc<ProcessingNode>,
    request: Authenticated,
    salt: Salt,
    passed: Vec<StageEvent>,
}

impl Events {
    fn pass(&mut self, stage: Stage, parts: &[&[u8]]) {
        let commitment = self.salt.commit(stage.name(), parts);
        self.pass_with(stage, commitment);
    }

    fn pass_with(&mut self, stage: Stage, commitment: Hash32) {
        let last = self.passed.last().map_or(self.request.received, |event| event.at);
        let at = now().max(last);
        self.processing.progress.stage(&self.request.hash, stage, at.0.saturating_sub(self.request.received.0));
        self.passed.push(StageEvent { stage, at, commitment });
    }

    fn last_time(&self) -> Timestamp {
        self.passed.last().map_or(self.request.received, |event| event.at)
    }
}

/// A package whose parent block is on the ledger.
struct Delivered {
    block: BlockId,
    package: PackageId,
}

/// Processes an authenticated request to its end and notes the result; says whether a package was delivered.
pub async fn process(processing: &Arc<ProcessingNode>, request: Authenticated) -> bool {
    let hash = request.hash;
    // Whatever happens to the work or to the noting of its end, nobody waits for work that is over.
    let _work = processing.progress.work(hash);
    let end = run(processing, request).await;
    let is_delivered = end.is_ok();
    if let Err(refusal) = &end {
        tracing::info!(code = refusal.code.word(), "a request was refused while it was processed");
    }
    let ending = Arc::clone(processing);
    if let Err(error) = blocking(move || note(&ending, &hash, end)).await {
        tracing::error!(%error, "how a request ended could not be stored; it is taken up again");
    }
    is_delivered
}

fn note(processing: &ProcessingNode, hash: &Hash32, end: Result<Delivered, Refusal>) -> Result<(), Refusal> {
    let Delivered { block, package } = match end {
        Ok(delivered) => delivered,
        Err(refusal) => return Ok(processing.progress.refuse(hash, &refusal)?),
    };
    let recorded = processing.chain.state().block(block)?;
    let height = recorded.map_or(processing.chain.tip().height, |record| record.height);
    Ok(processing.progress.deliver(hash, block, height, package)?)
}

async fn run(processing: &Arc<ProcessingNode>, request: Authenticated) -> Result<Delivered, Refusal> {
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    let mut events =
        Events { processing: Arc::clone(processing), salt: Salt(salt), passed: Vec::new(), request: request.clone() };
    let requestor = request.signed.request.requestor();
    // The form: time and requestor hashed, as the paper has it.
    events
        .pass(Stage::FormReceived, &[&request.received.0.to_be_bytes(), requestor.as_bytes(), request.hash.as_bytes()]);

    // The ledger takes the request while its records are prepared: no other node looks at them before that.
    let made = tokio::spawn(make(Arc::clone(processing), request.signed.clone()));

    // Working sets are large, so only a few requests are worked on at once: while some compute, others wait for the disk. Nobody has a
    // place, or files in memory, while a second node or room for the question is waited for.
    let place = processing.working.place(requestor).await?;
    let set = prepare(processing, &request, &mut events).await?;
    drop(place);
    // Nothing is computed for this package alone before the ledger has the request.
    made.await.map_err(|_| stopping())??;
    let place = processing.working.place(requestor).await?;
    let making = (&processing.working, place);
    let (room, place) = processing.second_nodes.room_for_question(set.question_bytes, making, requestor).await?;
    let package_key = fresh_key();
    let question = ask(processing, &set, &package_key, room, &mut events).await?;
    drop(place);
    let (second_node, validation_signature) = question.until_signed().await?;
    events.pass(Stage::Validated, &[second_node.as_bytes(), &validation_signature.to_bytes()]);

    let place = processing.working.place(requestor).await?;
    let contracted =
        attach_contract(&request, set.sensitivity(), processing.node, &processing.keys.contracts, events.last_time())?;
    events.pass(Stage::ContractAttached, &[&contracted.instance()]);
    let (package, request) = {
        let processing = Arc::clone(processing);
        blocking(move || {
            let files = fill(&set, &set.prepared.values(&package_key))?;
            let package = processing.packages.draft(&request.hash, |out| {
                encrypt_package(contracted, &request, &files, &processing.policy_keys, &processing.chain, out)
            })?;
            processing.packages.store(&package)?;
            Ok((package, request))
        })
        .await?
    };
    drop(place);
    events.pass(Stage::Encrypted, &[package.id.as_bytes()]);
    let ttp = events.last_time();
    let details = details(&request, &package.manifest, package.id, processing.node, second_node, ttp);
    let passed = events.passed.clone();
    let network = processing.chain.facts().network();
    let key = Arc::clone(&processing.signing);
    let appended = processing
        .submission
        .append_parent_block(
            move |link| ParentBlock::build(details, passed, validation_signature, link).sign(network, &key),
            request.dataset.rules_version,
            requestor,
        )
        .await;
    match appended {
        // It is sealed for this block when it is handed out.
        Ok(block) => Ok(Delivered { block: block.id, package: package.id }),
        // The network may still decide for it, and then this is its package. Where what kept it from being linked anew passes, that is no
        // end either: sent again, the request would leave another package each time.
        Err(NotAppended { refusal, may_pass: true, may_come: true }) => {
            Err(Refusal::new(Code::Undecided, refusal.message))
        }
        Err(NotAppended { refusal, may_come, .. }) => {
            if !may_come {
                processing.packages.remove(&package);
            }
            Err(refusal)
        }
    }
}

/// Puts the request onto the ledger, where it does not stand already: from before this node fell, or handed in by somebody else.
async fn make(processing: Arc<ProcessingNode>, signed: SignedRequest) -> Result<(), Refusal> {
    let hash = signed.hash();
    let is_made = || {
        let chain = Arc::clone(&processing.chain);
        blocking(move || Ok(chain.state().request(hash)?.is_some()))
    };
    if is_made().await? {
        return Ok(());
    }
    match processing.submission.submit_and_wait(signed.entry()).await {
        Err(refusal) if !is_made().await? => Err(refusal),
        _ => Ok(()),
    }
}

/// Retrieval, comparison of types, ranking, de-identification: all that handles originals, off the network's threads, and once for all
/// requests for the same records.
async fn prepare(
    processing: &Arc<ProcessingNode>,
    request: &Authenticated,
    events: &mut Events,
) -> Result<Arc<PreparedSet>, Refusal> {
    let dataset = (request.dataset.owner, request.dataset.id.clone());
    let connector = processing.connectors.get(&dataset).cloned().ok_or_else(|| {
        Refusal::new(
            Code::NoSource,
            "the owner's node is not connected to this data set; its operator adds it under [[sources]] in config.toml",
        )
    })?;
    let (shared, k) = (Arc::clone(processing), request.dataset.k);
    let record_type = medshare_genesis::dataset::record_type_name(request.signed.request.record_type);
    let set = blocking(move || {
        let config = shared.deid_configs.get(&dataset);
        shared.prepared.get(&*connector, &Wanted { dataset: &dataset, record_type, k, config })
    })
    .await?;
    events.pass(Stage::RecordsRetrieved, &[set.source.as_bytes()]);
    let reasons = serde_json::to_vec(&set.ranking.reasons).map_err(|e| Refusal::fault(&e))?;
    events.pass(Stage::SensitivityRanked, &[&[set.sensitivity().code()], &reasons]);
    Ok(set)
}

/// The records with pseudonyms and shifts of one package's own.
fn fill(set: &PreparedSet, values: &[SlotValue]) -> Result<Rendered, Refusal> {
    set.prepared.template().render(values).map_err(|e| Refusal::fault(&e))
}

/// De-identifies for one package, and asks for another organisation's judgement of it.
async fn ask(
    processing: &Arc<ProcessingNode>,
    set: &Arc<PreparedSet>,
    package_key: &PackageKey,
    room: OwnedSemaphorePermit,
    events: &mut Events,
) -> Result<Asked, Refusal> {
    let (filling, package_key, salt) = (Arc::clone(set), package_key.clone(), events.salt);
    let name = events.request.hash;
    let ((key, question), records) = blocking(move || {
        let values = filling.prepared.values(&package_key);
        let records = salt.commit_files(&fill(&filling, &values)?);
        Ok((encode_question(name, salt, &filling, values)?, records))
    })
    .await?;
    events.pass_with(Stage::Deidentified, records);
    let asked = &events.request.signed.request;
    let validation = Validation {
        network: asked.network,
        request: events.request.hash,
        owner: asked.owner,
        dataset: asked.dataset.clone(),
        records,
        sensitivity: set.sensitivity().code(),
        node: processing.node,
        second_node: processing.node,
    };
    Ok(Asked::new(processing, set, (key, question, room), validation, asked.requestor()))
}

fn details(
    request: &Authenticated,
    manifest: &medshare_exchange::manifest::Manifest,
    package: PackageId,
    node: NodeId,
    second_node: NodeId,
    ttp: Timestamp,
) -> Details {
    let violations = ActionSet::from_bits(manifest.permitted_mask).unwrap_or(ActionSet::EMPTY).complement();
    let asked = &request.signed.request;
    Details {
        action_counter: violations.count(),
        violations_mask: violations.bits(),
        exempt_mask: manifest.exempt_mask,
        ttr: request.received,
        ttp,
        tts: now().max(ttp),
        owner: asked.owner,
        requestor: asked.requestor(),
        dataset: asked.dataset.clone(),
        sensitivity: manifest.sensitivity,
        purpose: asked.purpose.clone(),
        node,
        second_node,
        package,
        contract: manifest.contract_hash(),
        request: request.hash,
        locktime: manifest.expires,
    }
}
