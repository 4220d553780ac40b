//! `medshare abe dispute`: a node's answer that opens nothing, and answers that nobody takes.
use serde_json::json;

use super::abe_with_nodes::{encrypt, world};

#[test]
fn a_node_transforms_and_who_was_wrong_is_found_out() {
    let folder = world();
    encrypt(&folder, "record.abe");
    let transform =
        "abe transform --owner owner.party --registration bob.registration --party north.party.key record.abe";
    folder.done(&format!("{transform} --issued bob.issued --out right"));
    let decrypt = "abe decrypt --owner owner.party --key bob.key record.abe --from north.party";
    folder.done(&format!("{decrypt} --transform right --out opened"));
    assert_eq!(folder.read("opened"), folder.read("record"));

    // The node uses somebody else's keys, and signs what comes out.
    folder.done(&format!("{transform} --issued carol.issued --out wrong"));
    folder.refused(
        &format!("{decrypt} --transform wrong --out x"),
        "or the node's answer is wrong\nhint: ask the node for the factors of its answer, `medshare abe dispute factors`",
    );
    let disputed =
        |answer: &str| format!("--owner owner.party --registration bob.registration --transform {answer} record.abe");
    let factors = format!("abe dispute factors --issued bob.issued {}", disputed("wrong"));
    // Of other keys than the answer was made with nothing is signed: it would convict a node that mistyped a file.
    folder.refused(
        &format!("{factors} --party north.party.key --out kept"),
        "what they make is not what the node answered, so that nothing is signed\nhint: --issued names the files",
    );
    folder.ends(&format!("{factors} --party north.party.key --out kept"), 3, "refused");
    let judge = |answer: &str, rest: &str| {
        format!("abe dispute judge {} --from north.party --public HOSPITAL.public {rest}", disputed(answer))
    };
    // The node stays with what it did: the authority proves that it is wrong.
    let made =
        folder.json(&format!("{} --party north.party.key --out kept", factors.replace("bob.issued", "carol.issued")));
    assert_eq!(made.get("authorities"), Some(&json!(["HOSPITAL"])));
    folder.refused(&judge("wrong", "--factors kept"), "expected one verdict by HOSPITAL");
    let verdict = "abe dispute verdict --key HOSPITAL.key --from north.party";
    let said = folder.json(&format!("{verdict} {} --factors kept --out differs", disputed("wrong")));
    assert_eq!((said.get("authority"), said.get("factor")), (Some(&json!("HOSPITAL")), Some(&json!("wrong"))));
    let found = folder.json(&judge("wrong", "--factors kept --verdict differs"));
    assert_eq!((found.get("user"), found.get("wrong")), (Some(&json!("bob")), Some(&json!("node"))));
    assert_eq!(found.get("why"), Some(&json!("HOSPITAL has proven that its factor is not right")));

    // A right answer, of a file that opens: nobody of these was wrong.
    folder.done(&format!("{} --party north.party.key --out true", factors.replace("wrong", "right")));
    folder.done(&format!("{verdict} {} --factors true --out agrees", disputed("right")));
    let found = folder.json(&judge("right", "--factors true --verdict agrees"));
    assert_eq!(found.get("wrong"), Some(&json!("file or key")));
    // A verdict about one factor is none about another, and an authority of the same name speaks for itself.
    let false_verdict = "the verdict in the name of HOSPITAL does not hold";
    folder.refused(&judge("right", "--factors true --verdict differs"), false_verdict);
    // What it signed of one answer says nothing of the other, to the same file.
    let other_answer = "the factor for HOSPITAL is not signed by that node for this answer";
    folder.refused(&judge("wrong", "--factors true --verdict agrees"), other_answer);
    folder.refused(&judge("right", "--factors kept --verdict differs"), other_answer);
    folder.refused(&format!("{verdict} {} --factors kept --out x", disputed("right")), other_answer);
    let nothing = judge("wrong", "");
    folder.refused(&nothing, "expected one factor for HOSPITAL");
    encrypt(&folder, "second.abe");
    folder.done(
        "abe transform --owner owner.party --registration bob.registration --party north.party.key --issued bob.issued second.abe --out second",
    );
    let of_second = judge("second", "--factors true --verdict agrees").replace("record.abe", "second.abe");
    folder.refused(&of_second, other_answer);
    folder.done("abe authority create HOSPITAL --attribute DOCTOR --out impostor --insecure-plaintext");
    folder.refused(
        &format!(
            "{} {} --factors true --out x",
            verdict.replace("HOSPITAL.key", "impostor/HOSPITAL.key"),
            disputed("right")
        ),
        "the file's row for DOCTOR@HOSPITAL was made wrongly",
    );
    folder.refused(
        &format!("{factors} --party south.party.key --out x"),
        "wrong is not signed by that node for this user",
    );
    let carols = judge("wrong", "--factors kept").replace("bob.registration", "carol.registration");
    folder.refused(&carols, "is not signed by that node for this user");

    // An answer is taken from the node that was named, with its signature.
    folder.refused(
        &format!("{decrypt} --transform right --out x").replace("north", "south"),
        "is not signed by that node",
    );
    folder.refused("abe decrypt --owner owner.party --key bob.key --transform right record.abe --out x", "--from");
    let right = String::from_utf8(folder.read("right")).unwrap();
    let unsigned: Vec<&str> = right.lines().filter(|line| !line.starts_with("signature: ")).collect();
    folder.write("unsigned", unsigned.join("\n"));
    folder.refused(
        &format!("{decrypt} --transform unsigned --out x"),
        "unsigned: expected exactly one line \"signature: …\"",
    );
    let of_before = right.replace("medshare-abe-transform: 2", "medshare-abe-transform: 1");
    folder.write("before", of_before);
    folder.refused(&format!("{decrypt} --transform before --out x"), "expected a file that begins with");
    encrypt(&folder, "other.abe");
    folder.refused(
        "abe decrypt --owner owner.party --key bob.key --transform right --from north.party other.abe --out x",
        "right was made for another file than other.abe",
    );
    folder.refused(
        "abe transform --owner owner.party --registration bob.registration --party north.party.key --issued bob.issued record --out x",
        "not a file that was encrypted with medshare abe",
    );
}

