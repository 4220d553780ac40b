//! What holds at a height: typed keys, typed values, and reading them.
//!
//! Execution alone writes it; light clients see it through proofs against the state root that the next batch header carries.

mod fault;
mod genesis;
mod key;
mod overlay;
mod values;
mod view;

pub use fault::StateFault;
pub use genesis::genesis_state;
pub use key::StateKey;
pub use overlay::Overlay;
pub use values::{
    AccessRecord, AttributeKeyRecord, BlockRecord, ContractHashes, ContractRecord, DayCount, GrantRecord,
    IdentityRecord, LeaseRecord, RequestRecord, RequestsRecord, SideChain, Thread,
};
pub use view::StateView;

use std::collections::BTreeMap;

/// Writes by canonical key; `None` deletes.
pub type WriteSet = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A state that can be read.
pub trait StateRead {
    /// The value's bytes.
    ///
    /// # Errors
    /// [`StateFault`] when this node cannot read its state.
    fn get(&self, key: &StateKey) -> Result<Option<Vec<u8>>, StateFault>;
}
