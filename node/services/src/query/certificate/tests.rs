#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;

fn files(certificate: &str, key: &str) -> TlsFiles {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/certificates");
    TlsFiles { certificate: folder.join(certificate), key: folder.join(key) }
}

#[track_caller]
fn refused(certificate: &str, key: &str, file: &str, words: &str) {
    let error = load(&files(certificate, key)).unwrap_err().to_string();
    assert!(error.contains(file) && error.contains(words), "expected “{file}” and “{words}” in “{error}”");
}

#[test]
fn a_servers_certificate_serves_and_one_that_has_expired_is_warned_of() {
    load(&files("server.pem", "server.key")).unwrap();
    load(&files("expired.pem", "expired.key")).unwrap();
}

#[test]
fn what_no_client_would_accept_is_named_with_its_file() {
    refused("authority.pem", "server.key", "authority.pem", "certificate authority");
    refused("client.pem", "client.key", "client.pem", "cannot be a server's");
    refused("server.pem", "client.key", "client.key", "does not belong to the first certificate in");
    refused("absent.pem", "server.key", "absent.pem", "cannot read the certificate");
    refused("server.pem", "absent.key", "absent.key", "cannot read the key");
    refused("server.key", "server.key", "server.key", "holds no certificate");
    refused("server.pem", "server.pem", "server.pem", "holds no private key");
    refused("README.md", "server.key", "README.md", "holds no certificate");
}
