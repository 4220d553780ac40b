//! `medshare abe challenge`: signed by both of its parties.
use serde_json::json;

use super::abe_with_nodes::{BOB, DOCTOR, world};

#[test]
fn a_challenge_is_answered_between_its_two_parties_only() {
    let folder = world();
    for party in ["bob", "eve"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    let create = |prover: &str, name: &str| {
        folder.done(&format!(
            "abe challenge create {DOCTOR} --party hospital.party.key --prover {prover}.party --purpose 'open ward 3' \
             --out {name}.challenge --pending {name}.pending"
        ));
    };
    let answer = |me: &str, verifier: &str, rest: &str| {
        format!("abe challenge answer {BOB} --party {me}.party.key --verifier {verifier}.party {rest}")
    };
    create("bob", "right");
    folder.done(&answer("bob", "hospital", "right.challenge --out right.answer"));
    let verified = folder.json("abe challenge verify --pending right.pending right.answer");
    assert_eq!((verified.get("purpose"), verified.get("satisfied")), (Some(&json!("open ward 3")), Some(&json!(true))));
    folder.refused("abe challenge verify --pending right.pending right.answer", "cannot read right.pending");

    // Eve passes on what the hospital asks her; Bob does not answer for her, and she cannot change for whom it is.
    create("eve", "eves");
    folder.refused(&answer("bob", "hospital", "eves.challenge --out x"), "is for another party than you");
    folder.refused(&answer("eve", "eve", "eves.challenge --out x"), "somebody may be in between");
    let text = |name: &str| String::from_utf8(folder.read(name)).unwrap();
    let line = |name: &str, begins: &str| text(name).lines().find(|line| line.starts_with(begins)).unwrap().to_owned();
    let key = |party: &str| line(&format!("{party}.party"), "verifying: ").replace("verifying: ", "");
    folder.write("forged.challenge", text("eves.challenge").replace(&key("eve"), &key("bob")));
    let unsigned = "the challenge is not signed by the party that it names";
    folder.refused(&answer("bob", "hospital", "forged.challenge --out x"), unsigned);
    // Nor does he answer one that nobody signed, or that is signed for another.
    create("bob", "wrong");
    let signature = |name: &str| line(&format!("{name}.challenge"), "signature: ");
    folder.write("unsigned.challenge", text("wrong.challenge").replace(&signature("wrong"), ""));
    folder.refused(
        &answer("bob", "hospital", "unsigned.challenge --out x"),
        "unsigned.challenge: expected exactly one line \"signature: …\"",
    );
    folder.write("swapped.challenge", text("wrong.challenge").replace(&signature("wrong"), &signature("right")));
    folder.refused(&answer("bob", "hospital", "swapped.challenge --out x"), unsigned);

    let verify = "abe challenge verify --pending wrong.pending";
    folder.done(&answer("bob", "hospital", "wrong.challenge --out wrong.answer"));
    let of = |name: &str| line(&format!("{name}.answer"), "challenge: ");
    folder.write("kept", folder.read("wrong.pending"));
    // An answer to another challenge uses this one not up.
    folder.refused(
        &format!("{verify} right.answer"),
        "right.answer answers another challenge than wrong.pending waits for\nhint: ask for the answer to this one: it still waits",
    );
    assert!(folder.read("wrong.pending") == folder.read("kept"));
    folder.write("dressed.answer", text("right.answer").replace(&line("right.answer", "challenge: "), &of("wrong")));
    folder.refused(
        &format!("{verify} dressed.answer"),
        "the answer to the challenge is wrong\nhint: wrong.pending is used up by it, and was deleted: make another challenge",
    );
    // Somebody else who has the attributes answers for Bob: his name to it is missing.
    folder.write("wrong.pending", folder.read("kept"));
    folder.done(&answer("bob", "hospital", "wrong.challenge --out bobs.answer"));
    folder.write(
        "carols.answer",
        text("bobs.answer").replace(&line("bobs.answer", "signature: "), &line("right.answer", "signature: ")),
    );
    folder.refused(&format!("{verify} carols.answer"), "the answer to the challenge is wrong");
    folder.write("wrong.pending", folder.read("kept"));
    folder.write("nobodys.answer", text("bobs.answer").replace(&line("bobs.answer", "signature: "), ""));
    folder.refused(&format!("{verify} nobodys.answer"), "expected exactly one line \"signature: …\"");
    folder.done(&format!("{verify} bobs.answer"));

    folder.done("abe issue --key HOSPITAL.key --registration bob.registration --out nurse.issued NURSE");
    create("bob", "unsatisfied");
    let nurse = answer("bob", "hospital", "unsatisfied.challenge --out x").replace("bob.issued", "nurse.issued");
    folder.refused(&nurse, "do not satisfy the policy DOCTOR@HOSPITAL");
}
