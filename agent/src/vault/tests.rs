use super::*;
use crate::sealed_before;
use medshare_contract_abi::usage::UsageState;
use medshare_crypto::hash::Hash32;
use medshare_crypto::letter::Letter;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::DataKey;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::codec;
use medshare_ledger::id::{BlockId, LeaseId, NodeId, PackageId, Timestamp};
use medshare_ledger::side_block::Lease;
use rand_core::OsRng;
use zeroize::Zeroizing;

fn record() -> SessionRecord {
    let agent = SigningKey::generate(&mut OsRng);
    let lease = Lease {
        id: LeaseId::from_bytes([1; 16]),
        parent: BlockId::from_bytes([2; 32]),
        node: NodeId::from_bytes([4; 16]),
        agent: agent.verifying_key(),
        created: Timestamp(1),
        expires: Timestamp(2),
        previous: None,
    };
    SessionRecord::opened(lease, "http://a:1".to_owned(), &DataKey::from_bytes(Zeroizing::new([3; 32])), &agent)
}

#[test]
fn a_session_comes_back_for_its_key_and_package_only() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(&folder.path().join("p.session")).unwrap();
    let (keys, package) = (RequestorKeys::generate(&mut OsRng), PackageId::from_bytes([4; 32]));
    assert!(vault.load(package, &keys, |_| false).unwrap().is_none());
    let record = record();
    vault.save(package, &record, &keys, &mut OsRng).unwrap();
    let loaded = vault.load(package, &keys, |_| false).unwrap().unwrap();
    assert!(codec::encode(&loaded) == codec::encode(&record));
    for (package, keys) in [(package, &RequestorKeys::generate(&mut OsRng)), (PackageId::from_bytes([5; 32]), &keys)] {
        let refused = vault.load(package, keys, |_| true);
        assert!(matches!(refused, Err(VaultError::Foreign { .. })));
    }
}

/// Whoever knows her public keys can seal to them: a session with a key of his own would have her write under it.
#[test]
fn a_session_that_others_sealed_to_the_requestor_is_not_hers() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let (keys, package) = (sealed_before::keys(), PackageId::from_bytes([4; 32]));
    let planted = codec::encode(&record());
    let (her_key, mallory) = (keys.sealing.public_key(), SigningKey::generate(&mut OsRng));
    let purpose = b"medshare/session/v4";
    let of_this_key = |record: &SessionRecord| *record.data_key().unwrap().expose() == [3; 32];
    let head = |about: [u8; 32]| [&[purpose.len() as u8], purpose.as_slice(), &about].concat();
    let whole = [head([4; 32]), planted.clone()].concat();
    let of_mallory = Letter::write(&mallory, &her_key, &whole, &mut OsRng).unwrap();
    let letter_of_before = sealed_before::letter(&mallory, &keys, &whole);
    let as_before = sealed_before::seal(&keys, b"medshare/session/v3", package.as_bytes(), &planted);
    for bytes in [of_mallory.to_bytes(), letter_of_before, as_before] {
        std::fs::write(folder.path().join(SESSION_FILE), bytes).unwrap();
        let refused = vault.load(package, &keys, |record| !of_this_key(record));
        assert!(matches!(refused, Err(VaultError::Foreign { .. })));
    }
    // Hers, of the build before: its key opens the package, and it is a letter when it is stored again.
    let loaded = vault.load(package, &keys, of_this_key).unwrap().unwrap();
    vault.save(package, &loaded, &keys, &mut OsRng).unwrap();
    assert!(vault.load(package, &keys, |_| false).unwrap().is_some());
    // A letter of hers that is for something else is no session.
    for contents in [[head([5; 32]), planted.clone()].concat(), planted] {
        let letter = Letter::write(&keys.signing, &her_key, &contents, &mut OsRng).unwrap();
        std::fs::write(folder.path().join(SESSION_FILE), letter.to_bytes()).unwrap();
        assert!(matches!(vault.load(package, &keys, |_| true), Err(VaultError::Foreign { .. })));
    }
}

