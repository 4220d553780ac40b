//! `medshare signature`: somebody with these attributes signed, and the mediator agreed.

use medshare_crypto::keyfile::KeyFile;
use serde_json::json;

use crate::binary::Folder;

const PUBLIC: &str = "--public HOSPITAL.signing.public";

/// A hospital, the mediator north, and the signers bob (a doctor) and carol (a nurse).
fn world() -> Folder {
    let folder = Folder::new();
    folder.done("signature create HOSPITAL --mediator ACTIVE@NORTH --insecure-plaintext");
    for party in ["hospital", "north", "bob", "carol"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    for (signer, attributes) in
        [("bob", "--attribute DOCTOR@HOSPITAL --attribute STAFF@WARD-3"), ("carol", "--attribute NURSE@HOSPITAL")]
    {
        folder.done(&format!(
            "signature issue --key HOSPITAL.signing.key {PUBLIC} --user {signer} {attributes} --mediator ACTIVE@NORTH \
             --party hospital.party.key --to {signer}.party --to-mediator north.party --out {signer}"
        ));
        let accept = "party accept --from hospital.party --insecure-plaintext";
        folder.done(&format!("{accept} --party {signer}.party.key {signer}.signer.letter --out {signer}.signer"));
        folder.done(&format!("{accept} --party north.party.key {signer}.mediator.letter --out {signer}.mediator"));
    }
    folder.write("report", vec![7; 200_000]);
    folder.write("other", b"other");
    folder
}

fn begin(signer: &str, claim: &str, file: &str) -> String {
    format!(
        "signature begin --key {signer}.signer {PUBLIC} --claim '{claim}' --mediator ACTIVE@NORTH \
         --party {signer}.party.key --to north.party {file} --out {signer}-{file}.request --pending {signer}-{file}.pending"
    )
}

fn mediate(signer: &str, file: &str) -> String {
    format!(
        "signature mediate --key {signer}.mediator {PUBLIC} --party north.party.key {signer}-{file}.request \
         --out {signer}-{file}.row"
    )
}

fn finish(signer: &str, file: &str) -> String {
    let kept = format!("{signer}-{file}");
    format!("signature finish {PUBLIC} --pending {kept}.pending --row {kept}.row {file} --out {kept}.sig")
}

fn sign(folder: &Folder, signer: &str, claim: &str, file: &str) {
    folder.done(&begin(signer, claim, file));
    folder.done(&mediate(signer, file));
    folder.done(&finish(signer, file));
}

/// Two claims that look the same, of which one is about another attribute.
#[test]
fn a_claim_with_a_name_that_looks_like_another_is_taken_where_it_is_said_and_told() {
    let folder = world();
    let claim = "DOCTOR@HOSPITAL OR DOCTO\u{ff32}@HOSPITAL";
    let (begin, told) = (begin("bob", claim, "report"), "is a name that an earlier build made");
    folder.refused(&begin, "hint: if an earlier build made that very name, --earlier-names takes it");
    folder.refused(&begin.replace(" OR ", " R "), "expected");
    folder.told(&format!("{begin} --earlier-names"), told);
    folder.told(&mediate("bob", "report"), told);
    folder.done(&finish("bob", "report"));
    let verify = format!("signature verify {PUBLIC} report bob-report.sig");
    folder.told(&verify, told);
    folder.refused(&format!("{verify} --claim '{claim}'"), "--earlier-names takes it");
    folder.done(&format!("{verify} --claim '{claim}' --earlier-names"));
}

#[test]
fn somebody_with_the_attributes_signs_and_many_signatures_are_checked_at_once() {
    let folder = world();
    sign(&folder, "bob", "DOCTOR@HOSPITAL AND STAFF@WARD-3", "report");
    sign(&folder, "carol", "NURSE@HOSPITAL OR DOCTOR@HOSPITAL", "other");
    let verified = folder.json(&format!("signature verify {PUBLIC} report bob-report.sig other carol-other.sig"));
    assert_eq!(
        verified,
        json!({"valid": 2, "claims": [
            {"signature": "bob-report.sig", "claim": "DOCTOR@HOSPITAL AND STAFF@WARD-3", "mediator": "ACTIVE@NORTH"},
            {"signature": "carol-other.sig", "claim": "NURSE@HOSPITAL OR DOCTOR@HOSPITAL", "mediator": "ACTIVE@NORTH"},
        ]})
    );
    let verify = format!("signature verify {PUBLIC}");
    folder.refused(
        &format!("{verify} other bob-report.sig other carol-other.sig"),
        "bob-report.sig: the signature does not show that somebody with these attributes signed this message",
    );
    folder.refused(
        &format!("{verify} --claim 'NURSE@HOSPITAL' other carol-other.sig"),
        "carol-other.sig claims NURSE@HOSPITAL OR DOCTOR@HOSPITAL, not NURSE@HOSPITAL",
    );
    folder.refused(&format!("{verify} report bob-report.sig other"), "expected a signature behind every document");
    // The claim cannot be exchanged, and the signature belongs to its authority.
    let signature = String::from_utf8(folder.read("carol-other.sig")).unwrap();
    let claim = |text: &str| format!("claim: {}", hex::encode(text));
    folder
        .write("forged.sig", signature.replace(&claim("NURSE@HOSPITAL OR DOCTOR@HOSPITAL"), &claim("DOCTOR@HOSPITAL")));
    folder.refused(&format!("{verify} other forged.sig"), "forged.sig: the signature does not show");
    folder.done("signature create CLINIC --mediator ACTIVE@NORTH --insecure-plaintext");
    folder.refused(
        "signature verify --public CLINIC.signing.public other carol-other.sig",
        "carol-other.sig: the signature does not show",
    );
}

#[test]
fn nobody_signs_what_he_is_not_or_without_the_mediator() {
    let folder = world();
    folder.refused(&begin("carol", "DOCTOR@HOSPITAL", "report"), "your attributes do not satisfy DOCTOR@HOSPITAL");
    folder.refused(&begin("bob", "ACTIVE@NORTH", "report"), "cannot be part of the policy");
    folder.refused(&begin("bob", "DOCTOR@", "report"), "of the policy");
    let large = (0..64).map(|number| format!("A{number}@X")).collect::<Vec<_>>().join(" OR ");
    folder.refused(&begin("bob", &large, "report"), "a claim may have 64 attributes");
    folder.refused(
        &format!(
            "signature issue --key HOSPITAL.signing.key {PUBLIC} --user bob --attribute DOCTOR@HOSPITAL --mediator ACTIVE@SOUTH \
             --party hospital.party.key --to bob.party --to-mediator north.party --out x"
        ),
        "ACTIVE@SOUTH is none of the mediators that HOSPITAL.signing.public names",
    );

    folder.done(&begin("bob", "DOCTOR@HOSPITAL", "report"));
    // Carol's letter with Bob's key, and Bob's letter with Carol's.
    folder.refused(
        &mediate("bob", "report").replace("bob.mediator", "carol.mediator"),
        "is no request from the party to whom that key was issued",
    );
    // The signer takes a row for another file.
    folder.done(&begin("bob", "DOCTOR@HOSPITAL", "other"));
    folder.done(&mediate("bob", "other"));
    folder.refused(&finish("bob", "report").replace("bob-report.row", "bob-other.row"), "the parts make no signature");

    // From here on Bob signs nothing, whatever he has begun.
    let revoked = folder.json("signature revoke --key bob.mediator");
    assert_eq!(revoked, json!({"revoked": "bob", "mediator": "ACTIVE@NORTH", "deleted": "bob.mediator"}));
    folder.refused(&mediate("bob", "report"), "cannot read bob.mediator");
    folder.refused("signature revoke --key bob.signer", "of kind \"signer-key\", and one of kind \"mediator-key\"");
    sign(&folder, "carol", "NURSE@HOSPITAL", "report");
}

/// Mediators' keys were of the signers' key space once, and what was made with them counts no more.
#[test]
fn what_is_of_before_mediators_had_keys_of_their_own_is_refused_and_can_be_revoked() {
    let folder = world();
    sign(&folder, "bob", "DOCTOR@HOSPITAL", "report");
    for file in ["bob-report.sig", "bob-report.row", "bob-report.pending"] {
        let text = String::from_utf8(folder.read(file)).unwrap();
        folder.write(file, text.replacen(": 2\n", ": 1\n", 1));
    }
    let verify = format!("signature verify {PUBLIC} report bob-report.sig");
    folder.refused(&verify, "another build of medshare made it");
    folder.refused(&finish("bob", "report").replace("report.sig", "report-2.sig"), "another build of medshare made it");
    let file = KeyFile::parse(&String::from_utf8(folder.read("bob.mediator")).unwrap()).unwrap();
    let mut payload = file.open("mediator-key", None).unwrap().to_vec();
    // Behind the signer's key stands the layout.
    payload[32] = 1;
    let old = KeyFile::insecure_plaintext("mediator-key", file.public(), &payload).unwrap();
    folder.write("bob.mediator", old.to_text().as_bytes());
    folder.refused(&mediate("bob", "report").replace(".row", "-2.row"), "is a mediator's key of an earlier build");
    assert_eq!(folder.json("signature revoke --key bob.mediator").get("revoked"), Some(&json!("bob")));
}

/// A signer who plays her own mediator, with a key that she was issued and its name put in place of the mediator's.
#[test]
fn a_revoked_signer_does_not_mediate_for_herself() {
    let folder = world();
    // An attribute of hers that is called as the mediator is, in a mediator's key file, as if it had come to her as a party.
    folder.done(&format!(
        "signature issue --key HOSPITAL.signing.key {PUBLIC} --user bob --attribute DOCTOR@HOSPITAL --attribute ACTIVE@NORTH \
         --mediator ACTIVE@NORTH --party hospital.party.key --to bob.party --to-mediator north.party --out more"
    ));
    let accept = "party accept --from hospital.party --insecure-plaintext --party bob.party.key";
    folder.done(&format!("{accept} more.signer.letter --out more.signer"));
    let own = attribute_as_mediator(&folder, "more.signer", "bob.mediator", "ACTIVE@NORTH");
    folder.done("signature revoke --key bob.mediator");
    folder.write("own.mediator", own);
    folder.done(
        &begin("bob", "DOCTOR@HOSPITAL", "report")
            .replace("bob.signer", "more.signer")
            .replace("--to north.party", "--to bob.party"),
    );
    let mediate =
        mediate("bob", "report").replace("bob.mediator", "own.mediator").replace("north.party.key", "bob.party.key");
    folder.done(&mediate);
    folder.refused(&finish("bob", "report"), "the parts make no signature");

    // Nor with a mediator that the authority does not name.
    let south = begin("bob", "DOCTOR@HOSPITAL", "other").replace("ACTIVE@NORTH", "ACTIVE@SOUTH");
    folder.refused(&south, "ACTIVE@SOUTH is no mediator of this authority, which names ACTIVE@NORTH");
}

/// The key for `attribute` out of a signer's key file, in the place of the mediator's in another file.
fn attribute_as_mediator(folder: &Folder, signer: &str, mediator: &str, attribute: &str) -> Vec<u8> {
    let payload = |file: &str, kind: &str| {
        KeyFile::parse(&String::from_utf8(folder.read(file)).unwrap()).unwrap().open(kind, None).unwrap()
    };
    let (signer, mediator) = (payload(signer, "signer-key"), payload(mediator, "mediator-key"));
    let name = signer.windows(attribute.len()).position(|bytes| bytes == attribute.as_bytes()).unwrap();
    let own = &signer[name + attribute.len()..][..48];
    let forged = [&mediator[..mediator.len() - 48], own].concat();
    let about = format!("{attribute} for bob");
    KeyFile::insecure_plaintext("mediator-key", &about, &forged).unwrap().to_text().as_bytes().to_vec()
}

#[test]
fn a_verifier_demands_a_mediator_and_the_authority_says_which_count() {
    let folder = world();
    sign(&folder, "bob", "DOCTOR@HOSPITAL", "report");
    let verify = format!("signature verify {PUBLIC} report bob-report.sig");
    let published = folder.json(&format!(
        "signature publish --key HOSPITAL.signing.key {PUBLIC} --mediator ACTIVE@NORTH --mediator ACTIVE@SOUTH"
    ));
    assert_eq!(published["mediators"], json!(["ACTIVE@NORTH", "ACTIVE@SOUTH"]));
    folder.refused(&verify, "the authority names several mediators: ACTIVE@NORTH, ACTIVE@SOUTH");
    folder.done(&format!("{verify} --mediator ACTIVE@NORTH"));
    folder.refused(&format!("{verify} --mediator ACTIVE@SOUTH"), "was made with ACTIVE@NORTH, not ACTIVE@SOUTH");
    let published =
        folder.json(&format!("signature publish --key HOSPITAL.signing.key {PUBLIC} --mediator ACTIVE@SOUTH"));
    assert_eq!(published["no_longer"], json!(["ACTIVE@NORTH"]));
    folder.refused(&verify, "was made with ACTIVE@NORTH, not ACTIVE@SOUTH");
    folder.done("signature create CLINIC --mediator ACTIVE@NORTH --insecure-plaintext");
    folder.refused(
        "signature publish --key CLINIC.signing.key --public HOSPITAL.signing.public --mediator ACTIVE@NORTH",
        "HOSPITAL.signing.public is the public file of another authority",
    );
    // Lost, or of a build that named no mediators: the key is enough.
    for lost in [None, Some("medshare-signature-public: 1\nkey: 00\n")] {
        folder.delete("HOSPITAL.signing.public");
        if let Some(text) = lost {
            folder.write("HOSPITAL.signing.public", text);
        }
        let publish = format!("signature publish --key HOSPITAL.signing.key {PUBLIC} --mediator ACTIVE@NORTH");
        assert_eq!(folder.json(&publish)["no_longer"], json!([]));
        folder.done(&verify);
    }
}
