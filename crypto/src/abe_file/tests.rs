use rand::rngs::OsRng;

use super::*;
use crate::abe::{AuthoritySecret, Contribution, PublicKeys, join_contributions, make_rows};
use crate::sign::SigningKey;
use crate::stream::{SEALED_SEGMENT_LEN, SEGMENT_LEN};

struct World {
    authority: AuthoritySecret,
    keys: PublicKeys,
    /// Owns what is sealed.
    owner: Option<SigningKey>,
}

struct Reader {
    secret: UserSecret,
    registration: VerifiedRegistration,
    keys: Vec<ProxyKey>,
}

impl World {
    fn new() -> Self {
        let authority = AuthoritySecret::generate("H".parse().unwrap(), &mut OsRng);
        let mut keys = PublicKeys::new();
        keys.add_authority(&authority.public());
        for name in ["DOCTOR@H", "NURSE@H"] {
            let public = authority.attribute_public(&name.parse().unwrap(), 0).unwrap();
            keys.add_attribute(&public).unwrap();
        }
        Self { authority, keys, owner: None }
    }

    fn reader(&self, attribute: &str) -> Reader {
        let secret = UserSecret::generate(&mut OsRng);
        let registration = secret.registration(b"someone", &mut OsRng).unwrap();
        let registration = registration.verify().unwrap();
        let attribute = attribute.parse().unwrap();
        let key = self.authority.issue(&registration, &attribute, 0).unwrap();
        Reader { secret, registration, keys: vec![key] }
    }

    fn rows(&self, policy: &str) -> (Rows, Vec<RowShare>) {
        let (rows, share) = make_rows(&policy.parse().unwrap(), &self.keys, &mut OsRng).unwrap();
        (rows, vec![share])
    }

    fn seal(&self, policy: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        let mut reader = plaintext;
        let (rows, shares) = self.rows(policy);
        let len = seal_file(
            rows,
            shares,
            self.owner.as_ref().map(SigningKey::verifying_key),
            &mut reader,
            &mut sealed,
            &mut OsRng,
        )
        .unwrap();
        assert_eq!(len, plaintext.len() as u64);
        sealed
    }

    fn rekey(&self, who: &Reader, policy: &str, payload: Payload, sealed: &[u8]) -> Vec<u8> {
        let (mut rekeyed, mut reader) = (Vec::new(), sealed);
        let rows = self.rows(policy);
        rekey_file(who.opener(), rows, payload, &mut reader, &mut rekeyed, &mut OsRng).unwrap();
        rekeyed
    }
}

impl Reader {
    fn opener(&self) -> Opener<'_> {
        Opener::Alone { user: &self.secret, registration: &self.registration, keys: &self.keys }
    }

    fn open(&self, mut sealed: &[u8]) -> Result<Vec<u8>, AbeFileError> {
        let mut plaintext = Vec::new();
        open_file(self.opener(), &mut sealed, &mut plaintext).map(|_| plaintext)
    }
}

#[test]
fn files_of_every_size_open_for_those_who_may() {
    let world = World::new();
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    for len in [0, 1, SEGMENT_LEN, 2 * SEGMENT_LEN + 5] {
        let plaintext = vec![7; len];
        let sealed = world.seal("DOCTOR@H", &plaintext);
        assert_eq!(doctor.open(&sealed).unwrap(), plaintext);
        assert!(matches!(nurse.open(&sealed), Err(AbeFileError::Transform(TransformError::NotSatisfied { .. }))));
    }
}

