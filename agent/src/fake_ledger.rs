//! A ledger small enough for tests: transforms, takes reports, revokes.

use crate::fake_node::{Answer, Asked};
use crate::fake_proof::{Shown, prove};
use medshare_contract_abi::ReportKind;
use medshare_crypto::abe::{
    AuthoritySecret, Ciphertext, ProxyKey, PublicKeys, VerifiedRegistration, encrypt, transform,
};
use medshare_crypto::hash::Hash32;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::sign::VerifyingKey;
use medshare_exchange::api::{LeaseView, PermissionView, SideBlockMade, SideBlockView};
use medshare_exchange::manifest::Manifest;
use medshare_exchange::opening::{OpenAnswer, OpenRequest};
use medshare_exchange::report::{ReportEnvelope, ReportText, report_commitment};
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, NodeId, RequestorId, SideBlockId};
use medshare_ledger::opening_proof::Opening;
use medshare_ledger::side_block::{Lease, event_code};
use medshare_ledger::testing::Validators;
use rand_core::OsRng;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The one package that it knows of.
pub const BLOCK: BlockId = BlockId::from_bytes([0xb1; 32]);

/// The node through which it is asked.
pub const NODE: NodeId = NodeId::from_bytes([0xa1; 16]);
/// What stays the same in every ledger of a network.
#[derive(Clone)]
pub struct Founded {
    pub validators: Validators,
    pub requestor: RequestorId,
    pub registration: VerifiedRegistration,
    pub proxy_keys: Vec<ProxyKey>,
    pub contract_key: Arc<SealingSecretKey>,
}

/// What the small ledger knows.
pub struct Ledger {
    pub status: &'static str,
    pub openings: Vec<Lease>,
    pub reports: Vec<(ReportKind, u32, String)>,
    pub wrong_transform: bool,
    pub is_down: bool,
    pub drops_reports: bool,
    /// Answers to reports and looks as if all were recorded, and records nothing.
    pub feigns: bool,
    /// Whether the requestor's access ended on another package.
    pub access_ended: bool,
    /// Whether nobody is shown what stands under the package.
    pub hides_side_blocks: bool,
    /// How many validators certify what is here.
    pub signers: usize,
    /// How far its time is ahead, in milliseconds.
    pub ahead_ms: u64,
    heads: BTreeMap<LeaseId, (u32, Hash32)>,
    feigned: BTreeMap<LeaseId, (u32, Hash32)>,
    side_blocks: Vec<SideBlockView>,
    founded: Founded,
}

impl Ledger {
    pub fn new(founded: Founded) -> Self {
        Self {
            status: "granted",
            openings: vec![],
            reports: vec![],
            wrong_transform: false,
            is_down: false,
            drops_reports: false,
            feigns: false,
            access_ended: false,
            hides_side_blocks: false,
            signers: 4,
            ahead_ms: 0,
            heads: BTreeMap::new(),
            feigned: BTreeMap::new(),
            side_blocks: vec![],
            founded,
        }
    }

    pub fn answer(&mut self, asked: &Asked, requestor: &VerifyingKey) -> Answer {
        if self.is_down {
            return Answer::error(503, "down");
        }
        match asked.target.as_str() {
            "/v1/status" => Answer::json(&serde_json::json!({ "node": NODE.to_string() })),
            "/v1/openings" => self.open(&codec::decode(&asked.body).unwrap(), requestor),
            "/v1/reports" if self.drops_reports => Answer::error(503, "down"),
            "/v1/reports" => self.report(&codec::decode(&asked.body).unwrap()),
            target if target == format!("/v1/permissions/{BLOCK}") => Answer::json(&self.permission()),
            target if target.starts_with(&format!("/v1/audit/blocks/{BLOCK}?")) && !self.hides_side_blocks => {
                Answer::json(&serde_json::json!({ "side_blocks": self.side_blocks, "next": null }))
            }
            target => match target.strip_prefix(&format!("/v1/leases/{BLOCK}/")).map(|rest| rest.split_once('/')) {
                Some(Some((lease, _))) => self.proof(lease.parse().unwrap()),
                Some(None) => self.lease(target.rsplit_once('/').unwrap().1.parse().unwrap()),
                None => Answer::error(404, "unknown"),
            },
        }
    }

    /// The last opening, and how far it is reported.
    pub fn opened(&self) -> (Lease, (u32, Hash32)) {
        let lease = self.openings.last().unwrap().clone();
        let head = self.heads[&lease.id];
        (lease, head)
    }

    /// What stands under the package.
    pub fn side_blocks(&self) -> &[SideBlockView] {
        &self.side_blocks
    }

    /// Tells of an opening as if it were here, and reported so far.
    pub fn pretends(&mut self, lease: Lease, head: (u32, Hash32)) {
        self.heads.insert(lease.id, head);
        self.openings.push(lease);
        self.status = "opened";
    }

    fn permission(&self) -> PermissionView {
        PermissionView {
            block: BLOCK.to_string(),
            status: self.status.to_owned(),
            openings: 0,
            reports: 0,
            violations: 0,
            undecided: 0,
            retrieved: self.status == "retrieved",
        }
    }

