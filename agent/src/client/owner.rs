//! What an owner asks the owner's node.

use super::{ClientError, NodeClient};
use medshare_crypto::sign::SigningKey;
use medshare_exchange::api::{BlockView, RequestView, ViolationView};

impl NodeClient {
    /// Parent blocks of requests for the owner's data, all pages.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the node is not the owner's.
    pub fn owner_requests(&self, key: &SigningKey) -> Result<Vec<BlockView>, ClientError> {
        self.list("/v1/owner/requests", Some(key))
    }

    /// What the owner was asked for, answered or not, all pages.
    ///
    /// # Errors
    /// As [`NodeClient::owner_requests`].
    pub fn owner_asked(&self, key: &SigningKey) -> Result<Vec<RequestView>, ClientError> {
        self.list("/v1/owner/asked", Some(key))
    }

    /// Violations with the reports that only the owner may read, all pages.
    ///
    /// # Errors
    /// As [`NodeClient::owner_requests`].
    pub fn owner_violations(&self, key: &SigningKey) -> Result<Vec<ViolationView>, ClientError> {
        self.list("/v1/owner/violations", Some(key))
    }
}
