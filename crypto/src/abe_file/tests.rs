use rand::rngs::OsRng;

use super::*;
use crate::abe::{AuthoritySecret, Contribution, PublicKeys, join_contributions, make_rows, transform};
use crate::sign::{SigningKey, VerifyingKey};
use crate::stream::{SEALED_SEGMENT_LEN, SEGMENT_LEN};

mod change;
mod owner;

struct World {
    authority: AuthoritySecret,
    keys: PublicKeys,
    /// Owns what is sealed.
    owner: SigningKey,
}

struct Reader {
    secret: UserSecret,
    registration: VerifiedRegistration,
    keys: Vec<ProxyKey>,
    /// Whose files she takes.
    owner: VerifyingKey,
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
        Self { authority, keys, owner: SigningKey::generate(&mut OsRng) }
    }

    fn reader(&self, attribute: &str) -> Reader {
        let secret = UserSecret::generate(&mut OsRng);
        let registration = secret.registration(b"someone", &mut OsRng).unwrap();
        let registration = registration.verify().unwrap();
        let attribute = attribute.parse().unwrap();
        let key = self.authority.issue(&registration, &attribute, 0).unwrap();
        Reader { secret, registration, keys: vec![key], owner: self.owner.verifying_key() }
    }

    fn rows(&self, policy: &str) -> (Rows, Vec<RowShare>) {
        let (rows, share) = make_rows(&policy.parse().unwrap(), &self.keys, &mut OsRng).unwrap();
        (rows, vec![share])
    }

    fn seal(&self, policy: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        let mut reader = plaintext;
        let (rows, shares) = self.rows(policy);
        let len = seal_file(rows, shares, &self.owner, &mut reader, &mut sealed, &mut OsRng).unwrap();
        assert_eq!(len, plaintext.len() as u64);
        sealed
    }

    fn rekey(&self, who: &Reader, policy: &str, payload: Payload, sealed: &[u8]) -> Vec<u8> {
        let (mut rekeyed, mut reader) = (Vec::new(), sealed);
        let rows = self.rows(policy);
        rekey_file(who.opener(), rows, payload, &self.owner, &mut reader, &mut rekeyed, &mut OsRng).unwrap();
        rekeyed
    }
}

impl Reader {
    fn opener(&self) -> Opener<'_> {
        Opener::Alone { user: &self.secret, registration: &self.registration, keys: &self.keys }
    }

    fn open(&self, mut sealed: &[u8]) -> Result<Vec<u8>, AbeFileError> {
        let mut plaintext = Vec::new();
        let header = FileHeader::read(&mut sealed)?.of_owner(&[self.owner])?;
        header.open(self.opener(), &mut sealed, &mut plaintext).map(|_| plaintext)
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
            let rekeyed =
                rekey_file(doctor.opener(), rows, payload, &world.owner, &mut reader, &mut Vec::new(), &mut OsRng);
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
    long[77] = 0xff;
    assert!(matches!(doctor.open(&long), Err(AbeFileError::Envelope(EnvelopeError::HeaderTooLong))));
}

#[test]
fn files_open_with_rows_by_others_and_a_transform_by_a_node() {
    let world = World::new();
    let doctor = world.reader("DOCTOR@H");
    let contribution = || Contribution::make(&"DOCTOR@H".parse().unwrap(), &world.keys, &mut OsRng).unwrap();
    let sets = [vec![contribution(), contribution()]];
    let (rows, shares) = join_contributions(&sets, &world.keys, &mut OsRng).unwrap().remove(0);
    let mut sealed = Vec::new();
    seal_file(rows, shares, &world.owner, &mut b"secret".as_slice(), &mut sealed, &mut OsRng).unwrap();
    let mut reader = sealed.as_slice();
    let header = FileHeader::read(&mut reader).unwrap().of_owner(&[doctor.owner]).unwrap();
    let answer = transform(&header.ciphertext().unwrap(), &doctor.registration, &doctor.keys).unwrap();
    let opener = Opener::WithNode { user: &doctor.secret, transform: &answer };
    let mut plaintext = Vec::new();
    header.open(opener, &mut reader, &mut plaintext).unwrap();
    assert_eq!(plaintext, b"secret");
}