#[test]
fn rekeying_changes_who_may_open_with_and_without_the_payload() {
    let world = World::new();
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let plaintext = vec![7; SEGMENT_LEN + 9];
    let sealed = world.seal("DOCTOR@H", &plaintext);
    for payload in [Payload::Keep, Payload::Reencrypt] {
        let rekeyed = world.rekey(&doctor, "NURSE@H", payload, &sealed);
        assert_eq!(nurse.open(&rekeyed).unwrap(), plaintext);
        assert!(doctor.open(&rekeyed).is_err());
        let tail = |bytes: &[u8]| bytes[bytes.len() - SEALED_SEGMENT_LEN..].to_vec();
        assert_eq!(tail(&rekeyed) == tail(&sealed), payload == Payload::Keep);
        let header = FileHeader::read(&mut rekeyed.as_slice()).unwrap();
        assert_eq!((header.epoch(), header.policy().unwrap().to_string()), (1, "NURSE@H".into()));
    }
}

#[test]
fn a_damaged_payload_is_not_rekeyed() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H", &vec![7; 2 * SEGMENT_LEN]);
    let mut altered = sealed.clone();
    *altered.last_mut().unwrap() ^= 1;
    for damaged in [altered.as_slice(), &sealed[..sealed.len() - 1], &sealed[..sealed.len() - SEALED_SEGMENT_LEN]] {
        for payload in [Payload::Keep, Payload::Reencrypt] {
            let (rows, mut reader) = (world.rows("NURSE@H"), damaged);
            let rekeyed = rekey_file(doctor.opener(), rows, payload, &mut reader, &mut Vec::new(), &mut OsRng);
            assert!(matches!(rekeyed, Err(AbeFileError::Envelope(EnvelopeError::Payload(_)))));
        }
    }
}

#[test]
fn an_old_header_in_front_of_a_reencrypted_payload_does_not_open() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H", b"secret");
    let rekeyed = world.rekey(&doctor, "NURSE@H", Payload::Reencrypt, &sealed);
    let payload_len = 7 + 6 + 16;
    let mut mixed = sealed[..sealed.len() - payload_len].to_vec();
    mixed.extend_from_slice(&rekeyed[rekeyed.len() - payload_len..]);
    assert!(matches!(doctor.open(&mixed), Err(AbeFileError::Envelope(EnvelopeError::Payload(_)))));
}

#[test]
fn another_persons_keys_do_not_open() {
    let world = World::new();
    let mut thief = world.reader("NURSE@H");
    thief.keys = world.reader("DOCTOR@H").keys;
    let sealed = world.seal("DOCTOR@H", b"secret");
    assert!(matches!(thief.open(&sealed), Err(AbeFileError::Recover(_))));
}

#[test]
fn damaged_and_foreign_files_are_refused() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H", b"secret");
    for len in 0..sealed.len() {
        assert!(doctor.open(&sealed[..len]).is_err(), "cut to {len}");
    }
    for byte in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[byte] ^= 0x10;
        assert!(doctor.open(&altered).is_err(), "byte {byte}");
    }
    assert!(matches!(doctor.open(b"%PDF-1.7"), Err(AbeFileError::Envelope(EnvelopeError::Foreign { .. }))));
    assert!(matches!(doctor.open(&sealed[..100]), Err(AbeFileError::Envelope(EnvelopeError::CutOff))));
    assert!(matches!(doctor.open(b""), Err(AbeFileError::Envelope(EnvelopeError::Foreign { .. }))));
    let mut newer = sealed.clone();
    newer[12] = 3;
    assert!(matches!(
        doctor.open(&newer),
        Err(AbeFileError::Envelope(EnvelopeError::UnknownVersion { found: 3, newest: 2 }))
    ));
    let mut long = sealed;
    long[45] = 0xff;
    assert!(matches!(doctor.open(&long), Err(AbeFileError::Envelope(EnvelopeError::HeaderTooLong))));
}

/// The file after somebody who stores it applied `change`.
fn changed(sealed: &[u8], change: &PolicyChange) -> Result<Vec<u8>, ChangeError> {
    let mut payload = sealed;
    let header = FileHeader::read(&mut payload).unwrap();
    let change = PolicyChange::from_bytes(&change.to_bytes()).unwrap();
    Ok([header.changed_unsigned(change)?.to_bytes().as_slice(), payload].concat())
}

