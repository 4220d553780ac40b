//! The contract that travels in a package and watches what is done with the data.
//!
//! It follows the smart contract section of MeDShare (Xia et al. 2017): `getAction` tells the six actions apart, `retrieve`
//! fetches the contract key, `encrypt` and `report` send what happened to the owner, `accessControl` withdraws access, and
//! comments say in words what happened. Departure: the paper's contract does these things itself; ours is a pure function
//! that *asks* its host for them ([`UsageEffect`]), so that the owner's node can run it again on a report and believe the
//! result, not the sender.

use alloc::vec::Vec;

use crate::codec::{Decode, DecodeError, Encode, Reader, coded, encode_list, record};
use crate::{Action, ActionSet, BoundedText, ReportKind, Sensitivity};

/// The most bytes of a requestor's comment.
pub const MAX_COMMENT_BYTES: usize = 256;
/// The most bytes of a report's comment: the contract's statement and the requestor's comment behind it.
pub const MAX_STATEMENT_BYTES: usize = MAX_COMMENT_BYTES + 64;
/// The most effects of one call.
pub const MAX_EFFECTS: usize = 8;

/// What a requestor says about an action.
pub type Comment = BoundedText<MAX_COMMENT_BYTES>;
/// What a report says in words.
pub type Statement = BoundedText<MAX_STATEMENT_BYTES>;

/// What the contract generator sets for one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageParameters {
    /// The package's commitment.
    pub package: [u8; 32],
    /// The owner's OID.
    pub owner: [u8; 16],
    /// The requestor's RID.
    pub requestor: [u8; 16],
    /// How closely use is watched.
    pub sensitivity: Sensitivity,
    /// The actions that are allowed; all others are violations.
    pub permitted: ActionSet,
    /// The actions that need no report at low sensitivity.
    pub exempt: ActionSet,
    /// The coded purpose.
    pub purpose: u16,
    /// When use ends, in milliseconds since 1970; 0 for never.
    pub expires_at_ms: u64,
}

impl UsageParameters {
    /// Whether the time is over.
    #[must_use]
    pub const fn is_over(&self, now_ms: u64) -> bool {
        self.expires_at_ms != 0 && now_ms >= self.expires_at_ms
    }
}

record!(UsageParameters { package, owner, requestor, sensitivity, permitted, exempt, purpose, expires_at_ms });

/// What the contract remembers from call to call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsageState {
    /// The number of reports made: that of the latest report, which count from 1.
    pub sequence: u32,
    /// Whether the package is open.
    pub opened: bool,
    /// Whether access is withdrawn; a later opening, which only the ledger can allow, clears it.
    pub withdrawn: bool,
    /// Whether the keys are destroyed: final.
    pub destroyed: bool,
}

record!(UsageState { sequence, opened, withdrawn, destroyed });

/// What happened outside the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageCall {
    /// A node recorded an opening and the package was decrypted.
    Opened,
    /// The requestor wants to do something with the data: the paper's `getAction`.
    Act {
        /// What.
        action: Action,
        /// Why, in the requestor's words.
        comment: Comment,
    },
    /// The owner has called the data back.
    Retrieve,
}

impl Encode for UsageCall {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Opened => out.push(1),
            Self::Act { action, comment } => {
                out.push(2);
                action.encode(out);
                comment.encode(out);
            }
            Self::Retrieve => out.push(3),
        }
    }
}

impl Decode for UsageCall {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            1 => Ok(Self::Opened),
            2 => Ok(Self::Act { action: Decode::decode(reader)?, comment: Decode::decode(reader)? }),
            3 => Ok(Self::Retrieve),
            _ => Err(DecodeError::UnknownCode),
        }
    }
}

/// Everything that the contract decides from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageInput {
    /// The package's parameters.
    pub parameters: UsageParameters,
    /// What the contract remembers.
    pub state: UsageState,
    /// What happened.
    pub call: UsageCall,
    /// The time in milliseconds since 1970.
    pub now_ms: u64,
}

record!(UsageInput { parameters, state, call, now_ms });

coded! {
    /// Why something is refused.
    pub enum RefusalCode {
        /// The action is a violation.
        NotPermitted = 1,
        /// The package is not open.
        NotOpened = 2,
        /// Access is withdrawn.
        Withdrawn = 3,
        /// The time is over.
        Expired = 4,
        /// The keys are destroyed.
        Destroyed = 5,
        /// No number is left for another report.
        ReportsExhausted = 6,
    }
}

/// Whether the host lets it happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It does.
    Allow,
    /// It does not.
    Refuse(RefusalCode),
}

impl Encode for Decision {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Allow => out.push(1),
            Self::Refuse(code) => {
                out.push(2);
                code.encode(out);
            }
        }
    }
}

impl Decode for Decision {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            1 => Ok(Self::Allow),
            2 => RefusalCode::decode(reader).map(Self::Refuse),
            _ => Err(DecodeError::UnknownCode),
        }
    }
}

/// What the owner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportBody {
    /// What happened.
    pub kind: ReportKind,
    /// The report's number, counted from 1.
    pub sequence: u32,
    /// Whether it is a violation of this package.
    pub violation: bool,
    /// The contract's statement, such as "data copied: violation", and the requestor's comment behind it.
    pub comment: Statement,
}

record!(ReportBody { kind, sequence, violation, comment });

/// What the contract asks its host to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UsageEffect {
    /// The paper's `retrieve`: fetch the key that seals reports to the owner.
    RetrieveKey,
    /// The paper's `encrypt`: seal the report that follows.
    Encrypt,
    /// The paper's `report`: sign, number and send it.
    Report(ReportBody),
    /// The paper's `accessControl`: let nobody at the data any more.
    RefuseAccess,
    /// Destroy the data's keys and caches.
    DestroyKeys,
}

impl Encode for UsageEffect {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::RetrieveKey => out.push(1),
            Self::Encrypt => out.push(2),
            Self::Report(body) => {
                out.push(3);
                body.encode(out);
            }
            Self::RefuseAccess => out.push(4),
            Self::DestroyKeys => out.push(5),
        }
    }
}

impl Decode for UsageEffect {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match u8::decode(reader)? {
            1 => Ok(Self::RetrieveKey),
            2 => Ok(Self::Encrypt),
            3 => ReportBody::decode(reader).map(Self::Report),
            4 => Ok(Self::RefuseAccess),
            5 => Ok(Self::DestroyKeys),
            _ => Err(DecodeError::UnknownCode),
        }
    }
}

/// What the contract decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageOutcome {
    /// What to remember for the next call.
    pub state: UsageState,
    /// Whether it may happen.
    pub decision: Decision,
    /// What to do, in order.
    pub effects: Vec<UsageEffect>,
}

impl UsageOutcome {
    /// The report that the contract makes, if it makes one.
    #[must_use]
    pub fn report(&self) -> Option<&ReportBody> {
        self.effects.iter().find_map(|effect| match effect {
            UsageEffect::Report(body) => Some(body),
            _ => None,
        })
    }
}

impl Encode for UsageOutcome {
    fn encode(&self, out: &mut Vec<u8>) {
        self.state.encode(out);
        self.decision.encode(out);
        encode_list(&self.effects, out);
    }
}

impl Decode for UsageOutcome {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            state: Decode::decode(reader)?,
            decision: Decode::decode(reader)?,
            effects: reader.list(MAX_EFFECTS)?,
        })
    }
}
