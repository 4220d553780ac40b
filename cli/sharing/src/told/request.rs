//! Failures of data requests.

use super::Told;
use medshare_agent::request::RequestError;
use medshare_cli_terminal::{Exit, Failure};

impl Told for RequestError {
    fn told(self) -> Failure {
        let text = self.to_string();
        match self {
            Self::Node(error) => error.told(),
            Self::Refused { status } => {
                let reason = status.error.map_or_else(|| "unknown".to_owned(), |error| error.code);
                let failure = Failure::new(Exit::Refused, "request-refused", text);
                failure.detail("reason", reason).detail("request", status.request)
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
