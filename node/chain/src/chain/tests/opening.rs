//! What a chain makes of the log and the views that it finds when it is opened.

use super::*;

#[test]
fn a_chain_opens_again_where_it_was() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    assert_eq!(parties.chain().tip(), tip);
}

/// A commit holds the log until the disk has its batch, and the threads that serve the network ask for the last height.
#[test]
fn the_last_height_in_the_log_is_told_while_the_log_is_held() {
    let parties = Parties::new();
    let chain = parties.chain();
    assert_eq!(chain.last_logged(), None);
    drop(chain);
    drop(parties.ready_chain());
    let chain = parties.chain();
    for last in [2, 3] {
        let held = chain.log();
        assert_eq!((chain.last_logged(), held.last()), (Some(Height(last)), Some(Height(last))));
        drop(held);
        parties.decide(&chain, vec![]);
    }
}

#[test]
fn deleted_views_are_built_again_to_the_same_root() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    fs::remove_dir_all(parties.home.path().join("views")).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert!(chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().is_some());
}

#[test]
fn views_that_cannot_be_opened_are_built_again() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    for file in fs::read_dir(parties.home.path().join("views")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            fs::write(path, "damaged").unwrap();
        }
    }
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn views_behind_which_a_decided_batch_does_not_fit_are_rebuilt_at_the_next_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let tip = chain.tip();
    chain.views().apply(vec![Change::put(b"wrong", b"value")]).unwrap();
    let said = chain.diverged(BatchError::Header { field: "state_root" }).to_string();
    assert!(said.contains("start the node again") && !said.contains("remove"), "{said}");
    drop(chain);
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert_eq!(chain.views().store().get(b"wrong").unwrap(), None);
}

fn copied(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() { copied(&path, &target) } else { fs::copy(&path, &target).map(|_| ()).unwrap() }
    }
}

#[test]
fn views_with_flipped_bits_are_built_again_wherever_the_damage_shows() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    let (home, whole) = (parties.home.path(), tempfile::tempdir().unwrap());
    copied(home, whole.path());
    for seed in 0..16u64 {
        for folder in ["log", "views"] {
            fs::remove_dir_all(home.join(folder)).unwrap();
            copied(&whole.path().join(folder), &home.join(folder));
        }
        let mut bytes = fs::read(home.join("views/db")).unwrap();
        let written = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        for flip in 0..20 + 5 * seed {
            let digest = sha256(&[seed.to_be_bytes(), flip.to_be_bytes()].concat()).to_bytes();
            let at = u64::from_be_bytes(*digest.first_chunk().unwrap()) as usize % written;
            bytes[at] ^= 1 << (digest[8] & 7);
        }
        fs::write(home.join("views/db"), bytes).unwrap();
        let chain = parties.chain();
        assert_eq!(chain.tip(), tip, "seed {seed}");
        // what is not read at the start is found by the first batch that needs it, at the latest
        let batch = parties.batch(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
        chain.append(&batch).unwrap();
        drop(execute(&chain, &batch.bytes));
        drop(chain);
        let chain = parties.chain();
        assert_eq!((chain.tip().height, chain.tip().hash), (Height(3), batch.certificate.value), "seed {seed}");
        let grant = chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().unwrap();
        assert_eq!(grant.proxy_key, sha256(b"next"));
    }
}

#[test]
fn a_log_of_another_network_is_told_from_it_and_left_alone() {
    let (parties, other) = (Parties::new(), Parties::new());
    let tip = parties.ready_chain().tip();
    let home = parties.home.path();
    let Err(error) = Chain::open(home, Arc::clone(&other.facts)) else { panic!("a log of another network was taken") };
    let ChainError::OtherNetwork { founded: Some(founded), .. } = &error else { panic!("{error}") };
    assert_eq!(**founded, *parties.facts.genesis(), "so that it can be said what differs");
    let said = error.to_string();
    assert!(said.contains(&parties.facts.network().to_string()) && said.contains(&other.facts.network().to_string()));
    assert!(!said.contains("views"), "{said}");
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn a_log_of_an_earlier_protocol_version_is_told_and_left_alone() {
    for (version, domain) in [(1, "medshare/batch/v1"), (2, "medshare/batch/v2"), (3, "medshare/batch/v3")] {
        let parties = Parties::new();
        let chain = parties.chain();
        let mut batch = parties.batch(&chain, Vec::new());
        let header = UncheckedBatch::decode(&batch.bytes).unwrap().header().clone();
        batch.certificate.value = tagged_hash(domain, &[&codec::encode(&header)]);
        chain.append(&batch).unwrap();
        drop(chain);
        for _ in 0..2 {
            let Err(error) = Chain::open(parties.home.path(), Arc::clone(&parties.facts)) else {
                panic!("a log of an earlier protocol was taken")
            };
            assert!(matches!(error, ChainError::OtherProtocol { found, .. } if found == version), "{error}");
            let said = error.to_string();
            assert!(
                said.contains(&format!(
                    "protocol version {version}, and this program speaks version {PROTOCOL_VERSION}"
                )),
                "{said}"
            );
            assert!(said.contains("there is no migration"), "{said}");
        }
    }
}

#[test]
fn a_file_in_the_place_of_the_views_makes_way_for_them() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    let views = parties.home.path().join("views");
    fs::remove_dir_all(&views).unwrap();
    fs::write(&views, "no folder").unwrap();
    assert_eq!(parties.chain().tip(), tip);
}