    fn lease(&self, lease: LeaseId) -> Answer {
        let shown = self.feigned.get(&lease).filter(|_| self.feigns).or_else(|| self.heads.get(&lease));
        let Some((reports, last_report)) = shown else { return Answer::error(404, "not-found") };
        Answer::json(&LeaseView {
            lease: lease.to_string(),
            reports: *reports,
            last_report: last_report.to_string(),
            access_ended: self.access_ended,
            permission: self.permission(),
        })
    }

    fn proof(&self, lease: LeaseId) -> Answer {
        let requestor = self.founded.requestor;
        let opened = self.openings.iter().find(|opened| opened.id == lease);
        let shown = Shown {
            requestor,
            lease: opened.map(|opened| (opened, self.heads[&lease].0, self.heads[&lease].1)),
            status: self.status,
            access_ended: self.access_ended,
            ahead_ms: self.ahead_ms,
        };
        let opening = Opening { parent: BLOCK, lease, requestor };
        Answer::bytes(codec::encode(&prove(&self.founded.validators, self.signers, opening, &shown)))
    }

    fn open(&mut self, request: &OpenRequest, requestor: &VerifyingKey) -> Answer {
        if !matches!(self.status, "granted" | "opened" | "re-granted") {
            return Answer::error(403, self.status);
        }
        if self.access_ended {
            return Answer::error(403, "access-ended");
        }
        match request.lease.previous.map(|stated| (stated, self.heads.get(&stated.lease))) {
            Some((_, None)) => return Answer::error(409, "unknown-predecessor"),
            Some((stated, Some((reports, _)))) if *reports < stated.reports => {
                return Answer::error(409, "reports-missing");
            }
            _ => {}
        }
        if request.lease.node != NODE {
            return Answer::error(400, "lease-of-another-node");
        }
        let signature = &request.requestor_signature;
        requestor.verify(&request.lease, signature).unwrap();
        let manifest: Manifest = codec::decode(&request.manifest).unwrap();
        let mut ciphertext = Ciphertext::from_bytes(&manifest.attribute_block).unwrap();
        if self.wrong_transform {
            let policy = ciphertext.policy().unwrap();
            let mut public = PublicKeys::new();
            let rng = &mut OsRng;
            for authority in ["UNIVERSITY", "ETHICS-BOARD"] {
                let secret = AuthoritySecret::generate(authority.parse().unwrap(), rng);
                public.add_authority(&secret.public());
                for attribute in policy.attributes() {
                    if attribute.authority() == *secret.name() {
                        let key = secret.attribute_public(&attribute, 1).unwrap();
                        public.add_attribute(&key).unwrap();
                    }
                }
            }
            ciphertext = encrypt(&policy, &public, b"other", rng).unwrap().0;
        }
        let transform = transform(&ciphertext, &self.founded.registration, &self.founded.proxy_keys).unwrap();
        self.openings.push(request.lease.clone());
        self.heads.insert(request.lease.id, (0, Hash32::ZERO));
        self.side_blocks.push(opening(request.lease.id));
        self.status = "opened";
        Answer::bytes(codec::encode(&OpenAnswer {
            side_block: SideBlockId::from_bytes([self.openings.len() as u8; 32]),
            transform: transform.to_bytes(),
        }))
    }

    fn report(&mut self, envelope: &ReportEnvelope) -> Answer {
        let report = &envelope.report;
        let Some(lease) = self.openings.iter().find(|l| l.id == report.lease) else {
            return Answer::error(404, "not-found");
        };
        if lease.agent.verify(report, &envelope.agent_signature).is_err() {
            return Answer::error(400, "bad-signature");
        }
        let (number, last_report) = self.heads[&report.lease];
        if report.hash() == last_report {
            return Answer::error(409, "report-known");
        }
        if self.feigns {
            self.feigned.insert(report.lease, (report.sequence, report.hash()));
            return self.made();
        }
        if (report.sequence, report.previous) != (number + 1, last_report) {
            return Answer::error(400, "rejected");
        }
        assert_eq!(report.commitment, report_commitment(&envelope.sealed));
        let text = ReportText::open(&self.founded.contract_key, report, &envelope.sealed).unwrap();
        assert_eq!(text.body.sequence, report.sequence);
        assert_eq!(text.body.kind.code(), report.kind);
        assert_eq!(text.input.now_ms, report.at.0);
        self.heads.insert(report.lease, (report.sequence, report.hash()));
        self.side_blocks.push(SideBlockView {
            event: event_code(Some(text.body.kind)).to_owned(),
            tsv: report.at.0,
            sequence: Some(report.sequence),
            commitment: Some(report.commitment.to_string()),
            ..opening(report.lease)
        });
        if text.body.violation {
            self.status = "revoked";
        }
        let comment = text.body.comment.as_str().to_owned();
        self.reports.push((text.body.kind, report.sequence, comment));
        self.made()
    }

    fn made(&self) -> Answer {
        Answer::json(&SideBlockMade {
            side_block: SideBlockId::from_bytes([0x50; 32]).to_string(),
            status: self.status.to_owned(),
        })
    }
}

fn opening(lease: LeaseId) -> SideBlockView {
    SideBlockView {
        id: String::new(),
        height: 1,
        event: event_code(None).to_owned(),
        vln: 0,
        tsv: 0,
        node: NODE.to_string(),
        action_counter: 0,
        sequence: None,
        commitment: None,
        lease: lease.to_string(),
        follows: None,
    }
}
