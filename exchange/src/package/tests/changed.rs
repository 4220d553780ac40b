//! Packages that were cut, lengthened or changed, and files that are none.

use super::*;
use proptest::sample::Index;

fn accepted(bytes: &[u8]) -> bool {
    let mut file = Cursor::new(bytes);
    Package::read(&mut file)
        .is_ok_and(|package| package.verify(NETWORK, &small().node.verifying_key(), &mut file).is_ok())
}

#[test]
fn changed_payload_is_found_by_its_digest_and_by_its_segment() {
    let made = make(files());
    let mut bytes = made.bytes.clone();
    *bytes.last_mut().unwrap() ^= 1;
    let mut file = Cursor::new(&bytes);
    let package = Package::read(&mut file).unwrap();
    let verified = package.verify(NETWORK, &made.node.verifying_key(), &mut file);
    assert!(matches!(verified, Err(PackageError::PayloadChanged)));
    let key = package.data_key(&made.attribute_secret, &made.requestor).unwrap();
    assert!(matches!(package.read_file("z.csv", &key, &mut file), Err(PackageError::Payload(_))));
    assert!(package.read_file("a.csv", &key, &mut file).is_ok());
}

#[test]
fn every_truncation_says_so_and_trailing_bytes_are_counted() {
    let bytes = &small().bytes;
    for length in 0..bytes.len() {
        let cut = bytes.get(..length).unwrap();
        assert!(matches!(read(cut), Err(PackageError::Truncated { missing }) if missing > 0), "{length}");
    }
    let longer = [bytes.as_slice(), &[0; 3]].concat();
    assert!(matches!(read(&longer), Err(PackageError::TrailingBytes { count: 3 })));
}

#[test]
fn a_head_is_read_however_much_of_the_payload_is_behind_it() {
    let bytes = &small().bytes;
    let whole = read(bytes).unwrap();
    let end = usize::try_from(whole.head_bytes()).unwrap();
    let head = |bytes: &[u8]| Package::read_head(&mut Cursor::new(bytes));
    for length in end..bytes.len() {
        assert_eq!(head(&bytes[..length]).unwrap().id(), whole.id(), "{length}");
    }
    assert!(matches!(head(&bytes[..end - 1]), Err(PackageError::Truncated { missing: 1 })));
}

#[test]
fn other_files_are_no_packages() {
    assert!(matches!(read(b"PK\x03\x04 and more bytes"), Err(PackageError::NotAPackage)));
    let huge = [MAGIC.as_slice(), &u32::MAX.to_be_bytes()].concat();
    assert!(matches!(read(&huge), Err(PackageError::InvalidManifest { .. })));
    let damaged = [MAGIC.as_slice(), &4u32.to_be_bytes(), &[1; 4]].concat();
    assert!(matches!(read(&damaged), Err(PackageError::Manifest(_))));
}

#[test]
fn a_package_of_another_format_is_told_with_it() {
    for format in [1, 3] {
        let mut other = small().bytes.clone();
        *other.get_mut(7).unwrap() = format;
        assert!(matches!(read(&other), Err(PackageError::OtherFormat { found }) if found == format));
        assert!(matches!(announced_length(&other), Err(PackageError::OtherFormat { found }) if found == format));
    }
}

#[test]
fn the_beginning_of_a_package_tells_how_long_it_is() {
    let bytes = &small().bytes;
    let told = (0..bytes.len()).find_map(|length| announced_length(bytes.get(..length).unwrap()).unwrap());
    assert_eq!(told, Some(bytes.len() as u64));
    assert!(matches!(announced_length(b"<html>..."), Err(PackageError::NotAPackage)));
    let endless = [MAGIC.as_slice(), &[0xff; 4]].concat();
    assert!(matches!(announced_length(&endless), Err(PackageError::InvalidManifest { .. })));
}

proptest::proptest! {
    #[test]
    fn no_changed_byte_goes_unnoticed(at: Index, flip in 1u8..) {
        let mut bytes = small().bytes.clone();
        proptest::prop_assert!(accepted(&bytes));
        let at = at.index(bytes.len());
        *bytes.get_mut(at).unwrap() ^= flip;
        proptest::prop_assert!(!accepted(&bytes));
    }

    #[test]
    fn any_bytes_behind_the_magic_end_in_an_answer(mut bytes: Vec<u8>) {
        bytes.splice(0..0, MAGIC);
        proptest::prop_assert!(read(&bytes).is_err());
    }
}
