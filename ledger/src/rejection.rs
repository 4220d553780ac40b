//! Why an entry is refused: expected, deterministic, and a stable number in receipts.
//!
//! Hundreds tell where it is found out: 1xx shape, 2xx signatures, 3xx rules and state, 5xx the on-chain contract (500 plus
//! its own code). A number is never given a second meaning.

mod prospect;

pub use prospect::Prospect;

use medshare_contract_abi::permissions::PermissionRejection;

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)+) => {
        /// Why an entry is refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        pub enum Rejection {
            $($(#[$doc])* #[error($message)] $name,)+
            /// The on-chain contract refuses.
            #[error("the permissions contract refuses: {}", permission_message(*.0))]
            Permission(PermissionRejection),
        }

        impl Rejection {
            /// Every rejection but those of the on-chain contract.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> u16 {
                match self {
                    $(Self::$name => $code,)+
                    Self::Permission(rejection) => PERMISSION_BASE + rejection.code() as u16,
                }
            }

            /// What a receipt's code stands for; `None` for zero, which is success, and unknown numbers.
            #[must_use]
            pub fn from_code(code: u16) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)+
                    _ => {
                        let own = u8::try_from(code.checked_sub(PERMISSION_BASE)?).ok()?;
                        PermissionRejection::from_code(own).map(Self::Permission)
                    }
                }
            }
        }
    };
}

/// What is added to a code of the on-chain contract.
const PERMISSION_BASE: u16 = 500;

