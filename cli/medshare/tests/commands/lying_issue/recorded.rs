//! What is told to an authority, and to an organisation, of what was recorded, by them or by others before them.

use super::*;
use medshare_ledger::state::AttributeKeyRecord;

#[test]
fn what_is_proven_otherwise_is_told_as_that_and_no_honest_node_is_suspected() {
    let folder = Folder::new();
    let (registry, alice) = carded(&folder, 32_680);
    // while she is registered, somebody else comes first
    let (behind, other) = (registry.clone(), Identity { role: "auditor".parse().unwrap(), ..alice.clone() });
    let honest = registry.node_that(move |question| {
        is_handed_in(question).then(|| {
            behind.register(rid(&other), other.clone());
            Answer::error(400, "rejected")
        })
    });
    let told = error(&folder, &register(&[&honest]));
    assert_eq!((&told["code"], &told["details"]["rejection"]), (&json!("rejected"), &json!(301)), "{told}");
    assert_eq!(told["details"]["role"], "auditor", "{told}");
    // and another key than this file's is published
    let behind = registry.clone();
    let honest = registry.node_that(move |question| {
        is_handed_in(question).then(|| {
            let record = AttributeKeyRecord { version: 1, public: vec![1; 96], entry: Hash32::ZERO };
            behind.put(&StateKey::AttributeKey(ATTRIBUTE.to_owned()), &record);
            Answer::error(400, "rejected")
        })
    });
    let told = error(&folder, &issue(&alice, &[&honest]));
    assert_eq!(told["code"], "other-generation", "{told}");
}

#[test]
fn attributes_without_room_are_refused_before_anything_is_recorded() {
    let folder = Folder::new();
    let (registry, alice) = registered(&folder, 32_710);
    let mut attributes: Vec<String> = (0..15).map(|n| format!("A{n}@UNIVERSITY")).collect();
    attributes.push(ATTRIBUTE.to_owned());
    attributes.sort();
    registry.put(&StateKey::Access(rid(&alice)), &AccessRecord { attributes, ..AccessRecord::default() });
    let honest = registry.node();
    let told = error(&folder, &format!("{} --attribute MORE@UNIVERSITY --new", issue(&alice, &[&honest])));
    assert_eq!((&told["code"], &told["details"]["rejection"]), (&json!("rejected"), &json!(307)), "{told}");
    assert!(!is_told(&honest), "nothing is signed");
    folder.done(&issue(&alice, &[&honest]));
}

#[test]
fn each_attributes_key_is_looked_at_just_before_it_is_published_and_what_was_recorded_before_a_failure_is_told() {
    let folder = Folder::new();
    let (registry, alice) = registered(&folder, 32_740);
    let more = |node: &FakeNode| format!("{} --attribute MORE@UNIVERSITY --new", issue(&alice, &[node]));
    let (behind, mut is_old) = (registry.apart(), false);
    let behind_times = registry.apart().node_that(move |question| {
        is_old |= question.target == "/v1/proxy-keys";
        if is_old { behind.proof(question, ALL, LONG_AGO) } else { None }
    });
    let told = error(&folder, &more(&behind_times));
    assert_eq!(
        (&told["code"], &told["details"]["issued_before"]),
        (&json!("old-state"), &json!([ATTRIBUTE])),
        "{told}"
    );
    let (message, hint) = (told["message"].as_str().unwrap(), told["hint"].as_str().unwrap());
    assert!(message.contains(&format!("{ATTRIBUTE} issued")) && !hint.contains("nothing was signed"), "{told}");
    let honest = registry.node();
    folder.done(&more(&honest));
    let asked = honest.asked();
    let place = |from: usize, what: &str| from + asked[from..].iter().position(|asked| asked.contains(what)).unwrap();
    let first = place(0, "POST /v1/proxy-keys");
    assert!(place(first, "MORE%40UNIVERSITY/proof") < place(first, "POST /v1/entries"), "{asked:?}");
}
