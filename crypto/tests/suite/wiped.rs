//! Whatever holds a secret wipes it when it is dropped, and prints nothing of it.

use std::collections::{BTreeMap, BTreeSet};

use medshare_crypto::abe::{
    AuthoritySecret, CiphertextUpdate, ProxyKey, ProxyKeyShare, ProxyKeyUpdate, RowSeed, RowShare, UserSecret,
};
use medshare_crypto::attribute_signature::{MediatorKey, SignatureAuthority, SignerKey};
use medshare_crypto::key_aggregate::{AggregateKey, AggregateOwner, AggregateParameters};
use medshare_crypto::kp_abe::{DomainSecret, KpKey, LabelUpdate};
use medshare_crypto::pairing::{SecretScalar, SecretScalars};
use medshare_crypto::policy::AttributeName;
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::seal::classical::ClassicalSecretKey;
use medshare_crypto::secret::{AttributeSecret, Secret32};
use medshare_crypto::sign::SigningKey;
use medshare_crypto::stream::DataKey;
use rand::rngs::OsRng;
use zeroize::ZeroizeOnDrop;

const fn wiped<T: ZeroizeOnDrop>() {}

/// Each of these is held to it when this is compiled.
const _: () = {
    wiped::<Secret32>();
    wiped::<AttributeSecret>();
    wiped::<DataKey>();
    wiped::<SecretScalar>();
    wiped::<SecretScalars>();
    wiped::<SigningKey>();
    wiped::<SealingSecretKey>();
    wiped::<ClassicalSecretKey>();
    wiped::<UserSecret>();
    wiped::<AuthoritySecret>();
    wiped::<RowSeed>();
    wiped::<RowShare>();
    wiped::<ProxyKey>();
    wiped::<ProxyKeyShare>();
    wiped::<ProxyKeyUpdate>();
    wiped::<CiphertextUpdate>();
    wiped::<DomainSecret>();
    wiped::<KpKey>();
    wiped::<LabelUpdate>();
    wiped::<AggregateOwner>();
    wiped::<AggregateKey>();
    wiped::<SignatureAuthority>();
    wiped::<SignerKey>();
    wiped::<MediatorKey>();
};

fn name(text: &str) -> AttributeName {
    text.parse().unwrap()
}

/// Whether four bytes of a secret stand in a text, in hexadecimal.
fn shows(text: &str, secret: &[u8]) -> bool {
    secret.windows(4).any(|bytes| text.contains(&hex::encode(bytes)))
}

#[test]
fn keys_print_what_they_are_for_and_nothing_of_themselves() {
    let authority = AuthoritySecret::generate("X".parse().unwrap(), &mut OsRng);
    let user = UserSecret::generate(&mut OsRng);
    let registration = user.registration(b"bob", &mut OsRng).unwrap().verify().unwrap();
    let proxy = authority.issue(&registration, &name("A@X"), 0).unwrap();
    let shares = authority.divide(&registration, &name("A@X"), 0, 1, (1, 1)).unwrap();
    let update = authority.ciphertext_update(&name("A@X"), 0, 1).unwrap();
    let key_update = authority.proxy_key_update(&registration, &name("A@X"), 0, 1).unwrap();
    let domain = DomainSecret::generate("alice".parse().unwrap(), &mut OsRng);
    let key = domain.issue(&"a@alice".parse().unwrap(), [0; 32], &BTreeMap::new(), &mut OsRng).unwrap();
    let label = domain.label_update(&name("a@alice"), 0, 1).unwrap();
    let parameters = AggregateParameters::generate(1, &mut OsRng).unwrap();
    let owner = AggregateOwner::generate(&mut OsRng);
    let aggregate = owner.aggregate_key(&parameters, &BTreeSet::from([1])).unwrap();
    let signing = SignatureAuthority::generate(&mut OsRng);
    let (signer, mediator) = signing.issue(b"bob", &[name("A@X")].into(), &name("M@Y"));
    let (sealing, verifying) = (SealingSecretKey::generate(&mut OsRng), SigningKey::generate(&mut OsRng));
    // The heads of these encodings are public; what is secret stands at their ends.
    for (text, bytes) in [
        (format!("{authority:?}"), authority.to_bytes().to_vec()),
        (format!("{user:?}"), user.to_bytes().to_vec()),
        (format!("{proxy:?}"), proxy.to_bytes().to_vec()),
        (format!("{:?}", shares[0]), shares[0].to_bytes().to_vec()),
        (format!("{update:?}"), update.to_bytes().to_vec()),
        (format!("{key_update:?}"), key_update.to_bytes().to_vec()),
        (format!("{domain:?}"), domain.to_bytes().to_vec()),
        (format!("{key:?}"), key.to_bytes().to_vec()),
        (format!("{label:?}"), label.to_bytes().to_vec()),
        (format!("{owner:?}"), owner.to_bytes().to_vec()),
        (format!("{aggregate:?}"), aggregate.to_bytes().to_vec()),
        (format!("{signing:?}"), signing.to_bytes().to_vec()),
        (format!("{signer:?}"), signer.to_bytes().to_vec()),
        (format!("{mediator:?}"), mediator.to_bytes().to_vec()),
        (format!("{sealing:?}"), sealing.to_bytes().to_vec()),
        (format!("{verifying:?}"), verifying.seed().to_vec()),
    ] {
        assert!(!shows(&text, &bytes), "{text}");
    }
}
