use rand::rngs::OsRng;

use super::*;

mod cctv;

struct Note(&'static [u8]);

impl Signable for Note {
    const DOMAIN: &'static str = "test/note";
    fn signing_bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

struct OtherNote(&'static [u8]);

impl Signable for OtherNote {
    const DOMAIN: &'static str = "test/other";
    fn signing_bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
}

#[test]
fn a_signature_fits_its_message_key_and_domain_only() {
    let key = SigningKey::generate(&mut OsRng);
    let signature = key.sign(&Note(b"a"));
    let public = key.verifying_key();
    assert_eq!(public.verify(&Note(b"a"), &signature), Ok(()));
    assert_eq!(public.verify(&Note(b"b"), &signature), Err(SignatureError));
    assert_eq!(public.verify(&OtherNote(b"a"), &signature), Err(SignatureError));
    let stranger = SigningKey::generate(&mut OsRng).verifying_key();
    assert_eq!(stranger.verify(&Note(b"a"), &signature), Err(SignatureError));
}

#[test]
fn every_flipped_bit_of_a_signature_is_refused() {
    let key = SigningKey::generate(&mut OsRng);
    let bytes = key.sign(&Note(b"a")).to_bytes();
    for bit in 0..512 {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        let signature = Signature::from_bytes(flipped);
        assert!(key.verifying_key().verify(&Note(b"a"), &signature).is_err());
    }
}

/// RFC 8032, section 7.1, tests 1 to 3: (secret, public, message, signature).
const RFC_8032: [[&str; 4]; 3] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
];

#[test]
fn rfc_8032_vectors_hold() {
    for [secret, public, message, signature] in RFC_8032 {
        let key = SigningKey::from_seed(Zeroizing::new(decode_hex(secret).unwrap()));
        assert_eq!(key.verifying_key().to_string(), public);
        let message = hex::decode(message).unwrap();
        assert_eq!(hex::encode(key.0.sign(&message).to_bytes()), signature);
        let signature = signature.parse().unwrap();
        assert!(key.verifying_key().verify_raw(&message, &signature).is_ok());
    }
}

#[test]
fn small_order_and_non_canonical_keys_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(VerifyingKey::from_bytes(identity), Err(VerifyingKeyError::SmallOrder));
    assert_eq!(VerifyingKey::from_bytes([0; 32]), Err(VerifyingKeyError::SmallOrder));
    // y = p + 1, another writing of y = 1
    let mut non_canonical = [0xff; 32];
    non_canonical[0] = 0xee;
    non_canonical[31] = 0x7f;
    assert_eq!(VerifyingKey::from_bytes(non_canonical), Err(VerifyingKeyError::NotCanonical));
    assert!(matches!("00".parse::<VerifyingKey>(), Err(VerifyingKeyError::Hex(_))));
}

#[test]
fn http_signature_bases_are_signed_and_nothing_else_is() {
    let key = SigningKey::generate(&mut OsRng);
    let base = b"\"@method\": POST\n\"@signature-params\": (\"@method\");created=1";
    let signature = key.sign_http_message(base).unwrap();
    key.verifying_key().verify_http_message(base, &signature).unwrap();
    for wrong in [
        &b""[..],
        b"hello",
        b"\"@method\": POST",
        b"\x09test/note\"@signature-params\": ()",
        b"x\n\"@signature-params\": ()",
        b"\"@signature-params\": ()\n",
        b"\"\xff\n\"@signature-params\": ()",
    ] {
        assert_eq!(key.sign_http_message(wrong), Err(HttpSignatureError::NotASignatureBase));
    }
    let altered = b"\"@method\": GET\n\"@signature-params\": (\"@method\");created=1";
    assert_eq!(
        key.verifying_key().verify_http_message(altered, &signature),
        Err(HttpSignatureError::Signature(SignatureError))
    );
}

#[test]
fn debug_of_a_signing_key_shows_the_public_half_only() {
    let key = SigningKey::from_seed(Zeroizing::new([7; 32]));
    let text = format!("{key:?}");
    assert!(!text.contains("0707"));
    assert!(text.contains(&key.verifying_key().to_string()[..8]));
}
