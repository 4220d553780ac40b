use ff::Field as _;
use proptest::prelude::*;
use rand::rngs::OsRng;

use super::gt::{conjugate, invert, is_cyclotomic, multiply};
use super::gt_digits::{digits, power_of_x};
use super::*;

fn scalar(seed: &[u8]) -> Scalar {
    hash_to_scalar("TEST", seed)
}

#[test]
fn pairing_is_bilinear_and_agrees_with_blst() {
    let (a, b) = (random_scalar(&mut OsRng), random_scalar(&mut OsRng));
    let (p, q) = (G1::generator() * &a, G2::generator() * &b);
    assert_eq!(pairing(&p, &q), Gt::generator().pow(&(a * b)));
    let p_affine = G1::to_affine_batch(&[p]);
    let q_affine = G2::to_affine_batch(&[q]);
    let theirs = blst::blst_fp12::miller_loop(q_affine[0].as_ref(), p_affine[0].as_ref()).final_exp();
    assert_eq!(pairing(&p, &q), Gt(theirs));
}

#[test]
fn a_product_of_pairings_ignores_neutral_elements() {
    let (p, q) = (G1::generator(), PreparedG2::new(&G2::generator()));
    let neutral = PreparedG2::new(&G2::identity());
    let terms = [(p, &q), (G1::identity(), &q), (p, &neutral), (p, &q)];
    assert_eq!(multi_pairing(&terms), Gt::generator() * Gt::generator());
    assert!(multi_pairing(&[]).is_one());
    assert!(multi_pairing(&[(p, &q), (-p, &q)]).is_one());
}

fn edge_scalars() -> Vec<Scalar> {
    let mut scalars = vec![Scalar::ZERO, Scalar::ONE, -Scalar::ONE, Scalar::from(2)];
    let x = Scalar::from(0xd201_0000_0001_0000);
    scalars.extend([x, x * x, x * x * x, x - Scalar::ONE, x * x - Scalar::ONE, -x]);
    for shift in [5_u64, 6, 31, 32, 63] {
        scalars.push(Scalar::from(1 << shift));
        scalars.push(Scalar::from(u64::MAX >> shift));
    }
    scalars.extend((0..20).map(|_| random_scalar(&mut OsRng)));
    scalars
}

/// Square and multiply, bit by bit.
fn slow_power(base: &Gt, exponent: &Scalar) -> Gt {
    let mut power = Gt::one();
    for byte in exponent.to_bytes_be() {
        for bit in (0..8).rev() {
            power = power * power;
            if (byte >> bit) & 1 == 1 {
                power = power * *base;
            }
        }
    }
    power
}

#[test]
fn every_way_to_take_a_power_agrees_with_square_and_multiply() {
    let base = Gt::generator().pow(&scalar(b"base"));
    let table = GtTable::new(&base);
    for exponent in edge_scalars() {
        let expected = slow_power(&base, &exponent);
        assert_eq!(base.pow(&exponent), expected);
        assert_eq!(table.pow(&exponent), expected);
        assert!(table.power_is(&exponent, &Fp12::from(expected)));
        assert!(!table.power_is(&exponent, &Fp12::from(expected * base)));
    }
}

#[test]
fn powers_of_the_neutral_element_are_neutral() {
    let table = GtTable::new(&Gt::one());
    for exponent in edge_scalars() {
        assert!(Gt::one().pow(&exponent).is_one());
        assert!(table.pow(&exponent).is_one());
    }
}

#[test]
fn digits_in_base_x_make_up_the_scalar() {
    let x = Scalar::from(0xd201_0000_0001_0000);
    for scalar in edge_scalars() {
        let parts = digits(&scalar);
        let sum = parts.iter().rev().fold(Scalar::ZERO, |sum, digit| sum * x + Scalar::from(*digit));
        assert_eq!(sum, scalar);
    }
}

/// Cyclotomic elements outside the group are what a check that looks at the cyclotomic equation alone would let in.
#[test]
fn membership_is_what_blst_says_it_is() {
    let member = Gt::generator().pow(&random_scalar(&mut OsRng));
    let pairs = [(G1::generator(), G2::generator())];
    let [(p, q)] = pairs.map(|(p, q)| (G1::to_affine_batch(&[p]), G2::to_affine_batch(&[q])));
    let loose = blst::blst_fp12::miller_loop(q[0].as_ref(), p[0].as_ref());
    let cyclotomic = easy_part(&loose);
    for (element, expected) in [(member.0, true), (loose, false), (cyclotomic, false), (Gt::one().0, true)] {
        assert_eq!(element.in_group(), expected);
        assert_eq!(Fp12(element).check_membership().is_some(), expected);
    }
    assert!(is_cyclotomic(&cyclotomic));
    let zero = blst::blst_fp12 { fp6: [blst::blst_fp6::default(); 2] };
    assert!(Fp12(zero).check_membership().is_none());
}

