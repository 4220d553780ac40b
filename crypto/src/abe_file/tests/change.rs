use super::*;

fn header_of(sealed: &[u8]) -> FileHeader {
    FileHeader::read(&mut &*sealed).unwrap()
}

/// The file after somebody who stores it applied `change`.
fn changed(sealed: &[u8], change: &PolicyChange) -> Result<Vec<u8>, ChangeError> {
    let mut payload = sealed;
    let header = FileHeader::read(&mut payload).unwrap();
    let change = PolicyChange::from_bytes(&change.to_bytes()).unwrap();
    Ok([header.changed(change)?.to_bytes().as_slice(), payload].concat())
}

impl World {
    /// The header of one of the owner's files, and its σ.
    fn opened(&self, sealed: &[u8], reader: &Reader) -> (OwnersHeader, crate::secret::AttributeSecret) {
        let header = header_of(sealed).of_owner(&[self.owner.verifying_key()]).unwrap();
        let sigma = header.secret(reader.opener()).unwrap();
        (header, sigma)
    }

    fn widening(&self, sealed: &[u8], reader: &Reader, owner: &SigningKey) -> PolicyChange {
        let (header, sigma) = self.opened(sealed, reader);
        let (rows, shares) = self.rows("NURSE@H");
        header.widening(owner, &sigma, rows, &shares).unwrap()
    }
}

#[test]
fn a_change_of_policy_applies_to_its_file_in_its_state_and_to_no_other() {
    let world = World::new();
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    let widening = world.widening(&sealed, &doctor, &world.owner);
    let widened = changed(&sealed, &widening).unwrap();
    assert_eq!(doctor.open(&widened).unwrap(), b"secret");
    assert_eq!(nurse.open(&widened).unwrap(), b"secret");
    assert!(matches!(changed(&widened, &widening), Err(ChangeError::OtherFile)));
    let other = world.seal("DOCTOR@H", b"other");
    assert!(matches!(changed(&other, &widening), Err(ChangeError::OtherFile)));

    let (header, sigma) = world.opened(&sealed, &doctor);
    let (rows, shares) = world.rows("NURSE@H");
    let replaced = changed(&sealed, &header.replacement(&world.owner, &sigma, rows, shares).unwrap()).unwrap();
    let (rows, shares) = world.rows("NURSE@H");
    let narrowing = header.narrowing(&world.owner, &sigma, rows, shares, &mut OsRng).unwrap();
    let narrowed = changed(&sealed, &narrowing).unwrap();
    for (file, epoch) in [(&replaced, 0), (&narrowed, 1)] {
        assert_eq!(nurse.open(file).unwrap(), b"secret");
        assert!(doctor.open(file).is_err());
        let header = header_of(file);
        assert_eq!((header.epoch(), header.policy().unwrap().to_string()), (epoch, "NURSE@H".into()));
        assert_eq!(header.unwrap(&sigma).is_ok(), epoch == 0);
    }
}

#[test]
fn an_altered_change_is_refused() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H", b"secret");
    let bytes = world.widening(&sealed, &doctor, &world.owner).to_bytes();
    for byte in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[byte] ^= 1 << (byte % 8);
        let Ok(change) = PolicyChange::from_bytes(&altered) else { continue };
        assert!(header_of(&sealed).changed(change).is_err(), "byte {byte}");
    }
}

#[test]
fn only_its_owner_changes_the_policy_of_a_file() {
    let mut world = World::new();
    let other = SigningKey::generate(&mut OsRng);
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    assert_eq!(header_of(&sealed).owner(), Some(world.owner.verifying_key()));
    let others = world.widening(&sealed, &doctor, &other);
    assert!(matches!(changed(&sealed, &others), Err(ChangeError::OtherOwner { .. })));
    let change = world.widening(&sealed, &doctor, &world.owner);
    // The owner's signature under another body.
    let signature = 1 + 32 + 32 + 48..1 + 32 + 32 + 48 + 64;
    let mut moved = others.to_bytes();
    moved[signature.clone()].copy_from_slice(&change.to_bytes()[signature]);
    let moved = PolicyChange::from_bytes(&moved).unwrap();
    assert!(matches!(changed(&sealed, &moved), Err(ChangeError::OtherOwner { .. })));
    let widened = changed(&sealed, &change).unwrap();
    assert_eq!(nurse.open(&widened).unwrap(), b"secret");

    // Whoever can write to the store puts his own name into the header, and signs: the payload does not open any more.
    let mut stolen = sealed.clone();
    stolen[45..77].copy_from_slice(other.verifying_key().as_bytes());
    assert!(matches!(header_of(&stolen).signed_by(), Err(OwnerError::Altered { .. })));
    let (payload_len, header) = (7 + 6 + 16, header_of(&stolen).signed(&other, Purpose::Made).to_bytes());
    let stolen = [header.as_slice(), &sealed[sealed.len() - payload_len..]].concat();
    world.owner = other;
    let mut fooled = world.reader("DOCTOR@H");
    assert!(matches!(fooled.open(&stolen), Err(AbeFileError::Envelope(EnvelopeError::Payload(_)))));
    fooled.owner = doctor.owner;
    assert!(matches!(fooled.open(&stolen), Err(AbeFileError::Owner(OwnerError::OtherOwner { .. }))));
}

