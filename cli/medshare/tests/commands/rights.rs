//! Whoever else has an account on the machine reads what is handed out, and nothing else.

use crate::binary::Folder;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const COMMANDS: [&str; 14] = [
    "network create net --base-port 31900 --patients 5",
    "key create --kind requestor --out alice.key --insecure-plaintext",
    "key create --kind owner --out owner.key",
    "key card --genesis net/genesis.toml --key alice.key --organisation HOSPITAL-A --role researcher --out alice.card",
    "abe authority create HOSPITAL --attribute DOCTOR --insecure-plaintext",
    "abe authority public --key HOSPITAL.key --out again.public",
    "abe authority attribute --key HOSPITAL.key --public HOSPITAL.public NURSE",
    "abe user create bob --insecure-plaintext",
    "abe issue --key HOSPITAL.key --registration bob.registration --out bob.issued DOCTOR",
    "party create north --insecure-plaintext",
    "domain create zoe --label allergies --insecure-plaintext",
    "signature create CLINIC --mediator ACTIVE@NORTH --insecure-plaintext",
    "aggregate setup --classes 8 --party north.party.key --out parameters.public",
    "key passphrase owner.key --new-passphrase-file new",
];

/// What an owner gives to others so that they can deal with him.
fn is_handed_out(path: &Path) -> bool {
    let handed_out = ["public", "party", "registration", "card"];
    path.file_name().is_some_and(|name| name == "genesis.toml" && path.components().count() == 2)
        || path.extension().is_some_and(|extension| handed_out.iter().any(|handed| extension == *handed))
}

fn files_in(folder: &Path, inside: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder.join(inside)).unwrap() {
        let path = inside.join(entry.unwrap().file_name());
        if folder.join(&path).is_dir() {
            files_in(folder, &path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn secrets_are_their_users_alone_and_what_is_handed_out_can_be_read() {
    for mask in ["000", "022"] {
        let folder = Folder::new();
        folder.write("new", "another long sentence\n");
        fs::set_permissions(folder.path().join("new"), fs::Permissions::from_mode(0o600)).unwrap();
        for command in COMMANDS {
            folder.done_under_mask(mask, command);
        }
        let mut files = Vec::new();
        files_in(folder.path(), Path::new(""), &mut files);
        let wrong: Vec<String> = files
            .iter()
            .filter_map(|file| {
                let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777;
                let expected = if is_handed_out(file) { 0o644 } else { 0o600 };
                (mode != expected).then(|| format!("{} {mode:o}", file.display()))
            })
            .collect();
        assert_eq!(wrong, [""; 0], "under the mask {mask}");
        assert_eq!(files.iter().filter(|file| is_handed_out(file)).count(), 9, "{files:?}");
        for home in ["net/nodes/HOSPITAL-A", "net/keys/owners", "net/source"] {
            let mode = fs::metadata(folder.path().join(home)).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o700, "{home}");
        }
    }
}