/// The first line of an attribute counted: with a forged file in front, the node that lied was acquitted, and the owner convicted.
#[test]
fn a_public_file_that_is_not_the_authoritys_decides_no_dispute() {
    let folder = world();
    encrypt(&folder, "record.abe");
    folder.done("abe transform --owner owner.party --registration bob.registration --party north.party.key record.abe --issued carol.issued --out wrong");
    let disputed = "--owner owner.party --registration bob.registration --transform wrong record.abe";
    folder.done(&format!("abe dispute factors --issued carol.issued {disputed} --party north.party.key --out kept"));
    let verdict = "abe dispute verdict --key HOSPITAL.key --from north.party --factors kept --out differs";
    folder.done(&format!("{verdict} {disputed}"));
    let judge = |rest: &str| format!("abe dispute judge {disputed} --from north.party --factors kept {rest}");
    assert_eq!(folder.json(&judge("--verdict differs --public HOSPITAL.public"))["wrong"], json!("node"));
    // The doctors' line with the nurses' point, its last 96 bytes.
    let text = String::from_utf8(folder.read("HOSPITAL.public")).unwrap();
    let of = |name: &str| text.lines().find(|line| line.contains(&hex::encode(name))).unwrap();
    let (doctors, nurses) = (of("DOCTOR@"), of("NURSE@"));
    let forged = format!("{}{}", &doctors[..doctors.len() - 192], &nurses[nurses.len() - 192..]);
    folder.write("forged", text.replace(doctors, &forged));
    for files in ["--public forged --public HOSPITAL.public", "--public HOSPITAL.public --public forged"] {
        let judge = judge(&format!("--verdict differs {files}"));
        folder.refused(&judge, "the public files have two different keys of version 0 of DOCTOR@HOSPITAL");
        folder.ends(&judge, 5, "not-verified");
    }
    let judge = judge("--verdict differs --public forged");
    folder.refused(&judge, "the public file is not the authority's");
    folder.ends(&judge, 5, "not-verified");
}