rejections! {
    /// Made for another network.
    WrongNetwork = 100, "the entry was made for another network";
    /// A label breaks its alphabet.
    MalformedLabel = 101, "a name holds characters that are not allowed or is too long";
    /// A list is not strictly ascending.
    NotAscending = 102, "a list is not in strictly ascending order";
    /// A field is empty or longer than its bound.
    OutOfBounds = 103, "a field is empty or longer than allowed";
    /// An attribute is not `ATTRIBUTE@AUTHORITY` of the signing authority.
    ForeignAttribute = 104, "an attribute is not of the form name@authority with the authority that signed";
    /// The events are not the seven stages in order.
    WrongStages = 105, "the events are not the seven stages of a request in order";
    /// Times run backwards.
    TimesOutOfOrder = 106, "the times of the entry run backwards";
    /// A mask has bits beyond the six actions.
    UnknownAction = 107, "an action mask has bits beyond the six actions";
    /// The action counter is not the number of violations.
    WrongActionCounter = 108, "the action counter is not the number of violations";
    /// An action is a violation and exempt from reports at once.
    ExemptViolation = 109, "an action is both a violation and exempt from reports";
    /// Not a sensitivity.
    UnknownSensitivity = 110, "the sensitivity is neither high nor low";
    /// The size field is not the block's.
    WrongSize = 111, "the size field is not the size of the block";
    /// The Merkle root is not that of the contents.
    WrongMerkleRoot = 112, "the Merkle root does not belong to the contents of the block";
    /// The header's hash is above the target.
    TargetMissed = 113, "the nonce does not meet the target difficulty";
    /// The id does not follow from the header.
    WrongBlockId = 114, "the block id does not follow from the header";
    /// Not a kind of report.
    UnknownReportKind = 115, "the kind of report is unknown";
    /// The VLN field cannot belong to this event.
    WrongViolationCode = 116, "the violation code does not belong to the reported action";
    /// The event names another parent block.
    WrongParent = 117, "the event belongs to another parent block";
    /// A version or sequence number is zero.
    ZeroNumber = 118, "a version or sequence number starts at one";
    /// A registration for attribute-based decryption does not verify.
    BadRegistration = 119, "the registration for attribute-based decryption does not verify";
    /// A public key of an attribute does not decode.
    BadAttributeKey = 120, "the public key of an attribute is not valid";
    /// The lease asks another node.
    LeaseOfAnotherNode = 121, "the lease asks another node to open the package: sign one for this node";
    /// The deadline is later than allowed.
    DeadlineTooLate = 122, "the deadline of the request is later than is allowed";
    /// Nothing can be sealed to the requestor's key.
    BadSealingKey = 123, "the requestor's sealing key is not usable";

    /// A node is no validator.
    UnknownNode = 200, "the node is not a validator of this network";
    /// No such owner.
    UnknownOwner = 201, "the owner is not known to this network";
    /// No such authority.
    UnknownAuthority = 202, "the authority is not known to this network";
    /// Nsig does not verify.
    BadNodeSignature = 203, "the signature of the node does not verify";
    /// The second node's signature does not verify.
    BadValidationSignature = 204, "the signature of the validating node does not verify";
    /// The owner's signature does not verify.
    BadOwnerSignature = 205, "the signature of the owner does not verify";
    /// The authority's signature does not verify.
    BadAuthoritySignature = 206, "the signature of the authority does not verify";
    /// The requestor's signature does not verify.
    BadRequestorSignature = 207, "the signature of the requestor does not verify";
    /// The agent's signature does not verify.
    BadAgentSignature = 208, "the signature of the agent does not verify";
    /// Both nodes belong to one organisation.
    SameOrganisation = 209, "the validating node belongs to the organisation of the processing node";

    /// Made at a time that is still to come.
    FromTheFuture = 300, "the entry is dated in the future";
    /// The requestor is registered already.
    IdentityExists = 301, "the requestor is registered already";
    /// The requestor is not registered.
    UnknownRequestor = 302, "the requestor is not registered";
    /// The attribute has no published key.
    UnknownAttribute = 303, "the attribute has no published key";
    /// Not the version that comes next, or not the current one.
    WrongAttributeVersion = 304, "the version of the attribute's key is not the expected one";
    /// A later grant is in force.
    GrantSuperseded = 305, "a grant of the same time or later is in force";
    /// The grant names fewer or other revocations of the requestor's access than there were.
    GrantBeforeRevocation = 306, "the requestor's access was revoked after the grant was made: issue the attribute again";
    /// The requestor holds as many attributes of the authority as one may.
    TooManyAttributes = 307, "the requestor holds as many attributes of this authority as is allowed";
    /// The code is published already.
    ContractExists = 308, "the contract is published already";
    /// The sandbox refuses the code.
    ContractRefused = 309, "the contract does not keep to the limits of the sandbox";
    /// The contract is neither the default one nor the owner's.
    UnknownContract = 310, "the contract is neither the default one nor published by the owner";
    /// No such data set.
    UnknownDataSet = 311, "the owner has no such data set";
    /// The node does not process for this owner.
    NotTheOwnersNode = 312, "the node is not the owner's";
    /// Not the version of the data type's rules.
    WrongRulesVersion = 313, "the version is not that of the data set's rules";
    /// Not the target that the parameters ask for.
    WrongTarget = 314, "the target difficulty is not the network's";
    /// The data set's terms forbid the purpose.
    PurposeForbidden = 315, "the terms of the data set forbid the purpose";
    /// An action that the data set forbids is not counted as a violation.
    ViolationsMissing = 316, "an action that the data set forbids is not counted as a violation";
    /// An action is exempt that the data set does not exempt.
    ExemptionsWidened = 317, "an action is exempt from reports that the data set does not exempt";
    /// The locktime is beyond the data set's lifetime.
    LifetimeExceeded = 318, "the locktime is beyond the lifetime that the data set allows";
    /// The locktime has passed.
    PackageExpired = 319, "the locktime has passed";
    /// Another block became the thread's head.
    ThreadHeadMoved = 320, "another block became the head of the thread: link the block again";
    /// The request was answered already.
    RequestReplayed = 321, "the request was answered already";
    /// A block of this id exists.
    BlockExists = 322, "a block of this id exists already";
    /// No such parent block.
    UnknownParent = 323, "there is no such parent block";
    /// Another side-block became the head of the chain.
    SideChainMoved = 324, "another side-block became the head of the chain: link the block again";
    /// The parent block has all the side-blocks it may have.
    TooManySideBlocks = 325, "the parent block has as many side-blocks as is allowed";
    /// Owner, requestor, version or locktime differ from the parent's.
    ParentDisagrees = 326, "the side-block differs from its parent block in owner, requestor, version or locktime";
    /// The lease exists.
    LeaseInUse = 327, "the lease was used already";
    /// The lease is over.
    LeaseExpired = 328, "the lease is over";
    /// The lease is longer than allowed.
    LeaseTooLong = 329, "the lease is longer than allowed";
    /// No such lease.
    UnknownLease = 330, "there is no such lease";
    /// Not the report that comes next.
    ReportOutOfSequence = 331, "the report is not the next one of its lease";
    /// The report does not name the one before it.
    ReportChainBroken = 332, "the report does not carry the hash of the report before it";
    /// The violation code is not what the package's terms say.
    ViolationMisjudged = 333, "the violation code is not what the package's terms say of the report";
    /// Not the decision that comes next.
    DecisionOutOfSequence = 334, "the decision is not the next one on this package";
    /// The package belongs to another owner.
    NotTheOwner = 335, "the package belongs to another owner";
    /// The on-chain contract did not finish.
    ContractFailed = 336, "the permissions contract did not finish";
    /// A violation was recorded after the one that the decision names.
    JudgesOlderViolation = 337, "a newer violation was recorded than the one that the decision judges";
    /// Made too long ago. Found at the door: batches do not hold such an entry.
    Outdated = 338, "the entry was made too long ago to be decided: sign it anew";
    /// The lease that an opening names as its predecessor is not under the parent block.
    UnknownPredecessor = 340, "the opening that this one names as the one before it is not on the ledger";
    /// The opening before made reports that are not recorded.
    ReportsMissing = 341, "reports of the opening before are not on the ledger: send them first";
    /// The last report of the opening before is another one.
    OtherReports = 342, "the ledger has another report than the opening names as the last one before it";
    /// The requestor's access has ended.
    AccessEnded = 343, "the requestor's access has ended: a violation is not decided, or no attribute was issued since it was revoked";
    /// The grant names more revocations of the requestor's access than there were.
    UnknownRevocation = 344, "the grant names a revocation of the requestor's access that is not on the ledger";
    /// The lease's agent has said before that the data is destroyed.
    ReceiptRepeated = 345, "the data of this lease was reported as destroyed already";
    /// The request's deadline has passed.
    RequestExpired = 350, "the request's deadline has passed: sign a new one";
    /// The requestor made no such request.
    UnknownRequest = 351, "the requestor's request is not on the ledger";
    /// The block answers something else than was asked.
    RequestDisagrees = 352, "the block differs from the request in requestor, owner, data set, version of the terms or purpose";
    /// The requestor, or the organisation that registered her, made as many requests today as one may.
    TooManyRequests = 353, "the requestor, or all that her organisation registered, made as many requests today as they may: try again tomorrow";
}

