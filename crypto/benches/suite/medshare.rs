//! Our own schemes, and the operations that bound them from below.

use std::collections::{BTreeMap, BTreeSet};

use medshare_crypto::abe::{
    AuthoritySecret, ProxyKey, ProxyKeys, PublicKeys, RowShare, UserSecret, VerifiedRegistration, encrypt, make_rows,
    wrap,
};
use medshare_crypto::attribute_signature::{Claim, SignatureAuthority};
use medshare_crypto::hash::sha256;
use medshare_crypto::key_aggregate::{AggregateOwner, AggregateParameters};
use medshare_crypto::kp_abe::{self, DomainSecret};
use medshare_crypto::pairing::{G1, G2, Gt, PreparedG2, multi_pairing, random_scalar};
use medshare_crypto::policy::{AttributeName, Policy};
use rand::rngs::OsRng;

use super::measure::{Results, best_ms, best_ms_of};

const CONTEXT: &[u8] = b"bench";

pub fn names(count: usize) -> Vec<String> {
    (0..count).map(|index| format!("ATTR{index}@AUTH{}", index * 10 / count)).collect()
}

fn pairs(count: usize) -> Vec<(G1, PreparedG2)> {
    let pair = |_| {
        let scalar = random_scalar(&mut OsRng);
        (G1::generator() * &scalar, PreparedG2::new(&(G2::generator() * &scalar)))
    };
    (0..count).map(pair).collect()
}

fn product_ms(pairs: &[(G1, PreparedG2)]) -> f64 {
    let terms: Vec<(G1, &PreparedG2)> = pairs.iter().map(|(p, q)| (*p, q)).collect();
    best_ms(|| multi_pairing(&terms))
}

/// Bare operations of the library underneath.
pub fn floor(results: &mut Results) {
    let base = Gt::generator().pow(&random_scalar(&mut OsRng));
    let scalar = random_scalar(&mut OsRng);
    results.time("floor", "gt_exp", 0, || base.pow(&scalar));
    let pairs = pairs(101);
    let (one, all) = (product_ms(&pairs[..1]), product_ms(&pairs));
    results.add("floor", "miller_loop", 0, (all - one) / 100.0, "ms");
    results.add("floor", "pairing_prepared", 0, one, "ms");
}

/// A user with keys for an AND of `count` attributes from 10 authorities.
pub struct World {
    pub count: usize,
    pub policy: Policy,
    pub publics: PublicKeys,
    pub authorities: Vec<AuthoritySecret>,
    pub user: UserSecret,
    pub registration: VerifiedRegistration,
    pub keys: Vec<ProxyKey>,
}

impl World {
    pub fn new(count: usize) -> Self {
        let names = names(count);
        let authority = |index| AuthoritySecret::generate(format!("AUTH{index}").parse().unwrap(), &mut OsRng);
        let authorities: Vec<AuthoritySecret> = (0..10).map(authority).collect();
        let mut publics = PublicKeys::new();
        for authority in &authorities {
            publics.add_authority(&authority.public());
        }
        let user = UserSecret::generate(&mut OsRng);
        let registration = user.registration(b"bob", &mut OsRng).unwrap().verify().unwrap();
        let mut keys = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let (name, authority) = (name.parse().unwrap(), &authorities[index * 10 / count]);
            publics.add_attribute(&authority.attribute_public(&name, 0).unwrap()).unwrap();
            keys.push(authority.issue(&registration, &name, 0).unwrap());
        }
        let policy = names.join(" AND ").parse().unwrap();
        Self { count, policy, publics, authorities, user, registration, keys }
    }
}

