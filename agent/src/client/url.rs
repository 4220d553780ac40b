//! Where a node is reached.

use std::fmt;
use std::str::FromStr;

/// Base of a node's HTTP interface, such as `http://127.0.0.1:27002`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeUrl {
    base: String,
    authority: String,
}

/// A text that is no node's address.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("expected a node's address such as http://127.0.0.1:27002, without path, query or user name")]
pub struct NodeUrlError;

impl NodeUrl {
    /// Host and port as RFC 9421's `@authority` has them: lower case, without the scheme's default port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Whether it is reached by HTTPS.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.base.starts_with("https:")
    }

    /// The same host and port under the other scheme.
    pub(super) fn other_scheme(&self) -> Self {
        let (scheme, port) = if self.is_https() { ("http", ":443") } else { ("https", ":80") };
        // the port that the scheme stands for is not in the address
        let has_port = self.authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let authority = if has_port { self.authority.clone() } else { format!("{}{port}", self.authority) };
        Self { base: format!("{scheme}://{authority}"), authority }
    }

    pub(super) fn join(&self, target: &str) -> String {
        format!("{}{target}", self.base)
    }
}

impl FromStr for NodeUrl {
    type Err = NodeUrlError;

    fn from_str(text: &str) -> Result<Self, NodeUrlError> {
        let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
        let (scheme, authority) = lower.split_once("://").ok_or(NodeUrlError)?;
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(NodeUrlError),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']');
        if authority.is_empty() || authority.starts_with(':') || !authority.bytes().all(plain) {
            return Err(NodeUrlError);
        }
        if let Some((_, port)) = authority.rsplit_once(':').filter(|_| !authority.ends_with(']')) {
            port.parse::<u16>().map_err(|_| NodeUrlError)?;
        }
        let authority = authority.strip_suffix(default_port).unwrap_or(authority);
        Ok(Self { base: format!("{scheme}://{authority}"), authority: authority.to_owned() })
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.base)
    }
}

/// A path segment in which every byte outside RFC 3986's unreserved set is escaped.
pub(super) fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_brought_to_the_form_that_is_signed() {
        let url: NodeUrl = " HTTP://Node.Example:7000/ ".parse().unwrap();
        assert_eq!(url.to_string(), "http://node.example:7000");
        assert_eq!(url.authority(), "node.example:7000");
        let url: NodeUrl = "https://node.example:443".parse().unwrap();
        assert_eq!(url.authority(), "node.example");
        assert_eq!("http://[::1]:7000".parse::<NodeUrl>().unwrap().authority(), "[::1]:7000");
    }

    #[test]
    fn the_other_scheme_keeps_host_and_port() {
        let other = |text: &str| text.parse::<NodeUrl>().unwrap().other_scheme().to_string();
        assert_eq!(other("http://node:7000"), "https://node:7000");
        assert_eq!(other("https://node:7000"), "http://node:7000");
        assert_eq!(other("https://node"), "http://node:443");
        assert_eq!(other("http://[::1]"), "https://[::1]:80");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "node:7000",
            "ftp://node",
            "http://",
            "http://:80",
            "http://a/b",
            "http://u@h",
            "http://h?x",
            "http://h:70000",
            "http://h: 1",
        ] {
            assert_eq!(text.parse::<NodeUrl>(), Err(NodeUrlError), "{text}");
        }
    }

    #[test]
    fn segments_escape_what_could_end_them() {
        assert_eq!(segment("ARZT@KLINIK/ä?"), "ARZT%40KLINIK%2F%C3%A4%3F");
    }
}
