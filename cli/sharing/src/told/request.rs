//! Failures of data requests.

use super::Told;
use super::node::advice;
use medshare_agent::request::RequestError;
use medshare_cli_terminal::{Exit, Failure};

impl Told for RequestError {
    fn told(self) -> Failure {
        let text = self.to_string();
        match self {
            Self::Node(error) => error.told(),
            // the word of a refusal is its reason, whether a node says it at once or later
            Self::Refused { status } => {
                let failure = match status.error {
                    Some(error) => {
                        let advice = advice(&error.code).map(str::to_owned).or(error.hint);
                        let failure = Failure::new(Exit::Refused, error.code, text);
                        advice.into_iter().fold(failure, Failure::hint)
                    }
                    None => Failure::new(Exit::Refused, "request-refused", text),
                };
                failure.detail("request", status.request)
            }
            Self::Undecided { status } => {
                Failure::new(Exit::Unreachable, "undecided", text).detail("request", status.request)
            }
            Self::StillProcessing { status, .. } => {
                Failure::new(Exit::Unreachable, "still-processing", text).detail("request", status.request)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_exchange::api::{ApiError, RequestState, RequestStatus};

    fn refused(error: Option<ApiError>) -> Failure {
        let status = RequestStatus {
            request: "ab".to_owned(),
            state: RequestState::Refused,
            stages: Vec::new(),
            error,
            block: None,
            height: None,
            package: None,
        };
        RequestError::Refused { status: Box::new(status) }.told()
    }

    #[test]
    fn a_request_that_is_refused_later_has_its_reason_as_code_like_one_that_is_refused_at_once() {
        let failure = refused(Some(ApiError::new("attribute-unpublished", "A@B has no published key yet")));
        assert_eq!((failure.code(), failure.exit()), ("attribute-unpublished", Exit::Refused));
        assert!(failure.document().to_string().contains("ask the authority behind the @"));
        assert_eq!(refused(None).code(), "request-refused");
    }

    #[test]
    fn that_the_owners_records_cannot_be_read_is_the_owners_to_mend() {
        for code in ["no-source", "source-broken"] {
            let told =
                refused(Some(ApiError::new(code, "the owner's records cannot be retrieved"))).document().to_string();
            assert!(told.contains("tell the owner: the log of its node names the file"), "{told}");
        }
    }
}
