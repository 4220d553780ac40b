//! Every decoder of keys, ciphertexts, updates and messages: what decodes encodes to the same bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use medshare_crypto::abe::{
    AttributePublic, AttributeRegister, AuthorityPublic, AuthoritySecret, Ciphertext, CiphertextUpdate, Factor,
    PendingChallenge, ProxyKey, ProxyKeyShare, ProxyKeyUpdate, Registration, Rows, RowsUsed, Transcript, Transform,
    TransformShare, Verdict,
};
use medshare_crypto::abe_file::PolicyChange;
use medshare_crypto::key_aggregate::{AggregateKey, AggregateParameters, ClassCiphertext};
use medshare_crypto::kp_abe::{DomainPublic, DomainSecret, KpCiphertext, KpKey, LabelPublic, LabelUpdate};
use medshare_crypto::letter::Letter;
use medshare_crypto::seal::{Encapsulation, SealingPublicKey, SealingSecretKey, decapsulate, open};
use zeroize::Zeroizing;

macro_rules! decode {
    ($bytes:ident: $($type:ty),+ $(,)?) => {
        $(if let Ok(value) = <$type>::from_bytes($bytes) {
            assert_eq!(value.to_bytes().as_slice(), $bytes, stringify!($type));
        })+
    };
}

fuzz_target!(|bytes: &[u8]| {
    decode!(bytes: AttributePublic, AttributeRegister, AuthorityPublic, AuthoritySecret, Ciphertext, CiphertextUpdate, Factor,
        PendingChallenge, ProxyKey, ProxyKeyShare, ProxyKeyUpdate, Registration, Rows, RowsUsed, Transcript, Transform,
        TransformShare, Verdict, PolicyChange, AggregateKey, AggregateParameters, ClassCiphertext, DomainPublic, DomainSecret,
        KpCiphertext, KpKey, LabelPublic, LabelUpdate, Letter);
    if let Some(key) = SealingPublicKey::from_slice(bytes) {
        let _ = key.is_usable();
    }
    if bytes.len() >= Encapsulation::LEN {
        let receiver = SealingSecretKey::from_bytes(Zeroizing::new([7; 32]));
        assert!(open(&receiver, b"info", b"aad", bytes).is_err());
        let _ = Encapsulation::from_slice(bytes).map(|sent| decapsulate(&receiver, b"info", &sent));
    }
    if let Ok(registration) = Registration::from_bytes(bytes) {
        let _ = registration.verify();
    }
});
