//! A mutation fuzzer over every decoder, parser and the policy language: valid encodings are cut, extended, spliced and flipped.
//!
//! What decodes must encode to the same bytes; nothing may panic. `scripts/test` runs it for two seconds; set
//! `MEDSHARE_FUZZ_SECONDS=3600` for a real run. The seed is printed, and `MEDSHARE_FUZZ_SEED` repeats a run. `MEDSHARE_FUZZ_SEEDS=DIR`
//! writes the valid encodings there, for the coverage-guided targets in `fuzz/`.

mod sealing;

use std::time::{Duration, Instant};

use medshare_crypto::abe::{
    AttributePublic, AttributeRegister, AuthorityPublic, AuthoritySecret, Ciphertext, CiphertextUpdate, Dispute,
    Factor, PendingChallenge, ProxyKey, ProxyKeyShare, ProxyKeyUpdate, ProxyKeys, PublicKeys, Registration, Rows,
    RowsUsed, Transcript, Transform, TransformShare, TransformStatement, UserSecret, Verdict, challenge, encrypt,
    make_rows, transform, transform_share,
};
use medshare_crypto::abe_file::{FileCapsule, FileHeader, Opener, PolicyChange, seal_file};
use medshare_crypto::attribute_signature::{
    AttributeSignature, Claim, MediatedRow, MediationRequest, MediatorKey, PendingSignature, SignatureAuthority,
    SignaturePublic, SignerKey,
};
use medshare_crypto::envelope::{Capsule, Envelope};
use medshare_crypto::hash::Hash32;
use medshare_crypto::key_aggregate::{AggregateKey, AggregateOwner, AggregateParameters, ClassCiphertext};
use medshare_crypto::keyfile::{KdfCost, KeyFile};
use medshare_crypto::kp_abe::{self, DomainPublic, DomainSecret, KpCiphertext, KpKey, LabelPublic, LabelUpdate};
use medshare_crypto::letter::Letter;
use medshare_crypto::policy::{AttributeName, Policy};
use medshare_crypto::seal::SealingSecretKey;
use medshare_crypto::sign::SigningKey;
use medshare_crypto::{class_file, domain_file};
use rand::rngs::{OsRng, StdRng};
use rand::{Rng as _, RngCore as _, SeedableRng as _};

/// Decodes, and encodes again if that worked.
type Reencode = fn(&[u8]) -> Option<Vec<u8>>;

struct Target {
    name: &'static str,
    sample: Vec<u8>,
    reencode: Reencode,
}

macro_rules! target {
    ($targets:ident, $type:ty, $sample:expr) => {
        $targets.push(Target {
            name: stringify!($type),
            sample: $sample.to_bytes().to_vec(),
            reencode: |bytes| Some(<$type>::from_bytes(bytes).ok()?.to_bytes().to_vec()),
        })
    };
}

fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    let rng = &mut OsRng;
    let authority = AuthoritySecret::generate("X".parse().unwrap(), rng);
    let name: AttributeName = "A@X".parse().unwrap();
    let public = authority.attribute_public(&name, 0).unwrap();
    let mut keys = PublicKeys::new();
    keys.add_authority(&authority.public());
    keys.add_attribute(&public).unwrap();
    let policy: Policy = "2 of (A@X, A@X, A@X) OR A@X".parse().unwrap();
    let (ciphertext, _) = encrypt(&policy, &keys, b"", rng).unwrap();
    let user = UserSecret::generate(rng);
    let claim = user.registration(b"bob", rng).unwrap();
    let registration = claim.clone().verify().unwrap();
    let key = authority.issue(&registration, &name, 0).unwrap();
    let answer = transform(&ciphertext, &registration, std::slice::from_ref(&key)).unwrap();
    let (rows, _) = make_rows(&policy, &keys, rng).unwrap();
    target!(targets, AuthoritySecret, authority);
    let mut register = AttributeRegister::new();
    register.raise(&name, 3).unwrap();
    target!(targets, AttributeRegister, register);
    target!(targets, AuthorityPublic, authority.public());
    target!(targets, AttributePublic, public);
    target!(targets, Registration, claim);
    target!(targets, ProxyKey, key);
    let shares = authority.divide(&registration, &name, 0, 1, (2, 3)).unwrap();
    target!(targets, ProxyKeyShare, shares.first().unwrap());
    target!(targets, Ciphertext, ciphertext);
    target!(targets, Rows, rows);
    target!(targets, Transform, answer);
    let update = authority.ciphertext_update(&name, 0, 1).unwrap();
    target!(targets, CiphertextUpdate, update);
    let update = authority.proxy_key_update(&registration, &name, 0, 1).unwrap();
    target!(targets, ProxyKeyUpdate, update);
    let divided = authority.divide(&registration, &name, 0, 1, (1, 1)).unwrap();
    let part = transform_share(&ciphertext, &registration, &divided, &[]).unwrap();
    target!(targets, TransformShare, part);
    let (sealing, receiving) = (SigningKey::generate(rng), SealingSecretKey::generate(rng));
    let letter = Letter::write(&sealing, &receiving.public_key(), b"contents", rng).unwrap();
    target!(targets, Letter, letter);
    target!(targets, Letter, sealing::letter_of_before());
    targets.extend(sealing::targets(&receiving.public_key()));
    let party = sealing.verifying_key();
    let prepared = ProxyKeys::new(&registration, std::slice::from_ref(&key));
    let used = RowsUsed::of(&prepared.select(&ciphertext).unwrap());
    target!(targets, RowsUsed, used);
    let wrong = ProxyKeys::new(
        &UserSecret::generate(rng).registration(b"eve", rng).unwrap().verify().unwrap(),
        std::slice::from_ref(&key),
    );
    for (header, served) in [(Hash32::ZERO, &prepared), (Hash32::from_bytes([1; 32]), &wrong)] {
        // One verdict agrees, the other differs.
        let made = served.transform_selected(&served.select(&ciphertext).unwrap());
        let statement = TransformStatement { header, user: registration.hash(), rows: &used, transform: &made };
        let dispute = Dispute::new(&ciphertext, party, &registration, &statement, &sealing.sign(&statement)).unwrap();
        let factor = dispute.factors(served, &sealing).unwrap().remove(0);
        target!(targets, Verdict, dispute.verdict(&authority, &factor, rng).unwrap());
        target!(targets, Factor, factor);
    }
    let (challenge, pending) = challenge(&policy, &keys, (&sealing, party), b"why", rng).unwrap();
    target!(targets, Transcript, challenge.transcript);
    target!(targets, PendingChallenge, pending);
    let (rows, share) = make_rows(&policy, &keys, rng).unwrap();
    let mut file = Vec::new();
    seal_file(rows, vec![share], &sealing, &mut [].as_slice(), &mut file, rng).unwrap();
    let mut moved = FileHeader::read(&mut file.as_slice()).unwrap();
    let header = moved.clone().of_owner(&[party]).unwrap();
    moved.update(&authority.ciphertext_update(&name, 0, 1).unwrap()).unwrap();
    targets.push(header_target::<FileCapsule>("encrypted file", file));
    targets.push(header_target::<FileCapsule>("encrypted file that moved", moved.to_bytes()));
    let opener = Opener::Alone { user: &user, registration: &registration, keys: std::slice::from_ref(&key) };
    let sigma = header.secret(opener).unwrap();
    let (rows, share) = make_rows(&policy, &keys, rng).unwrap();
    target!(targets, PolicyChange, header.widening(&sealing, &sigma, rows, &[share]).unwrap());
    let (rows, share) = make_rows(&policy, &keys, rng).unwrap();
    target!(targets, PolicyChange, header.replacement(&sealing, &sigma, rows, vec![share]).unwrap());

    let domain = DomainSecret::generate("X".parse().unwrap(), rng);
    let label = domain.label_public(&name, 0).unwrap();
    let versions = std::collections::BTreeMap::new();
    let labels = [label.clone()];
    let (sealed, _) = kp_abe::encrypt(&domain.public(), &labels, b"", rng).unwrap();
    target!(targets, DomainSecret, domain);
    target!(targets, DomainPublic, domain.public());
    target!(targets, LabelPublic, label);
    let kp_key = domain.issue(&policy, [1; 32], &versions, rng).unwrap();
    target!(targets, LabelUpdate, domain.label_update(&name, 0, 1).unwrap());
    target!(targets, KpKey, kp_key);
    let mut file = Vec::new();
    domain_file::seal_file(&domain.public(), &labels, &mut [1].as_slice(), &mut file, rng).unwrap();
    targets.push(header_target::<KpCiphertext>("domain file", file));
    target!(targets, KpCiphertext, sealed);

    let parameters = AggregateParameters::generate(3, rng).unwrap();
    let owner = AggregateOwner::generate(rng);
    let classes = [1, 3].into();
    let (sealed, _) = owner.public().encrypt(&parameters, 1, b"", rng).unwrap();
    target!(targets, AggregateKey, owner.aggregate_key(&parameters, &classes).unwrap());
    target!(targets, ClassCiphertext, sealed);
    let mut file = Vec::new();
    class_file::seal_file(&owner.public(), &parameters, 1, &mut [1].as_slice(), &mut file, rng).unwrap();
    targets.push(header_target::<ClassCiphertext>("class file", file));
    target!(targets, AggregateParameters, parameters);

    let signing = SignatureAuthority::generate(rng);
    let mediator: AttributeName = "M@Y".parse().unwrap();
    let (signer, mediating) = signing.issue(b"bob", &[name].into(), &mediator);
    let public = signing.public([mediator.clone()].into());
    let claim = Claim::new(&policy, &mediator).unwrap();
    let (request, pending) = signer.begin(b"m", claim, &public, rng).unwrap();
    let row = mediating.mediate(&request, &public, rng).unwrap();
    target!(targets, SignerKey, signer);
    target!(targets, MediatorKey, mediating);
    target!(targets, MediationRequest, request);
    target!(targets, MediatedRow, row);
    target!(targets, PendingSignature, pending);
    target!(targets, AttributeSignature, pending.complete(row));
    target!(targets, SignaturePublic, public);
    targets.extend(text_targets());
    targets
}