/// What a stranger makes of a signed header that lies open: a change of `file` to it.
fn as_a_change(file: &[u8], header: &FileHeader) -> PolicyChange {
    let ciphertext = header.capsule.ciphertext.to_bytes();
    let body = [header.epoch.to_be_bytes().as_slice(), &ciphertext].concat();
    let state = header_of(file).name_that_is_signed();
    let change = [
        [4].as_slice(),
        state.as_bytes(),
        &header.commitment.to_bytes(),
        &header.wrapped,
        &header.capsule.seal.as_ref().unwrap().signature.to_bytes(),
        &[2],
        &(body.len() as u32).to_be_bytes(),
        &body,
    ]
    .concat();
    PolicyChange::from_bytes(&change).unwrap()
}

/// The header of a strict rekey stood before the old payload then, and the file opened for nobody.
#[test]
fn the_header_of_a_strict_rekey_is_no_change_of_policy() {
    let world = World::new();
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    let strict = world.rekey(&doctor, "NURSE@H", Payload::Reencrypt, &sealed);
    let stolen = as_a_change(&sealed, &header_of(&strict));
    assert!(matches!(changed(&sealed, &stolen), Err(ChangeError::OtherOwner { .. })));
    // Where the payload stayed, rekeying says what a change says.
    let kept = world.rekey(&doctor, "NURSE@H", Payload::Keep, &sealed);
    let same = changed(&sealed, &as_a_change(&sealed, &header_of(&kept))).unwrap();
    assert_eq!(nurse.open(&same).unwrap(), b"secret");
    assert!(same == kept);
    // And the word for it is signed, too.
    let mut turned = header_of(&strict);
    turned.capsule.seal.as_mut().unwrap().purpose = header_of(&kept).capsule.seal.unwrap().purpose;
    assert!(matches!(turned.signed_by(), Err(OwnerError::Altered { .. })));
}

/// Whoever can write to the store has old headers, each with its owner's signature.
#[test]
fn an_old_header_is_not_put_back_by_a_change() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H", b"secret");
    let (header, sigma) = world.opened(&sealed, &doctor);
    let (rows, shares) = world.rows("NURSE@H");
    let narrowed = header.narrowing(&world.owner, &sigma, rows, shares, &mut OsRng).unwrap();
    let narrowed = changed(&sealed, &narrowed).unwrap();
    let back = as_a_change(&narrowed, header.header());
    assert!(matches!(changed(&narrowed, &back), Err(ChangeError::OtherOwner { .. })));
}

#[test]
fn a_change_applies_to_a_file_that_a_node_moved_since_and_what_moved_stays_so() {
    let mut world = World::new();
    let (mut doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    let change = world.widening(&sealed, &doctor, &world.owner);
    let moved = world.moved(&sealed, &mut doctor);
    let widened = changed(&moved, &change).unwrap();
    for reader in [&doctor, &nurse] {
        assert_eq!(reader.open(&widened).unwrap(), b"secret");
    }
    // What the owner makes of a moved file, too.
    let change = world.widening(&moved, &doctor, &world.owner);
    assert_eq!(nurse.open(&changed(&moved, &change).unwrap()).unwrap(), b"secret");
    assert_eq!(nurse.open(&world.rekey(&doctor, "NURSE@H", Payload::Keep, &moved)).unwrap(), b"secret");
}