#[test]
fn a_session_of_the_suite_of_before_is_hers_and_of_the_new_one_when_it_is_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let (keys, package) = (sealed_before::keys(), PackageId::from_bytes([4; 32]));
    let record = record();
    let purpose = b"medshare/session/v4";
    let contents = [&[purpose.len() as u8][..], purpose, package.as_bytes(), &codec::encode(&record)].concat();
    let path = folder.path().join(SESSION_FILE);
    std::fs::write(&path, sealed_before::letter(&keys.signing, &keys, &contents)).unwrap();
    let loaded = vault.load(package, &keys, |_| false).unwrap().unwrap();
    assert!(codec::encode(&loaded) == codec::encode(&record));
    vault.save(package, &loaded, &keys, &mut OsRng).unwrap();
    assert_eq!(std::fs::read(&path).unwrap().first(), Some(&2), "the layout of the letter");
    assert!(vault.load(package, &keys, |_| false).unwrap().is_some());
}

#[test]
fn a_session_file_holds_no_key_in_the_clear_and_no_flipped_bit() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let (keys, package) = (RequestorKeys::generate(&mut OsRng), PackageId::from_bytes([4; 32]));
    let record = record();
    vault.save(package, &record, &keys, &mut OsRng).unwrap();
    let path = folder.path().join(SESSION_FILE);
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(8).any(|window| window == [3; 8]));
    for position in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let refused = vault.load(package, &keys, |_| false);
        assert!(matches!(refused, Err(VaultError::Foreign { .. })));
    }
}

#[test]
fn destroyed_keys_are_gone_and_the_contracts_state_is_not() {
    let mut record = record();
    record.remember(UsageState { destroyed: true, ..UsageState::default() });
    record.destroy_keys();
    assert!(record.data_key().is_none() && record.agent().is_none());
    assert!(record.usage().unwrap().destroyed);
}

#[test]
fn only_the_user_can_look_into_a_vault() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(&folder.path().join("p.session")).unwrap();
    let keys = RequestorKeys::generate(&mut OsRng);
    let package = PackageId::from_bytes([4; 32]);
    vault.save(package, &record(), &keys, &mut OsRng).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(vault.folder()), 0o700);
    assert_eq!(mode(&vault.folder().join(SESSION_FILE)), 0o600);
}

#[test]
fn without_a_session_nothing_is_left_and_nothing_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.session");
    assert!(Vault::take_existing(&path).unwrap().is_none());
    assert!(!path.exists());
    drop(Vault::take(&path).unwrap());
    assert!(!path.exists());
    let vault = Vault::take(&path).unwrap();
    vault.save(PackageId::from_bytes([4; 32]), &record(), &RequestorKeys::generate(&mut OsRng), &mut OsRng).unwrap();
    drop(vault);
    assert!(Vault::take_existing(&path).unwrap().is_some());
}

#[test]
fn a_vault_that_is_removed_while_it_is_waited_for_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.session");
    let first = Vault::take(&path).unwrap();
    std::thread::scope(|scope| {
        let second = scope.spawn(|| Vault::take(&path).unwrap());
        std::thread::sleep(std::time::Duration::from_millis(50));
        drop(first);
        let second = second.join().unwrap();
        second.put("kept", b"here").unwrap();
        drop(second);
    });
    assert_eq!(std::fs::read(path.join("written.kept")).unwrap(), b"here");
}

#[test]
fn a_session_folder_that_somebody_else_laid_out_is_not_used_and_nothing_is_harmed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let shared = tempfile::tempdir().unwrap();
    let (planted, precious) = (shared.path().join("p.session"), shared.path().join("precious"));
    std::fs::write(&precious, b"precious").unwrap();
    std::fs::create_dir(&planted).unwrap();
    for name in
        ["session", "old.session", "new.session", "session.old", "session.new", "written.a", "new.written.a", "lock"]
    {
        symlink(&precious, planted.join(name)).unwrap();
    }
    std::fs::set_permissions(&planted, std::fs::Permissions::from_mode(0o777)).unwrap();
    let link = shared.path().join("q.session");
    symlink(&planted, &link).unwrap();
    for path in [&planted, &link, &precious] {
        assert!(matches!(Vault::take(path), Err(VaultError::Unfit { .. })), "{}", path.display());
    }
    for path in [&planted, &link] {
        assert!(matches!(Vault::take_existing(path), Err(VaultError::Unfit { .. })), "{}", path.display());
    }
    // Her own by its rights, as where she was made to move one of hers here: links are not followed all the same.
    std::fs::set_permissions(&planted, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(matches!(Vault::take(&planted), Err(VaultError::Io { .. })));
    std::fs::remove_file(planted.join("lock")).unwrap();
    let vault = Vault::take(&planted).unwrap();
    let (keys, package) = (RequestorKeys::generate(&mut OsRng), PackageId::from_bytes([4; 32]));
    assert!(vault.load(package, &keys, |_| false).is_err());
    vault.save(package, &record(), &keys, &mut OsRng).unwrap();
    vault.put("a", b"version").unwrap();
    assert!(vault.load(package, &keys, |_| false).unwrap().is_some());
    vault.erase().unwrap();
    assert!(!planted.exists());
    assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
}

