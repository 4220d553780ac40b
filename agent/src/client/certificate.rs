//! The certificate that nodes' HTTPS certificates must come from, where somebody names one.

use super::ClientError;
use ureq::tls::Certificate;

/// A certificate authority of one's own, in place of the public ones.
#[derive(Debug, Clone)]
pub struct CertificateAuthority(pub(super) Certificate<'static>);

impl CertificateAuthority {
    /// The first certificate in a PEM text.
    ///
    /// # Errors
    /// [`ClientError::Certificate`] when there is none.
    pub fn from_pem(pem: &[u8]) -> Result<Self, ClientError> {
        Certificate::from_pem(pem).map(Self).map_err(|_| ClientError::Certificate)
    }
}
