//! Data requests and their packages.

use super::arriving::Arriving;
use super::times::Kind;
use super::transport::Call;
use super::{ClientError, Destination, NodeClient};
use medshare_crypto::hash::Hash32;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::RequestStatus;
use medshare_exchange::request::SignedRequest;
use medshare_ledger::id::OwnerId;

/// With what a package is asked for.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    /// The key of the requestor who asked, or of the owner who was asked.
    Key(&'a SigningKey),
    /// The signed request's bytes: their signature is the requestor's, and no node gives them out.
    Request(&'a [u8]),
}

impl NodeClient {
    /// Sends a signed request; the answer may be that it is under way.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the reason when the request is not taken.
    pub fn send_request(&self, request: &SignedRequest) -> Result<RequestStatus, ClientError> {
        self.send_request_bytes(&request.encode())
    }

    /// Sends the bytes of a signed request as they are.
    ///
    /// # Errors
    /// As [`NodeClient::send_request`].
    pub fn send_request_bytes(&self, bytes: &[u8]) -> Result<RequestStatus, ClientError> {
        self.json(Call::post("/v1/requests", bytes))
    }

    /// Where a request stands, after the node waited for its end for at most `wait_ms`. Nodes other than the owner's know
    /// only when they are told who the owner is.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn request(
        &self,
        request: &Hash32,
        owner: Option<OwnerId>,
        wait_ms: u64,
    ) -> Result<RequestStatus, ClientError> {
        let owner = owner.map_or_else(String::new, |owner| format!("&owner={owner}"));
        let target = format!("/v1/requests/{request}?wait_ms={wait_ms}{owner}");
        self.json(Call { kind: Kind::AtHand { wait_ms }, ..Call::get(&target) })
    }

    /// Writes the package of a request to `out`; returns its length in bytes. A node may point to the owner's, which is asked then.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 while there is none.
    pub fn download_package(
        &self,
        request: &Hash32,
        owner: Option<OwnerId>,
        proof: Proof<'_>,
        out: &mut impl Destination,
    ) -> Result<u64, ClientError> {
        let owner = owner.map_or_else(String::new, |owner| format!("?owner={owner}"));
        let target = format!("/v1/requests/{request}/package{owner}");
        let call = match proof {
            Proof::Key(key) => Call { signer: Some(key), ..Call::get(&target) },
            Proof::Request(bytes) => Call::post(&target, bytes),
        };
        self.download(Call { may_be_passed_on: true, ..call }, &Arriving::package(), out)
    }
}
