//! Failures of data requests.

use super::Told;
use medshare_agent::request::RequestError;
use medshare_cli_terminal::{Exit, Failure};

impl Told for RequestError {
    fn told(self) -> Failure {
        match self {
            Self::Node(error) => error.told(),
            Self::Refused { .. } => Failure::new(Exit::Refused, "request-refused", self.to_string()),
            Self::Undecided { .. } => Failure::new(Exit::Unreachable, "undecided", self.to_string()),
            Self::StillProcessing { .. } => Failure::new(Exit::Unreachable, "still-processing", self.to_string()),
        }
    }
}
