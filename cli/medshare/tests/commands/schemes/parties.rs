//! Parties of builds before: their public files are written anew, and of their letters it is told what they are.

use medshare_crypto::keyfile::KeyFile;
use medshare_crypto::sign::SigningKey;

use crate::binary::Folder;

/// A letter that a build before wrote: the sender's signing key is of 1s, the receiver's X25519 secret of 2s.
const OF_BEFORE: &str = "018a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5cce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d34474\
    5ba05870e587d59000000425dfedd3b6bd47f6fa28ee15d969d5bb0ea53774d488bdaf9df1c6e0124b3ef22c0cbb7aeb7038ecbb91c86373b5b25c697d4dfa2\
    bc7b2eaab585a08e4712f024c431f1b7b3bd3bb1ceb50d873eb112273053cc86919bf12589b25eba0a2ecfd532f6f17112a2779917b8d916f48dfbc648cb804\
    b2fcc33bd98ac40ee2dba06ac4f08";

/// Key and public file of a party as a build before wrote them.
fn of_before(folder: &Folder, name: &str, signing: [u8; 32], sealing: [u8; 32]) {
    let secret = [signing, sealing].concat();
    let file = KeyFile::insecure_plaintext("party", name, &secret).unwrap();
    folder.write(&format!("{name}.party.key"), file.to_text().as_bytes());
    let verifying = SigningKey::from_seed(signing.into()).verifying_key();
    let sealing = medshare_crypto::seal::classical::ClassicalSecretKey::from_bytes(sealing.into());
    let public = sealing.public_key().to_bytes();
    let statement = Statement([verifying.as_bytes().as_slice(), &public, name.as_bytes()].concat());
    let signature = SigningKey::from_seed(signing.into()).sign(&statement).to_bytes();
    let line = |name: &str, value: &[u8]| format!("{name}: {}\n", hex::encode(value));
    let lines = [
        "medshare-party: 1\n".to_owned(),
        line("name", name.as_bytes()),
        line("verifying", verifying.as_bytes()),
        line("sealing", &public),
        line("signature", &signature),
    ];
    folder.write(&format!("{name}.party"), lines.concat());
}

struct Statement(Vec<u8>);

impl medshare_crypto::sign::Signable for Statement {
    const DOMAIN: &'static str = "medshare/party/v1";

    fn signing_bytes(&self) -> Vec<u8> {
        self.0.clone()
    }
}

#[test]
fn a_party_writes_its_own_public_file_anew_and_nobody_elses() {
    let folder = Folder::new();
    of_before(&folder, "bob", [5; 32], [6; 32]);
    folder.done("party create carol --insecure-plaintext");
    let verifying = |file: &str| folder.json(&format!("party show {file}"))["verifying_key"].clone();
    let [of_before, carols] = [verifying("bob.party"), verifying("carol.party")];
    assert!(String::from_utf8(folder.read("bob.party")).unwrap().starts_with("medshare-party: 1\n"));
    for _ in 0..2 {
        folder.done("party publish bob.party.key --out bob.party");
        assert!(String::from_utf8(folder.read("bob.party")).unwrap().starts_with("medshare-party: 2\n"));
        assert_eq!(verifying("bob.party"), of_before);
    }
    folder.refused("party publish bob.party.key --out carol.party", "carol.party is the public file of another party");
    assert_eq!(verifying("carol.party"), carols);
    folder.write("notes", "mine");
    folder.refused("party publish bob.party.key --out notes", "notes: expected a file that begins with");
    folder.refused("party publish bob.party.key --out bob.party.key", "bob.party.key is a key file");
    assert_eq!(folder.read("notes"), b"mine");
    folder.done("party publish bob.party.key --out elsewhere.party");
    assert_eq!(folder.read("elsewhere.party").len(), folder.read("bob.party").len());
}

#[test]
fn of_a_letter_of_a_build_before_it_is_told_who_may_read_it_and_how_that_ends() {
    let folder = Folder::new();
    of_before(&folder, "alice", [1; 32], [3; 32]);
    of_before(&folder, "bob", [5; 32], [2; 32]);
    folder.write("old.letter", format!("medshare-letter: 1\nletter: {OF_BEFORE}\n"));
    let accept = "party accept --party bob.party.key --from alice.party --out x --insecure-plaintext";
    let told = folder.error(&format!("{accept} old.letter"));
    for words in ["warning: old.letter is a letter of a build before", "`medshare party publish` writes"] {
        assert!(told.contains(words), "{told}");
    }
    folder.done("party create carol --insecure-plaintext");
    folder.done("party publish bob.party.key --out bob.party");
    folder.done("domain create carol --label a --out carols --insecure-plaintext");
    let owner = "--key carols/carol.key --public carols/carol.public --register carols/carol.register";
    folder.done(&format!(
        "domain issue {owner} --party carol.party.key --policy a@carol --to bob.party --out new.letter"
    ));
    let accept = accept.replace("alice", "carol");
    folder.refused(&format!("{accept} old.letter"), "is from another party than you named");
    assert!(!folder.error(&format!("{accept} old.letter")).contains("warning"), "not before it is known whose it is");
    folder.done(&format!("{accept} new.letter"));
}
