use super::*;
use crate::abe::{Ciphertext, RowsError, encrypt};
use crate::encoding::DecodeError;
use crate::envelope::{Capsule as _, sigma_context};

impl World {
    /// The file after a node moved DOCTOR@H to version 1, and `reader`'s key with it.
    pub(super) fn moved(&mut self, sealed: &[u8], reader: &mut Reader) -> Vec<u8> {
        let name = "DOCTOR@H".parse().unwrap();
        let mut payload = sealed;
        let mut header = FileHeader::read(&mut payload).unwrap();
        header.update(&self.authority.ciphertext_update(&name, 0, 1).unwrap()).unwrap();
        let update = self.authority.proxy_key_update(&reader.registration, &name, 0, 1).unwrap();
        reader.keys[0].update(&update).unwrap();
        self.keys.add_attribute(&self.authority.attribute_public(&name, 1).unwrap()).unwrap();
        [header.to_bytes().as_slice(), payload].concat()
    }
}

/// What a user would have a node answer to: rows of a file of somebody else, one by one, under a header of his own making.
#[test]
fn single_rows_of_a_file_under_a_header_by_others_are_answered_by_nobody() {
    let world = World::new();
    let sealed = world.seal("DOCTOR@H AND NURSE@H", b"secret");
    let header = FileHeader::read(&mut sealed.as_slice()).unwrap();
    let first = header.capsule.ciphertext.to_bytes();
    let row = first.len() - 2 * 776;
    let text = |policy: &str| [(policy.len() as u16).to_be_bytes().as_slice(), policy.as_bytes()].concat();
    // Layout 1 states no hash: rows are what they are.
    let alone = [[1].as_slice(), &text("DOCTOR@H"), &first[row..row + 776], &first[1..33], &[0; 32]].concat();
    let cut = Ciphertext::from_bytes(&alone).unwrap();
    assert_eq!(cut.read().unwrap().to_string(), "DOCTOR@H");
    let eve = SigningKey::generate(&mut OsRng);
    let forged = |capsule| FileHeader { capsule, ..header.clone() };
    let by_nobody = forged(FileCapsule::unsigned(cut.clone()));
    let by_eve = forged(FileCapsule::unsigned(cut.clone())).signed(&eve, Purpose::Made);
    let by_owner = forged(FileCapsule { ciphertext: cut, seal: header.capsule.seal.clone() });
    let owner = world.owner.verifying_key();
    assert_eq!(by_nobody.of_owner(&[owner]).unwrap_err(), OwnerError::Unsigned);
    assert_eq!(by_eve.of_owner(&[owner]).unwrap_err(), OwnerError::Altered { owner });
    assert_eq!(by_owner.of_owner(&[owner]).unwrap_err(), OwnerError::Altered { owner });
    // Under her own name it is hers, and a node knows her not.
    let mut hers = forged(header.capsule.clone());
    hers.identity.owner = Some(eve.verifying_key());
    let hers = hers.signed(&eve, Purpose::Made);
    let other = OwnerError::OtherOwner { owner: eve.verifying_key() };
    assert_eq!(hers.of_owner(&[owner]).unwrap_err(), other);
    assert!(header.of_owner(&[eve.verifying_key(), owner]).is_ok());
}

#[test]
fn a_header_of_which_anything_was_altered_is_nobodys() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H OR NURSE@H", b"secret");
    let len = FileHeader::read(&mut sealed.as_slice()).unwrap().to_bytes().len();
    for byte in 0..len {
        let mut altered = sealed.clone();
        altered[byte] ^= 1 << (byte % 8);
        let Ok(header) = FileHeader::read(&mut altered.as_slice()) else { continue };
        // Rows are compared with the hash that was signed by whoever computes with them.
        let taken = header.of_owner(&[doctor.owner]).is_ok_and(|header| header.ciphertext().unwrap().read().is_ok());
        assert!(!taken, "byte {byte}");
    }
}

