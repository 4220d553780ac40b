//! What comes in wrong: it is refused with words that name the problem, nothing secret is in them, and nothing is left behind.

use crate::binary::Folder;

/// Sealed segment: 64 KiB and a tag.
const SEALED_SEGMENT: usize = 65_536 + 16;

/// A file of every scheme that encrypts, each with what opens it.
pub fn world() -> Folder {
    let folder = Folder::new();
    folder.done("abe authority create HOSPITAL --attribute DOCTOR --insecure-plaintext");
    folder.done("abe user create bob --insecure-plaintext");
    folder.done("abe issue --key HOSPITAL.key --registration bob.registration --out bob.issued DOCTOR");
    for party in ["alice", "bob"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.done("domain create alice --label history --insecure-plaintext");
    folder.done(
        "domain issue --key alice.key --public alice.public --register alice.register --party alice.party.key \
         --policy history@alice --to bob.party --out bob.letter",
    );
    folder.done("party accept --party bob.party.key --from alice.party bob.letter --out bob.dk --insecure-plaintext");
    folder.done("aggregate setup --classes 2 --party alice.party.key --out common");
    folder.done("aggregate create zoe --parameters common --contributor alice.party --insecure-plaintext");
    folder.done(
        "aggregate issue --parameters common --key zoe.key --classes 1 --party alice.party.key --to bob.party --out zoe.letter",
    );
    folder.done("party accept --party bob.party.key --from alice.party zoe.letter --out zoe.ak --insecure-plaintext");
    folder.write("record", vec![7; 200_000]);
    folder.done("aggregate encrypt --parameters common --owner zoe.public --class 1 record --out a.cls");
    folder.done(
        "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL --public HOSPITAL.public record --out a.abe",
    );
    folder.done("domain encrypt --public alice.public --label history record --out a.dom");
    folder
}

const OPENERS: [(&str, &str); 3] = [
    ("a.abe", "abe decrypt --owner alice.party --key bob.key --issued bob.issued --out x"),
    ("a.dom", "domain decrypt --key bob.dk --out x"),
    ("a.cls", "aggregate decrypt --parameters common --owner zoe.public --key zoe.ak --out x"),
];

#[test]
fn truncated_swapped_and_altered_streams_are_refused() {
    let folder = world();
    for (file, open) in OPENERS {
        let damaged = |name: &str, reason: &str| folder.refused(&format!("{open} {name}"), reason);
        folder.cut(file, 1, "cut");
        damaged("cut", "damaged");
        folder.cut(file, 3_392 + 16, "without-the-last-segment");
        damaged("without-the-last-segment", "damaged");
        folder.flip(file, 100, "flipped");
        damaged("flipped", "segment 3 of the payload is damaged");
        let bytes = folder.read(file);
        let tail = 3_392 + 16;
        let (front, rest) = bytes.split_at(bytes.len() - tail - 3 * SEALED_SEGMENT);
        let (first, rest) = rest.split_at(SEALED_SEGMENT);
        let (second, rest) = rest.split_at(SEALED_SEGMENT);
        folder.write("swapped", [front, second, first, rest].concat());
        damaged("swapped", "segment 0 of the payload is damaged");
        folder.write("repeated", [front, first, first, rest].concat());
        damaged("repeated", "segment 1 of the payload is damaged");
        folder.write("appended", [&bytes, first].concat());
        damaged("appended", "damaged");
        folder.write("empty", []);
        damaged("empty", "this is not a file that was encrypted with medshare");
        folder.write("header-only", front);
        damaged("header-only", "damaged");
        let mut newer = bytes.clone();
        if let Some(version) = newer.get_mut(12) {
            *version = 9;
        }
        folder.write("newer", newer);
        damaged("newer", "the file has format 9, and this software reads formats up to");
        folder.write("start", bytes.get(..60).unwrap());
        damaged("start", "the file ends within its header: it was cut off");
    }
}

#[test]
fn files_of_one_scheme_are_not_taken_for_files_of_another() {
    let folder = world();
    let [(_, abe), (_, domain), (_, aggregate)] = OPENERS;
    folder.refused(&format!("{aggregate} a.dom"), "was encrypted with medshare domain, not with medshare aggregate");
    folder.refused(&format!("{abe} a.cls"), "was encrypted with medshare aggregate, not with medshare abe");
    folder.refused(&format!("{abe} a.dom"), "this file was encrypted with medshare domain, not with medshare abe");
    folder.refused(&format!("{domain} a.abe"), "this file was encrypted with medshare abe, not with medshare domain");
    folder.refused(&format!("{domain} record"), "this is not a file that was encrypted with medshare domain");
    folder
        .refused("domain decrypt --key bob.key a.dom --out x", "of kind \"abe-user\", and one of kind \"domain-key\"");
    let reason = "alice.public is the public file of a personal domain, and an authority's public file for `medshare abe` is expected";
    folder.refused(
        "abe encrypt --party alice.party.key --policy history@alice --public alice.public record --out x",
        reason,
    );
    folder.refused("party accept --party bob.party.key --from alice.party bob.issued --out x", "a letter is expected");
}

#[test]
fn wrong_encodings_are_named_with_their_place() {
    let folder = world();
    let encrypt = "abe encrypt --party alice.party.key --policy DOCTOR@HOSPITAL record --out x --public";
    let public = String::from_utf8(folder.read("HOSPITAL.public")).unwrap();
    for (altered, reason) in [
        (public.replace("authority: 01", "authority: 02"), "line \"authority\" is damaged: "),
        (public.replace("attribute: ", "attribute: zz"), "wrong, line 3: expected hexadecimal digits"),
        (public.replace("attribute: ", "attribute:"), "wrong, line 3: expected \"name: value\""),
        (public.replace("attribute: ", "colour: "), "a line \"colour\" has no place"),
        (public.trim_end().strip_suffix(|_| true).unwrap().to_owned(), "wrong, line 3: expected hexadecimal digits"),
        (String::new(), "expected a file that begins with \"medshare-abe-public: 1\""),
    ] {
        folder.write("wrong", altered);
        folder.refused(&format!("{encrypt} wrong"), reason);
    }
    // The neutral element, and a point that is not on the curve, in place of an attribute's key.
    let (rest, point) = public.trim_end().split_at(public.trim_end().len() - 192);
    assert_eq!(point.len(), 192);
    for wrong in [format!("c0{}", "00".repeat(95)), format!("80{}05", "00".repeat(94))] {
        folder.write("wrong", format!("{rest}{wrong}\n"));
        folder.refused(&format!("{encrypt} wrong"), "P_u is not a valid group element");
    }
    folder.write("not-text", [0xff, 0xfe]);
    folder.refused(&format!("{encrypt} not-text"), "not-text is not text; expected a file that begins with");
    folder.write("record.key", "medshare-key-file: 1\nnonsense\n");
    folder.refused(
        "abe decrypt --owner alice.party --key record.key --issued bob.issued a.abe --out x",
        "the key file is damaged; restore it from a copy",
    );
}

#[test]
fn policies_that_nobody_can_satisfy_or_that_are_too_large_are_refused_at_their_character() {
    let folder = world();
    let encrypt = |policy: &str, reason: &str| {
        folder.refused(
            &format!("abe encrypt --party alice.party.key --public HOSPITAL.public record --out x --policy '{policy}'"),
            reason,
        );
    };
    encrypt("3 of (DOCTOR@HOSPITAL, NURSE@HOSPITAL)", "3 of 2 can never be a threshold");
    encrypt("0 of (DOCTOR@HOSPITAL)", "can never be a threshold");
    encrypt("", "expected an attribute such as DOCTOR@HOSPITAL");
    encrypt("DOCTOR", "with one @ before the authority");
    encrypt("DOCTOR@HOSPITAL & NURSE@HOSPITAL", "(character 17 of the policy)");
    encrypt(&["DOCTOR@HOSPITAL"; 1025].join(" OR "), "the policy has more than 1024 attributes");
    let deep = format!("{}DOCTOR@HOSPITAL{}", "(A@B AND (A@B OR ".repeat(9), "))".repeat(9));
    encrypt(&deep, "nested more than 16 levels deep");
    encrypt(&format!("{}@HOSPITAL", "D".repeat(200)), "at most 128 bytes");
}

#[test]
fn names_of_any_script_work_and_strange_ones_make_harmless_files() {
    let folder = Folder::new();
    folder.done("abe authority create Κλινική --attribute ΙΑΤΡΟΣ --insecure-plaintext");
    folder.done("abe user create '../Zoë 医生 🩺' --insecure-plaintext");
    folder.done("party create alice --insecure-plaintext");
    folder.done("abe issue --key Κλινική.key --registration '_._Zoë_医生__.registration' --out issued ΙΑΤΡΟΣ");
    folder.write("record", b"");
    folder.done(
        "abe encrypt --party alice.party.key --policy ΙΑΤΡΟΣ@Κλινική --public Κλινική.public record --out record.abe",
    );
    folder.done("abe decrypt --owner alice.party --key '_._Zoë_医生__.key' --issued issued record.abe --out opened");
    assert!(folder.read("opened").is_empty());
    folder.refused("abe authority create 'two words' --insecure-plaintext", "letters, digits and - _ . only");
    folder.refused("abe user create '' --insecure-plaintext", "an identity has 1 to 256 bytes");
    folder.refused("domain create '🩺' --insecure-plaintext", "letters, digits and - _ . only");
    folder.refused("party create '' --insecure-plaintext", "a party's name has 1 to 128 bytes");
}

#[test]
fn machines_are_told_why_in_json() {
    let folder = world();
    let message =
        folder.error("abe decrypt --owner alice.party --key bob.key --issued bob.issued a.dom --out x --json");
    let error: serde_json::Value = serde_json::from_str(&message).unwrap();
    let text = error.pointer("/error/message").and_then(|message| message.as_str()).unwrap();
    assert!(text.contains("this file was encrypted with medshare domain"), "{text}");
}

#[test]
fn nothing_secret_stands_in_messages() {
    let folder = world();
    // The first digits of every secret and key that is in play.
    for (file, open) in OPENERS {
        folder.flip(file, 100, "flipped");
        let key = String::from_utf8(folder.read("bob.key")).unwrap();
        let secret = key.lines().find_map(|line| line.strip_prefix("secret: ")).unwrap();
        let digits = secret.get(..16).unwrap();
        let message = folder.error(&format!("{open} flipped"));
        assert!(!message.contains(digits), "{message}");
        assert!(!message.contains("Scalar") && !message.contains("DecodeError"), "{message}");
    }
}

#[test]
fn what_is_damaged_is_not_passed_on_as_whole() {
    let folder = world();
    let rekey = "abe rekey --party alice.party.key --key bob.key --issued bob.issued --policy DOCTOR@HOSPITAL --public HOSPITAL.public --out x";
    folder.flip("a.abe", 100, "flipped.abe");
    folder.refused(&format!("{rekey} flipped.abe"), "segment 3 of the payload is damaged");
    folder.cut("a.abe", 100, "cut.abe");
    folder.refused(&format!("{rekey} cut.abe"), "damaged");
    // A digit of either key of a party.
    let party = String::from_utf8(folder.read("bob.party")).unwrap();
    for (line, name) in party.lines().zip(["", "name", "verifying", "sealing"]).skip(1) {
        assert!(line.starts_with(name));
        let last = line.chars().last().unwrap();
        let other = if last == '0' { '1' } else { '0' };
        let altered = format!("{}{other}", line.get(..line.len() - 1).unwrap());
        folder.write("altered.party", party.replace(line, &altered));
        let error = folder.error(
            "aggregate issue --parameters common --key zoe.key --classes 1 --party alice.party.key --to altered.party --out x",
        );
        assert!(error.contains("altered.party"), "{error}");
    }
}

#[test]
fn passphrases_are_asked_for_and_not_too_short() {
    let folder = Folder::new();
    folder.write("short", "word\n");
    folder.write("none", "\n");
    folder.refused("abe user create bob --passphrase-file short", "expected a passphrase of at least 8 characters");
    folder.refused("abe user create bob --passphrase-file none", "the first line of none is empty");
    folder.done("abe authority create X");
    folder.done("abe user create bob --insecure-plaintext");
    let issue = "abe issue --key X.key --registration bob.registration --out x A";
    folder.refused(&format!("{issue} --passphrase-file short"), "the passphrase does not fit this key file");
}

/// Whoever takes the line with the signature away puts another key to seal to in its place.
#[test]
fn a_party_that_vouches_for_none_of_its_keys_is_refused() {
    let folder = Folder::new();
    for party in ["alice", "eve"] {
        folder.done(&format!("party create {party} --insecure-plaintext"));
    }
    folder.done("aggregate setup --classes 2 --party alice.party.key --out common");
    folder.done("aggregate create zoe --parameters common --contributor alice.party --insecure-plaintext");
    let issue = "aggregate issue --parameters common --key zoe.key --classes 1 --party alice.party.key --to";
    let [alice, eve] = ["alice.party", "eve.party"].map(|file| String::from_utf8(folder.read(file)).unwrap());
    let line = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let unsigned = alice.replace(&format!("{}\n", line(&alice, "signature")), "");
    folder.write("unsigned.party", &unsigned);
    folder.write("swapped.party", unsigned.replace(&line(&unsigned, "sealing"), &line(&eve, "sealing")));
    folder.write("kept.party", alice.replace(&line(&alice, "sealing"), &line(&eve, "sealing")));
    folder.refused(&format!("{issue} unsigned.party --out x"), "expected exactly one line \"signature: …\"");
    folder.refused(&format!("{issue} swapped.party --out x"), "expected exactly one line \"signature: …\"");
    folder.refused(&format!("{issue} kept.party --out x"), "kept.party was altered or damaged");
}