#[test]
fn erasing_a_session_wipes_only_what_is_the_sessions() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    vault.put("a", b"version").unwrap();
    let mine = folder.path().join("thesis.tex");
    std::fs::write(&mine, b"mine").unwrap();
    vault.erase().unwrap();
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
    assert!(!folder.path().join("written.a").exists());
}

#[test]
fn versions_of_files_whose_names_are_like_those_of_work_under_way_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let others = ["a.new", "a.old", "new.a", "old.a", "new.written.a"];
    others.iter().for_each(|name| vault.put(name, name.as_bytes()).unwrap());
    for version in [b"first", b"later"] {
        vault.make_room_for("a", 4096).unwrap();
        vault.put("a", version).unwrap();
    }
    vault.make_room_for("a", 4096).unwrap();
    vault.give_room_back("a").unwrap();
    for name in others {
        assert_eq!(vault.get(name).unwrap().as_deref(), Some(name.as_bytes()));
    }
    assert_eq!(vault.get("a").unwrap().as_deref(), Some(b"later".as_slice()));
    vault.make_room_for("a", 4096).unwrap();
    vault.discard_kept().unwrap();
    drop(vault);
    assert!(!folder.path().exists(), "nothing of it is left, and so the folder goes");
}

#[test]
fn a_session_that_a_version_before_was_replacing_is_wiped_or_stands() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::take(folder.path()).unwrap();
    let (keys, package) = (RequestorKeys::generate(&mut OsRng), PackageId::from_bytes([4; 32]));
    vault.save(package, &record(), &keys, &mut OsRng).unwrap();
    let (session, old) = (folder.path().join("session"), folder.path().join("session.old"));
    std::fs::hard_link(&session, &old).unwrap();
    assert!(vault.load(package, &keys, |_| false).unwrap().is_some() && !old.exists());
    std::fs::write(&old, b"old secret").unwrap();
    let witness = folder.path().join("witness");
    std::fs::hard_link(&old, &witness).unwrap();
    assert!(vault.load(package, &keys, |_| false).unwrap().is_some() && !old.exists());
    assert_eq!(std::fs::read(&witness).unwrap(), [0; 10]);
    let new = folder.path().join("session.new");
    std::fs::write(&new, b"new secret").unwrap();
    let witness = folder.path().join("witness of the new one");
    std::fs::hard_link(&new, &witness).unwrap();
    assert!(vault.load(package, &keys, |_| false).unwrap().is_some() && !new.exists());
    assert_eq!(std::fs::read(&witness).unwrap(), [0; 10]);
}

#[test]
fn a_session_of_a_version_before_ends_before_what_it_did_not_remember() {
    let mut record = record();
    let bytes = codec::encode(&record);
    // the mark that others went on, and behind it how many reports were made anew
    let (of_before, before_that) = (&bytes[..bytes.len() - 8], &bytes[..bytes.len() - 9]);
    assert!(SessionRecord::from_bytes(of_before).unwrap().anew.is_empty());
    assert!(SessionRecord::from_bytes(before_that).is_err());
    assert!(!SessionRecord::from_bytes_of_before(before_that).unwrap().went_on);
    record.went_on = true;
    record.made_anew(Hash32::ZERO);
    let read = SessionRecord::from_bytes(&codec::encode(&record)).unwrap();
    assert!(read.went_on && read.was_made_anew(&Hash32::ZERO));
    assert!(SessionRecord::from_bytes_of_before(&bytes[..bytes.len() - 10]).is_err());
}

#[test]
fn of_the_reports_that_were_made_anew_the_latest_are_remembered() {
    let mut record = record();
    let hash =
        |number: u16| Hash32::from_bytes([[0; 30].as_slice(), &number.to_be_bytes()].concat().try_into().unwrap());
    (0..300).for_each(|number| record.made_anew(hash(number)));
    assert_eq!(record.anew.len(), 256);
    assert!(record.was_made_anew(&hash(299)) && !record.was_made_anew(&hash(43)));
}
