//! Reading the state by meaning: one method for every kind of value.

use super::{
    AccessRecord, AttributeKeyRecord, BlockRecord, ContractHashes, ContractRecord, DayCount, GrantRecord,
    IdentityRecord, LeaseRecord, RequestRecord, RequestsRecord, SideChain, StateFault, StateKey, StateRead, Thread,
};
use crate::codec::{Canonical, decode};
use crate::entry_chain::EntryChain;
use crate::facts::{Authority, DataSet, Owner, Parameters};
use crate::id::{BlockId, Label, LeaseId, OwnerId, RequestorId};
use crate::validator::ValidatorSet;
use medshare_contract_abi::Decode as _;
use medshare_contract_abi::permissions::PermissionRecord;
use medshare_crypto::hash::Hash32;

/// Typed access to a state.
#[derive(Clone, Copy)]
pub struct StateView<'a>(&'a dyn StateRead);

macro_rules! readers {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) -> $value:ty = $key:expr;)+) => {
        impl StateView<'_> {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// [`StateFault`] when this node cannot read its state.
                pub fn $name(self, $($argument: $kind),*) -> Result<Option<$value>, StateFault> {
                    self.read(&$key)
                }
            )+
        }
    };
}

readers! {
    /// The validators of the next height.
    validators() -> ValidatorSet = StateKey::Validators;
    /// The parameters.
    parameters() -> Parameters = StateKey::Parameters;
    /// The contracts that genesis names.
    contract_hashes() -> ContractHashes = StateKey::ContractHashes;
    /// An owner.
    owner(id: OwnerId) -> Owner = StateKey::Owner(id);
    /// An authority.
    authority(name: &Label) -> Authority = StateKey::Authority(name.clone());
    /// A data set.
    dataset(owner: OwnerId, id: &Label) -> DataSet = StateKey::DataSet(owner, id.clone());
    /// A registered requestor.
    identity(requestor: RequestorId) -> IdentityRecord = StateKey::Identity(requestor);
    /// Public key of an attribute.
    attribute_key(attribute: &str) -> AttributeKeyRecord = StateKey::AttributeKey(attribute.to_owned());
    /// What a requestor holds.
    access(requestor: RequestorId) -> AccessRecord = StateKey::Access(requestor);
    /// A requestor's attribute.
    grant(requestor: RequestorId, attribute: &str) -> GrantRecord = StateKey::Grant(requestor, attribute.to_owned());
    /// A contract that an owner published.
    contract(owner: OwnerId, hash: Hash32) -> ContractRecord = StateKey::Contract(owner, hash);
    /// A requestor's thread.
    thread(requestor: RequestorId) -> Thread = StateKey::Thread(requestor);
    /// A parent block.
    block(parent: BlockId) -> BlockRecord = StateKey::Block(parent);
    /// A request, by its name.
    request(name: Hash32) -> RequestRecord = StateKey::Request(name);
    /// All that a requestor asked for.
    requests(requestor: RequestorId) -> RequestsRecord = StateKey::Requests(requestor);
    /// How often requestors of an organisation asked.
    requests_of_organisation(organisation: OwnerId) -> DayCount = StateKey::OrganisationRequests(organisation);
    /// The chain of side-blocks of a parent block.
    side_chain(parent: BlockId) -> SideChain = StateKey::SideChain(parent);
    /// A lease.
    lease(parent: BlockId, lease: LeaseId) -> LeaseRecord = StateKey::Lease(parent, lease);
    /// The owner's decisions and revocations on a package.
    decisions(parent: BlockId) -> EntryChain = StateKey::Decisions(parent);
}

impl<'a> StateView<'a> {
    /// The view of `state`.
    pub const fn new(state: &'a dyn StateRead) -> Self {
        Self(state)
    }

    /// The permission of a package.
    ///
    /// # Errors
    /// [`StateFault`] when this node cannot read its state.
    pub fn permission(self, parent: BlockId) -> Result<Option<PermissionRecord>, StateFault> {
        let key = StateKey::Permission(parent);
        let Some(bytes) = self.0.get(&key)? else { return Ok(None) };
        let record = PermissionRecord::from_bytes(&bytes).map_err(|_| StateFault::Corrupt { what: key.what() })?;
        Ok(Some(record))
    }

    /// The hash that the requestor's next parent block names as its predecessor.
    ///
    /// # Errors
    /// [`StateFault`] when this node cannot read its state.
    pub fn thread_head(self, requestor: RequestorId) -> Result<Hash32, StateFault> {
        Ok(self.thread(requestor)?.map_or(Hash32::ZERO, |thread| thread.head.as_hash()))
    }

    fn read<T: Canonical>(self, key: &StateKey) -> Result<Option<T>, StateFault> {
        let Some(bytes) = self.0.get(key)? else { return Ok(None) };
        decode(&bytes).map(Some).map_err(|_| StateFault::Corrupt { what: key.what() })
    }
}