#[test]
fn a_change_of_policy_applies_to_its_file_in_its_state_and_to_no_other() {
    let world = World::new();
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    let header = FileHeader::read(&mut sealed.as_slice()).unwrap();
    let sigma = header.secret(doctor.opener()).unwrap();

    let (rows, shares) = world.rows("NURSE@H");
    let widening = header.widening(&sigma, rows, &shares).unwrap();
    let widened = changed(&sealed, &widening).unwrap();
    assert_eq!(doctor.open(&widened).unwrap(), b"secret");
    assert_eq!(nurse.open(&widened).unwrap(), b"secret");
    assert!(matches!(changed(&widened, &widening), Err(ChangeError::OtherFile)));
    let other = world.seal("DOCTOR@H", b"other");
    assert!(matches!(changed(&other, &widening), Err(ChangeError::OtherFile)));

    let (rows, shares) = world.rows("NURSE@H");
    let replaced = changed(&sealed, &header.replacement(&sigma, rows, shares).unwrap()).unwrap();
    let (rows, shares) = world.rows("NURSE@H");
    let narrowing = header.narrowing(&sigma, rows, shares, &mut OsRng).unwrap();
    let narrowed = changed(&sealed, &narrowing).unwrap();
    for (file, epoch) in [(&replaced, 0), (&narrowed, 1)] {
        assert_eq!(nurse.open(file).unwrap(), b"secret");
        assert!(doctor.open(file).is_err());
        let header = FileHeader::read(&mut file.as_slice()).unwrap();
        assert_eq!((header.epoch(), header.policy().unwrap().to_string()), (epoch, "NURSE@H".into()));
        assert_eq!(header.unwrap(&sigma).is_ok(), epoch == 0);
    }
}

#[test]
fn files_open_with_rows_by_others_and_a_transform_by_a_node_and_move_to_new_versions() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let contribution = || Contribution::make(&"DOCTOR@H".parse().unwrap(), &world.keys, &mut OsRng).unwrap();
    let sets = [vec![contribution(), contribution()]];
    let (rows, shares) = join_contributions(&sets, &world.keys, &mut OsRng).unwrap().remove(0);
    let mut sealed = Vec::new();
    seal_file(rows, shares, None, &mut b"secret".as_slice(), &mut sealed, &mut OsRng).unwrap();
    let header = FileHeader::read(&mut sealed.as_slice()).unwrap();
    let answer = transform(header.capsule(), &doctor.registration, &doctor.keys).unwrap();
    let opener = Opener::WithNode { user: &doctor.secret, transform: &answer };
    let mut plaintext = Vec::new();
    open_file(opener, &mut sealed.as_slice(), &mut plaintext).unwrap();
    assert_eq!(plaintext, b"secret");

    let name = "DOCTOR@H".parse().unwrap();
    let mut payload = sealed.as_slice();
    let mut header = FileHeader::read(&mut payload).unwrap();
    header.update(&world.authority.ciphertext_update(&name, 0, 1).unwrap()).unwrap();
    let moved = [header.to_bytes().as_slice(), payload].concat();
    assert!(doctor.open(&moved).is_err());
    let update = world.authority.proxy_key_update(&doctor.registration, &name, 0, 1).unwrap();
    let mut kept = doctor;
    kept.keys[0].update(&update).unwrap();
    assert_eq!(kept.open(&moved).unwrap(), b"secret");
}

#[test]
fn an_altered_change_is_refused_or_opens_nothing_else() {
    let world = World::new();
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    let header = FileHeader::read(&mut sealed.as_slice()).unwrap();
    let sigma = header.secret(doctor.opener()).unwrap();
    let (rows, shares) = world.rows("NURSE@H");
    let bytes = header.widening(&sigma, rows, &shares).unwrap().to_bytes();
    for byte in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[byte] ^= 1 << (byte % 8);
        let Ok(change) = PolicyChange::from_bytes(&altered) else { continue };
        let Ok(header) = header.changed_unsigned(change) else { continue };
        let file = [header.to_bytes().as_slice(), &sealed[sealed.len() - (7 + 6 + 16)..]].concat();
        for reader in [&doctor, &nurse] {
            if let Ok(opened) = reader.open(&file) {
                assert_eq!(opened, b"secret", "byte {byte}");
            }
        }
    }
}

