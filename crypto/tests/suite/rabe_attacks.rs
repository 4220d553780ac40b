//! Why this crate has its own schemes: `rabe` 0.4.2 hashes names to `g · SHA3(name)`, whose logarithm everybody knows.
//!
//! Each test runs an attack that opens what it should not in `rabe`; its counterpart against our schemes is named in the comment.

use rabe::schemes::{ac17, aw11, bsw, ghw11, lsw};
use rabe::utils::hash::{sha3_hash, sha3_hash_fr};
use rabe::utils::policy::pest::PolicyLanguage;
use rabe_bn::{G1, Group};

const SECRET: &[u8] = b"secret record";
const LANGUAGE: PolicyLanguage = PolicyLanguage::HumanPolicy;
const DOCTOR_AND_SURGERY: &str = r#""DOCTOR" and "SURGERY""#;

/// Ours: `abe::tests::attacks::a_key_renamed_to_another_attribute_does_not_open`.
#[test]
fn in_ghw11_a_key_for_one_attribute_becomes_a_key_for_any() {
    let (public, master) = ghw11::setup();
    let janitor = ghw11::keygen(&public, &master, &["JANITOR".to_string()]).unwrap();
    let ciphertext = ghw11::encrypt(&public, DOCTOR_AND_SURGERY, LANGUAGE, SECRET).unwrap();
    let mut forged = janitor.clone();
    forged.attr_key = ["DOCTOR", "SURGERY"]
        .map(|name| ghw11::Ghw11Attribute { string: name.to_string(), k_x: sha3_hash(janitor.l, name).unwrap() })
        .into();
    let (transform_key, user_key) = ghw11::tkgen(forged).unwrap();
    let data = ciphertext.data.clone();
    let transformed = ghw11::transform(ciphertext, transform_key).unwrap();
    assert_eq!(ghw11::decrypt_out(transformed, user_key, data).unwrap(), SECRET);
}

/// Ours: `abe::tests::attacks::an_altered_ciphertext_does_not_open`.
#[test]
fn in_bsw_a_ciphertext_is_relabelled_to_the_attribute_that_one_has() {
    let (public, master) = bsw::setup();
    let janitor = bsw::keygen(&public, &master, &["JANITOR"]).unwrap();
    let policy = r#""DOCTORS" and "SURGERY""#;
    let mut ciphertext = bsw::encrypt(&public, policy, LANGUAGE, SECRET).unwrap();
    let mine = sha3_hash_fr("JANITOR").unwrap();
    for leaf in &mut ciphertext.c_y {
        let name = leaf.string.split('_').next().unwrap().to_string();
        let theirs = sha3_hash_fr(&name).unwrap();
        leaf.g2 = leaf.g2 * (mine * theirs.inverse().unwrap());
        leaf.string = leaf.string.replace(&name, "JANITOR");
    }
    for name in ["DOCTORS", "SURGERY"] {
        ciphertext.policy.0 = ciphertext.policy.0.replace(name, "JANITOR");
    }
    assert_eq!(bsw::decrypt(&janitor, &ciphertext).unwrap(), SECRET);
}

