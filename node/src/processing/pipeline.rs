//! One request from form to delivery; every stage leaves an event under the Merkle root of the parent block.

use super::commitment::Salt;
use super::packaging::{attach_contract, encrypt_package};
use super::validation::{decode_answer, encode_question};
use crate::authenticator::request::Authenticated;
use crate::clock::now;
use crate::connectors::Retrieved;
use crate::net::protocol::Protocol;
use crate::refusal::{Code, Refusal};
use crate::services::Services;
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_crypto::sign::Signature;
use medshare_deid::{DeidConfig, Deidentified, Level, PackageKey, classify, deidentify};
use medshare_ledger::event::{Stage, StageEvent};
use medshare_ledger::id::{NodeId, Timestamp};
use medshare_ledger::parent_block::{Details, ParentBlock, Validation};
use rand_core::{OsRng, RngCore};
use std::sync::Arc;

/// The events of one request so far.
struct Events {
    services: Arc<Services>,
    request: Authenticated,
    salt: Salt,
    passed: Vec<StageEvent>,
}

impl Events {
    fn pass(&mut self, stage: Stage, parts: &[&[u8]]) {
        let commitment = self.salt.commit(stage.name(), parts);
        self.pass_with(stage, commitment);
    }

    fn pass_with(&mut self, stage: Stage, commitment: medshare_crypto::hash::Hash32) {
        let last = self.passed.last().map_or(self.request.received, |event| event.at);
        let at = now().max(last);
        self.services.progress.stage(&self.request.hash, stage, at.0.saturating_sub(self.request.received.0));
        self.passed.push(StageEvent { stage, at, commitment });
    }

    fn last_time(&self) -> Timestamp {
        self.passed.last().map_or(self.request.received, |event| event.at)
    }
}

/// Processes an authenticated request to its end and notes the result.
pub async fn process(services: Arc<Services>, request: Authenticated) {
    let hash = request.hash;
    if let Err(refusal) = run(&services, request).await {
        tracing::info!(code = refusal.code.word(), "a request was refused while it was processed");
        // The network may still decide for a block that was not decided in time, and then this is its package.
        if refusal.code != Code::Undecided {
            services.packages.remove(&hash);
        }
        if let Err(error) = services.progress.refuse(&hash, &refusal) {
            tracing::error!(%error, "the refusal of a request could not be stored");
        }
    }
}

async fn run(services: &Arc<Services>, request: Authenticated) -> Result<(), Refusal> {
    let mut salt = [0; 32];
    OsRng.fill_bytes(&mut salt);
    let mut events =
        Events { services: Arc::clone(services), salt: Salt(salt), passed: Vec::new(), request: request.clone() };
    let asked = &request.signed.request;
    // The form: time and requestor hashed, as the paper has it.
    events.pass(Stage::FormReceived, &[&request.received.0.to_be_bytes(), asked.requestor.as_bytes(), request.hash.as_bytes()]);

    // Working sets are large, so only as many requests as there are cores are worked on at once.
    let permit = services.working.clone().acquire_owned().await.map_err(|_| stopping())?;
    let (prepared, config) = prepare(services, &request, &mut events).await?;
    let Prepared { files, sensitivity } = prepared;
    let (second_node, validation_signature) =
        validate(services, &request, sensitivity, salt, &config, &files, &events).await?;
    events.pass(Stage::Validated, &[second_node.as_bytes(), &validation_signature.to_bytes()]);

    let contracted =
        attach_contract(&request, sensitivity, services.node, &services.keys.contracts, events.last_time())?;
    events.pass(Stage::ContractAttached, &[&contracted.instance()]);
    let (package, request) = {
        let services = Arc::clone(services);
        let files = Arc::try_unwrap(files).unwrap_or_else(|shared| (*shared).clone());
        blocking(move || {
            encrypt_package(contracted, &request, files, &services.policy_keys, &services.chain).map(|p| (p, request))
        })
        .await?
    };
    events.pass(Stage::Encrypted, &[package.id.as_bytes()]);
    let ttp = events.last_time();
    let details = details(&request, &package.manifest, package.id, services.node, second_node, ttp);
    let passed = events.passed.clone();
    let network = services.chain.facts().network();
    let key = Arc::clone(&services.signing);
    let block = services
        .submission
        .append_parent_block(
            |link| ParentBlock::build(details, passed, validation_signature, link).sign(network, &key),
            request.dataset.rules_version,
            request.signed.request.requestor,
            |block| services.packages.store(&request.hash, &package, block.id, &services.signing),
        )
        .await?;
    drop(permit);
    let height = services.chain.state().block(block.id)?.map_or(services.chain.tip().height, |record| record.height);
    services.progress.deliver(&request.hash, block.id, height, package.id)?;
    services.metrics.delivered.inc();
    Ok(())
}

