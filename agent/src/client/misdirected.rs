//! Calls that went to the wrong door: HTTPS where HTTP is spoken, HTTP where HTTPS is.

use super::times::Kind;
use super::transport::Call;
use super::{NodeClient, NodeUrl};
use std::io::ErrorKind;

/// Asked to find out what is spoken at an address.
pub(super) const PROBE: Call<'_> = Call { kind: Kind::Probe, ..Call::get("/v1/health/live") };

impl NodeClient {
    /// What is spoken at an address where a call failed, if it is what the address does not say.
    pub(super) fn other_scheme(&self, node: &NodeUrl, error: &ureq::Error) -> Option<String> {
        if !is_garbled(error) {
            return None;
        }
        let other = node.other_scheme();
        if node.is_https() {
            let is_plain = self.ask_one(&other, PROBE, None).ok()?.is_ok();
            // No other address is named: whoever sits in between would be happy about what is sent there.
            return is_plain.then(|| {
                "it speaks HTTP, though HTTPS was asked for; somebody in between may be the cause of that".to_owned()
            });
        }
        // a certificate that is not trusted here is a certificate all the same
        let speaks_tls = match self.ask_one(&other, PROBE, None).ok()? {
            Ok(_) => true,
            Err(error) => error.to_string().contains("certificate"),
        };
        speaks_tls.then(|| format!("it speaks HTTPS and not HTTP: its address is {other}"))
    }
}

/// Whether the other side hung up on a greeting, or answered it with something else.
fn is_garbled(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Protocol(_) => true,
        ureq::Error::Io(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => true,
        error => error.to_string().contains("corrupt message"),
    }
}
