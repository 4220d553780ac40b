//! Failures of audits.

use super::Told;
use medshare_agent::audit::AuditError;
use medshare_cli_terminal::{Exit, Failure};
use medshare_ledger::bundle::{BundleError, Fault};
use medshare_node_causes::with_causes;

impl Told for AuditError {
    fn told(self) -> Failure {
        match self {
            Self::Bundle(BundleError { fault: Fault::OtherNetwork, .. }) => {
                Failure::new(Exit::Verification, "other-network", self.to_string())
                    .hint("--genesis names the genesis of the network that the bundle is of")
            }
            Self::Bundle(_) => Failure::new(Exit::Verification, "bundle", self.to_string())
                .hint("do not rely on this file; export the bundle again, from another node too"),
            Self::TooLong { .. } => Failure::new(Exit::Verification, "bundle", self.to_string()),
            Self::Io { .. } => Failure::new(Exit::Failure, "file", with_causes(&self)),
        }
    }
}
