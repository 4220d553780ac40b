//! Files that are no package for this requestor: somebody else's, another network's, damaged, missing.

use super::*;

#[test]
fn a_package_for_somebody_else_is_not_opened() {
    let desk = Desk::new(Terms::high());
    let other = medshare_genesis::keys::RequestorKeys::generate(&mut OsRng);
    let agent = Agent { keys: &other, ..desk.agent() };
    let refused = agent.open(&desk.fixture.package, None);
    assert!(matches!(refused.map(drop), Err(SessionError::NotYours)));
    assert!(desk.fixture.node.asked().is_empty());
}

#[test]
fn a_package_of_another_network_is_not_opened() {
    let desk = Desk::new(Terms::high());
    let facts = found(&desk.fixture.folder.path().join("other"), 1);
    let agent = Agent { facts: &facts, ..desk.agent() };
    let refused = agent.open(&desk.fixture.package, None);
    let other_network =
        |error: &SessionError| matches!(error, SessionError::Package(PackageError::OtherNetwork { .. }));
    assert!(refused.map(drop).is_err_and(|error| other_network(&error)));
}

#[test]
fn a_package_cut_off_anywhere_or_extended_is_refused() {
    let desk = Desk::new(Terms::high());
    let bytes = std::fs::read(&desk.fixture.package).unwrap();
    let path = desk.fixture.folder.path().join("cut");
    for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
        std::fs::write(&path, &bytes[..length]).unwrap();
        let refused = PackageFile::verify(&path, &desk.fixture.facts);
        assert!(matches!(refused, Err(SessionError::Package(_))), "{length}");
    }
    std::fs::write(&path, [bytes.as_slice(), b"x"].concat()).unwrap();
    let refused = PackageFile::verify(&path, &desk.fixture.facts).unwrap_err();
    assert_eq!(refused.to_string(), "1 bytes follow the package's end");
}

#[test]
fn a_package_with_a_flipped_bit_anywhere_is_refused() {
    let desk = Desk::new(Terms::high());
    let bytes = std::fs::read(&desk.fixture.package).unwrap();
    let path = desk.fixture.folder.path().join("flipped");
    let ends = (0..300).chain(bytes.len() - 300..bytes.len());
    for position in ends.chain((300..bytes.len() - 300).step_by(61)) {
        let mut flipped = bytes.clone();
        flipped[position] ^= 1 << (position % 8);
        std::fs::write(&path, &flipped).unwrap();
        let refused = PackageFile::verify(&path, &desk.fixture.facts);
        assert!(matches!(refused, Err(SessionError::Package(_) | SessionError::UnknownNode)), "{position}");
    }
}

#[test]
fn a_missing_package_is_named() {
    let desk = Desk::new(Terms::high());
    let refused = PackageFile::verify(Path::new("/nowhere/p"), &desk.fixture.facts).unwrap_err();
    assert_eq!(refused.to_string(), "cannot read the package /nowhere/p");
}
