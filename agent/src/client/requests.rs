//! Data requests and their packages.

use super::transport::Call;
use super::{ClientError, NodeClient};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::RequestStatus;
use medshare_exchange::request::SignedRequest;
use std::io::Write;

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

    /// Where a request stands, after the node waited for news for at most `wait_ms`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn request(&self, request: &Hash32, wait_ms: u64) -> Result<RequestStatus, ClientError> {
        let target = format!("/v1/requests/{request}?wait_ms={wait_ms}");
        self.json(Call {
            wait_ms,
            ..Call::get(&target)
        })
    }

    /// Writes the package of a request to `out`; returns its length in bytes.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with status 404 while there is none.
    pub fn download_package(
        &self,
        request: &Hash32,
        out: &mut impl Write,
    ) -> Result<u64, ClientError> {
        self.download(Call::get(&format!("/v1/requests/{request}/package")), out)
    }
}
