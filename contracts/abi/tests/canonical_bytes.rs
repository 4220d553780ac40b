//! Every value has one encoding, and the encodings do not change.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests state what must hold")]

use std::fmt::Debug;

use medshare_contract_abi::permissions::{
    PermissionCall, PermissionEffects, PermissionInput, PermissionOutcome, PermissionRecord, PermissionRejection,
    Status,
};
use medshare_contract_abi::usage::{
    Comment, Decision, RefusalCode, ReportBody, Statement, UsageCall, UsageEffect, UsageInput, UsageOutcome,
    UsageParameters, UsageState,
};
use medshare_contract_abi::{
    Action, ActionSet, BoundedText, Decode, DecodeError, Encode, ReportKind, Sensitivity, TextError, guest,
};

fn record() -> PermissionRecord {
    PermissionRecord {
        status: Status::Opened,
        sensitivity: Sensitivity::Low,
        violations_mask: ActionSet::of(&[Action::Move, Action::Copy]),
        exempt: ActionSet::of(&[Action::Read]),
        expires_at_ms: 0x0102_0304_0506_0708,
        openings: 1,
        reports: 2,
        violations: 3,
        undecided: 2,
        destroyed: true,
    }
}

fn permission_inputs() -> Vec<PermissionInput> {
    let grant = PermissionCall::Grant {
        sensitivity: Sensitivity::High,
        violations_mask: ActionSet::ALL,
        exempt: ActionSet::EMPTY,
        expires_at_ms: 9,
    };
    [
        grant,
        PermissionCall::Open,
        PermissionCall::Report(ReportKind::Retrieved),
        PermissionCall::Review,
        PermissionCall::Regrant,
        PermissionCall::Retrieve { judges_all: true },
        PermissionCall::Retrieve { judges_all: false },
        PermissionCall::Uphold,
        PermissionCall::Revoke { reason: 0x1234 },
    ]
    .into_iter()
    .map(|call| PermissionInput { record: (call != grant).then(record), call, now_ms: 77 })
    .collect()
}

fn usage_input(call: UsageCall) -> UsageInput {
    UsageInput {
        parameters: UsageParameters {
            package: [1; 32],
            owner: [2; 16],
            requestor: [3; 16],
            sensitivity: Sensitivity::High,
            permitted: ActionSet::of(&[Action::Read]),
            exempt: ActionSet::EMPTY,
            purpose: 4,
            expires_at_ms: 5,
        },
        state: UsageState { sequence: 6, opened: true, withdrawn: false, destroyed: false },
        call,
        now_ms: 7,
    }
}

fn usage_outcome() -> UsageOutcome {
    let body = ReportBody {
        kind: ReportKind::Action(Action::Copy),
        sequence: 7,
        violation: true,
        comment: Statement::new("data copied: violation").unwrap(),
    };
    UsageOutcome {
        state: UsageState { sequence: 7, opened: true, withdrawn: true, destroyed: false },
        decision: Decision::Refuse(RefusalCode::NotPermitted),
        effects: vec![
            UsageEffect::RetrieveKey,
            UsageEffect::Encrypt,
            UsageEffect::Report(body),
            UsageEffect::RefuseAccess,
            UsageEffect::DestroyKeys,
        ],
    }
}

/// Round trip; no shorter and no longer bytes; whatever a changed byte decodes to encodes to the changed bytes.
fn assert_canonical<T: Encode + Decode + PartialEq + Debug>(value: &T) {
    let bytes = value.to_bytes();
    assert_eq!(T::from_bytes(&bytes).as_ref(), Ok(value));
    for end in 0..bytes.len() {
        assert!(T::from_bytes(&bytes[..end]).is_err(), "{value:?} cut at {end}");
    }
    let longer: Vec<u8> = bytes.iter().copied().chain([0]).collect();
    assert_eq!(T::from_bytes(&longer), Err(DecodeError::TrailingBytes));
    for place in 0..bytes.len() {
        for byte in 0..=u8::MAX {
            let mut changed = bytes.clone();
            changed[place] = byte;
            if let Ok(other) = T::from_bytes(&changed) {
                assert_eq!(other.to_bytes(), changed, "{value:?} with {byte} at {place}");
            }
        }
    }
}

