//! Names in which letters of several scripts stand: they are told wherever somebody types them, or takes them for another.

use serde_json::json;

use super::abe_with_nodes::{BOB, OWN, world};
use crate::binary::Folder;

const TOLD: &str = "DОCTOR has letters of Latin and Cyrillic: another name may look the same";

/// What a name stands for, in the pages of the commands that take one.
const NAMES: [&str; 9] =
    ["NAME", "POLICY", "ATTRIBUTE", "ATTRIBUTES", "LABEL", "LABELS", "MEDIATOR", "USER", "AUTHORITY"];

/// A command that comes to take a name is looked at here as well.
#[test]
fn no_command_of_the_schemes_that_takes_a_name_is_left_out_here() {
    let (folder, here) = (Folder::new(), include_str!("look_alikes.rs"));
    folder.done("man --out pages");
    let mut found = 0;
    for page in std::fs::read_dir(folder.path().join("pages")).unwrap().map(|entry| entry.unwrap().path()) {
        let words: Vec<&str> = page.file_stem().unwrap().to_str().unwrap().split('-').skip(1).collect();
        let is_schemes =
            ["abe", "domain", "aggregate", "signature", "party"].iter().any(|noun| words.first() == Some(noun));
        let text = std::fs::read_to_string(&page).unwrap();
        let takes =
            |name: &&str| text.contains(&format!("\\fI{name}\\fR")) || text.contains(&format!("\\fI<{name}>\\fR"));
        if is_schemes && NAMES.iter().any(takes) {
            found += 1;
            let command = words.join(" ");
            assert!(here.contains(&format!("\"{command} ")) || here.contains(&format!("\"{command}\"")), "{command}");
        }
    }
    assert!(found > 20, "{found}");
}

/// The command says so beside its results, and in them for machines; `again` makes it one that can be done twice.
#[track_caller]
fn told(folder: &Folder, command: &str, again: (&str, &str)) {
    folder.told(command, &format!("warning: {TOLD}"));
    let result = folder.json(&command.replace(again.0, again.1));
    assert_eq!(result.get("mixed_scripts"), Some(&json!([TOLD])), "{command}");
}

#[test]
fn letters_of_several_scripts_are_told_wherever_a_name_is_typed() {
    let folder = world();
    let attribute = "abe authority attribute --key HOSPITAL.key --public HOSPITAL.public";
    // Where it is no name that anybody has made, that is why.
    let unknown = format!("abe encrypt --policy DОCTOR@HOSPITAL --public HOSPITAL.public {OWN} record --out x.abe");
    folder.refused(&unknown, &format!("{TOLD}; HOSPITAL has in the public file"));
    told(&folder, &format!("{attribute} DОCTOR"), ("DОCTOR", "DОCTOR --version 1"));
    let issue = "abe issue --key HOSPITAL.key --registration bob.registration --out a.issued DОCTOR";
    told(&folder, issue, ("a.issued", "b.issued"));
    let policy = "--policy 'DОCTOR@HOSPITAL AND DОCTOR@HOSPITAL' --public HOSPITAL.public";
    told(&folder, &format!("abe encrypt {policy} {OWN} record --out a.abe"), ("a.abe", "b.abe"));
    folder.done(&format!("abe encrypt --policy DOCTOR@HOSPITAL --public HOSPITAL.public {OWN} record --out plain.abe"));
    told(&folder, &format!("abe rekey {BOB} {policy} {OWN} plain.abe --out c.abe"), ("c.abe", "d.abe"));
    for verb in ["abe policy widen", "abe policy replace", "abe policy narrow"] {
        let out = verb.replace(' ', "-");
        let command = format!("{verb} {BOB} {policy} {OWN} plain.abe --out {out}.change");
        told(&folder, &command, (".change", ".again"));
    }
    let contribute =
        format!("abe pool contribute {policy} --sets 1 --party north.party.key --to owner.party --out a.rows");
    told(&folder, &contribute, ("a.rows", "b.rows"));
    let show = format!("abe pool show {policy} --party owner.party.key pool");
    std::fs::create_dir(folder.path().join("pool")).unwrap();
    told(&folder, &show, ("pool", "pool"));
    folder.write("again.issued", folder.read("a.issued"));
    told(&folder, "abe revoke --issued a.issued DОCTOR@HOSPITAL", ("a.issued", "again.issued"));
    let challenge = format!(
        "abe challenge create {policy} --party north.party.key --prover south.party --purpose p --out a.c --pending a.p --insecure-plaintext"
    );
    told(&folder, &challenge, ("a.", "b."));
    let split = "abe share split --key HOSPITAL.key --registration bob.registration DОCTOR --division 1 --needed 1 --of 1 --out a";
    told(&folder, split, ("--out a", "--out b"));
    let raise = "abe version raise --key HOSPITAL.key --public HOSPITAL.public --party hospital.party.key --to north.party --out a.letter DОCTOR";
    told(&folder, raise, ("a.letter", "b.letter"));
}

