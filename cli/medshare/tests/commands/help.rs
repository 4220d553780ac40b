//! The help of each noun, word by word.
//!
//! The texts stand in `help/` beside this file. To write them anew after a change: `MEDSHARE_WRITE_HELP=1 cargo test -p medshare-cli`.

use crate::binary::medshare;
use std::path::Path;

#[test]
fn help_teaches_each_noun() {
    let folder = tempfile::tempdir().unwrap();
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/commands/help");
    for (args, name) in [
        (vec!["key", "--help"], "key"),
        (vec!["owner", "--help"], "owner"),
        (vec!["authority", "--help"], "authority"),
        (vec!["request", "--help"], "request"),
        (vec!["request", "submit", "--help"], "request-submit"),
        (vec!["package", "--help"], "package"),
        (vec!["package", "read", "--help"], "package-read"),
        (vec!["audit", "--help"], "audit"),
        (vec!["party", "--help"], "party"),
        (vec!["abe", "--help"], "abe"),
        (vec!["abe", "pool", "--help"], "abe-pool"),
        (vec!["abe", "policy", "--help"], "abe-policy"),
        (vec!["abe", "version", "raise", "--help"], "abe-version-raise"),
        (vec!["domain", "--help"], "domain"),
        (vec!["domain", "revoke", "--help"], "domain-revoke"),
        (vec!["aggregate", "--help"], "aggregate"),
        (vec!["signature", "--help"], "signature"),
    ] {
        let output = medshare(folder.path()).args(&args).output().unwrap();
        assert!(output.status.success());
        let path = texts.join(format!("{name}.txt"));
        if std::env::var_os("MEDSHARE_WRITE_HELP").is_some() {
            std::fs::write(&path, &output.stdout).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{name}");
    }
}

/// Of ways that exclude each other, or of which one is needed, each is named: whoever forgot one may have meant another.
#[test]
fn a_usage_error_names_every_way_that_there_is() {
    let folder = tempfile::tempdir().unwrap();
    for (command, ways) in [
        ("abe revoke --issued x", "<--all|ATTRIBUTE>"),
        ("abe transform --registration r --party p --owner o --out x file", "<--issued <FILE>|--share <FILE>>"),
        ("abe decrypt --key k --owner o --out x file", "<--issued <FILE>|--transform <FILE>>"),
        ("abe decrypt --key k --issued i --out x file", "<--owner <FILE>|--unsigned>"),
        ("abe rekey --key k --policy A@X --public p --party o --out x file", "<--issued <FILE>|--transform <FILE>>"),
        ("request fetch --out x", "<REQUEST|--signed <FILE>>"),
    ] {
        let output = medshare(folder.path()).args(command.split(' ')).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(2) && said.contains(ways), "{command}: {said}");
    }
}

#[test]
fn the_first_help_lists_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let output = medshare(folder.path()).arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("\n  4  a violation that was refused and reported, or access that is revoked"));
}
