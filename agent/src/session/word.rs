//! What a node says of a session.

use super::head::Head;
use crate::client::NodeClient;
use medshare_exchange::api::LeaseView;

/// What a node says of a session.
pub(super) struct Word {
    pub(super) node: NodeClient,
    /// None where it does not have the opening.
    pub(super) said: Option<LeaseView>,
}

impl Word {
    /// How far it says that the opening has come.
    pub(super) fn head(&self) -> Option<Head> {
        let view = self.said.as_ref()?;
        Some((view.reports, view.last_report.parse().ok()?))
    }
}

/// Whether what was opened is over: access to everything or to this package has ended.
pub(super) fn has_ended(view: &LeaseView) -> bool {
    view.access_ended || !lets_open(&view.permission.status)
}

/// Whether a status of a permission lets anybody at the data.
pub(super) fn lets_open(status: &str) -> bool {
    matches!(status, "granted" | "opened" | "re-granted")
}
