//! What one party makes does not pass for another's.

use crate::binary::Folder;

/// A hospital, an emergency department that wants to be the hospital, and a file.
fn world() -> Folder {
    let folder = Folder::new();
    folder.done("abe authority create HOSPITAL --attribute DOCTOR --insecure-plaintext");
    folder.done("abe authority create ED --attribute EMERGENCY --insecure-plaintext");
    folder.done("abe authority create HOSPITAL --attribute DOCTOR --out ed --insecure-plaintext");
    folder.done("party create owner --insecure-plaintext");
    folder.write("record", "a record");
    folder
}

/// A public file with lines of another one behind its own.
fn with_lines_of(folder: &Folder, file: &str, other: &str, lines: usize) -> Vec<u8> {
    let text = |file: &str| String::from_utf8(folder.read(file)).unwrap();
    let added: String = text(other).lines().rev().take(lines).map(|line| format!("{line}\n")).collect();
    (text(file) + &added).into_bytes()
}

/// Where later lines replaced earlier ones, whoever was named for one branch of a policy could have the others encrypted under keys of its own.
#[test]
fn an_authority_does_not_put_itself_in_anothers_place() {
    let folder = world();
    let encrypt = "abe encrypt --party owner.party.key --policy 'DOCTOR@HOSPITAL OR EMERGENCY@ED' --public HOSPITAL.public record \
                   --out x --public";
    folder.done(&format!("{encrypt} ED.public"));
    folder.delete("x");
    for (lines, why) in
        [(1, "is of the authority ED, and has a line for DOCTOR@HOSPITAL"), (2, "exactly one line \"authority")]
    {
        folder.write("forged.public", with_lines_of(&folder, "ED.public", "ed/HOSPITAL.public", lines));
        folder.refused(&format!("{encrypt} forged.public"), why);
    }
    folder.refused(&format!("{encrypt} ed/HOSPITAL.public"), "have different keys of HOSPITAL");
    folder.refused(&format!("{encrypt} ED.public --public ed/HOSPITAL.public"), "have different keys of HOSPITAL");
}

#[test]
fn an_update_of_another_domain_moves_no_file() {
    let folder = Folder::new();
    for domain in ["alice", "mallory"] {
        folder.done(&format!("party create {domain} --insecure-plaintext"));
        folder.done(&format!("domain create alice --label allergies --out {domain} --insecure-plaintext"));
    }
    for party in ["node", "holder"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.write("record", "a record");
    folder.done("domain encrypt --public alice/alice.public --label allergies record --out record.dom");
    let (record, public) = (folder.read("record.dom"), folder.read("alice/alice.public"));
    for domain in ["alice", "mallory"] {
        let own = format!("--key {domain}/alice.key --public {domain}/alice.public --register {domain}/alice.register");
        let own = format!("{own} --party {domain}.party.key");
        folder.done(&format!("domain issue {own} --policy allergies@alice --to holder.party --out {domain}.letter"));
        let revoke = format!("domain revoke {own} --holder holder.party");
        folder.refused(
            &format!("{revoke} --to holder.party --out x"),
            "--holder and --to are one party, who would move its ended key on",
        );
        folder.done(&format!("{revoke} --to node.party --out {domain}-letters"));
    }
    // Mallory's domain is called as Alice's is, and her letter is in order.
    let apply =
        "domain apply --party node.party.key --from mallory.party mallory-letters/files.letter record.dom --public";
    folder.refused(
        &format!("{apply} alice/alice.public"),
        "does not lead from version 0 to version 1 of allergies@alice",
    );
    folder.write("old.public", public);
    folder.refused(&format!("{apply} old.public"), "does not have version 1 of allergies@alice");
    assert_eq!(folder.read("record.dom"), record);
    folder.done("domain apply --party node.party.key --from alice.party --public alice/alice.public alice-letters/files.letter record.dom");
    assert_ne!(folder.read("record.dom"), record);
}

/// Whoever has both letters signs alone, whatever her mediator is told afterwards.
#[test]
fn a_signer_does_not_become_her_own_mediator() {
    let folder = Folder::new();
    for party in ["hospital", "bob", "cloud"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.done("signature create HOSPITAL --mediator ACTIVE@CLOUD --insecure-plaintext");
    let issue = "signature issue --key HOSPITAL.signing.key --public HOSPITAL.signing.public --user bob --attribute DOCTOR@HOSPITAL \
                 --mediator ACTIVE@CLOUD --party hospital.party.key --to bob.party --out bob";
    folder.refused(
        &format!("{issue} --to-mediator bob.party"),
        "signer and mediator are one party, who would mediate for herself",
    );
    folder.done(&format!("{issue} --to-mediator cloud.party"));
}
