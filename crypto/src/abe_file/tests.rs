use rand::rngs::OsRng;

use super::*;
use crate::abe::AuthoritySecret;
use crate::stream::{SEALED_SEGMENT_LEN, SEGMENT_LEN};

struct World {
    authority: AuthoritySecret,
    keys: PublicKeys,
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
        Self { authority, keys }
    }

    fn reader(&self, attribute: &str) -> Reader {
        let secret = UserSecret::generate(&mut OsRng);
        let registration = secret.registration(b"someone", &mut OsRng).unwrap();
        let registration = registration.verify().unwrap();
        let attribute = attribute.parse().unwrap();
        let key = self.authority.issue(&registration, &attribute, 0).unwrap();
        Reader { secret, registration, keys: vec![key] }
    }

    fn seal(&self, policy: &str, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::new();
        let policy = policy.parse().unwrap();
        let mut reader = plaintext;
        let len = seal_file(&policy, &self.keys, &mut reader, &mut sealed, &mut OsRng).unwrap();
        assert_eq!(len, plaintext.len() as u64);
        sealed
    }

    fn rekey(&self, who: &Reader, policy: &str, payload: Payload, sealed: &[u8]) -> Vec<u8> {
        let (mut rekeyed, mut reader) = (Vec::new(), sealed);
        let policy = policy.parse().unwrap();
        let credentials = who.credentials();
        let keys = &self.keys;
        rekey_file(credentials, &policy, keys, payload, &mut reader, &mut rekeyed, &mut OsRng).unwrap();
        rekeyed
    }
}

impl Reader {
    fn credentials(&self) -> Credentials<'_> {
        Credentials { user: &self.secret, registration: &self.registration, keys: &self.keys }
    }

    fn open(&self, mut sealed: &[u8]) -> Result<Vec<u8>, AbeFileError> {
        let mut plaintext = Vec::new();
        open_file(self.credentials(), &mut sealed, &mut plaintext).map(|_| plaintext)
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
        assert_eq!((header.epoch(), header.policy().to_string()), (1, "NURSE@H".into()));
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
    assert!(matches!(doctor.open(&mixed), Err(AbeFileError::Payload(_))));
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
    assert!(matches!(doctor.open(b"%PDF-1.7"), Err(AbeFileError::NotAnAbeFile)));
    assert!(matches!(doctor.open(b""), Err(AbeFileError::NotAnAbeFile)));
    let mut newer = sealed.clone();
    newer[12] = 2;
    assert!(matches!(doctor.open(&newer), Err(AbeFileError::UnknownVersion { found: 2 })));
    let mut long = sealed;
    long[45] = 0xff;
    assert!(matches!(doctor.open(&long), Err(AbeFileError::HeaderTooLong)));
}