fn text_targets() -> Vec<Target> {
    let cost = KdfCost::least();
    let key_file = KeyFile::encrypt("kind", "public", b"secret", b"pass", cost, &mut OsRng);
    vec![
        Target {
            name: "policy language",
            sample: b"(A@X AND B@Y) OR 2 of (C@Z, D@Z, E@Z OR F@Z)".to_vec(),
            reencode: |bytes| {
                let text = std::str::from_utf8(bytes).ok()?;
                match text.parse::<Policy>() {
                    Err(error) => {
                        assert!(error.to_string().contains('^'));
                        None
                    }
                    Ok(policy) => {
                        let canonical = policy.to_string();
                        assert_eq!(canonical.parse::<Policy>().unwrap(), policy);
                        Some(bytes.to_vec())
                    }
                }
            },
        },
        Target {
            name: "key file",
            sample: key_file.unwrap().to_text().as_bytes().to_vec(),
            reencode: |bytes| {
                let file = KeyFile::parse(std::str::from_utf8(bytes).ok()?).ok()?;
                let _ = file.open("kind", Some(b"pass"));
                Some(bytes.to_vec())
            },
        },
    ]
}

fn header_target<C: Capsule>(name: &'static str, sample: Vec<u8>) -> Target {
    Target {
        name,
        sample,
        reencode: |bytes| {
            let header = Envelope::<C>::read(&mut &*bytes).ok()?.to_bytes();
            assert!(bytes.starts_with(&header));
            Some(bytes.to_vec())
        },
    }
}

fn mutate(rng: &mut StdRng, bytes: &mut Vec<u8>, other: &[u8]) {
    for _ in 0..rng.gen_range(1..4) {
        let at = rng.gen_range(0..=bytes.len());
        match rng.gen_range(0..6) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at, rng.r#gen()),
            2 if at < bytes.len() => drop(bytes.remove(at)),
            3 => {
                let from = rng.gen_range(0..=other.len());
                let tail = other.iter().skip(from).take(rng.gen_range(1..64));
                let end = bytes.len().min(at + 48);
                bytes.splice(at..end, tail.copied());
            }
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << rng.gen_range(0..8);
                }
            }
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn mutated_bytes_are_refused_or_decode_to_themselves() {
    let seed = number("MEDSHARE_FUZZ_SEED").unwrap_or_else(|| OsRng.next_u64());
    let seconds = number("MEDSHARE_FUZZ_SECONDS").unwrap_or(2);
    println!("MEDSHARE_FUZZ_SEED={seed}");
    let rng = &mut StdRng::seed_from_u64(seed);
    let targets = targets();
    if let Some(folder) = std::env::var_os("MEDSHARE_FUZZ_SEEDS").map(std::path::PathBuf::from) {
        for (number, target) in targets.iter().enumerate() {
            std::fs::write(folder.join(format!("{number:02}")), &target.sample).unwrap();
        }
    }
    for target in &targets {
        let same = (target.reencode)(&target.sample);
        assert_eq!(same.as_ref(), Some(&target.sample), "{}", target.name);
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runs = 0_u64;
    while Instant::now() < end {
        for target in &targets {
            let other = targets.get(rng.gen_range(0..targets.len())).unwrap();
            let mut bytes = target.sample.clone();
            mutate(rng, &mut bytes, &other.sample);
            if let Some(again) = (target.reencode)(&bytes) {
                assert_eq!(again, bytes, "{} is not canonical", target.name);
            }
            runs += 1;
        }
    }
    println!("{runs} mutations");
}
