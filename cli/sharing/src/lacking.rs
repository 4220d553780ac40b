//! Which attributes a requestor lacks for what a policy guards.

use medshare_crypto::policy::{AttributeName, Gate, Policy};
use std::collections::BTreeSet;

/// The attributes that somebody who holds these still needs: of several ways that a policy leaves open, one that takes few. None where
/// the policy is satisfied.
#[must_use]
pub fn lacking(policy: &Policy, held: &BTreeSet<AttributeName>) -> BTreeSet<AttributeName> {
    of_gate(policy.root(), held)
}

/// The attributes of a list as a node tells it; what is no attribute's name satisfies nothing.
pub fn held(names: &[String]) -> BTreeSet<AttributeName> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// What is missing, and who has it, as the end of a sentence.
pub fn words(lacking: &BTreeSet<AttributeName>) -> String {
    let names: Vec<&str> = lacking.iter().map(AttributeName::as_str).collect();
    match names.as_slice() {
        [one] => format!("{one} is missing: ask the authority behind the @ of it"),
        several => format!("{} are missing: ask the authorities behind the @ of them", several.join(" and ")),
    }
}

fn of_gate(gate: &Gate, held: &BTreeSet<AttributeName>) -> BTreeSet<AttributeName> {
    let (needed, of) = match gate {
        Gate::Attribute(name) if held.contains(name) => return BTreeSet::new(),
        Gate::Attribute(name) => return BTreeSet::from([name.clone()]),
        Gate::And(of) => (of.len(), of),
        Gate::Or(of) => (1, of),
        Gate::Threshold { needed, of } => (*needed, of),
    };
    let mut ways: Vec<_> = of.iter().map(|gate| of_gate(gate, held)).collect();
    ways.sort_by_key(BTreeSet::len);
    ways.into_iter().take(needed).flatten().collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_with_it_the_policy_is_satisfied() {
        for (policy, has, missing) in [
            ("R@U AND A@E", vec!["R@U"], "A@E is missing"),
            ("R@U AND A@E", vec![], "A@E and R@U are missing"),
            ("R@U AND A@E", vec!["R@U", "A@E"], ""),
            ("(R@U AND A@E) OR D@H", vec![], "D@H is missing"),
            ("(R@U AND A@E) OR (D@H AND N@H AND A@E)", vec!["D@H", "N@H"], "A@E is missing"),
            ("2 OF (R@U AND D@U, A@E, D@H AND N@H)", vec!["D@H", "not a name"], "A@E and N@H are missing"),
        ] {
            let policy: Policy = policy.parse().unwrap();
            let has = held(&has.into_iter().map(str::to_owned).collect::<Vec<_>>());
            let lacks = lacking(&policy, &has);
            assert!(policy.satisfied_by(&has.iter().chain(&lacks).cloned().collect()), "{policy}: {lacks:?}");
            assert_eq!(
                (lacks.is_empty(), missing.is_empty()),
                (policy.satisfied_by(&has), lacks.is_empty()),
                "{policy}"
            );
            assert!(words(&lacks).starts_with(missing), "{policy}: {lacks:?}");
        }
    }
}
