//! A node that points to another one, which has the file.

use super::transport::Call;
use super::{ClientError, NodeClient, NodeUrl};
use std::time::Duration;
use ureq::http::Response;
use ureq::http::header::LOCATION;
use ureq::{Body, Error};

impl NodeClient {
    /// Asks a node, and the one that it points to, once, where the call may be passed on: for the same thing, and only where that one says
    /// that it belongs to the network or was named by the user, so that nobody is made to knock at other doors. Never from HTTPS to HTTP: who points there is not the
    /// node that was asked, or should not be believed.
    pub(super) fn ask_through(
        &self,
        node: &NodeUrl,
        call: Call<'_>,
        left: Option<Duration>,
    ) -> Result<Result<Response<Body>, Error>, ClientError> {
        let answer = match self.ask_one(node, call, left)? {
            Ok(answer) if call.may_be_passed_on && answer.status().is_redirection() => answer,
            answer => return Ok(answer),
        };
        let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok()).unwrap_or_default();
        let (next, target) = match pointed_to(node, call.target, location) {
            Ok(next) => next,
            Err(error) => return Ok(Err(error)),
        };
        match self.meet_through(node, &next, left)? {
            Ok(()) => self.ask_one(&next, Call { target: &target, ..call }, left),
            Err(error) => Ok(Err(error)),
        }
    }
}

/// Where a node points: another node, and path and query there. The path is the one that was asked for.
fn pointed_to(node: &NodeUrl, asked: &str, location: &str) -> Result<(NodeUrl, String), Error> {
    let lost = || Error::BadUri("it points to no node".to_owned());
    let (scheme, rest) = location.split_once("://").ok_or_else(lost)?;
    let (authority, target) = rest.split_once('/').ok_or_else(lost)?;
    let next: NodeUrl = format!("{scheme}://{authority}").parse().map_err(|_| lost())?;
    if node.is_https() && !next.is_https() {
        return Err(Error::RequireHttpsOnly(location.to_owned()));
    }
    let target = format!("/{target}");
    if path(&target) != path(asked) {
        return Err(Error::BadUri("it points to something else than what was asked for".to_owned()));
    }
    Ok((next, target))
}

fn path(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_pointed_from_https_to_http() {
        let to = |node: &str, location: &str| {
            let pointed = pointed_to(&node.parse().unwrap(), "/v1/requests/00/package", location);
            pointed.map(|(next, target)| format!("{next} {target}")).map_err(|error| error.to_string())
        };
        let target = "/v1/requests/00/package?owner=1";
        for (node, next) in [
            ("https://a:1", "https://b:2"),
            ("http://a:1", "https://b:2"),
            ("http://a:1", "http://b:2"),
            ("http://a:1", "http://a:1"),
        ] {
            assert_eq!(to(node, &format!("{next}{target}")), Ok(format!("{next} {target}")));
        }
        for down in ["http://b:2", "HTTP://b:2", "http://a:1"] {
            assert!(to("https://a:1", &format!("{down}{target}")).is_err_and(|error| error.contains("https only")));
        }
        for nowhere in
            ["", "/v1/x", "b:2/v1/x", "ftp://b/x", "http://u@b/x", "http://b", "file:///etc/passwd", "http://b/v1/y"]
        {
            assert!(to("http://a:1", nowhere).is_err(), "{nowhere}");
        }
    }
}
