#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use medshare_crypto::keyfile::KeyFileError;
use rand::rngs::OsRng;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("some.key");
    (folder, path)
}

fn passphrase(text: &str) -> Protection {
    Protection::Passphrase(Zeroizing::new(text.as_bytes().to_vec()))
}

fn cause(error: &KeyError) -> Option<&KeyFileError> {
    match error {
        KeyError::KeyFile { source, .. } => Some(source),
        _ => None,
    }
}

#[test]
fn all_four_kinds_survive_their_files() {
    let (folder, _) = place();
    let path = |name: &str| folder.path().join(name);
    let secret = passphrase("correct horse");
    let open = Some(b"correct horse".as_slice());

    let requestor = RequestorKeys::generate(&mut OsRng);
    requestor.save(&path("requestor"), &secret, &mut OsRng).unwrap();
    let loaded = RequestorKeys::load(&path("requestor"), open).unwrap();
    assert_eq!(loaded.id(), requestor.id());
    assert_eq!(loaded.sealing.to_bytes(), requestor.sealing.to_bytes());
    assert_eq!(loaded.attributes.to_bytes(), requestor.attributes.to_bytes());

    let owner = OwnerKeys::generate(&mut OsRng);
    owner.save(&path("owner"), &secret, &mut OsRng).unwrap();
    let loaded = OwnerKeys::load(&path("owner"), open).unwrap();
    assert_eq!(loaded.id(), owner.id());

    let authority = AuthorityKeys::generate(&"university".parse().unwrap(), &mut OsRng).unwrap();
    authority.save(&path("authority"), &secret, &mut OsRng).unwrap();
    let loaded = AuthorityKeys::load(&path("authority"), open).unwrap();
    assert_eq!(loaded.signing.verifying_key(), authority.signing.verifying_key());
    assert_eq!(loaded.secret.to_bytes(), authority.secret.to_bytes());

    let node = NodeKeys::generate(&mut OsRng);
    node.save(&path("node"), &secret, &mut OsRng).unwrap();
    let loaded = NodeKeys::load(&path("node"), open).unwrap();
    assert_eq!((loaded.id(), loaded.sealing.to_bytes()), (node.id(), node.sealing.to_bytes()));
    assert_eq!(loaded.contracts.expose(), node.contracts.expose());
    assert_eq!(
        loaded.network_keypair().unwrap().public().to_peer_id(),
        node.network_keypair().unwrap().public().to_peer_id()
    );
}

