//! Researchers with their keys, and the requests that they make.

use crate::http::{Answer, post};
use crate::network::{Network, ORGANISATIONS, RECORDS};
use crate::program::Said;
use medshare_agent::clock;
use medshare_exchange::api::RequestState;
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_genesis::keys::{RequestorKeys, StoredKeys as _};
use medshare_ledger::purpose::{ActReason, Purpose};
use rand_core::{OsRng, RngCore as _};
use std::path::PathBuf;

/// A researcher: her keys, in memory and on disk.
pub struct Researcher {
    pub keys: RequestorKeys,
    pub file: PathBuf,
}

impl Network {
    /// Somebody with a key that nobody registered.
    pub fn stranger(&mut self) -> Researcher {
        self.people += 1;
        let file = self.desk().join(format!("{}.key", self.people));
        self.medshare(0, ["key", "create", "--insecure-plaintext", "--out", file.to_str().unwrap()]).done();
        Researcher { keys: RequestorKeys::load(&file, None).unwrap(), file }
    }

    /// A registered researcher without attributes.
    pub fn registered(&mut self) -> Researcher {
        let researcher = self.stranger();
        let card = researcher.file.with_extension("card");
        let (key, card) = (researcher.file.to_str().unwrap(), card.to_str().unwrap());
        let organisation = ORGANISATIONS[1];
        let args = ["key", "card", "--key", key, "--organisation", organisation, "--role", "researcher", "--out", card];
        self.medshare(0, args).done();
        let vouching = self.layout().owner_key(organisation);
        self.medshare(0, ["owner", "register", "--requestor", card, "--key", vouching.to_str().unwrap()]).done();
        researcher
    }

    /// A registered researcher who holds `RESEARCHER@UNIVERSITY`.
    pub fn researcher(&mut self) -> Researcher {
        let researcher = self.registered();
        self.issue(&researcher);
        researcher
    }

    /// `RESEARCHER@UNIVERSITY` is issued to a registered researcher.
    pub fn issue(&self, to: &Researcher) {
        self.issuing(to, &[]).done();
    }

    /// The same, with more said.
    pub fn issuing(&self, to: &Researcher, more: &[&str]) -> Said {
        let key = self.layout().authority_key("UNIVERSITY");
        let (key, to) = (key.to_str().unwrap(), to.keys.id().to_string());
        let args = ["authority", "issue", "--key", key, "--attribute", "RESEARCHER@UNIVERSITY", "--to", &to];
        self.medshare(0, args.iter().chain(more).copied())
    }

    /// What a good request for a data set says.
    pub fn asks(&self, who: &Researcher, dataset: &str) -> DataRequest {
        let dataset = self.dataset(dataset);
        let mut nonce = [0; 16];
        OsRng.fill_bytes(&mut nonce);
        let created = clock::now();
        DataRequest {
            network: self.facts().network(),
            key: who.keys.signing.verifying_key(),
            owner: dataset.owner,
            dataset: dataset.id,
            terms_version: dataset.rules_version,
            record_type: dataset.record_type,
            purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: vec![] },
            created,
            deadline: created.plus_ms(60 * 60 * 1_000),
            nonce,
        }
    }

    /// A good request, changed before it is signed.
    pub fn request(&self, who: &Researcher, change: impl FnOnce(&mut DataRequest)) -> SignedRequest {
        let mut request = self.asks(who, RECORDS);
        change(&mut request);
        SignedRequest::sign(request, &who.keys.signing)
    }

    /// Sends the bytes of a request to a node.
    #[track_caller]
    pub fn send(&self, node: usize, bytes: &[u8]) -> Answer {
        post(&self.url(node, "/v1/requests"), bytes)
    }

    /// Sends a request to the owner's node and has the package in a file.
    #[track_caller]
    pub fn package(&mut self, who: &Researcher) -> PathBuf {
        let signed = self.request(who, |_| ());
        assert_eq!(self.send(0, &signed.encode()).status, 202);
        let outcome = self.outcome(0, &signed);
        assert_eq!(outcome.state, RequestState::Delivered, "{outcome:?}");
        self.fetch(&signed)
    }

    /// The package of a delivered request, in a file.
    #[track_caller]
    pub fn fetch(&self, request: &SignedRequest) -> PathBuf {
        let hash = request.hash();
        let answer = post(&self.url(0, &format!("/v1/requests/{hash}/package")), &request.encode());
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        let path = self.desk().join(format!("{hash}.medshare"));
        std::fs::write(&path, answer.body).unwrap();
        path
    }
}
