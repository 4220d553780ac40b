//! What a file is that was named where another was expected, by how it begins.

use crate::exit::Exit;
use crate::failure::Failure;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// What machines are told of a file of another kind.
const WRONG_KIND: &str = "wrong-kind";

/// What `medshare abe`, `domain` and `aggregate` encrypt.
pub const ENCRYPTED: &str = "an encrypted file";
/// A key file of any kind.
pub const KEY_FILE: &str = "a key file";
/// What a requestor hands to an organisation.
pub const CARD: &str = "a card";
/// What is delivered.
pub const PACKAGE: &str = "a package";
/// What `medshare request sign` makes. It begins as nothing in particular.
pub const REQUEST: &str = "a data request";
/// What an auditor takes along.
pub const BUNDLE: &str = "an audit bundle";
/// What a signer hands out with a file.
pub const SIGNATURE: &str = "a signature";

/// Bytes that tell every kind.
const TELLING_BYTES: u64 = 64;

/// How files begin, what they are then, and what takes them. Of two beginnings of which one begins as the other, the longer comes first.
const KINDS: [(&str, &str, &str); 36] = [
    ("medshare-key-file:", KEY_FILE, "`medshare key show` tells whose it is; --key or --party"),
    ("medshare-card:", CARD, "`medshare owner register --requestor`"),
    (
        "medshare-party:",
        "a party's public file",
        "`medshare party show` tells whose it is; --from, --to and others that name a party",
    ),
    ("medshare-letter:", "a letter", "`medshare party accept`, or the command that it was made for,"),
    ("medshare-abe-public:", "an authority's public file for `medshare abe`", "--public of `medshare abe`"),
    ("medshare-abe-registration:", "a registration for `medshare abe`", "`medshare abe issue --registration`"),
    ("medshare-abe-issued:", "a file of issued keys", "`medshare abe decrypt --issued`"),
    ("medshare-abe-share:", "a share of issued keys", "`medshare abe transform --share`"),
    ("medshare-abe-transform-part:", "a node's part of an answer", "`medshare abe share combine`"),
    ("medshare-abe-transform:", "a node's answer", "`medshare abe decrypt --transform`"),
    ("medshare-abe-factors:", "a node's factors of an answer", "`medshare abe dispute verdict`"),
    ("medshare-abe-verdict:", "an authority's verdict", "`medshare abe dispute judge`"),
    ("medshare-abe-policy-change:", "a change of policy", "`medshare abe policy apply`"),
    ("medshare-abe-challenge:", "a challenge", "`medshare abe challenge answer`"),
    ("medshare-abe-answer:", "an answer to a challenge", "`medshare abe challenge verify`"),
    ("medshare-abe-rows:", "prepared rows", "`medshare abe pool fill`"),
    ("medshare-abe-update:", "an update of an attribute", "`medshare abe version apply`"),
    ("medshare-abe-", "a file of `medshare abe`", "another of its commands"),
    ("medshare-domain-public:", "the public file of a personal domain", "--public of `medshare domain`"),
    ("medshare-domain-register:", "the register of a personal domain", "--register of `medshare domain`"),
    ("medshare-domain-files-update:", "an update of files", "`medshare domain apply`"),
    ("medshare-domain-keys-update:", "an update of keys", "`medshare domain update`"),
    ("medshare-domain-", "a file of `medshare domain`", "another of its commands"),
    (
        "medshare-aggregate-public:",
        "an owner's public file for `medshare aggregate`",
        "--owner of `medshare aggregate`",
    ),
    ("medshare-aggregate-parameters:", "parameters for `medshare aggregate`", "--parameters"),
    (
        "medshare-signature-public:",
        "an authority's public file for `medshare signature`",
        "--public of `medshare signature`",
    ),
    ("medshare-signature-request:", "a request for a signature", "`medshare signature mediate`"),
    ("medshare-signature-row:", "a mediator's part of a signature", "`medshare signature finish --row`"),
    (
        "medshare-signature-pending:",
        "what was kept of a signature that was begun",
        "`medshare signature finish --pending`",
    ),
    ("medshare-signature:", SIGNATURE, "`medshare signature verify`, behind its document,"),
    ("medshare-abe", ENCRYPTED, "`medshare abe decrypt`"),
    ("medshare-dom", ENCRYPTED, "`medshare domain decrypt`"),
    ("medshare-cls", ENCRYPTED, "`medshare aggregate decrypt`"),
    ("MEDSHAR\u{2}", PACKAGE, "`medshare package info`, `open` and the verbs beside them"),
    ("MEDSHAR\u{1}", PACKAGE, "`medshare package info` of the build whose network it was made in"),
    ("MDSAUD", BUNDLE, "`medshare audit verify`"),
];