impl Rejection {
    /// This rejection, unless `condition` holds.
    ///
    /// # Errors
    /// Itself.
    pub const fn unless(self, condition: bool) -> Result<(), Self> {
        if condition { Ok(()) } else { Err(self) }
    }
}

const fn permission_message(rejection: PermissionRejection) -> &'static str {
    match rejection {
        PermissionRejection::NotGranted => "the package has no permission",
        PermissionRejection::AlreadyGranted => "the package has a permission already",
        PermissionRejection::InconsistentTerms => "the terms contradict themselves",
        PermissionRejection::Expired => "the permission's time is over",
        PermissionRejection::Revoked => "access is revoked",
        PermissionRejection::NotRevoked => "access is not revoked",
        PermissionRejection::NotUnderReview => "there is no revocation to decide on",
        PermissionRejection::AlreadyUnderReview => "the revocation is under review already",
        PermissionRejection::AlreadyDecided => "the revocation was decided already",
        PermissionRejection::NotRetrieved => "nobody called the data back",
        PermissionRejection::Final => "the data was called back for good",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_leads_back_to_its_rejection() {
        let contract = PermissionRejection::ALL.iter().map(|r| Rejection::Permission(*r));
        let all = Rejection::ALL.iter().copied().chain(contract).collect::<Vec<_>>();
        let codes = all.iter().map(|r| r.code()).collect::<BTreeSet<_>>();
        assert_eq!(codes.len(), all.len());
        assert!(all.iter().all(|r| Rejection::from_code(r.code()) == Some(*r)));
        assert_eq!(Rejection::from_code(0), None);
    }
}
