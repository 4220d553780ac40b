//! Files of another kind than a command takes: it says what they are, and what takes them.

use crate::binary::Folder;

/// A file of most kinds that there are without a network.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("record", "a record");
    for command in [
        "abe authority create HOSPITAL --attribute DOCTOR --attribute NURSE",
        "abe user create bob",
        "abe issue --key HOSPITAL.key --registration bob.registration --out bob.issued DOCTOR",
        "party create north",
        "party create south",
        "abe encrypt --party north.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public record --out record.abe",
        "signature create NORTH --mediator ACTIVE@CLOUD",
        "domain create alice --label allergies",
        "domain encrypt --public alice.public --label allergies record --out record.dom",
        "signature issue --key NORTH.signing.key --public NORTH.signing.public --user bob --attribute DOCTOR@NORTH --mediator ACTIVE@CLOUD --party north.party.key --to north.party --to-mediator south.party --out bob",
        "party accept --party north.party.key --from north.party bob.signer.letter --out bob.signer",
        "party accept --party south.party.key --from north.party bob.mediator.letter --out bob.mediator",
        "signature begin --key bob.signer --public NORTH.signing.public --claim DOCTOR@NORTH --mediator ACTIVE@CLOUD --party north.party.key --to south.party record --out asked --pending pending",
        "signature mediate --key bob.mediator --public NORTH.signing.public --party south.party.key asked --out row",
        "signature finish --public NORTH.signing.public --pending pending --row row record --out record.sig",
    ] {
        folder.done(&format!("{command} --insecure-plaintext"));
    }
    folder
}

#[test]
fn a_partys_public_file_is_shown_with_its_name_and_keys() {
    let folder = Folder::new();
    folder.done("party create north --insecure-plaintext");
    let shown = folder.json("party show north.party");
    assert_eq!(shown["party"], "north");
    let key = shown["verifying_key"].as_str().unwrap();
    assert!(key.len() == 64 && folder.done("party show north.party").contains(&format!("verifying key: {key}")));
    let altered = String::from_utf8(folder.read("north.party")).unwrap().replace("name: 6e", "name: 6d");
    folder.write("mallory.party", altered);
    folder.refused("party show mallory.party", "was altered or damaged");
    folder.ends("party show north.party.key", 5, "wrong-kind");
}

#[test]
fn a_file_of_another_kind_is_called_by_its_name_and_sent_to_the_command_that_takes_it() {
    let folder = folder();
    let decrypt = "abe decrypt --owner north.party --key bob.key --issued bob.issued";
    for (command, said) in [
        (
            format!("{decrypt} bob.issued --out x"),
            "bob.issued is a file of issued keys, and an encrypted file is expected",
        ),
        (format!("{decrypt} bob.key --out x"), "bob.key is a key file, and an encrypted file is expected"),
        ("abe inspect bob.registration".to_owned(), "bob.registration is a registration for `medshare abe`"),
        ("domain inspect north.party".to_owned(), "north.party is a party's public file"),
        (
            "abe decrypt --owner north.party --key bob.issued --issued bob.issued record.abe --out x".to_owned(),
            "bob.issued is a file of issued keys, and a key file is expected",
        ),
        (
            "abe decrypt --owner north.party --key bob.key --issued record.abe record.abe --out x".to_owned(),
            "record.abe is an encrypted file, and a file of issued keys is expected",
        ),
        (
            "abe encrypt --party north.party.key --policy DOCTOR@HOSPITAL --public NORTH.signing.public record --out x"
                .to_owned(),
            "NORTH.signing.public is an authority's public file for `medshare signature`, and an authority's public file for \
             `medshare abe` is expected",
        ),
        (
            "party accept --party north.party.key --from north.party.key bob.signer.letter --out x".to_owned(),
            "north.party.key is a key file, and a party's public file is expected",
        ),
        (
            "key show record.sig".to_owned(),
            "record.sig is a signature, and a key file is expected\nhint: `medshare signature verify`, behind its document, takes it",
        ),
        ("key show record.abe".to_owned(), "record.abe is an encrypted file, and a key file is expected"),
        // of another scheme, and of none
        (
            format!("{decrypt} record.dom --out x"),
            "encrypted with medshare domain, not with medshare abe\nhint: `medshare domain decrypt` takes it",
        ),
        (format!("{decrypt} record --out x"), "this is not a file that was encrypted with medshare abe"),
    ] {
        let told = folder.error(&command);
        assert!(told.contains(said), "{command}: {said} is missing in {told}");
    }
    folder.done("abe encrypt --party north.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public bob.issued --out anything.abe");
}

#[test]
fn a_signature_before_its_document_is_told_apart_from_a_wrong_one() {
    let folder = folder();
    let verify = "signature verify --public NORTH.signing.public";
    folder.done(&format!("{verify} record record.sig"));
    let told = folder.error(&format!("{verify} record.sig record"));
    assert!(told.contains("record.sig is a signature, and stands in the place of the file that it is about"), "{told}");
    assert!(told.contains("hint: the file comes first, then its signature: record record.sig"), "{told}");
    folder.write("noise", b"\xff\xfe\x00");
    folder.ends(&format!("{verify} record noise"), 5, "not-verified");
}

#[test]
fn a_policy_with_a_misspelt_attribute_is_told_with_those_that_the_public_file_has() {
    let folder = folder();
    let told = folder
        .error("abe encrypt --party north.party.key --policy DOCTER@HOSPITAL --public HOSPITAL.public record --out x");
    assert!(told.contains("the policy names DOCTER@HOSPITAL, whose public key is not known"), "{told}");
    assert!(told.contains("HOSPITAL has in the public file: DOCTOR@HOSPITAL, NURSE@HOSPITAL"), "{told}");
    folder.ends(
        "abe encrypt --party north.party.key --policy DOCTER@HOSPITAL --public HOSPITAL.public record --out x",
        2,
        "usage",
    );
}
