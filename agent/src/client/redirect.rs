//! Where a node points to for what another node has. What is signed for one node is signed anew for the other.

use super::NodeUrl;
use super::transport::Call;
use ureq::Body;
use ureq::http::{Response, StatusCode, header};

/// The node and the path that an answer points to, where the call may be made again.
pub(super) fn elsewhere(call: &Call<'_>, answer: &Response<Body>) -> Option<(NodeUrl, String)> {
    if !call.follows || answer.status() != StatusCode::TEMPORARY_REDIRECT {
        return None;
    }
    place(answer.headers().get(header::LOCATION)?.to_str().ok()?)
}

/// A node's address and a path in one.
fn place(location: &str) -> Option<(NodeUrl, String)> {
    let authority = location.find("://")? + 3;
    let path = location.get(authority..)?.find('/')? + authority;
    let (base, target) = location.split_at_checked(path)?;
    Some((base.parse().ok()?, target.to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_place_is_a_node_and_a_path() {
        let (node, target) = place("http://127.0.0.1:27105/v1/requests/00/package?owner=1").unwrap();
        assert_eq!(
            (node.to_string().as_str(), target.as_str()),
            ("http://127.0.0.1:27105", "/v1/requests/00/package?owner=1")
        );
        for wrong in ["", "/v1/requests", "http://127.0.0.1:1", "ftp://host/path", "http:///path"] {
            assert!(place(wrong).is_none(), "{wrong}");
        }
    }
}
