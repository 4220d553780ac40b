//! Packages that were damaged or belong elsewhere, and key files that do not fit: refused before any node is asked.

mod keys;

use keys::{
    a_damaged_or_missing_key_file_is_refused, a_key_file_of_another_kind_is_refused,
    a_package_for_somebody_else_does_not_open, a_wrong_passphrase_is_refused,
};

use medshare_contract_abi::ActionSet;
use medshare_crypto::stream::{DataKey, sealed_len};
use medshare_exchange::api::{PermissionView, ThreadView};
use medshare_exchange::manifest::Manifest;
use medshare_exchange::package::{Package, write_package};
use medshare_scenarios::http::get;
use medshare_scenarios::network::{Network, RECORDS, dataset};
use medshare_scenarios::people::Researcher;
use medshare_scenarios::program::{Said, run};
use medshare_scenarios::scenarios;
use rand_core::OsRng;
use std::fs::File;
use std::path::{Path, PathBuf};

struct World {
    network: Network,
    alice: Researcher,
    package: PathBuf,
}

fn found() -> World {
    let mut network = Network::start(30_220);
    let alice = network.researcher();
    let package = network.package(&alice);
    World { network, alice, package }
}

scenarios!(found:
    a_truncated_package_says_so,
    bytes_behind_a_package_are_noticed,
    a_flipped_bit_anywhere_is_found,
    what_is_no_package_is_named_so,
    a_package_of_another_network_names_both_networks,
    a_package_laxer_than_its_data_sets_terms_is_refused_even_with_its_nodes_seal,
    a_package_for_somebody_else_does_not_open,
    a_key_file_of_another_kind_is_refused,
    a_wrong_passphrase_is_refused,
    a_damaged_or_missing_key_file_is_refused,
    what_cannot_be_stored_is_not_asked_for,
    a_node_of_another_network_is_named,
    a_misspelt_attribute_is_not_published,
    an_empty_variable_is_named,
    nothing_of_all_this_reached_the_ledger_and_the_package_still_opens,
    a_slip_of_the_hand_ends_nothing,
);

impl World {
    fn open(&self, package: &Path, key: &Path) -> Said {
        let (package, key) = (package.to_str().unwrap(), key.to_str().unwrap());
        self.network.medshare(0, ["package", "open", package, "--key", key])
    }

    /// Opens a changed copy of the package.
    fn open_changed(&self, change: impl FnOnce(&mut Vec<u8>)) -> Said {
        let mut bytes = std::fs::read(&self.package).unwrap();
        change(&mut bytes);
        let path = self.network.desk().join("changed.medshare");
        std::fs::write(&path, bytes).unwrap();
        let said = self.open(&path, &self.alice.file);
        assert!(!self.network.desk().join("changed.medshare.session").exists(), "no session is begun");
        said
    }

    fn manifest_end(&self) -> usize {
        let bytes = std::fs::read(&self.package).unwrap();
        12 + u32::from_be_bytes(bytes[8..12].try_into().unwrap()) as usize
    }

    fn length(&self) -> usize {
        std::fs::read(&self.package).unwrap().len()
    }
}

fn a_truncated_package_says_so(world: &mut World) {
    let (end, length) = (world.manifest_end(), world.length());
    for keep in [9, 12, 13, end - 1, end + 1, end + 127, end + 128, length - 1] {
        let said = world.open_changed(|bytes| bytes.truncate(keep));
        said.failed(5, "damaged-package", "truncated");
    }
    world.open_changed(Vec::clear).failed(5, "damaged-package", "");
}

fn bytes_behind_a_package_are_noticed(world: &mut World) {
    world.open_changed(|bytes| bytes.push(0)).failed(5, "damaged-package", "1 bytes follow");
}

fn a_flipped_bit_anywhere_is_found(world: &mut World) {
    let (end, length) = (world.manifest_end(), world.length());
    for (place, code, words) in [
        (0, "damaged-package", "not a package"),
        (9, "damaged-package", ""),
        (12, "other-network", "belongs to network"),
        (12 + 32, "damaged-package", "changed after its node sealed it"),
        (12 + 32 + 16 + 15, "damaged-package", "changed after its node sealed it"),
        (end / 2, "damaged-package", "changed after its node sealed it"),
        (end - 1, "damaged-package", "manifest is not valid"),
        (end, "damaged-package", "changed after its node sealed it"),
        (end + 32, "damaged-package", "changed after its node sealed it"),
        (end + 64, "damaged-package", "changed after its node sealed it"),
        (end + 127, "damaged-package", "changed after its node sealed it"),
        (end + 128, "damaged-package", "payload was changed"),
        ((end + 128 + length) / 2, "damaged-package", "payload was changed"),
        (length - 1, "damaged-package", "payload was changed"),
    ] {
        let said = world.open_changed(|bytes| bytes[place] ^= 1);
        said.failed(5, code, words);
    }
}