#[test]
fn rows_that_moved_leave_the_owners_signature_as_it_is_and_spoil_nothing_but_the_file() {
    let mut world = World::new();
    let mut doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H AND DOCTOR@H", b"secret");
    let moved = world.moved(&sealed, &mut doctor);
    assert_eq!(doctor.open(&moved).unwrap(), b"secret");
    let [before, after] = [&sealed, &moved].map(|file| FileHeader::read(&mut file.as_slice()).unwrap());
    assert_eq!(after.signed_by(), Ok(doctor.owner));
    assert_eq!(before.name_that_is_signed(), after.name_that_is_signed());
    // An answer is for a state of the file.
    assert_ne!(before.hash(), after.hash());
    let bytes = after.capsule.encode();
    assert_eq!(FileCapsule::decode(bytes.clone()).unwrap().encode(), bytes);

    // Row 7 of two; and rows out of order.
    let first = 1 + Purpose::LEN + 64 + 2;
    let mut none_of_them = bytes.clone();
    none_of_them[first + 102 + 1] = 7;
    let header = FileHeader { capsule: FileCapsule::decode(none_of_them).unwrap(), ..after.clone() };
    let header = header.of_owner(&[doctor.owner]).unwrap();
    assert_eq!(header.ciphertext().unwrap_err(), RowsError::Altered);
    let mut twice = bytes.clone();
    twice[first + 102 + 1] = 0;
    assert_eq!(FileCapsule::decode(twice).unwrap_err(), DecodeError::OutOfBounds { what: "moved rows" });
    // A C4 that is another's, and one that is none.
    let mut other = bytes.clone();
    let (c4, next) = (first + 6, first + 102 + 6);
    let second = bytes[next..next + 96].to_vec();
    other[c4..c4 + 96].copy_from_slice(&second);
    let header = FileHeader { capsule: FileCapsule::decode(other).unwrap(), ..after.clone() };
    let header = header.of_owner(&[doctor.owner]).unwrap();
    assert!(matches!(header.secret(doctor.opener()), Err(AbeFileError::Recover(_))));
    let mut none = bytes;
    none[c4 + 50] ^= 1;
    let header = FileHeader { capsule: FileCapsule::decode(none).unwrap(), ..after };
    let opened = header.of_owner(&[doctor.owner]).unwrap().secret(doctor.opener());
    assert!(matches!(opened, Err(AbeFileError::Transform(TransformError::Rows(RowsError::Point { .. })))));
}

/// Files of earlier builds have a ciphertext in the place of the capsule, and an owner's name at most.
#[test]
fn a_file_that_nobody_signed_opens_only_where_it_came_on_a_trusted_way() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    for owner in [None, Some(world.owner.verifying_key())] {
        let identity = Identity::generate(owner, &mut OsRng);
        let context = sigma_context(identity.record, 0);
        let (ciphertext, sigma) = encrypt(&"DOCTOR@H".parse().unwrap(), &world.keys, &context, &mut OsRng).unwrap();
        let key = fresh_data_key(&mut OsRng);
        let header = FileHeader::wrap(&key, identity, 0, FileCapsule::unsigned(ciphertext), &sigma).unwrap();
        let mut file = Vec::new();
        header.write_sealed(&key, &mut b"secret".as_slice(), &mut file, &mut OsRng).unwrap();
        assert!(matches!(doctor.open(&file), Err(AbeFileError::Owner(OwnerError::Unsigned))));
        let (mut reader, mut opened) = (file.as_slice(), Vec::new());
        let header = FileHeader::read(&mut reader).unwrap().of_trusted_way().unwrap();
        header.open(doctor.opener(), &mut reader, &mut opened).unwrap();
        assert_eq!(opened, b"secret");
    }
    let signed = FileHeader::read(&mut world.seal("DOCTOR@H", b"").as_slice()).unwrap();
    assert_eq!(signed.of_trusted_way().unwrap_err(), OwnerError::Signed { owner: doctor.owner });
}
