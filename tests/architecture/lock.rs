//! Cryptography and TLS are ours, ring's and rustls'. `deny.toml` refuses others too, where `cargo deny` is at hand; this needs the lock
//! file alone, which holds also what only another system would build.

use serde::Deserialize;
use std::path::Path;

/// Libraries that stand beside ours, by the beginning of their names.
const REFUSED: &[&str] = &["aws-lc", "openssl", "native-tls"];

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
}

/// The locked crates that there should not be.
fn refused(lock: &str) -> Vec<String> {
    let names = toml::from_str::<Lock>(lock).unwrap().package.into_iter().map(|locked| locked.name);
    names.filter(|name| REFUSED.iter().any(|beginning| name.starts_with(beginning))).collect()
}

#[test]
fn no_other_tls_or_cryptographic_library_is_locked() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
        assert_eq!(refused(&std::fs::read_to_string(root.join(lock)).unwrap()), Vec::<String>::new(), "{lock}");
    }
}

#[test]
fn another_tls_is_named() {
    let locked = |name: &str| format!("[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n");
    let lock = ["aws-lc-sys", "openssl-sys", "native-tls", "ring", "rustls"].map(locked).concat();
    assert_eq!(refused(&lock), ["aws-lc-sys", "openssl-sys", "native-tls"]);
}