/// The bare steps, on what is decoded already; `paths` measures from bytes to bytes.
pub fn scheme(results: &mut Results, world: &World) {
    let World { count, policy, publics, user, registration, keys, .. } = world;
    let (system, count) = ("medshare", *count);
    results.time(system, "full_encrypt", count, || encrypt(policy, publics, CONTEXT, &mut OsRng).unwrap());
    let (rows, share) = make_rows(policy, publics, &mut OsRng).unwrap();
    let share = share.to_bytes();
    // The owner gets rows and share from elsewhere, so making the copies is not its work.
    let copy = || (rows.clone(), vec![RowShare::from_bytes(&share).unwrap()]);
    let outsourced = best_ms_of(copy, |(rows, shares)| wrap(rows, shares, CONTEXT, &mut OsRng));
    results.add(system, "owner_encrypt_outsourced", count, outsourced, "ms");

    let (ciphertext, _) = encrypt(policy, publics, CONTEXT, &mut OsRng).unwrap();
    let prepared = ProxyKeys::new(registration, keys);
    let selected = prepared.select(&ciphertext).unwrap();
    results.time(system, "node_check_rows", count, || prepared.select(&ciphertext).unwrap());
    results.time(system, "node_transform", count, || prepared.transform_selected(&selected));
    let loops = product_ms(&pairs(2 * count + 1));
    results.add("floor", "node_miller_loops", count, loops, "ms");
    let answer = prepared.transform_selected(&selected);
    results.time(system, "user_decrypt", count, || user.recover(&ciphertext, &answer, CONTEXT).unwrap());
    // As others are measured: rows are in memory and in their groups, keys are not prepared.
    results.time(system, "full_decrypt", count, || {
        let answer = ProxyKeys::new(registration, keys).transform_selected(&selected);
        user.recover(&ciphertext, &answer, CONTEXT).unwrap()
    });
    let bytes = ciphertext.to_bytes();
    results.add_of(1, system, "ciphertext_size", count, bytes.len() as f64, "bytes");
    results.time("floor", "hash_ciphertext", count, || sha256(&bytes));
}

/// Key-policy and key-aggregate encryption, attribute signatures: ten labels, classes or attributes.
pub fn other_schemes(results: &mut Results) {
    const COUNT: usize = 10;
    let labels: Vec<AttributeName> = (0..COUNT).map(|index| format!("label{index}@alice").parse().unwrap()).collect();
    let domain = DomainSecret::generate("alice".parse().unwrap(), &mut OsRng);
    let publics: Vec<_> = labels.iter().map(|label| domain.label_public(label, 0).unwrap()).collect();
    let policy: Policy = labels.iter().map(AttributeName::as_str).collect::<Vec<_>>().join(" AND ").parse().unwrap();
    let key = domain.issue(&policy, [0; 32], &BTreeMap::new(), &mut OsRng).unwrap();
    let public = domain.public();
    results.time("medshare", "kp_encrypt", COUNT, || kp_abe::encrypt(&public, &publics, CONTEXT, &mut OsRng).unwrap());
    let (sealed, _) = kp_abe::encrypt(&public, &publics, CONTEXT, &mut OsRng).unwrap();
    results.time("medshare", "kp_decrypt", COUNT, || key.open(&sealed, CONTEXT).unwrap());

    let parameters = AggregateParameters::generate(100, &mut OsRng).unwrap();
    let owner = AggregateOwner::generate(&mut OsRng);
    let classes: BTreeSet<u16> = (1..=COUNT as u16).collect();
    let key = owner.aggregate_key(&parameters, &classes).unwrap();
    let public = owner.public();
    let (sealed, _) = public.encrypt(&parameters, 3, CONTEXT, &mut OsRng).unwrap();
    results.time("medshare", "kae_decrypt", COUNT, || key.open(&parameters, &public, &sealed, CONTEXT).unwrap());

    let authority = SignatureAuthority::generate(&mut OsRng);
    let mediator: AttributeName = "ACTIVE@MEDIATOR".parse().unwrap();
    let public = authority.public([mediator.clone()].into());
    let attributes: BTreeSet<AttributeName> = labels.iter().cloned().collect();
    let (signer, mediating) = authority.issue(b"bob", &attributes, &mediator);
    let claim = Claim::new(&policy, &mediator).unwrap();
    let sign = || {
        let (request, pending) = signer.begin(b"m", claim.clone(), &public, &mut OsRng).unwrap();
        pending.complete(mediating.mediate(&request, &public, &mut OsRng).unwrap())
    };
    let signature = sign();
    results.time("medshare", "abs_sign", COUNT, sign);
    results.time("medshare", "abs_verify", COUNT, || {
        signature.verify(b"m", &claim, &public).unwrap();
    });
}
