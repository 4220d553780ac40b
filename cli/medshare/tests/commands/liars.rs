//! Nodes that lie to an owner who decides: what a quorum certified counts, whichever node hands it over, and nothing else.

use crate::asking::{founded, page};
use crate::binary::Folder;
use crate::fake_ledger::{ALL, LONG_AGO, Ledger, PARENT, applied, is_entry, is_proof, now};
use crate::fake_node::FakeNode;
use medshare_contract_abi::permissions::Status;
use medshare_crypto::hash::Hash32;
use medshare_loopback::{Answer, Question};
use serde_json::{Value, json};

/// What ends access, and how the package stands then.
const ENDS: [(&str, &str, Status); 2] =
    [("revoke", "revoked", Status::Revoked), ("review --decision retrieve", "retrieved", Status::Retrieved)];

/// The command with which an owner decides, at these nodes.
fn deciding(verb: &str, nodes: &[&FakeNode]) -> String {
    let reason = if verb == "revoke" { " --reason other" } else { "" };
    let nodes: Vec<String> = nodes.iter().map(|node| format!("--node {}", node.url())).collect();
    let key = "--key net/keys/owners/HOSPITAL-A.key --genesis net/genesis.toml";
    format!("owner {verb}{reason} {PARENT} {key} {}", nodes.join(" "))
}

fn is_told(node: &FakeNode) -> bool {
    node.asked().iter().any(|question| question.starts_with("POST /v1/entries"))
}

/// The error of a command, as programs read it.
fn error(folder: &Folder, command: &str) -> Value {
    let told: Value = serde_json::from_str(&folder.error(&format!("{command} --json"))).unwrap();
    told["error"].clone()
}

/// A node that says that it takes whatever it is handed, and keeps it to itself; what it gives for proofs, `proof` says.
fn keeping(ledger: &Ledger, proof: impl Fn(&Ledger) -> Answer + Send + 'static) -> FakeNode {
    let truth = ledger.clone();
    ledger.node_that(move |question: &Question| {
        let of_entry = is_entry(question) || question.target.starts_with("/v1/entries/");
        if of_entry { Some(applied()) } else { is_proof(question).then(|| proof(&truth)) }
    })
}

#[test]
fn one_node_that_lies_does_not_keep_an_owner_from_ending_access() {
    let folder = Folder::new();
    founded(&folder, 32_220);
    for (verb, ended, status) in ENDS {
        // it says that access has ended: certified by itself alone; or by all, before it was given back; or it hands the truth over
        for lie in 0..3 {
            let ledger = Ledger::of(&folder, Status::Opened).decided(2);
            let before = ledger.apart(status);
            let liar = keeping(&ledger, move |truth| match lie {
                0 => before.proof(1, 0),
                1 => before.proof(ALL, LONG_AGO),
                _ => truth.proof(ALL, 0),
            });
            let honest = ledger.node();
            let made = folder.json(&deciding(verb, &[&liar, &honest]));
            assert_eq!((&made["status"], &made["sequence"]), (&json!(ended), &json!(2)), "{verb} {lie}: {made}");
            assert_eq!((ledger.taken(), is_told(&liar)), (1, lie != 0), "nothing is signed for what nobody proves");
        }
        // that nothing is to be done, is proven; so whoever says otherwise is not believed
        let ledger = Ledger::of(&folder, status);
        let liar = keeping(&ledger.apart(Status::Opened), |made_up| made_up.proof(1, 0));
        let honest = ledger.node();
        folder.ends(&deciding(verb, &[&liar, &honest]), 3, "rejected");
        assert!(!is_told(&liar) && !is_told(&honest));
    }
}

#[test]
fn one_honest_node_is_enough_whatever_others_show() {
    let folder = Folder::new();
    founded(&folder, 32_400);
    for (verb, ended, _) in ENDS {
        let ledger = Ledger::of(&folder, Status::Opened);
        let (honest, stays) = (ledger.node(), ledger.apart(Status::Opened));
        let liar = keeping(&ledger, move |_| stays.proof(ALL, 0));
        assert_eq!(folder.json(&deciding(verb, &[&honest, &liar]))["status"], ended, "{verb}");
        assert!(!is_told(&liar), "it is proven already");
        // and a liar that hands the proof over is as good
        let ledger = Ledger::of(&folder, Status::Opened);
        let silent = ledger.node_that(|question| is_proof(question).then(|| Answer::error(503, "node-fault")));
        let relays = ledger.node_that(|question| {
            let lies = question.target.starts_with("/v1/entries/") || question.target.ends_with(PARENT);
            lies.then(|| Answer::error(404, "not-found"))
        });
        let made = folder.json(&deciding(verb, &[&silent, &relays]));
        assert_eq!((&made["status"], &made["height"]), (&json!(ended), &json!(null)), "{verb}");
    }
}

