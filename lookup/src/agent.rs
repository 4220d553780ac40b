//! The HTTP client that uses this lookup.

use crate::names::{LookupError, addresses};
use std::net::SocketAddr;
use std::time::Duration;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error, Timeout};

/// Longest wait for name servers where the caller gives none.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// Most addresses that are tried of one name.
const MAX_ADDRESSES: usize = 16;

/// An HTTP client with this configuration: the one way in which the workspace makes one.
#[must_use]
pub fn agent(config: Config) -> Agent {
    Agent::with_parts(config, DefaultConnector::default(), Names)
}

#[derive(Debug)]
struct Names;

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(host), Some(port)) = (uri.host(), port(uri)) else {
            return Err(Error::BadUri(format!("expected a host in {uri}")));
        };
        let within = LOOKUP_TIMEOUT.min(*timeout.after);
        let found = addresses(host, within).map_err(|error| match error {
            LookupError::Unknown => Error::HostNotFound,
            LookupError::Silent { .. } if within < LOOKUP_TIMEOUT => Error::Timeout(timeout.reason),
            LookupError::Silent { .. } => Error::Timeout(Timeout::Resolve),
            error => Error::Other(Box::new(error)),
        })?;
        let mut resolved = self.empty();
        for address in found.into_iter().take(MAX_ADDRESSES) {
            resolved.push(SocketAddr::new(address, port));
        }
        Ok(resolved)
    }
}

fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or_else(|| match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    })
}