/// What a file is that begins so; none where it is no file of this program.
#[must_use]
pub fn beginning(bytes: &[u8]) -> Option<&'static str> {
    kind_of(bytes).map(|(is, _)| is)
}

/// What a file is; none where it is no file of this program, or cannot be read.
#[must_use]
pub fn of(path: &Path) -> Option<&'static str> {
    beginning(&first_bytes(path)?)
}

/// The failure of a command that takes `expected` files, told of what `path` is where that is another kind: with one exit code, whatever
/// the command made of it.
#[must_use]
pub fn told_apart(failure: Failure, path: &Path, expected: &str) -> Failure {
    let other = first_bytes(path).and_then(|bytes| kind_of(&bytes)).filter(|(is, _)| *is != expected);
    match other {
        Some(other) => told_as(failure, path, other, expected),
        None => failure,
    }
}

/// The failure of a command that takes `expected` files, of a file that is known to be another kind and to be taken elsewhere.
#[must_use]
pub fn told_as(failure: Failure, path: &Path, (is, taken_by): (&str, &str), expected: &str) -> Failure {
    let takes = if taken_by.contains(" and ") { "take it" } else { "takes it" };
    failure
        .of_kind(Exit::Verification, WRONG_KIND)
        .saying(format!("{} is {is}, and {expected} is expected", path.display()))
        .hint(format!("{taken_by} {takes}"))
}

/// What a file is that begins so, and what takes it.
#[must_use]
pub fn kind_of(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    KINDS.iter().find(|(begins, ..)| bytes.starts_with(begins.as_bytes())).map(|(_, is, taken_by)| (*is, *taken_by))
}

/// Of regular files only: another kind may wait for somebody to write.
fn first_bytes(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    if path.metadata().ok()?.is_file() {
        File::open(path).ok()?.take(TELLING_BYTES).read_to_end(&mut bytes).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_longer_beginning_is_looked_for_before_a_shorter_one() {
        for (place, (begins, ..)) in KINDS.iter().enumerate() {
            let hides = KINDS.iter().take(place).find(|(earlier, ..)| begins.starts_with(earlier));
            assert_eq!(hides, None, "{begins}");
        }
    }

    #[test]
    fn a_file_of_another_kind_is_told_with_what_takes_it_and_others_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let told = |contents: &[u8]| {
            std::fs::write(&path, contents).unwrap();
            told_apart(Failure::new(Exit::Key, "bundle", "no"), &path, BUNDLE)
        };
        let failure = told(b"MEDSHAR\x02rest");
        assert_eq!(failure.to_string(), format!("{} is a package, and an audit bundle is expected", path.display()));
        assert_eq!((failure.code(), failure.exit()), (WRONG_KIND, Exit::Verification));
        for unknown in [b"MDSAUD05".as_slice(), b"", b"noise"] {
            assert_eq!(told(unknown).to_string(), "no");
        }
        assert_eq!(beginning(b"medshare-abe\x02"), Some(ENCRYPTED));
        assert_eq!(beginning(b"medshare-abe-issued: 1\n"), Some("a file of issued keys"));
    }
}
