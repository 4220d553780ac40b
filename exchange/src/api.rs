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
