use ff::Field as _;
use proptest::prelude::*;
use rand::rngs::OsRng;

use super::*;
use crate::pairing::{Scalar, random_scalar};

fn policy(text: &str) -> Policy {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

fn set(names: &[&str]) -> BTreeSet<AttributeName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[test]
fn policies_print_in_normal_form() {
    for (given, normal) in [
        ("A@X", "A@X"),
        (" ( ( A@X ) ) ", "A@X"),
        ("A@X and B@Y or C@Z", "(A@X AND B@Y) OR C@Z"),
        ("A@X AND (B@Y AND (C@Z))", "A@X AND B@Y AND C@Z"),
        ("1 of (A@X, B@Y)", "A@X OR B@Y"),
        ("2 OF (A@X, B@Y)", "A@X AND B@Y"),
        ("2 of (A@X,B@Y , C@Z)", "2 of (A@X, B@Y, C@Z)"),
        ("2 of (A@X or D@X, B@Y, 1 of (C@Z))", "2 of (A@X OR D@X, B@Y, C@Z)"),
        ("ÄRZTIN@KLINIK-Ö AND 医師@病院", "ÄRZTIN@KLINIK-Ö AND 医師@病院"),
        ("3@X AND 2@Y", "3@X AND 2@Y"),
        ("and@x OR or@y", "and@x OR or@y"),
    ] {
        assert_eq!(policy(given).to_string(), normal);
        assert_eq!(policy(normal), policy(given));
    }
}

#[test]
fn errors_point_at_the_character() {
    let long = format!("{} AND", vec!["A@X"; 20].join(" AND "));
    for (text, column, message) in [
        ("", 1, "expected an attribute"),
        ("A@X AND", 8, "expected an attribute"),
        ("A@X AND AND B@Y", 9, "expected an attribute"),
        ("A@X B@Y", 5, "expected AND, OR or the end"),
        ("(A@X AND B@Y", 13, "closing parenthesis"),
        ("A@X)", 4, "expected AND, OR or the end"),
        ("DOCTOR AND B@Y", 1, "one @"),
        ("A@X AND B@Y@Z", 9, "one @"),
        ("A@X AND @Y", 9, "empty"),
        ("A@X & B@Y", 5, "no place"),
        ("Ä@Ö AND #", 9, "no place"),
        ("2 (A@X, B@Y)", 3, "\"of\""),
        ("A@X OR 3 of (A@X, B@Y)", 8, "3 of 2"),
        ("0 of (A@X, B@Y)", 1, "0 of 2"),
        ("99999999999999999999999 of (A@X, B@Y)", 1, "of 2"),
        (long.as_str(), 160, "expected an attribute"),
    ] {
        let error = text.parse::<Policy>().unwrap_err();
        assert_eq!(error.column, column, "{error}");
        assert!(error.to_string().contains(message), "{error}");
        let lines: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
        let caret = lines[2].chars().count() - 1;
        let pointed = text.chars().nth(column - 1);
        assert_eq!(lines[1].chars().nth(caret), pointed, "{error}");
    }
}

#[test]
fn names_with_control_space_or_separator_characters_are_refused() {
    for name in
        ["A", "A@", "@X", "A@X@Y", "A B@X", "A\u{7}@X", "A(@X", "A,@X", "A\u{a0}@X", "A\u{202e}@X", "A\u{200b}@X"]
    {
        assert!(name.parse::<AttributeName>().is_err(), "{name:?}");
        assert!(AttributeName::typed(name).is_err(), "{name:?}");
    }
    assert!(AttributeName::typed("A\u{301}@X").is_err());
    // Letters that do not show, and forms of other letters, are letters to the standard library.
    for name in EARLIER {
        assert_eq!(AttributeName::typed(name), Err(InvalidName::InvalidCharacter), "{name:?}");
    }
    assert_eq!(format!("{}@X", "A".repeat(MAX_NAME_LEN)).parse::<AttributeName>(), Err(InvalidName::TooLong));
    let name: AttributeName = "DOCTOR@WARD-3".parse().unwrap();
    assert_eq!(name.attribute(), "DOCTOR");
    assert_eq!(name.authority().as_str(), "WARD-3");
}

#[test]
fn what_looks_like_one_name_is_not_two() {
    let not_composed = InvalidName::Deceptive(crate::name::DeceptiveName::NotComposed);
    // A syllable and its letters; a letter with its accent and the older form of the two.
    for (composed, twin) in [("\u{ac00}", "\u{1100}\u{1161}"), ("\u{3ac}", "\u{1f71}"), ("\u{8c48}", "\u{f900}")] {
        assert!(format!("{composed}@X").parse::<AttributeName>().is_ok());
        assert!(composed.parse::<AuthorityName>().is_ok());
        assert!(AttributeName::typed(&format!("{composed}@X")).is_ok());
        assert!(AttributeName::typed(&format!("{twin}@X")).is_err());
        assert!(AuthorityName::typed(twin).is_err());
        assert!(Policy::typed(&format!("A@X AND A@{twin}")).is_err());
    }
    assert_eq!(AttributeName::typed("\u{1100}\u{1161}@X"), Err(not_composed));
}

/// é as two characters, a raised letter, and a character that no name ever had.
#[test]
fn a_policy_that_is_typed_says_of_a_name_what_its_authority_would_be_told() {
    for (text, column, reason) in [
        ("A@X AND Me\u{301}decin@X", 11, PolicyErrorReason::Name(InvalidName::InvalidCharacter)),
        ("A@X AND Medecin@Ho\u{302}pital", 19, PolicyErrorReason::Name(InvalidName::InvalidCharacter)),
        ("\u{301}A@X", 1, PolicyErrorReason::Name(InvalidName::InvalidCharacter)),
        ("A\u{aa}@X", 2, PolicyErrorReason::Name(InvalidName::InvalidCharacter)),
        ("e\u{301}", 1, PolicyErrorReason::Name(InvalidName::NoAuthority)),
        ("A@X \u{200b}", 5, PolicyErrorReason::UnknownCharacter),
    ] {
        let error = Policy::typed(text).unwrap_err();
        assert_eq!((error.column, error.reason), (column, reason), "{text:?}");
    }
}

/// Names as builds before made them: with letters that do not show, raised, full-width and joined ones, and in parts.
const EARLIER: [&str; 6] = ["A\u{3164}@X", "A\u{115f}@X", "\u{ff21}@X", "A\u{b2}@X", "\u{fb01}N@X", "\u{aa}@\u{ba}"];

#[test]
fn what_builds_before_allowed_in_names_is_read_and_not_made_anew() {
    for text in EARLIER.into_iter().chain(["\u{1100}\u{1161}@X", "A@\u{f900}"]) {
        let name: AttributeName = text.parse().unwrap();
        assert!(name.check_made().is_err(), "{text:?}");
        let policy: Policy = format!("A@X OR {text}").parse().unwrap();
        assert_eq!(Policy::from_canonical(&policy.to_string()), Some(policy));
        assert!(Policy::typed(&format!("A@X OR {text}")).is_err(), "{text:?}");
    }
}

/// Whoever reads a policy must agree with whoever wrote it, whatever Unicode the compilers of their builds know.
#[test]
fn every_character_that_was_ever_a_letter_or_digit_is_read() {
    for character in ('\u{80}'..'\u{e0000}').filter(|character| character.is_alphanumeric()) {
        assert!(attribute::is_read(character), "U+{:04X}", u32::from(character));
    }
}

#[test]
fn policies_beyond_the_bounds_are_refused() {
    let wide = vec!["A@X"; MAX_LEAVES + 1].join(" OR ");
    assert_eq!(wide.parse::<Policy>().unwrap_err().reason, PolicyErrorReason::TooManyAttributes);
    let deep = format!("{}A@X{}", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(deep.parse::<Policy>().unwrap_err().reason, PolicyErrorReason::TooLong);
    let deep = format!("{}A@X{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(deep.parse::<Policy>().unwrap_err().reason, PolicyErrorReason::TooDeep);
    let mut nested = "A@X".to_owned();
    for level in 0..MAX_DEPTH {
        let word = if level % 2 == 0 { "AND" } else { "OR" };
        nested = format!("({nested} {word} B@Y)");
    }
    assert_eq!(nested.parse::<Policy>().unwrap_err().reason, PolicyErrorReason::TooDeep);
    assert!(vec!["A@X"; MAX_LEAVES].join(" OR ").parse::<Policy>().is_ok());
}

#[test]
fn truth_table_of_a_nested_policy() {
    let policy = policy("(A@X AND B@X) OR 2 of (C@Y, D@Y, E@Y)");
    let names = ["A@X", "B@X", "C@Y", "D@Y", "E@Y"];
    for mask in 0..32_u32 {
        let has = |bit: u32| mask >> bit & 1 == 1;
        let held: Vec<&str> = (0..5).filter(|bit| has(*bit)).map(|bit| names[bit as usize]).collect();
        let expected = (has(0) && has(1)) || u32::from(has(2)) + u32::from(has(3)) + u32::from(has(4)) >= 2;
        assert_eq!(policy.satisfied_by(&set(&held)), expected, "{held:?}");
        let held = set(&held);
        assert_eq!(policy.reconstruct(|name| held.contains(name)).is_some(), expected);
    }
}

#[test]
fn and_or_policies_reconstruct_with_ones_and_the_cheapest_branch() {
    let policy = policy("(A@X AND B@X AND C@X) OR (D@X AND (E@X OR F@X))");
    let found = policy.reconstruct(|_| true).unwrap();
    assert_eq!(found.terms(), [(3, Scalar::ONE), (4, Scalar::ONE)]);
}

/// Random gates over A0@X … A7@X, up to four levels deep.
pub(crate) fn gates() -> impl Strategy<Value = Gate> {
    let leaf = (0..8_u8).prop_map(|n| Gate::Attribute(format!("A{n}@X").parse().unwrap()));
    leaf.prop_recursive(4, 40, 5, |inner| {
        let branches = proptest::collection::vec(inner, 1..5);
        prop_oneof![
            branches.clone().prop_map(Gate::And),
            branches.clone().prop_map(Gate::Or),
            (branches, any::<prop::sample::Index>())
                .prop_map(|(of, pick)| Gate::Threshold { needed: 1 + pick.index(of.len()), of }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn sharing_agrees_with_the_plain_evaluator_on_any_policy(gate in gates(), mask in any::<u8>()) {
        let policy = Policy::new(gate.clone()).unwrap();
        let held: BTreeSet<AttributeName> = (0..8)
            .filter(|bit| mask >> bit & 1 == 1)
            .map(|bit| format!("A{bit}@X").parse().unwrap())
            .collect();
        prop_assert_eq!(policy.satisfied_by(&held), gate.satisfied_by(&held));
        let found = policy.reconstruct(|name| held.contains(name));
        prop_assert_eq!(found.is_some(), policy.satisfied_by(&held));
        if let Some(found) = found {
            let secret = random_scalar(&mut OsRng);
            let shares = Lsss::new(&policy).share(&secret, &mut OsRng);
            let leaves = policy.leaves();
            prop_assert_eq!(shares.len(), leaves.len());
            prop_assert!(found.terms().iter().all(|(row, _)| held.contains(leaves[*row])));
            let sum: Scalar = found.terms().iter().map(|(row, factor)| shares[*row] * factor).sum();
            prop_assert_eq!(sum, secret);
        }
    }

    #[test]
    fn display_parses_back_to_the_same_policy(gate in gates()) {
        let policy = Policy::new(gate).unwrap();
        prop_assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
    }

    #[test]
    fn no_text_panics_the_parser(text in "[ A-C@(),0-9ofandräß\u{0}-\u{10}]{0,60}") {
        if let Ok(policy) = text.parse::<Policy>() {
            prop_assert_eq!(policy.to_string().parse::<Policy>().unwrap(), policy);
        }
    }
}