fn what_is_no_package_is_named_so(world: &mut World) {
    let genesis = world.network.layout().genesis();
    world.open(&genesis, &world.alice.file).failed(5, "wrong-kind", "is a genesis file, and a package is expected");
    world.open(Path::new("/nowhere/at.all"), &world.alice.file).failed(1, "file", "/nowhere/at.all");
}

fn a_package_of_another_network_names_both_networks(world: &mut World) {
    let other = Network::found(30_260, vec![dataset(RECORDS)]);
    let (package, key) = (world.package.to_str().unwrap(), world.alice.file.to_str().unwrap());
    let env = [
        ("MEDSHARE_GENESIS", other.layout().genesis().into_os_string()),
        ("MEDSHARE_NODE", world.network.url(0, "").into()),
    ];
    let said = run(["package", "open", package, "--key", key], &env);
    let message = said.failed(5, "other-network", &world.network.facts().network().to_string());
    assert!(message.contains(&other.facts().network().to_string()), "{message}");
}

/// What a dishonest owner's node could make: a package under a policy of its own, well sealed.
fn a_package_laxer_than_its_data_sets_terms_is_refused_even_with_its_nodes_seal(world: &mut World) {
    let honest = Package::read(&mut File::open(&world.package).unwrap()).unwrap();
    let node = world.network.node_keys(0);
    let lax = world.network.desk().join("lax.medshare");
    type Change = fn(&mut Manifest);
    let cases: [(Change, &str); 2] = [
        (|m| m.policy = "RESEARCHER@UNIVERSITY OR STAFF@UNIVERSITY".to_owned(), "another policy"),
        (|m| m.permitted_mask = ActionSet::ALL.bits(), "permits actions"),
    ];
    for (change, words) in cases {
        let mut manifest = honest.manifest.clone();
        manifest.files.truncate(1);
        manifest.files[0].length = 3;
        manifest.payload_length = sealed_len(3);
        change(&mut manifest);
        let mut file = File::create(&lax).unwrap();
        let unsealed =
            write_package(manifest, &DataKey::from_bytes([7; 32].into()), b"abc", &mut file, &mut OsRng).unwrap();
        unsealed.seal(honest.block, &node.signing, &mut file).unwrap();
        world.open(&lax, &world.alice.file).failed(5, "other-terms", words);
        let said = world.network.medshare(0, ["package", "info", lax.to_str().unwrap()]);
        said.failed(5, "other-terms", "did not keep to the genesis");
    }
}

fn nothing_of_all_this_reached_the_ledger_and_the_package_still_opens(world: &mut World) {
    let block = Package::read(&mut File::open(&world.package).unwrap()).unwrap().block;
    let url = world.network.url(3, &format!("/v1/permissions/{block}"));
    assert_eq!(get(&url).json::<PermissionView>().openings, 0);
    world.open(&world.package, &world.alice.file).done();
    world.network.agree();
    assert_eq!(get(&url).json::<PermissionView>().openings, 1);
}

fn what_cannot_be_stored_is_not_asked_for(world: &mut World) {
    let thread = |world: &World| {
        let url = world.network.url(0, &format!("/v1/audit/threads/{}", world.alice.keys.id()));
        get(&url).json::<ThreadView>().count
    };
    let before = thread(world);
    let (key, desk) = (world.alice.file.to_str().unwrap(), world.network.desk());
    let submit = |out: &Path| {
        let wish = ["request", "submit", "--owner", "NORTH", "--dataset", RECORDS, "--purpose", "HRESCH", "--key", key];
        world.network.medshare(0, wish.into_iter().chain(["--out", out.to_str().unwrap()]))
    };
    submit(&desk.join("missing/dir/x")).failed(1, "output", "missing/dir/x");
    submit(desk).failed(1, "output", "is a folder, which exists already");
    submit(&world.package).failed(1, "output", "exists already");
    let bundle = ["audit", "export", "--requestor", &world.alice.keys.id().to_string(), "--out", "/nowhere/b"];
    world.network.medshare(0, bundle).failed(1, "output", "/nowhere/b");
    assert_eq!(thread(world), before, "nothing was recorded");
    // nor does reading what is not open leave anything
    let read = ["package", "read", world.package.to_str().unwrap(), "Patient.ndjson", "--key", key];
    world.network.medshare(0, read).failed(3, "not-opened", "not open");
    assert!(!session(&world.package).exists());
}