#[test]
fn every_value_has_one_encoding() {
    permission_inputs().iter().for_each(assert_canonical);
    let effects = PermissionEffects { revoke_access: true };
    assert_canonical(&PermissionOutcome::Applied { record: record(), effects });
    assert_canonical(&PermissionOutcome::Rejected(PermissionRejection::Final));
    let comment = Comment::new("für die Übersicht").unwrap();
    for call in [UsageCall::Opened, UsageCall::Act { action: Action::Write, comment }, UsageCall::Retrieve] {
        assert_canonical(&usage_input(call));
    }
    assert_canonical(&usage_outcome());
}

#[test]
fn a_permission_record_keeps_its_bytes() {
    let expected = "02 02 30 01 0102030405060708 00000001 00000002 00000003 00000002 01";
    assert_eq!(hex(&record()), expected.replace(' ', ""));
}

#[test]
fn a_permission_input_keeps_its_bytes() {
    let input = PermissionInput { record: None, call: PermissionCall::Report(ReportKind::Decrypted), now_ms: 1 };
    assert_eq!(hex(&input), "00 03 10 0000000000000001".replace(' ', ""));
}

#[test]
fn a_usage_outcome_keeps_its_bytes() {
    let expected = "00000007 01 01 00 02 01 00000005 01 02 03 06 00000007 01 \
                    00000016 6461746120636f706965643a2076696f6c6174696f6e 04 05";
    assert_eq!(hex(&usage_outcome()), expected.replace(' ', ""));
}

#[test]
fn codes_are_stable() {
    assert!(Action::ALL.iter().map(|action| action.code()).eq(1..=6));
    assert!(Status::ALL.iter().map(|status| status.code()).eq(1..=7));
    // 5 was a rejection once; a number never gets a second meaning.
    assert!(PermissionRejection::ALL.iter().map(|rejection| rejection.code()).eq((1..=4).chain(6..=12)));
    assert!(RefusalCode::ALL.iter().map(|refusal| refusal.code()).eq(1..=6));
    assert_eq!((ReportKind::Decrypted.code(), ReportKind::Retrieved.code()), (16, 17));
    for code in 0..=u8::MAX {
        assert!(ReportKind::from_code(code).is_none_or(|kind| kind.code() == code));
    }
}

#[test]
fn a_set_holds_six_actions_and_no_more() {
    let set = ActionSet::of(&[Action::Copy, Action::Read, Action::Copy]);
    assert_eq!(set.iter().collect::<Vec<_>>(), [Action::Read, Action::Copy]);
    assert_eq!((set.count(), set.complement().count()), (2, 4));
    assert!(set.contains(Action::Read) && !set.without(Action::Read).contains(Action::Read));
    assert_eq!(ActionSet::from_bits(0b0100_0000), None);
    assert_eq!(ActionSet::ALL.iter().collect::<ActionSet>(), ActionSet::ALL);
}

#[test]
fn a_text_has_a_bound_and_no_control_characters() {
    type Four = BoundedText<4>;
    assert_eq!(Four::new("12345"), Err(TextError::TooLong { max: 4, actual: 5 }));
    assert_eq!(Four::new("a\nb"), Err(TextError::ControlCharacter));
    assert_eq!(Four::cut("a\n\u{fc}bcd".to_owned()).as_str(), "a\u{fc}b");
    assert_eq!(Four::cut("abc\u{fc}".to_owned()).as_str(), "abc");
    assert_eq!(Four::from_bytes(&[0, 0, 0, 5, 1, 1, 1, 1, 1]), Err(DecodeError::TooLong));
    assert_eq!(Four::from_bytes(&[0, 0, 0, 1, 0xff]), Err(DecodeError::InvalidText));
}

#[test]
fn the_longest_input_fits_what_a_guest_takes() {
    let comment = Comment::new("x".repeat(256)).unwrap();
    let input = usage_input(UsageCall::Act { action: Action::Read, comment });
    assert!(input.to_bytes().len() < guest::MAX_INPUT_BYTES);
}

#[test]
fn the_place_of_an_outcome_survives_packing() {
    assert_eq!(guest::unpack(guest::pack(u32::MAX, 7)), (u32::MAX, 7));
    assert_eq!(guest::pack(1, 2), 0x0000_0001_0000_0002);
}

fn hex(value: &impl Encode) -> String {
    value.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
