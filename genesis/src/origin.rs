//! Origins of web pages (RFC 6454), as browsers name them.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// An origin such as `https://research.example.org` or `http://localhost:8080`: scheme, host, and a port that is not the
/// scheme's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Origin(String);

/// A text that is no origin.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error(
    "expected an origin such as https://research.example.org or http://localhost:8080 (lower case, no path, no default port, no *), got {found:?}"
)]
pub struct OriginError {
    found: String,
}

impl Origin {
    /// The origin as it stands in the header `Origin`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its host with the port, as they stand in the header `Host`.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or(&self.0, |(_, host)| host)
    }
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, OriginError> {
        let (host, port) = parts(text).ok_or_else(|| OriginError { found: text.to_owned() })?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-');
        let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let good_host = match literal {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(plain),
        };
        let default = if text.starts_with("https:") { 443 } else { 80 };
        // A browser writes a port without leading zeros or signs, and leaves the default away.
        let good_port =
            port.is_none_or(|port| port.parse::<u16>().is_ok_and(|p| p != default && p.to_string() == port));
        if good_host && good_port { Ok(Self(text.to_owned())) } else { Err(OriginError { found: text.to_owned() }) }
    }
}

fn parts(text: &str) -> Option<(&str, Option<&str>)> {
    let authority = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    match authority.rsplit_once(':').filter(|_| !authority.ends_with(']')) {
        Some((host, port)) => Some((host, Some(port))),
        None => Some((authority, None)),
    }
}

impl TryFrom<String> for Origin {
    type Error = OriginError;

    fn try_from(text: String) -> Result<Self, OriginError> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_origin_is_taken_as_browsers_write_it() {
        for text in
            ["https://a.example", "http://localhost:8080", "https://10.0.0.1:8443", "http://[::1]:3000", "http://[::1]"]
        {
            let origin = text.parse::<Origin>().unwrap();
            assert_eq!(origin.as_str(), text);
            assert!(text.ends_with(&format!("//{}", origin.host())), "{text}");
        }
    }

    #[test]
    fn what_no_browser_would_send_is_refused() {
        for text in [
            "*",
            "",
            "null",
            "a.example",
            "ftp://a.example",
            "https://",
            "https://:1",
            "https://A.example",
            "https://a.example/",
            "https://a.example/path",
            "https://*.example",
            "https://a.example:443",
            "http://a.example:80",
            "http://a.example:080",
            "http://a.example:+90",
            "http://a.example:70000",
            "http://user@a.example",
            "http://[::g]",
        ] {
            assert_eq!(text.parse::<Origin>(), Err(OriginError { found: text.to_owned() }), "{text}");
        }
    }
}