/// `a^{(p⁶ − 1)(p² + 1)}`.
fn easy_part(element: &blst::blst_fp12) -> blst::blst_fp12 {
    let first = multiply(&conjugate(element), &invert(element));
    multiply(&power_of_x(&first, 2), &first)
}

#[test]
fn fixed_base_multiplication_agrees_with_the_general_one() {
    let base = G1::generator() * &scalar(b"base");
    let table = G1Table::new(&base);
    for factor in edge_scalars() {
        assert_eq!(table.mul(&factor), base * &factor);
    }
}

#[test]
fn encodings_come_back_and_neutral_elements_are_refused() {
    let factor = scalar(b"f");
    let p = G1::generator() * &factor;
    let q = G2::generator() * &factor;
    let e = Gt::generator().pow(&factor);
    assert_eq!(G1::from_bytes(&p.to_bytes()), Ok(p));
    assert_eq!(G2::from_bytes(&q.to_bytes()), Ok(q));
    assert_eq!(Gt::from_bytes(&e.to_bytes()), Ok(e));
    assert!(G1::from_bytes(&G1::identity().to_bytes()).is_err());
    assert!(G2::from_bytes(&G2::identity().to_bytes()).is_err());
    assert!(Gt::from_bytes(&Gt::one().to_bytes()).is_err());
    assert!(Fp12::from_bytes(&[0; 576]).is_err());
    assert!(decode_scalar(&[0xff; 32]).is_err());
    assert_eq!(decode_scalar(&encode_scalar(&factor)), Ok(factor));
}

#[test]
fn a_point_on_the_curve_outside_the_subgroup_is_refused() {
    // x = 4 is on E(Fp), whose order has a cofactor.
    let mut bytes = [0; 48];
    let outside = (1_u8..).find_map(|x| {
        bytes[0] = 0x80;
        bytes[47] = x;
        let point: Option<blstrs::G1Affine> = blstrs::G1Affine::from_compressed_unchecked(&bytes).into();
        point.filter(|point| !bool::from(point.is_torsion_free()))
    });
    assert!(outside.is_some());
    assert!(G1::from_bytes(&bytes).is_err());
}

#[test]
fn small_order_and_unreduced_target_elements_are_refused() {
    // −1 has order 2; it is a canonical field element and not in the group of odd order r.
    let mut minus_one = blst::blst_fp12::default();
    minus_one.fp6[0].fp2[0].fp[0] = {
        let mut one = [0; 48];
        one[47] = 1;
        let mut fp = blst::blst_fp::default();
        let mut negative = blst::blst_fp::default();
        #[expect(unsafe_code, reason = "the test builds a field element by hand")]
        // SAFETY: both calls get valid pointers; the first reads the 48 bytes of `one`.
        unsafe {
            blst::blst_fp_from_bendian(&raw mut fp, one.as_ptr());
            blst::blst_fp_cneg(&raw mut negative, &raw const fp, true);
        }
        negative
    };
    let bytes = Fp12(minus_one).to_bytes();
    assert!(Fp12::from_bytes(&bytes).is_ok());
    assert!(Gt::from_bytes(&bytes).is_err());
    assert!(Fp12::from_bytes(&[0xff; 576]).is_err());
}

#[test]
fn every_flipped_bit_of_a_target_element_is_refused() {
    let bytes = Gt::generator().to_bytes();
    for bit in (0..bytes.len() * 8).step_by(7) {
        let mut flipped = bytes;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Gt::from_bytes(&flipped).is_err());
    }
}

/// RFC 9380, appendices J.9.1 and J.10.1: message "abc"; the x coordinate, which compression keeps.
#[test]
fn rfc_9380_hash_to_curve_vectors_hold() {
    let dst_g1 = "QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
    let x = "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903";
    let mut bytes = G1::hash(dst_g1, b"abc").to_bytes();
    bytes[0] &= 0x1f;
    assert_eq!(hex::encode(bytes), x);

    let dst_g2 = "QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_";
    let x_imaginary =
        "139cddbccdc5e91b9623efd38c49f81a6f83f175e80b06fc374de9eb4b41dfe4ca3a230ed250fbe3a2acf73a41177fd8";
    let x_real = "02c2d18e033b960562aae3cab37a27ce00d80ccd5ba4b7fe0e7a210245129dbec7780ccc7954725f4168aff2787776e6";
    let mut bytes = G2::hash(dst_g2, b"abc").to_bytes();
    bytes[0] &= 0x1f;
    assert_eq!(hex::encode(bytes), format!("{x_imaginary}{x_real}"));
}

proptest! {
    #[test]
    fn random_bytes_never_panic_a_decoder(bytes in proptest::collection::vec(any::<u8>(), 576)) {
        let _ = Gt::from_bytes(bytes.as_slice().try_into().unwrap());
        let _ = G1::from_bytes(bytes[..48].try_into().unwrap());
        let _ = G2::from_bytes(bytes[..96].try_into().unwrap());
        let _ = decode_scalar(bytes[..32].try_into().unwrap());
    }
}
