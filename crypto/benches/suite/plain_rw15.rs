//! Rouselakis–Waters as the paper has it, over the same curve and library: no node, no tables, every pairing by itself.
//!
//! Shows what of the difference to others is the scheme's, and what the implementation's.

use medshare_crypto::pairing::{G1, G2, Gt, PreparedG2, Scalar, multi_pairing, random_scalar};
use rand::rngs::OsRng;

use super::measure::Results;
use super::medshare::names;

const SYSTEM: &str = "plain-rw15";
const GID: &str = "MEDSHARE-BENCH-GID-BLS12381G2_XMD:SHA-256_SSWU_RO_";
const ATTRIBUTE: &str = "MEDSHARE-BENCH-ATTRIBUTE-BLS12381G2_XMD:SHA-256_SSWU_RO_";

struct Authority {
    alpha: Scalar,
    y: Scalar,
    e_alpha: Gt,
    g1_y: G1,
}

/// `g2^α·H(gid)^y·F(u)^t, g1^t`.
struct Key(G2, G1);

/// C1 to C4.
struct Row(Gt, G1, G1, G2);

fn authority(_: usize) -> Authority {
    let (alpha, y) = (random_scalar(&mut OsRng), random_scalar(&mut OsRng));
    Authority { alpha, y, e_alpha: Gt::generator().pow(&alpha), g1_y: G1::generator() * &y }
}

fn key(authority: &Authority, name: &str) -> Key {
    let t = random_scalar(&mut OsRng);
    let of_user = G2::generator() * &authority.alpha + G2::hash(GID, b"bob") * &authority.y;
    Key(of_user + G2::hash(ATTRIBUTE, name.as_bytes()) * &t, G1::generator() * &t)
}

/// Shares of an AND: they sum up to the secret.
fn shares(secret: Scalar, count: usize) -> Vec<Scalar> {
    let mut shares: Vec<Scalar> = (1..count).map(|_| random_scalar(&mut OsRng)).collect();
    shares.push(secret - shares.iter().sum::<Scalar>());
    shares
}

fn encrypt(message: &Gt, named: &[(String, &Authority)]) -> (Gt, Vec<Row>) {
    let s = random_scalar(&mut OsRng);
    let (lambdas, omegas) = (shares(s, named.len()), shares(Scalar::from(0), named.len()));
    let row = |((name, authority), (lambda, omega)): (&(String, &Authority), (&Scalar, &Scalar))| {
        let t = random_scalar(&mut OsRng);
        Row(
            Gt::generator().pow(lambda) * authority.e_alpha.pow(&t),
            -(G1::generator() * &t),
            authority.g1_y * &t + G1::generator() * omega,
            G2::hash(ATTRIBUTE, name.as_bytes()) * &t,
        )
    };
    let rows = named.iter().zip(lambdas.iter().zip(&omegas)).map(row).collect();
    (*message * Gt::generator().pow(&s), rows)
}

fn pairing(p: G1, q: &G2) -> Gt {
    multi_pairing(&[(p, &PreparedG2::new(q))])
}

fn decrypt((c0, rows): &(Gt, Vec<Row>), keys: &[Key]) -> Gt {
    let gid = G2::hash(GID, b"bob");
    let opened = rows
        .iter()
        .zip(keys)
        .map(|(Row(c1, c2, c3, c4), Key(k, kp))| *c1 * pairing(*c2, k) * pairing(*c3, &gid) * pairing(*kp, c4));
    *c0 * opened.product::<Gt>().inverse()
}

pub fn measure(results: &mut Results, count: usize) {
    let authorities: Vec<Authority> = (0..10).map(authority).collect();
    let of = |(index, name)| (name, &authorities[index * 10 / count]);
    let named: Vec<(String, &Authority)> = names(count).into_iter().enumerate().map(of).collect();
    let keys: Vec<Key> = named.iter().map(|(name, authority)| key(authority, name)).collect();
    let message = Gt::generator().pow(&random_scalar(&mut OsRng));
    let ciphertext = encrypt(&message, &named);
    assert!(decrypt(&ciphertext, &keys) == message);
    results.time(SYSTEM, "full_encrypt", count, || encrypt(&message, &named));
    results.time(SYSTEM, "full_decrypt", count, || decrypt(&ciphertext, &keys));
}
