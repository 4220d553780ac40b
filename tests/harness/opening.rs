//! An opening by somebody who wrote an agent of their own: it keeps what an honest agent would guard.

use crate::http::{Answer, get, post};
use crate::network::Network;
use crate::people::Researcher;
use medshare_agent::clock;
use medshare_contract_abi::usage::{ReportBody, UsageCall, UsageInput, UsageState};
use medshare_contract_host::{UsageContract, compiled};
use medshare_crypto::abe::{Ciphertext, Transform};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::DataKey;
use medshare_exchange::api::NodeStatus;
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_exchange::package::Package;
use medshare_exchange::report::{ReportEnvelope, ReportText, report_commitment};
use medshare_ledger::codec;
use medshare_ledger::id::LeaseId;
use medshare_ledger::side_block::{Lease, Report};
use rand_core::{OsRng, RngCore as _};
use std::fs::File;
use std::path::Path;

/// A package that was opened, with everything that came of it.
pub struct Opening {
    pub package: Package,
    pub lease: Lease,
    pub agent: SigningKey,
    pub data_key: DataKey,
}

/// Asks a node to open a package under a new lease.
pub fn ask(network: &Network, node: usize, who: &Researcher, package: &Package) -> (Lease, SigningKey, Answer) {
    let agent = SigningKey::generate(&mut OsRng);
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let created = clock::now();
    let lease = Lease {
        id: LeaseId::from_bytes(id),
        parent: package.block,
        node: get(&network.url(node, "/v1/status")).json::<NodeStatus>().node.parse().unwrap(),
        agent: agent.verifying_key(),
        created,
        expires: created.plus_ms(60 * 60 * 1000),
        previous: None,
    };
    let request = OpenRequest {
        lease: lease.clone(),
        requestor_signature: who.keys.signing.sign(&lease),
        payload_digest: package.payload_digest,
        manifest: codec::encode(&package.manifest),
    };
    let answer = post(&network.url(node, "/v1/openings"), &request.encode());
    (lease, agent, answer)
}

impl Opening {
    /// Opens a package at a node and keeps its data key.
    #[track_caller]
    pub fn of(network: &Network, node: usize, who: &Researcher, path: &Path) -> Self {
        let package = Package::read(&mut File::open(path).unwrap()).unwrap();
        let (lease, agent, answer) = ask(network, node, who, &package);
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let answer: OpenAnswer = codec::decode(&answer.body).unwrap();
        let manifest = &package.manifest;
        let ciphertext = Ciphertext::from_bytes(&manifest.attribute_block).unwrap();
        let transform = Transform::from_bytes(&answer.transform).unwrap();
        let secret = who.keys.attributes.recover(&ciphertext, &transform, &manifest.attribute_context()).unwrap();
        let data_key = package.data_key(&secret, &who.keys.sealing).unwrap();
        Self { package, lease, agent, data_key }
    }

    /// What the package's contract reports when it is called in this state.
    pub fn contract_reports(&self, call: UsageCall, state: UsageState) -> (UsageInput, ReportBody) {
        let parameters = self.package.manifest.usage_parameters().unwrap();
        let input = UsageInput { parameters, state, call, now_ms: clock::now().0 };
        let contract = compiled(&self.package.manifest.contract).unwrap();
        let outcome = UsageContract::new(contract).decide(&input).unwrap();
        (input, outcome.report().expect("a report").clone())
    }

    /// An envelope with this text, numbered and chained as said, signed by `signer`.
    pub fn envelope(
        &self,
        (input, body): (UsageInput, ReportBody),
        previous: Hash32,
        signer: &SigningKey,
    ) -> ReportEnvelope {
        let contract_key = &self.package.manifest.contract_key;
        let text = ReportText { input, body };
        let sealed = text.seal(contract_key, self.lease.parent, self.lease.id, &mut OsRng).unwrap();
        let report = Report {
            parent: self.lease.parent,
            lease: self.lease.id,
            sequence: text.body.sequence,
            previous,
            kind: text.body.kind.code(),
            at: clock::now(),
            commitment: report_commitment(&sealed),
        };
        ReportEnvelope { agent_signature: signer.sign(&report), report, sealed }
    }
}

/// Sends a report to a node.
#[track_caller]
pub fn send(network: &Network, node: usize, envelope: &ReportEnvelope) -> Answer {
    post(&network.url(node, "/v1/reports"), &codec::encode(envelope))
}
