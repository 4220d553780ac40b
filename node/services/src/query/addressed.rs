//! For whom a message is: this node, under one of the addresses that it is reached at.
//!
//! A signed message names the host that it was sent to (RFC 9421, `@authority`). Whoever receives it could hand it on to another
//! node; so a node believes signatures only for addresses of its own. Messages for another *name* are not answered at all: a web
//! page whose name was made to point here (DNS rebinding) would otherwise read what its browser may not.

use super::answers::Refused;
use axum::extract::{Request, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use medshare_genesis::config::NodeConfig;
use medshare_node_refusal::{Code, Refusal};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Hosts under which this node is reached: lower case, with the port unless it is the scheme's own.
pub struct OwnHosts(BTreeSet<String>);

impl OwnHosts {
    /// Those of a configuration: `http_listen`, on loopback also as `localhost`, and `[http] public_urls`.
    #[must_use]
    pub fn of(config: &NodeConfig) -> Self {
        let listen = config.http_listen;
        let default_port = if config.tls.is_some() { 443 } else { 80 };
        let mut addresses = vec![listen.ip()];
        if listen.ip().is_unspecified() {
            addresses.extend([IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]);
        }
        let mut hosts = BTreeSet::new();
        let mut add = |host: String| {
            hosts.insert(format!("{host}:{}", listen.port()));
            if listen.port() == default_port {
                hosts.insert(host);
            }
        };
        if addresses.iter().any(IpAddr::is_loopback) {
            add("localhost".to_owned());
        }
        for address in addresses {
            add(if address.is_ipv6() { format!("[{address}]") } else { address.to_string() });
        }
        hosts.extend(config.http.public_urls.iter().map(|url| url.host().to_owned()));
        Self(hosts)
    }

    /// Whether a signature for this host is for this node.
    ///
    /// # Errors
    /// [`Refusal`] with the addresses that are.
    pub fn signed_for(&self, host: &str) -> Result<(), Refusal> {
        if self.0.contains(host) { Ok(()) } else { Err(self.other(host)) }
    }

    /// Whether a message to this host is answered: an own one, or an address of the machine, which no page can take for its own.
    fn answers(&self, host: &str) -> Result<(), Refusal> {
        let name = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(name, _)| name);
        let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        let is_known = host.is_empty() || literal.parse::<IpAddr>().is_ok() || self.0.contains(host);
        if is_known { Ok(()) } else { Err(self.other(host)) }
    }

    fn other(&self, host: &str) -> Refusal {
        let own: Vec<&str> = self.0.iter().map(String::as_str).collect();
        let message = format!(
            "the message is for {host:?}, and this node is reached at {}; its operator names further addresses under [http] public_urls in config.toml",
            own.join(", ")
        );
        Refusal::new(Code::OtherHost, message)
    }
}

/// The host that a message is for, lower case; empty where it names none. HTTP/2 has it in the target, HTTP/1.1 in a header.
#[must_use]
pub fn host(parts: &Parts) -> String {
    let named = || parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
    parts.uri.authority().map(|authority| authority.as_str()).or_else(named).unwrap_or_default().to_lowercase()
}

/// Turns away what is for somebody else.
pub async fn own_only(State(hosts): State<Arc<OwnHosts>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match hosts.answers(&host(&parts)) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(refusal) => Refused(refusal).into_response(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_genesis::config::{HttpConfig, TlsFiles};

    fn hosts(listen: &str, urls: &[&str], with_tls: bool) -> OwnHosts {
        let tls = with_tls.then(|| TlsFiles { certificate: "c".into(), key: "k".into() });
        let public_urls = urls.iter().map(|url| url.parse().unwrap()).collect();
        OwnHosts::of(&NodeConfig {
            name: "A".to_owned(),
            consensus_listen: String::new(),
            exchange_listen: String::new(),
            http_listen: listen.parse().unwrap(),
            tls,
            http: HttpConfig { public_urls, ..Default::default() },
            peers: Vec::new(),
            sources: Vec::new(),
            admission_policies: None,
        })
    }

    #[test]
    fn a_signature_counts_for_own_addresses_only() {
        let table: [(OwnHosts, &[&str], &[&str]); 4] = [
            (
                hosts("127.0.0.1:27002", &[], false),
                &["127.0.0.1:27002", "localhost:27002"],
                &["127.0.0.1:27005", "127.0.0.1", "evil.example", "", "192.0.2.1:27002"],
            ),
            (
                hosts("0.0.0.0:443", &["https://a.example"], true),
                &["a.example", "localhost", "127.0.0.1:443"],
                &["a.example:8443", "b.example", "192.0.2.1"],
            ),
            (
                hosts("[::1]:80", &["https://a.example:8443"], false),
                &["[::1]", "[::1]:80", "a.example:8443"],
                &["a.example", "[::2]:80"],
            ),
            (hosts("10.0.0.7:8080", &[], false), &["10.0.0.7:8080"], &["localhost:8080", "127.0.0.1:8080"]),
        ];
        for (own, good, bad) in table {
            for host in good {
                own.signed_for(host).unwrap();
                own.answers(host).unwrap();
            }
            for host in bad {
                assert_eq!(own.signed_for(host).unwrap_err().code, Code::OtherHost, "{host}");
            }
        }
    }

    #[test]
    fn a_page_of_another_name_is_not_answered() {
        let own = hosts("127.0.0.1:27002", &["https://a.example"], false);
        for host in ["", "192.0.2.1:9", "[2001:db8::1]:9", "a.example", "localhost:27002"] {
            own.answers(host).unwrap();
        }
        for host in ["evil.example", "evil.example:27002", "localhost:1", "127.0.0.1.evil.example", "a.example:1"] {
            let refusal = own.answers(host).unwrap_err();
            assert!(refusal.message.contains("public_urls") && refusal.message.contains("a.example"), "{refusal}");
        }
    }
}