/// A claim is read by whoever verifies, too.
#[test]
fn letters_of_several_scripts_in_a_claim_are_told_to_signer_and_reader() {
    let folder = world();
    folder.done("signature create HOSPITAL --mediator ACTIVE@NORTH --insecure-plaintext");
    folder.done("party create bob --insecure-plaintext");
    let public = "--public HOSPITAL.signing.public";
    let issue = format!(
        "signature issue --key HOSPITAL.signing.key {public} --user bob --attribute DОCTOR@HOSPITAL --mediator ACTIVE@NORTH \
         --party hospital.party.key --to bob.party --to-mediator north.party --out bob"
    );
    told(&folder, &issue, ("--out bob", "--out again"));
    let accept = "party accept --from hospital.party --insecure-plaintext";
    folder.done(&format!("{accept} --party bob.party.key bob.signer.letter --out bob.signer"));
    folder.done(&format!("{accept} --party north.party.key bob.mediator.letter --out bob.mediator"));
    let begin = format!(
        "signature begin --key bob.signer {public} --claim DОCTOR@HOSPITAL --mediator ACTIVE@NORTH --party bob.party.key \
         --to north.party record --out a.request --pending a.pending"
    );
    told(&folder, &begin, ("a.", "b."));
    folder
        .done(&format!("signature mediate --key bob.mediator {public} --party north.party.key a.request --out a.row"));
    folder.done(&format!("signature finish {public} --pending a.pending --row a.row record --out a.sig"));
    told(&folder, &format!("signature verify {public} record a.sig"), ("a.sig", "a.sig"));
    // Nothing is to be told of the other one, which looks the same.
    folder.refused(&format!("signature verify {public} --claim DOCTOR@HOSPITAL record a.sig"), "not DOCTOR@HOSPITAL");
}

#[test]
fn letters_of_several_scripts_in_a_new_name_are_told() {
    let folder = Folder::new();
    let again = ("--insecure-plaintext", "--insecure-plaintext --out again");
    told(&folder, "party create DОCTOR --insecure-plaintext", again);
    told(&folder, "domain create alice --label DОCTOR --insecure-plaintext", again);
    told(&folder, "abe user create DОCTOR --insecure-plaintext", again);
    told(&folder, "abe authority create HOSPITAL --attribute DОCTOR --insecure-plaintext", again);
    told(&folder, "signature create HOSPITAL --mediator DОCTOR@X --insecure-plaintext", again);
    let publish = "signature publish --key HOSPITAL.signing.key --public HOSPITAL.signing.public --mediator DОCTOR@X";
    told(&folder, publish, ("", ""));
    for domain in ["zoe", "ava"] {
        folder.done(&format!("domain create {domain} --insecure-plaintext"));
    }
    told(&folder, "domain label --key zoe.key --public zoe.public --register zoe.register DОCTOR", ("zoe", "ava"));
    folder.done("party create north --insecure-plaintext");
    folder.done("aggregate setup --classes 2 --party north.party.key --out one");
    let create = "aggregate create DОCTOR --parameters one --contributor north.party --insecure-plaintext --out owners";
    told(&folder, create, ("--out owners", "--out others"));
}

#[test]
fn letters_of_several_scripts_in_labels_are_told() {
    let folder = Folder::new();
    folder.done("domain create alice --label DОCTOR --label DОCTOR@alice --insecure-plaintext");
    folder.write("record", "record");
    for party in ["alice", "bob", "node"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    told(&folder, "domain encrypt --public alice.public --label DОCTOR record --out a.dom", ("a.dom", "b.dom"));
    let owner =
        "--key alice.key --public alice.public --register alice.register --party alice.party.key --policy DОCTOR@alice";
    told(&folder, &format!("domain issue {owner} --to bob.party --out a.letter"), ("a.letter", "b.letter"));
    told(&folder, &format!("domain revoke {owner} --holder bob.party --to node.party --out a"), ("--out a", "--out b"));
}

/// A mark behind a letter is no letter: whoever types a policy with it is told what its authority would be told.
#[test]
fn a_combining_mark_in_a_policy_or_claim_is_told_as_in_a_name() {
    let folder = world();
    let marks =
        "combining marks and forms of other letters (full-width, raised) are none of these: write é as one character";
    let name = "Me\u{301}decin";
    folder.refused(&format!("abe authority create X --attribute {name} --insecure-plaintext"), marks);
    let policy = format!("--policy '{name}@HOSPITAL' --public HOSPITAL.public");
    folder.refused(&format!("abe encrypt {policy} {OWN} record --out x"), marks);
    folder.refused(&format!("abe pool contribute {policy} --party north.party.key --to owner.party --out x"), marks);
    folder.done("signature create HOSPITAL --mediator ACTIVE@NORTH --insecure-plaintext");
    let begin = format!(
        "signature begin --key none --public HOSPITAL.signing.public --claim 'DOCTOR@HOSPITAL AND {name}@HOSPITAL' \
         --mediator ACTIVE@NORTH --party bob.party.key --to north.party record --out x --pending y"
    );
    folder.refused(&begin, marks);
}