/// A build before kept an X25519 key where the seed of an X-Wing key is kept now, and nothing behind the secrets.
#[test]
fn a_key_file_of_before_gives_its_holder_one_key_of_now_and_stays_what_it_is() {
    let (folder, path) = place();
    let (signing, attributes) = (SigningKey::generate(&mut OsRng), UserSecret::generate(&mut OsRng));
    let seed = signing.seed();
    let requestors = [seed.as_slice(), &[7; 32], attributes.to_bytes().as_slice()].concat();
    let nodes = [seed.as_slice(), &[7; 32], &[8; 32], &[9; 32]].concat();
    write(&path, "requestor", "r", &requestors, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    let requestor = RequestorKeys::load(&path, None).unwrap();
    let again = folder.path().join("again");
    requestor.save(&again, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    assert_eq!(RequestorKeys::load(&again, None).unwrap().sealing.public_key(), requestor.sealing.public_key());
    assert_eq!(requestor.secrets().as_slice(), requestors);
    let node = NodeKeys::from_secrets(&nodes).unwrap();
    assert_eq!((node.contracts.expose(), node.secrets().as_slice()), (&[9; 32], nodes.as_slice()));
    for key in [&requestor.sealing, &node.sealing] {
        assert_eq!(*key.classical().unwrap().to_bytes(), [7; 32]);
        assert!(key.public_key().is_usable());
    }
    // nobody has it who has the X25519 key, which its public half gives to a quantum computer
    let others = [&[1; 32], &[7; 32], attributes.to_bytes().as_slice()].concat();
    assert_ne!(RequestorKeys::from_secrets(&others).unwrap().sealing.public_key(), requestor.sealing.public_key());
    assert!(RequestorKeys::generate(&mut OsRng).sealing.classical().is_none());
}

#[test]
fn a_passphrase_that_is_wrong_or_missing_opens_nothing() {
    let (_folder, path) = place();
    OwnerKeys::generate(&mut OsRng).save(&path, &passphrase("right"), &mut OsRng).unwrap();
    let wrong = OwnerKeys::load(&path, Some(b"wrong")).unwrap_err();
    assert_eq!(cause(&wrong), Some(&KeyFileError::WrongPassphrase));
    let missing = OwnerKeys::load(&path, None).unwrap_err();
    assert_eq!(cause(&missing), Some(&KeyFileError::PassphraseNeeded));
}

#[test]
fn a_key_of_another_kind_is_not_taken() {
    let (_folder, path) = place();
    OwnerKeys::generate(&mut OsRng).save(&path, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    for error in [
        RequestorKeys::load(&path, None).unwrap_err(),
        AuthorityKeys::load(&path, None).unwrap_err(),
        NodeKeys::load(&path, None).unwrap_err(),
    ] {
        assert!(matches!(cause(&error), Some(KeyFileError::WrongKind { found, .. }) if found == "owner"), "{error}");
    }
}

#[test]
fn a_key_file_is_its_users_alone_and_never_replaced() {
    let (_folder, path) = place();
    let keys = OwnerKeys::generate(&mut OsRng);
    keys.save(&path, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let other = OwnerKeys::generate(&mut OsRng).save(&path, &Protection::InsecurePlaintext, &mut OsRng);
    assert!(matches!(other, Err(KeyError::Exists { .. })));
    assert_eq!(OwnerKeys::load(&path, None).unwrap().id(), keys.id());
}

#[test]
fn missing_folders_and_files_are_named() {
    let (folder, path) = place();
    let missing = OwnerKeys::load(&path, None).unwrap_err();
    assert!(matches!(missing, KeyError::Io { action: "read", .. }));
    let nowhere = folder.path().join("no").join("some.key");
    let keys = OwnerKeys::generate(&mut OsRng);
    let error = keys.save(&nowhere, &Protection::InsecurePlaintext, &mut OsRng).unwrap_err();
    assert!(matches!(error, KeyError::Io { action: "write", .. }));
    assert!(error.to_string().contains("some.key"));
}

#[test]
fn damaged_files_are_refused() {
    let (_folder, path) = place();
    OwnerKeys::generate(&mut OsRng).save(&path, &passphrase("right"), &mut OsRng).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    for length in [0, 10, text.len() / 2, text.len() - 3] {
        std::fs::write(&path, text.get(..length).unwrap()).unwrap();
        assert!(cause(&OwnerKeys::load(&path, Some(b"right")).unwrap_err()).is_some(), "{length}");
    }
    std::fs::write(&path, [0xff, 0xfe]).unwrap();
    assert!(matches!(OwnerKeys::load(&path, None), Err(KeyError::Io { action: "read", .. })));
}

#[test]
fn a_payload_of_another_length_is_damaged() {
    for payload in [vec![], vec![1; 31], vec![1; 33], vec![1; 64]] {
        let (_folder, path) = place();
        write(&path, OwnerKeys::KIND, "owner", &payload, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
        assert!(
            matches!(OwnerKeys::load(&path, None), Err(KeyError::Contents { kind: "owner", .. })),
            "{}",
            payload.len()
        );
    }
    let (_folder, path) = place();
    write(&path, AuthorityKeys::KIND, "authority", &[1; 40], &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    assert!(matches!(AuthorityKeys::load(&path, None), Err(KeyError::Contents { kind: "authority", .. })));
    let (_folder, path) = place();
    write(&path, NodeKeys::KIND, "node", &[1; 160], &Protection::InsecurePlaintext, &mut OsRng).unwrap();
    assert!(matches!(NodeKeys::load(&path, None), Err(KeyError::Contents { kind: "node", .. })));
}