struct Prepared {
    files: Arc<Vec<(String, Vec<u8>)>>,
    sensitivity: Sensitivity,
}

/// Retrieval, comparison of types, ranking, de-identification: all that handles originals, off the network's threads.
async fn prepare(
    services: &Arc<Services>,
    request: &Authenticated,
    events: &mut Events,
) -> Result<(Prepared, DeidConfig), Refusal> {
    let connector = services.connectors.get(request.dataset.id.as_str()).cloned().ok_or_else(|| {
        Refusal::new(
            Code::NoSource,
            "the owner's node is not connected to this data set; its operator adds it under [[sources]] in config.toml",
        )
    })?;
    let retrieved = blocking(move || {
        connector.retrieve().map_err(|e| {
            let reason = std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default();
            tracing::error!(error = %e, reason, "the owner's records cannot be retrieved");
            Refusal::new(Code::SourceBroken, format!("the owner's records cannot be retrieved: {}", e.public_reason()))
        })
    })
    .await?;
    let Retrieved { records, digest } = retrieved;
    events.pass(Stage::RecordsRetrieved, &[digest.as_bytes()]);
    let expected = medshare_genesis::dataset::record_type_name(request.signed.request.record_type);
    if records.type_label() != expected {
        return Err(Refusal::new(Code::WrongType, format!("the records are of type {}, the request asks for {expected}", records.type_label())));
    }
    let mut config = services.deid_config(request.dataset.id.as_str(), &records);
    config.k = config.k.max(request.dataset.k);
    let (ranked, level_records, level_config) = (digest, Arc::clone(&records), config.clone());
    let ranking = Arc::clone(services);
    let report = blocking(move || Ok(ranking.rankings.get_or_rank(ranked, || classify(&level_records, &level_config)))).await?;
    let sensitivity = match report.level {
        Level::High => Sensitivity::High,
        Level::Low => Sensitivity::Low,
    };
    let reasons = serde_json::to_vec(&report.reasons).map_err(|e| Refusal::fault(&e))?;
    events.pass(Stage::SensitivityRanked, &[&[sensitivity.code()], &reasons]);
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    let (key, deid_config, salt) = (PackageKey::new(secret), config.clone(), events.salt);
    let (files, commitment) = blocking(move || {
        let Deidentified { records, .. } = deidentify(&records, &deid_config, &key).map_err(|e| {
            Refusal::new(Code::NotAnonymous, format!("the records cannot leave: {e}"))
        })?;
        let files = records.to_files();
        let commitment = salt.commit_files(&files);
        Ok((Arc::new(files), commitment))
    })
    .await?;
    events.pass_with(Stage::Deidentified, commitment);
    Ok((Prepared { files, sensitivity }, config))
}

/// Asks nodes of other organisations in turn until one answers; a refusal on the merits is final.
async fn validate(
    services: &Arc<Services>,
    request: &Authenticated,
    sensitivity: Sensitivity,
    salt: [u8; 32],
    config: &DeidConfig,
    files: &Arc<Vec<(String, Vec<u8>)>>,
    events: &Events,
) -> Result<(NodeId, Signature), Refusal> {
    let (signed, config, shared) = (request.signed.clone(), config.clone(), Arc::clone(files));
    let question =
        blocking(move || encode_question(&signed, sensitivity.code(), Salt(salt), &config, &shared)).await?;
    let question: bytes::Bytes = question.into();
    let commitment = events.passed.iter().find(|e| e.stage == Stage::Deidentified).map(|e| e.commitment);
    let records = commitment.ok_or_else(stopping)?;
    let asked = &request.signed.request;
    let mut last = Refusal::new(
        Code::NoSecondNode,
        "no node of another organisation is there to validate the package; try again when one is",
    );
    for second_node in services.second_nodes() {
        let validation = Validation {
            request: request.hash,
            owner: asked.owner,
            dataset: asked.dataset.clone(),
            records,
            sensitivity: sensitivity.code(),
            node: services.node,
            second_node,
        };
        match services.network.request(second_node, Protocol::ValidatePackage, question.clone()).await {
            Ok(answer) => match decode_answer(&answer, &validation, &services.chain) {
                Ok(signature) => return Ok((second_node, signature)),
                Err(refusal) if refusal.code == Code::ValidationFailed => last = refusal,
                Err(refusal) => return Err(refusal),
            },
            Err(error) => tracing::warn!(node = %second_node, %error, "a node did not validate; asking another"),
        }
    }
    Err(last)
}

fn details(
    request: &Authenticated,
    manifest: &medshare_exchange::manifest::Manifest,
    package: medshare_ledger::id::PackageId,
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
        requestor: asked.requestor,
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

/// Runs work that computes or reads disks on a thread of its own.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| stopping())?
}

fn stopping() -> Refusal {
    Refusal::new(Code::Stopping, "the node is stopping; try again in a moment")
}