#[test]
fn a_file_in_the_place_of_the_log_is_named_and_left_alone() {
    let parties = Parties::new();
    let log = parties.home.path().join("log");
    fs::write(&log, "no folder").unwrap();
    let Err(ChainError::Log(error)) = Chain::open(parties.home.path(), Arc::clone(&parties.facts)) else {
        panic!("a file was taken for a log")
    };
    assert!(error.to_string().contains(&log.display().to_string()), "{error}");
    assert_eq!(fs::read(&log).unwrap(), b"no folder");
}

#[test]
fn views_of_another_form_or_of_none_are_built_again() {
    let parties = Parties::new();
    let tip = parties.ready_chain().tip();
    let folder = parties.home.path().join("views");
    for form in [Change::put(keys::VERSION, codec::encode(&u32::MAX)), Change::Delete { key: keys::VERSION.to_vec() }] {
        let store = SledStore::open(&folder).unwrap();
        // what an earlier version may have kept, and this one cannot read
        store.apply(vec![form, Change::put(keys::TIP, b"another form")]).unwrap();
        drop(store);
        let chain = parties.chain();
        assert_eq!((chain.tip(), chain.views().are_of_this_form().unwrap()), (tip.clone(), true));
    }
}

#[test]
fn views_of_another_log_are_built_again() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let tip = chain.tip();
    drop(chain);
    // Another history of the same network, of the same height.
    let other = tempfile::tempdir().unwrap();
    let elsewhere = Chain::open(other.path(), Arc::clone(&parties.facts)).unwrap();
    parties.decide(&elsewhere, vec![parties.attribute_keys(&["OTHER@university"])]);
    parties.decide(&elsewhere, vec![parties.attribute_keys(&[ATTRIBUTE])]);
    assert_ne!(elsewhere.tip().state_root, tip.state_root);
    drop(elsewhere);
    fs::remove_dir_all(parties.home.path().join("views")).unwrap();
    fs::rename(other.path().join("views"), parties.home.path().join("views")).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert!(chain.state().attribute_key("OTHER@university").unwrap().is_none());
}

#[test]
fn views_ahead_of_a_log_that_was_lost_are_built_again() {
    let parties = Parties::new();
    drop(parties.ready_chain());
    fs::remove_dir_all(parties.home.path().join("log")).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip().height, Height(0));
    assert!(chain.state().identity(parties.requestor.id()).unwrap().is_none());
}

#[test]
fn what_was_logged_before_a_crash_is_executed_at_the_next_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    let batch = parties.batch(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
    chain.append(&batch).unwrap();
    assert_eq!(chain.tip().height, Height(2));
    drop(chain);
    let chain = parties.chain();
    assert_eq!((chain.tip().height, chain.tip().hash), (Height(3), batch.certificate.value));
    let grant = chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().unwrap();
    assert_eq!(grant.proxy_key, sha256(b"next"));
}

#[test]
fn many_heights_that_left_no_trace_in_the_views_are_executed_at_the_next_start() {
    let parties = Parties::new();
    let chain = parties.ready_chain();
    (0..50).for_each(|_| drop(parties.decide(&chain, vec![])));
    let tip = chain.tip();
    assert_eq!((tip.height, chain.views().tip().unwrap().unwrap().height), (Height(52), Height(2)));
    drop(chain);
    // Views as a crash leaves them, which takes what was not flushed.
    let (views, kept) = (parties.home.path().join("views"), parties.home.path().join("kept"));
    fs::rename(&views, &kept).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    parties.decide(&chain, vec![parties.grant(T0 + 1, sha256(b"next"))]);
    (0..50).for_each(|_| drop(parties.decide(&chain, vec![])));
    let tip = chain.tip();
    drop(chain);
    fs::remove_dir_all(&views).unwrap();
    fs::rename(&kept, &views).unwrap();
    let chain = parties.chain();
    assert_eq!(chain.tip(), tip);
    assert_eq!(chain.views().tip().unwrap().unwrap().height, Height(53));
    let grant = chain.state().grant(parties.requestor.id(), ATTRIBUTE).unwrap().unwrap();
    assert_eq!(grant.proxy_key, sha256(b"next"));
    assert_eq!(chain.last_proposers(60).unwrap().len(), 60);
}
