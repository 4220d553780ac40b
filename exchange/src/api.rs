//! JSON bodies of the HTTP interface. Signed documents travel as canonical bytes; answers and queries are these.
//!
//! Values that a program reads are codes, numbers and identifiers; sentences stand in `message` and `hint` of an
//! [`ApiError`] and the `message` of a [`Trouble`] alone, and in the [comment](ViolationView::comment) that a requestor wrote.

mod block;
mod clock;
mod entry;
mod error;
mod node;
mod page;
mod permission;
mod request;

pub use block::{BlockDetail, BlockView, EventView, SideBlockView, ThreadView, ViolationView};
pub use clock::{ClockFault, WrongClock};
pub use entry::{EntryState, EntryStatus, IdentityView, Revocations};
pub use error::{ApiError, ErrorAnswer};
pub use node::{Health, HealthState, NodeStatus, PeerState, Trouble};
pub use page::{DEFAULT_PAGE, MAX_PAGE, Page};
pub use permission::{DecisionCount, LeaseView, PermissionView, SideBlockMade};
pub use request::{RequestState, RequestStatus, RequestView, StageState, stage_name};

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use utoipa::PartialSchema;

    /// Whether the description of the interface promises a field in every answer.
    fn is_promised<T: PartialSchema>(field: &str) -> bool {
        let schema = serde_json::to_value(T::schema()).unwrap();
        schema
            .pointer("/required")
            .and_then(|fields| fields.as_array())
            .is_some_and(|all| all.iter().any(|one| one == field))
    }

    #[test]
    fn what_waits_for_an_owners_decision_is_promised_in_every_answer() {
        assert!(is_promised::<PermissionView>("undecided") && is_promised::<ViolationView>("waits"));
    }
}
