//! Attribute signatures and the messages between signer and mediator; signatures that decode are verified too, and never hold.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use medshare_crypto::attribute_signature::{
    AttributeSignature, Claim, MediatedRow, MediationRequest, MediatorKey, PendingSignature, SignatureAuthority,
    SignaturePublic, SignerKey,
};

/// A key under which the seeds were not signed, and a claim.
fn verifier() -> &'static (SignaturePublic, Claim) {
    static VERIFIER: OnceLock<(SignaturePublic, Claim)> = OnceLock::new();
    VERIFIER.get_or_init(|| {
        let mediator = "M@Y".parse().expect("a name");
        let public = SignatureAuthority::from_bytes([7; 32].into()).public([mediator].into());
        let policy = "2 of (A@X, A@X, A@X) OR A@X".parse().expect("a policy");
        (public, Claim::new(&policy, &"M@Y".parse().expect("a name")).expect("a claim"))
    })
}

macro_rules! decode {
    ($bytes:ident: $($type:ty),+ $(,)?) => {
        $(if let Ok(value) = <$type>::from_bytes($bytes) {
            assert_eq!(value.to_bytes().as_slice(), $bytes, stringify!($type));
        })+
    };
}

fuzz_target!(|bytes: &[u8]| {
    decode!(bytes: AttributeSignature, MediatedRow, MediationRequest, MediatorKey, PendingSignature, SignaturePublic, SignerKey);
    if let Ok(signature) = AttributeSignature::from_bytes(bytes) {
        let (public, claim) = verifier();
        assert!(signature.verify(b"m", claim, public).is_err());
    }
    if let (Ok(pending), Ok(row)) = (PendingSignature::from_bytes(bytes), MediatedRow::from_bytes(bytes)) {
        let _ = pending.complete(row);
    }
});
