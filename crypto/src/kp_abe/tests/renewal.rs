//! Labels move on: who stays, who does not, and what a holder and a node learn together.

use ff::Field as _;

use super::*;
use crate::fujisaki_okamoto::unmask;
use crate::kp_abe::label::hash_label;
use crate::pairing::{PreparedG2, Scalar, multi_pairing};
use crate::secret::AttributeSecret;

#[test]
fn revoking_by_version_takes_old_and_new_records_from_one_key_only() {
    let domain = domain();
    let text = "2 of (history@alice, history@alice, allergies@alice)";
    let (mut stays, mut revoked) = (key(&domain, text, 1), key(&domain, text, 2));
    let (mut old, sigma) = sealed(&domain, &["history"], 0);
    let update = domain.label_update(&label("history"), 0, 1).unwrap();
    let update = LabelUpdate::from_bytes(&update.to_bytes()).unwrap();
    old.update(&update).unwrap();
    let (new, new_sigma) = sealed(&domain, &["history"], 1);
    let made_anew = || key_at(&domain, text, 1, &[("history", 1)]);
    let renewed = KpKey::from_bytes(&made_anew().to_bytes()).unwrap();
    assert_eq!(stays.renew(renewed), Ok(1));
    assert_eq!(stays.open(&old, CONTEXT), Ok(sigma));
    assert_eq!(stays.open(&new, CONTEXT), Ok(new_sigma));
    assert!(matches!(revoked.open(&old, CONTEXT), Err(KpOpenError::OtherVersion { .. })));
    assert_eq!(revoked.renew(made_anew()), Err(KpRenewalError::OtherKey));
    // Nor do rows of the key that was made anew serve in a key with another r.
    revoked.rows = std::mem::take(&mut made_anew().rows);
    assert_eq!(revoked.open(&new, CONTEXT), Err(KpOpenError::Wrong));
}

#[test]
fn a_key_is_renewed_by_its_own_for_later_versions_only_whichever_were_missed() {
    let domain = domain();
    let text = "history@alice AND allergies@alice";
    let mut stays = key(&domain, text, 1);
    let not_newer = |name, to, found| Err(KpRenewalError::NotNewer { label: label(name), to, found });
    assert_eq!(stays.renew(key(&domain, text, 1)), not_newer("history", 0, 0));
    assert_eq!(stays.renew(key_at(&domain, "history@alice", 1, &[("history", 1)])), Err(KpRenewalError::OtherKey));
    assert_eq!(stays.renew(key_at(&domain, text, 1, &[("history", 2), ("allergies", 1)])), Ok(2));
    assert_eq!(stays.renew(key_at(&domain, text, 1, &[("history", 3)])), not_newer("allergies", 0, 1));
    assert_eq!(stays.renew(key_at(&domain, text, 1, &[("history", 2), ("allergies", 2)])), Ok(1));
    let publics = [("history", 2), ("allergies", 2)].map(|(name, at)| domain.label_public(&label(name), at).unwrap());
    let (sealed, sigma) = encrypt(&domain.public(), &publics, CONTEXT, &mut OsRng).unwrap();
    assert_eq!(stays.open(&sealed, CONTEXT), Ok(sigma));
}

/// Opens with g1^α, and without a key.
fn opened_with(base: G1, ciphertext: &KpCiphertext) -> AttributeSecret {
    let kappa = multi_pairing(&[(base, &PreparedG2::new(&ciphertext.g2_s))]);
    unmask(MASK_DOMAIN, &kappa.to_bytes().into(), &ciphertext.c0)
}

/// With one r at both versions, the quotient of a row's two values is `P_u^{(ρ−1)·r}`: a node that knows ρ = v'/v takes `P_u^r` out of the row, and what
/// is left of a branch of one leaf is g1^α.
#[test]
fn a_holder_and_a_node_do_not_get_a_domains_secret_from_updates() {
    let domain = domain();
    let (text, history) = ("history@alice OR (allergies@alice AND emergency@alice)", label("history"));
    let (held, renewed) = (key(&domain, text, 1), key_at(&domain, text, 1, &[("history", 1)]));
    let with_ratio = domain.label_update(&history, 0, 1).unwrap();
    let ratio = &with_ratio.ratio;
    let exponent = (*ratio.expose() - Scalar::ONE).invert().unwrap();
    let base = |difference: G1| *held.rows[0].k - difference * &exponent;
    let (other, sigma) = sealed(&domain, &["psychiatry"], 0);

    let r = domain.key_randomness(&held.id, &held.policy, &[0, 0, 0]);
    let change = &(&domain.version_key(&history, 1) - &domain.version_key(&history, 0)) * &r;
    assert_eq!(opened_with(base(hash_label(&history, 0) * &change), &other), sigma, "the attack itself works");
    assert_ne!(opened_with(base(*renewed.rows[0].k - *held.rows[0].k), &other), sigma);
    // Another label that moves gives this one's row another r, too.
    let elsewhere = key_at(&domain, text, 1, &[("allergies", 1)]);
    assert!(elsewhere.g2_r != held.g2_r && elsewhere.g2_r != renewed.g2_r);
}