#[test]
fn an_end_whose_answer_is_lost_is_seen_at_another_node() {
    let folder = Folder::new();
    founded(&folder, 32_280);
    for (verb, ended, _) in ENDS {
        let ledger = Ledger::of(&folder, Status::Opened);
        // it takes the entry, and says no more
        let taking = ledger.clone();
        let mut took = false;
        let first = ledger.node_that(move |question| {
            if took {
                return Some(Answer::error(503, "node-fault"));
            }
            took = is_entry(question);
            took.then(|| {
                taking.answer(question);
                Answer::json(&json!({"entry": "e", "state": "waiting", "code": 0, "error": null, "height": null}))
            })
        });
        let second = ledger.node();
        let made = folder.json(&deciding(verb, &[&first, &second]));
        let told = (&made["status"], &made["sequence"], &made["height"]);
        assert_eq!(told, (&json!(ended), &json!(0), &json!(9)), "{verb}");
        assert!(!is_told(&second), "nothing was signed anew");
    }
}

#[test]
fn an_end_that_a_liar_took_goes_to_a_node_that_could_not_be_asked_for_a_moment() {
    let folder = Folder::new();
    founded(&folder, 32_310);
    for (verb, ended, _) in ENDS {
        let ledger = Ledger::of(&folder, Status::Opened);
        let liar = keeping(&ledger, |truth| truth.proof(ALL, 0));
        let mut looks = 0;
        let honest = ledger.node_that(move |question| {
            looks += u32::from(is_proof(question));
            (is_proof(question) && looks == 1).then(|| Answer::error(503, "node-fault"))
        });
        assert_eq!(folder.json(&deciding(verb, &[&liar, &honest]))["status"], ended, "{verb}");
        assert!(is_told(&honest), "{verb}");
    }
}

#[test]
fn no_decision_counts_as_made_that_no_node_proves() {
    let folder = Folder::new();
    founded(&folder, 32_340);
    let decisions = [("review --decision regrant", Status::Revoked), ("review --decision uphold", Status::Revoked)];
    let ends = ENDS.map(|(verb, ..)| (verb, Status::Opened));
    for (verb, status) in [ends, decisions].concat() {
        let ledger = Ledger::of(&folder, status);
        // two that keep it to themselves, one of which made a proof up; and an honest one that cannot be asked
        let truth = keeping(&ledger, |truth| truth.proof(ALL, 0));
        let ended = ledger.apart(Status::Retrieved);
        let made_up = keeping(&ledger, move |_| ended.proof(1, 0));
        let away = FakeNode::start(&ledger.facts.network().to_string(), |_| Answer::error(503, "node-fault"));
        let told = error(&folder, &deciding(verb, &[&truth, &made_up, &away]));
        assert_eq!(told["code"], "decision-unproven", "{verb}: {told}");
        let expected = (&json!([made_up.url(), away.url()]), &json!([truth.url()]));
        assert_eq!((&told["details"]["not_asked"], &told["details"]["not_shown_by"]), expected, "{verb}: {told}");
        assert!(told["message"].as_str().unwrap().contains(&away.url()), "{told}");
        folder.ends(&deciding(verb, &[&truth]), 6, "decision-unproven");
        // where nothing can be proven, nothing is signed
        let command = deciding(verb, &[&made_up]);
        folder.ends(&command, 6, "bad-answer");
        assert!(!is_told(&made_up) && ledger.taken() == 0);
    }
}

#[test]
fn a_node_that_did_not_answer_lately_is_asked_where_no_other_proves_the_end() {
    let folder = Folder::new();
    founded(&folder, 32_430);
    let ledger = Ledger::of(&folder, Status::Opened);
    let (liar, honest) = (keeping(&ledger, |truth| truth.proof(ALL, 0)), ledger.node());
    std::fs::create_dir_all(folder.path().join(".state/medshare")).unwrap();
    folder.write(".state/medshare/hung", format!("{} {}\n", now() + 50_000, honest.url()));
    assert_eq!(folder.json(&deciding("revoke", &[&honest, &liar]))["status"], "revoked");
    assert!(is_told(&liar) && is_told(&honest));
}

#[test]
fn a_violation_that_one_node_made_up_keeps_no_owner_from_taking_data_back() {
    let folder = Folder::new();
    founded(&folder, 32_370);
    let ledger = Ledger::of(&folder, Status::Opened);
    let made_up = ledger.apart(Status::Opened).violated(Hash32::from_bytes([0xc3; 32]), 1);
    let violation = json!({
        "block": PARENT, "side_block": format!("{}{}", &PARENT[..32], "c3".repeat(16)), "requestor": "ab".repeat(16),
        "dataset": "records", "action": "copy", "statement": null, "comment": null, "at": 1_700_000_000_000_u64,
        "status": "opened", "waits": true,
    });
    let liar = ledger.node_that(move |question| {
        let lists = question.target.starts_with("/v1/owner/violations");
        if lists {
            Some(page(std::slice::from_ref(&violation)))
        } else {
            is_proof(question).then(|| made_up.proof(1, 0))
        }
    });
    let honest = ledger.node();
    let made = folder.json(&deciding("review --decision retrieve", &[&liar, &honest]));
    assert!(is_told(&honest));
    assert_eq!((&made["status"], &made["judged"]), (&json!("retrieved"), &json!(null)));
}
