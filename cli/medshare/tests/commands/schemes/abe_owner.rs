//! Whose file it is: nodes answer to files of owners that they name, and users open such files only.

use serde_json::json;

use super::abe_with_nodes::{BOB, OWN, OWNER, encrypt, world};
use crate::binary::Folder;

/// The front of a file: magic, format, record, owner.
const FIXED: usize = 12 + 1 + 32 + 32;
/// Epoch, commitment and wrapped key.
const BESIDE: usize = 8 + 32 + 48;
/// In front of the ciphertext: number, purpose, signature, count of moved rows.
const SIGNED: usize = 1 + 33 + 64 + 2;
const ROW: usize = 776;

/// The header with another capsule, and what stands behind it.
fn with_capsule(file: &[u8], change: impl FnOnce(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (fixed, rest) = file.split_at(FIXED);
    let (len, rest) = rest.split_first_chunk().unwrap();
    let (header, payload) = rest.split_at(u32::from_be_bytes(*len) as usize);
    let (beside, capsule) = header.split_at(BESIDE);
    let capsule = change(capsule);
    let len = ((BESIDE + capsule.len()) as u32).to_be_bytes();
    [fixed, &len, beside, &capsule, payload].concat()
}

/// The file as an earlier build made it: nobody signed it.
pub fn unsigned(folder: &Folder, file: &str, out: &str) {
    folder.write(out, with_capsule(&folder.read(file), |capsule| capsule.split_at(SIGNED).1.to_vec()));
}

/// Answers to single rows, which a user collects while she has one attribute and then the other, would multiply to one that opens.
#[test]
fn a_node_answers_to_no_header_that_a_user_made_of_single_rows() {
    let folder = world();
    folder.done(&format!(
        "abe encrypt --policy 'DOCTOR@HOSPITAL AND EMERGENCY@ED' --public HOSPITAL.public --public ED.public {OWN} record --out record.abe"
    ));
    let transform =
        format!("abe transform {OWNER} --registration bob.registration --issued bob.issued --party north.party.key");
    folder.refused(&format!("{transform} record.abe --out x"), "do not satisfy the policy");
    // The row for DOCTOR alone, in layout 1, which states no hash; with the owner's signature in front, and without.
    let policy = b"DOCTOR@HOSPITAL";
    let alone = |ciphertext: &[u8]| {
        let row = ciphertext.len() - 2 * ROW;
        let len = (policy.len() as u16).to_be_bytes();
        [&[1], len.as_slice(), policy, &ciphertext[row..row + ROW], &ciphertext[1..65]].concat()
    };
    let file = folder.read("record.abe");
    folder.write("alone.abe", with_capsule(&file, |capsule| alone(capsule.split_at(SIGNED).1)));
    folder.write(
        "signed.abe",
        with_capsule(&file, |capsule| {
            let (front, ciphertext) = capsule.split_at(SIGNED);
            [front, &alone(ciphertext)].concat()
        }),
    );
    let inspected = folder.done("abe inspect alone.abe");
    assert!(inspected.starts_with("policy: DOCTOR@HOSPITAL\n"), "{inspected}");
    assert!(inspected.ends_with("versions:\n  DOCTOR@HOSPITAL version 0, keys 0\n"), "{inspected}");
    let of_earlier = "the file is not signed by its owner\nhint: an earlier build made it: `medshare abe decrypt --unsigned` opens it";
    folder.refused(&format!("{transform} alone.abe --out x"), of_earlier);
    folder.refused(&format!("{transform} signed.abe --out x"), "is not the one that its owner");
    folder.refused(
        "abe transform --registration bob.registration --issued bob.issued --party north.party.key record.abe --out x",
        "--owner",
    );
    // Under her own name it is a file of hers, and the node does not name her as an owner.
    folder.done(
        "abe encrypt --policy DOCTOR@HOSPITAL --public HOSPITAL.public --party south.party.key record --out hers.abe",
    );
    folder.refused(
        &format!("{transform} hers.abe --out x"),
        "which is none of the owners that were named\nhint: `medshare party show`",
    );
    folder.done(&format!("{transform} --owner south.party hers.abe --out answer"));
    // Factors of an answer are made with the node's keys, too.
    let factors = "abe dispute factors --registration bob.registration --issued bob.issued --transform answer --party north.party.key hers.abe";
    folder.refused(&format!("{factors} {OWNER} --out x"), "which is none of the owners that were named");
    folder.done(&format!("{factors} --owner south.party --out factors"));
}

#[test]
fn a_file_that_its_owner_did_not_sign_is_opened_only_where_somebody_trusts_it() {
    let folder = world();
    encrypt(&folder, "record.abe");
    unsigned(&folder, "record.abe", "before.abe");
    assert!(folder.done("abe inspect before.abe").contains("signed: no\n"));
    let decrypt = format!("abe decrypt {BOB}");
    folder.refused(&format!("{decrypt} record.abe --out x"), "--owner");
    folder.refused(&format!("{decrypt} --owner north.party record.abe --out x"), "none of the owners that were named");
    folder.refused(&format!("{decrypt} {OWNER} before.abe --out x"), "the file is not signed by its owner");
    folder.refused(&format!("{decrypt} {OWNER} --unsigned before.abe --out x"), "cannot be used with");
    folder.refused(&format!("{decrypt} --unsigned record.abe --out x"), "hint: name its owner, --owner");
    folder.refused(
        &format!("abe rekey {BOB} {OWN} --policy DOCTOR@HOSPITAL --public HOSPITAL.public before.abe --out x"),
        "the file is not signed by its owner",
    );
    // A build whose owners did not sign what becomes of the contents.
    let earlier = with_capsule(&folder.read("record.abe"), |capsule| [&[3][..], &capsule[1..]].concat());
    folder.write("earlier.abe", earlier);
    folder.refused(&format!("{decrypt} {OWNER} earlier.abe --out x"), "hint: another build of medshare made it");
    folder.done(&format!("{decrypt} --unsigned before.abe --out opened"));
    folder.done(&format!("{decrypt} --owner north.party {OWNER} record.abe --out too"));
    assert!(folder.read("opened") == folder.read("record") && folder.read("too") == folder.read("record"));
}

/// A node moves files without their owner, whose signature stays.
#[test]
fn a_file_that_a_node_moved_is_its_owners_as_before() {
    let folder = world();
    encrypt(&folder, "record.abe");
    folder.done(
        "abe version raise --key HOSPITAL.key --public HOSPITAL.public --stay bob.registration \
         --party hospital.party.key --to north.party --out doctor.letter DOCTOR",
    );
    let widen = format!("abe policy widen {OWN} --policy EMERGENCY@ED --public ED.public record.abe --out");
    folder.done(&format!("{widen} before.change {BOB}"));
    folder.done(
        "abe version apply --party north.party.key --from hospital.party --public HOSPITAL.public doctor.letter record.abe bob.issued",
    );
    let inspected = folder.json("abe inspect record.abe");
    let version = json!([{ "attribute": "DOCTOR@HOSPITAL", "generation": 0, "version": 1 }]);
    assert_eq!(inspected.get("versions"), Some(&version));
    let transform =
        format!("abe transform {OWNER} --registration bob.registration --issued bob.issued --party north.party.key");
    folder.done(&format!("{transform} record.abe --out answer"));
    folder
        .done(&format!("abe decrypt {OWNER} --key bob.key --transform answer --from north.party record.abe --out one"));
    // What the owner made before serves after it, and what moved stays so.
    folder.done("abe policy apply record.abe before.change");
    folder.refused(
        &format!("abe decrypt {OWNER} --key bob.key --transform answer --from north.party record.abe --out x"),
        "before its header changed",
    );
    folder.done(&format!("abe decrypt {BOB} {OWNER} record.abe --out two"));
    folder
        .done(&format!("abe rekey {BOB} {OWN} --policy EMERGENCY@ED --public ED.public record.abe --out rekeyed.abe"));
    assert!(folder.read("one") == folder.read("record") && folder.read("two") == folder.read("record"));
}

/// A node that stores a file writes a row of its own beside what the owner signed, and answers to it.
#[test]
fn a_row_that_whoever_stores_a_file_wrote_beside_it_is_not_its_owners() {
    let folder = world();
    for file in ["record.abe", "other.abe"] {
        encrypt(&folder, file);
    }
    let mut c4 = Vec::new();
    with_capsule(&folder.read("other.abe"), |capsule| {
        c4 = capsule[capsule.len() - 96..].to_vec();
        Vec::new()
    });
    let moved = with_capsule(&folder.read("record.abe"), |capsule| {
        let (front, ciphertext) = capsule.split_at(SIGNED);
        // One row that moved, the first, to version 0.
        [&front[..SIGNED - 2], &[0, 1, 0, 0, 0, 0, 0, 0], &c4, ciphertext].concat()
    });
    folder.write("record.abe", moved);
    let answered = format!("{OWNER} --registration bob.registration record.abe");
    folder.done(&format!("abe transform {answered} --issued bob.issued --party north.party.key --out answer"));
    let judge = format!("abe dispute judge {answered} --transform answer --from north.party --public HOSPITAL.public");
    assert_eq!(folder.json(&judge).get("wrong"), Some(&serde_json::json!("store")));
}
