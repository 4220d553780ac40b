//! Key files that do not fit a package, or are none.

use super::World;

pub(super) fn a_package_for_somebody_else_does_not_open(world: &mut World) {
    let bob = world.network.researcher();
    world.open(&world.package, &bob.file).failed(7, "not-yours", "another requestor");
}

pub(super) fn a_key_file_of_another_kind_is_refused(world: &mut World) {
    let owner = world.network.layout().owner_key("NORTH");
    world.open(&world.package, &owner).failed(7, "wrong-kind", "requestor");
}

pub(super) fn a_wrong_passphrase_is_refused(world: &mut World) {
    let file = |name: &str, text: &str| {
        let path = world.network.desk().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (right, wrong) = (file("right", "correct horse\n"), file("wrong", "battery staple\n"));
    let key = world.network.desk().join("locked.key");
    let key = key.to_str().unwrap();
    world.network.medshare(0, ["key", "create", "--passphrase-file", &right, "--out", key]).done();
    let package = world.package.to_str().unwrap();
    let said = world.network.medshare(0, ["package", "open", package, "--key", key, "--passphrase-file", &wrong]);
    said.failed(7, "wrong-passphrase", "passphrase");
    // the right one gets as far as whose package it is
    let said = world.network.medshare(0, ["package", "open", package, "--key", key, "--passphrase-file", &right]);
    said.failed(7, "not-yours", "another requestor");
}

pub(super) fn a_damaged_or_missing_key_file_is_refused(world: &mut World) {
    let text = std::fs::read_to_string(&world.alice.file).unwrap();
    let damaged = world.network.desk().join("damaged.key");
    for broken in [&text[..text.len() / 2], "", "not a key at all\n"] {
        std::fs::write(&damaged, broken).unwrap();
        world.open(&world.package, &damaged).failed(7, "key-damaged", "damaged.key");
    }
    let missing = world.network.desk().join("missing.key");
    world.open(&world.package, &missing).failed(1, "key-file", "missing.key");
}