/// Ours: `kp_abe::tests::a_label_added_by_relabelling_does_not_open`.
#[test]
fn in_lsw_a_record_gets_labels_that_its_owner_did_not_give() {
    let (public, master) = lsw::setup();
    let key = lsw::keygen(&public, &master, r#""BILLING" and "PUBLIC""#, LANGUAGE).unwrap();
    let ciphertext = lsw::encrypt(&public, &["PSYCHIATRY"], SECRET).unwrap();
    let mut json = serde_json::to_value(&ciphertext).unwrap();
    let mut labels: Vec<(String, G1, G1, G1)> = serde_json::from_value(json["ej"].clone()).unwrap();
    let base = labels[0].clone();
    let generator = base.1 * sha3_hash_fr("PSYCHIATRY").unwrap().inverse().unwrap();
    for name in ["BILLING", "PUBLIC"] {
        let element = generator * sha3_hash_fr(name).unwrap();
        labels.push((name.to_string(), element, base.2, base.3));
    }
    json["ej"] = serde_json::to_value(&labels).unwrap();
    let forged: lsw::KpAbeCiphertext = serde_json::from_value(json).unwrap();
    assert_eq!(lsw::decrypt(&key, &forged).unwrap(), SECRET);
}

/// Ours: `abe::tests::attacks::rows_never_share_their_randomness`: here two rows give away the randomness of all.
#[test]
fn in_ac17_the_rows_of_one_policy_are_turned_into_rows_of_another() {
    use rabe::utils::policy::msp::AbePolicy;
    let (public, master) = ac17::setup();
    let janitor = ac17::cp_keygen(&master, &["JANITOR"]).unwrap();
    let mut ciphertext = ac17::cp_encrypt(&public, DOCTOR_AND_SURGERY, SECRET, LANGUAGE).unwrap();
    let matrix = AbePolicy::from_language(&ciphertext.policy.0, LANGUAGE).unwrap();
    let hash = |name: &str, l: usize, t: usize| sha3_hash_fr(&format!("{name}{l}{t}")).unwrap();
    let logarithm = |row: &[i8], name: &str, l: usize, t: usize| {
        row.iter().enumerate().fold(hash(name, l, t), |sum, (j, entry)| {
            let column = hash(&format!("0{}", j + 1), l, t);
            match entry {
                1 => sum + column,
                -1 => sum - column,
                _ => sum,
            }
        })
    };
    let (row, name, elements) = (&matrix.m[0], &matrix.pi[0], &ciphertext.ct.c[0].1);
    let entry = |l, t| logarithm(row, name, l, t);
    let [a, b, c, d] = [entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)];
    let inverse = (a * d - b * c).inverse().unwrap();
    let first = elements[0] * (d * inverse) - elements[1] * (b * inverse);
    let second = elements[1] * (a * inverse) - elements[0] * (c * inverse);
    let easy = r#""JANITOR" or "PORTER""#.to_string();
    let matrix = AbePolicy::from_language(&easy, LANGUAGE).unwrap();
    let rebuilt = matrix.pi.iter().zip(&matrix.m).map(|(name, row)| {
        let element = |l| first * logarithm(row, name, l, 0) + second * logarithm(row, name, l, 1);
        (name.clone(), (0..3).map(element).collect())
    });
    ciphertext.ct.c = rebuilt.collect();
    ciphertext.policy = (easy, LANGUAGE);
    assert_eq!(ac17::cp_decrypt(&janitor, &ciphertext).unwrap(), SECRET);
}

/// Ours: `abe::tests::attacks::two_users_cannot_put_their_keys_together`.
#[test]
fn in_aw11_three_colluders_make_a_key_for_anybody() {
    let global = aw11::setup();
    let (nurses, nurse_master) = aw11::authgen(&global, &["NURSE"]).unwrap();
    let (wards, ward_master) = aw11::authgen(&global, &["ONCOLOGY"]).unwrap();
    let one = aw11::keygen(&global, &nurse_master, "u1", &["NURSE"]).unwrap();
    let three = aw11::keygen(&global, &nurse_master, "u3", &["NURSE"]).unwrap();
    let two = aw11::keygen(&global, &ward_master, "u2", &["ONCOLOGY"]).unwrap();
    let policy = r#""NURSE" and "ONCOLOGY""#;
    let ciphertext = aw11::encrypt(&global, &[&nurses, &wards], policy, LANGUAGE, SECRET).unwrap();
    let [h1, h2, h3] = ["u1", "u2", "u3"].map(|gid| sha3_hash_fr(gid).unwrap());
    let g_y = (one.attr[0].1 - three.attr[0].1) * (h1 - h3).inverse().unwrap();
    let g_alpha = one.attr[0].1 - g_y * h1;
    let mut forged = two;
    forged.attr.push(("NURSE".into(), g_alpha + g_y * h2));
    assert_eq!(aw11::decrypt(&global, &forged, &ciphertext).unwrap(), SECRET);
}

/// Ours: `pairing::tests::a_point_on_the_curve_outside_the_subgroup_is_refused`, and every flipped bit of every encoding.
#[test]
fn rabe_accepts_a_point_that_is_not_on_its_curve() {
    let mut json = serde_json::to_value(G1::one()).unwrap();
    let y = json["y"].clone();
    json["x"] = y;
    assert!(serde_json::from_value::<G1>(json).is_ok());
}

/// Ours: names of any script, and decoders that never panic (`no_bytes_panic_a_decoder`).
#[test]
fn rabe_panics_on_lower_case_names_and_short_ciphertexts() {
    let lower_case = std::panic::catch_unwind(|| {
        let global = aw11::setup();
        let (_, master) = aw11::authgen(&global, &["nurse"]).unwrap();
        aw11::keygen(&global, &master, "u", &["nurse"]).is_ok()
    });
    assert!(lower_case.is_err());
    let short = std::panic::catch_unwind(|| rabe::utils::aes::decrypt_symmetric(vec![0_u8; 4], &vec![1, 2, 3]).is_ok());
    assert!(short.is_err());
}