fn session(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".session");
    name.into()
}

fn a_node_of_another_network_is_named(world: &mut World) {
    let other = Network::found(30_260, vec![dataset(RECORDS)]);
    let key = world.alice.file.to_str().unwrap();
    let out = world.network.desk().join("never.package");
    let wish = ["request", "submit", "--owner", "NORTH", "--dataset", RECORDS, "--purpose", "HRESCH", "--key", key];
    let args = wish.into_iter().chain(["--out", out.to_str().unwrap()]);
    let env = [
        ("MEDSHARE_GENESIS", other.layout().genesis().into_os_string()),
        ("MEDSHARE_NODE", world.network.url(0, "").into()),
    ];
    let message = run(args, &env).failed(3, "other-network", &world.network.facts().network().to_string());
    assert!(message.contains(&other.facts().network().to_string()), "{message}");
    assert!(!out.exists());
}

fn a_misspelt_attribute_is_not_published(world: &mut World) {
    let (key, to) = (world.network.layout().authority_key("UNIVERSITY"), world.alice.keys.id().to_string());
    let issue = ["authority", "issue", "--key", key.to_str().unwrap(), "--to", &to, "--attribute"];
    let issue = |name: &str| world.network.medshare(0, issue.into_iter().chain([name]));
    let said = issue("RESAERCHER@UNIVERSITY");
    said.failed(3, "unnamed-attribute", "no data set's policy names RESAERCHER@UNIVERSITY");
    assert!(said.stderr.contains("did you mean RESEARCHER@UNIVERSITY?"), "{}", said.stderr);
    assert_eq!(get(&world.network.url(0, "/v1/attribute-keys/RESAERCHER%40UNIVERSITY")).status, 404);
}

fn an_empty_variable_is_named(world: &mut World) {
    for name in ["MEDSHARE_GENESIS", "MEDSHARE_NODE", "MEDSHARE_CA"] {
        let mut env = world.network.environment(&[0]).to_vec();
        env.retain(|(other, _)| *other != name);
        env.push((name, "".into()));
        run(["audit", "thread", &world.alice.keys.id().to_string()], &env).failed(
            2,
            "usage",
            &format!("{name} is set, and empty"),
        );
    }
}

/// What would be a violation is not asked for by mistake, and is one when somebody insists.
fn a_slip_of_the_hand_ends_nothing(world: &mut World) {
    let desk = world.network.desk();
    let (package, key) = (world.package.to_str().unwrap(), world.alice.file.to_str().unwrap());
    let (copy, moved) = (desk.join("copy"), desk.join("moved"));
    let act = |verb: &[&str], more: &[&str]| {
        let args = [&["package"][..], &verb[..1], &[package], &verb[1..], &["--key", key], more].concat();
        world.network.medshare(0, args)
    };
    let (copy, moved) = (copy.to_str().unwrap(), moved.to_str().unwrap());
    let copying = ["copy", "Patient.ndjson", "--to", copy];
    let verbs: [&[&str]; 5] = [
        &copying,
        &["write", "Patient.ndjson", "--from", key],
        &["duplicate", "--to", copy],
        &["move", "--to", moved],
        &["delete"],
    ];
    for verb in verbs {
        act(verb, &[]).failed(8, "would-be-violation", "nothing was asked or reported");
        let foretold = act(verb, &["--dry-run"]).done();
        assert_eq!((foretold["answer"].as_str(), foretold["status"].as_str()), (Some("violation"), Some("opened")));
    }
    assert_eq!(act(&["read", "Patient.ndjson"], &["--dry-run"]).done()["answer"], "allowed");
    let block = Package::read(&mut File::open(&world.package).unwrap()).unwrap().block;
    let permission = || get(&world.network.url(0, &format!("/v1/permissions/{block}"))).json::<PermissionView>();
    assert_eq!((permission().violations, permission().reports), (0, 1));
    assert!(!Path::new(copy).exists() && !Path::new(moved).exists());
    // where it cannot be stored it is not asked for, whoever insists
    act(&["copy", "Patient.ndjson", "--to", package], &["--yes"]).failed(1, "output", "exists already");
    act(&["move", "--to", key], &["--yes"]).failed(1, "output", "exists already");
    assert_eq!(permission().violations, 0);
    act(&copying, &["--yes"]).failed(4, "violation", "reported to the owner");
    assert_eq!(permission().violations, 1);
    assert!(!Path::new(copy).exists());
    let said = world.open(&world.package, &world.alice.file);
    said.failed(4, "revoked", "revoked");
    assert!(said.stderr.contains("ask NORTH, its owner"), "{}", said.stderr);
}