#[test]
fn only_its_owner_changes_the_policy_of_a_file_that_names_one() {
    let mut world = World::new();
    let (owner, other) = (SigningKey::generate(&mut OsRng), SigningKey::generate(&mut OsRng));
    world.owner = Some(SigningKey::from_seed(owner.seed()));
    let (doctor, nurse) = (world.reader("DOCTOR@H"), world.reader("NURSE@H"));
    let sealed = world.seal("DOCTOR@H", b"secret");
    let header = FileHeader::read(&mut sealed.as_slice()).unwrap();
    assert_eq!(header.owner(), Some(owner.verifying_key()));
    let sigma = header.secret(doctor.opener()).unwrap();
    let make = |header: &FileHeader| {
        let (rows, shares) = world.rows("NURSE@H");
        header.widening(&sigma, rows, &shares).unwrap()
    };
    assert!(matches!(changed(&sealed, &make(&header)), Err(ChangeError::NotSigned { .. })));
    assert!(matches!(changed(&sealed, &make(&header).signed(&other)), Err(ChangeError::OtherOwner { .. })));
    let change = make(&header).signed(&owner);
    // The owner's signature under another body.
    let signature = change.to_bytes().split_off(change.to_bytes().len() - 64);
    let unsigned = make(&header).to_bytes();
    let (unsigned_body, _) = unsigned.split_at(unsigned.len() - 1);
    let moved = PolicyChange::from_bytes(&[unsigned_body, &[1], &signature].concat()).unwrap();
    assert!(matches!(changed(&sealed, &moved), Err(ChangeError::OtherOwner { .. })));
    let widened = changed(&sealed, &change).unwrap();
    assert_eq!(nurse.open(&widened).unwrap(), b"secret");
    assert!(matches!(changed(&widened, &change), Err(ChangeError::OtherFile)));

    // Whoever can write to the store puts his own name into the header, and signs: the payload does not open any more.
    let mut stolen = sealed.clone();
    stolen[45..77].copy_from_slice(other.verifying_key().as_bytes());
    let header = FileHeader::read(&mut stolen.as_slice()).unwrap();
    let forged = changed(&stolen, &make(&header).signed(&other)).unwrap();
    for reader in [&doctor, &nurse] {
        assert!(matches!(reader.open(&forged), Err(AbeFileError::Envelope(EnvelopeError::Payload(_)))));
    }
    // So does whoever takes the name away.
    let unnamed = [&sealed[..12], &[1], &sealed[13..45], &sealed[77..]].concat();
    assert!(matches!(doctor.open(&unnamed), Err(AbeFileError::Envelope(EnvelopeError::Payload(_)))));
    // Rekeying keeps the owner.
    let rekeyed = world.rekey(&doctor, "NURSE@H", Payload::Reencrypt, &sealed);
    assert_eq!(FileHeader::read(&mut rekeyed.as_slice()).unwrap().owner(), Some(owner.verifying_key()));
    assert_eq!(nurse.open(&rekeyed).unwrap(), b"secret");
}

#[test]
fn a_file_without_an_owner_takes_changes_only_where_that_is_said() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let sealed = world.seal("DOCTOR@H", b"secret");
    let header = FileHeader::read(&mut sealed.as_slice()).unwrap();
    let sigma = header.secret(doctor.opener()).unwrap();
    let (rows, shares) = world.rows("NURSE@H");
    let change = header.widening(&sigma, rows, &shares).unwrap();
    assert!(matches!(header.changed(change.clone()), Err(ChangeError::NoOwner)));
    assert!(header.changed_unsigned(change).is_ok());
}
