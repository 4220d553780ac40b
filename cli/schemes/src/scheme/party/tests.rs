#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::scheme::failure::told;
use crate::scheme::letter;

fn protection() -> Protection {
    Protection::new(None, true)
}

/// The files of a party of a build before, in this folder.
fn of_before(folder: &Path) -> (Party, [PathBuf; 2]) {
    let signing = SigningKey::generate(&mut OsRng);
    let (secret, name) = (joined(&[signing.seed().as_slice(), &[7; 32]]), "bob");
    let party = Party::of_secret(&secret).unwrap();
    let (verifying, sealing) = (signing.verifying_key(), party.sealing.classical().unwrap().public_key());
    let statement = PartyStatementOfBefore { name: name.as_bytes(), verifying: &verifying, sealing };
    let signature = signing.sign(&statement).to_bytes();
    let lines: [(&str, &[u8]); 4] = [
        ("name", name.as_bytes()),
        ("verifying", verifying.as_bytes()),
        ("sealing", &sealing.to_bytes()),
        ("signature", &signature),
    ];
    let files = ["bob.party.key", "bob.party"].map(|name| folder.join(name));
    protection().write(&files[0], KIND, name, &secret).unwrap();
    std::fs::write(&files[1], text_of(PUBLIC_OF_BEFORE, lines).as_bytes()).unwrap();
    (party, files)
}

#[test]
fn a_party_of_before_is_written_to_once_it_has_published_its_key_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let (party, [key, public]) = of_before(folder.path());
    let before = PublicFile::read(&public).unwrap();
    assert_eq!((before.name.as_str(), before.of.verifying), ("bob", party.signing.verifying_key()));
    let alice = Party::generate();
    let refused = told(letter::seal(&alice, &before.of, "words").unwrap_err()).document();
    let hint = refused.pointer("/error/hint").unwrap().as_str().unwrap();
    assert!(hint.contains("medshare party publish"), "{hint}");

    let anew = folder.path().join("anew.party");
    assert_eq!(Party::publish(&key, &anew, &protection()).unwrap(), "bob");
    let published = PublicFile::read(&anew).unwrap();
    assert_eq!((&published.of, &published.of.verifying), (&party.public(), &before.of.verifying));
    assert!(published.of.shares_a_key(&before.of));
    let sent = folder.path().join("x.letter");
    letter::write(&sent, &alice, &published.of, "words").unwrap();
    let bob = Party::read(&key, &protection()).unwrap();
    assert_eq!(letter::read(&sent, &alice.signing.verifying_key(), &bob).unwrap().as_str(), "words");
}

#[test]
fn a_public_file_of_before_that_was_altered_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_, [_, public]) = of_before(folder.path());
    let text = std::fs::read_to_string(&public).unwrap();
    for (from, to) in
        [("sealing: ", "sealing: 00"), ("name: 62", "name: 63"), ("medshare-party: 1", "medshare-party: 2")]
    {
        assert!(text.contains(from));
        std::fs::write(&public, text.replacen(from, to, 1)).unwrap();
        PublicFile::read(&public).unwrap_err();
    }
}

#[test]
fn a_new_party_has_the_seed_of_its_key_in_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["x.party.key", "x.party"].map(|name| folder.path().join(name));
    let party = Party::generate();
    party.write("x", &files[0], &files[1], &protection()).unwrap();
    let read = Party::read(&files[0], &protection()).unwrap();
    assert!(read.sealing.classical().is_none());
    assert_eq!(read.public(), PublicFile::read(&files[1]).unwrap().of);
    for secret in [vec![1; 63], vec![1; 65], [vec![1; 64], vec![X_WING, X_WING]].concat()] {
        assert!(Party::of_secret(&secret).is_none());
    }
}
