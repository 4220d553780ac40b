//! Rows with points outside their groups, or neutral, or with a hash of others: who checks them, and who need not.

use blstrs::{G1Affine, G2Affine};

use super::*;

use crate::abe::row::ROW_LEN;

/// Where the points of a row stand, and what they are called.
const C1: (usize, &str) = (8, "C1");
const C2: (usize, &str) = (C1.0 + Gt::LEN, "C2");
const C3: (usize, &str) = (C2.0 + G1::LEN, "C3");
const C4: (usize, &str) = (C3.0 + G1::LEN, "C4");

/// The compressed form of the first point with a small x that is on the curve and not in the subgroup.
fn outside<const LEN: usize>(on_curve: fn(&[u8; LEN]) -> bool, is_member: fn(&[u8; LEN]) -> bool) -> Vec<u8> {
    let compressed = (1..=u8::MAX).map(|x| {
        let mut bytes = [0; LEN];
        (bytes[0], bytes[LEN - 1]) = (0x80, x);
        bytes
    });
    compressed.into_iter().find(|bytes| on_curve(bytes) && !is_member(bytes)).unwrap().to_vec()
}

/// Every point of a row, each with what it must not be.
fn no_points() -> Vec<((usize, &'static str), Vec<u8>)> {
    let g1 = outside(|b| G1Affine::from_compressed_unchecked(b).is_some().into(), |b| G1::from_bytes(b).is_ok());
    let g2 = outside(|b| G2Affine::from_compressed_unchecked(b).is_some().into(), |b| G2::from_bytes(b).is_ok());
    let infinity = |len: usize| [vec![0xc0], vec![0; len - 1]].concat();
    let mut minus_one = [vec![0; Gt::LEN - 48], vec![0; 48]].concat();
    let p_minus_1 = "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaaa";
    minus_one[..48].copy_from_slice(&hex::decode(p_minus_1).unwrap());
    let one = Gt::one().to_bytes().to_vec();
    vec![
        (C1, minus_one),
        (C1, one),
        (C1, vec![0; Gt::LEN]),
        (C1, vec![0xff; Gt::LEN]),
        (C2, g1.clone()),
        (C2, infinity(G1::LEN)),
        (C3, g1),
        (C3, infinity(G1::LEN)),
        (C4, g2),
        (C4, infinity(G2::LEN)),
        (C4, vec![0xff; G2::LEN]),
    ]
}

/// Rows in which the row of this number has something else in the place of a point. Whoever made them made a hash that fits.
fn forged(rows: &Rows, number: usize, (at, _): (usize, &str), bytes: &[u8]) -> Rows {
    let mut raw: Vec<[u8; ROW_LEN]> = rows.raw().to_vec();
    raw[number][at..at + bytes.len()].copy_from_slice(bytes);
    rows.with(&raw)
}

fn refused(what: &'static str) -> RowsError {
    RowsError::Point { attribute: name("A@X"), what }
}

#[test]
fn a_node_computes_with_no_row_outside_its_groups_and_the_users_path_does_not_care() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (honest, sigma) = encrypt(&policy("A@X OR B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let answer = user.transform(&honest).unwrap();
    for (point, bytes) in no_points() {
        let with = |number| {
            let spoilt = honest.with_rows(forged(&honest.rows, number, point, &bytes));
            Ciphertext::from_bytes(&spoilt.to_bytes()).unwrap()
        };
        let used = with(0);
        assert_eq!(user.transform(&used).unwrap_err(), TransformError::Rows(refused(point.1)));
        // The user has the head and an answer; what stands in the rows is nothing to it.
        assert_eq!(user.secret.recover(&used, &answer, CONTEXT).as_ref(), Ok(&sigma));
        // A row that nobody uses harms nobody.
        let answer = user.transform(&with(1)).unwrap();
        assert_eq!(user.secret.recover(&with(1), &answer, CONTEXT).as_ref(), Ok(&sigma));
    }
}

#[test]
fn rows_that_are_not_those_of_the_head_are_refused_by_whoever_uses_them_and_open_by_an_answer() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (honest, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let answer = user.transform(&honest).unwrap();
    let (other, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let (head, rows) = (honest.head(), other.to_bytes().split_off(other.head().len()));
    let exchanged = Ciphertext::from_bytes(&[head, rows].concat()).unwrap();
    assert_eq!(exchanged.head(), honest.head());
    assert_eq!(user.transform(&exchanged).unwrap_err(), TransformError::Rows(RowsError::Altered));
    assert_eq!(exchanged.read(), Err(RowsError::Altered));
    assert_eq!(user.secret.recover(&exchanged, &answer, CONTEXT), Ok(sigma));
    // With a hash that fits, the head is another one: a signature over it does not hold.
    let rehashed = honest.with_rows(other.rows);
    assert_ne!(rehashed.head(), honest.head());
    let answer = user.transform(&rehashed).unwrap();
    assert!(user.secret.recover(&rehashed, &answer, CONTEXT).is_err());
}

#[test]
fn more_or_fewer_rows_than_the_policy_has_attributes_are_refused() {
    let world = World::new();
    let user = world.user("bob", &["A@X", "B@X"]);
    let (honest, _) = encrypt(&policy("A@X AND B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let raw = honest.rows.raw();
    for rows in [&raw[..1], &[raw, raw].concat()] {
        let other = Ciphertext::from_bytes(&honest.with_rows(honest.rows.with(rows)).to_bytes()).unwrap();
        let count = RowsError::Count { rows: rows.len(), leaves: 2 };
        assert_eq!(user.transform(&other).unwrap_err(), TransformError::Rows(count));
    }
}

#[test]
fn a_pool_is_filled_with_no_row_outside_its_groups() {
    let world = World::new();
    let contribution = || Contribution::make(&policy("A@X"), &world.keys, &mut OsRng).unwrap();
    for (point, bytes) in no_points() {
        let mut bad = contribution();
        bad.rows = forged(&bad.rows, 0, point, &bytes);
        let mut alone = contribution();
        alone.rows = bad.rows.clone();
        for (contribution, set) in [vec![alone], vec![contribution(), bad]].into_iter().enumerate() {
            let joined = join_contributions(&[set], &world.keys, &mut OsRng);
            assert_eq!(joined.unwrap_err(), JoinError::Rows { contribution, source: refused(point.1) });
        }
    }
}

/// Who sees another's rows before it sends its own could send their inverse: the product would be neutral, and no row any more.
#[test]
fn rows_made_from_anothers_to_cancel_them_are_refused() {
    let world = World::new();
    let honest = Contribution::make(&policy("A@X"), &world.keys, &mut OsRng).unwrap();
    let inverse = honest.rows.checked().unwrap().map(|row| crate::abe::row::Row {
        c1: row.c1.inverse(),
        c2: -row.c2,
        c3: -row.c3,
        c4: -row.c4,
        ..row
    });
    let inverse = Contribution { rows: inverse.into(), seed: RowSeed::generate(&mut OsRng) };
    let joined = join_contributions(&[vec![honest, inverse]], &world.keys, &mut OsRng);
    assert_eq!(joined.unwrap_err(), JoinError::Rows { contribution: 1, source: RowsError::Cancelled });
}

#[test]
fn who_changes_stored_rows_checks_those_that_it_computes_with() {
    let world = World::new();
    let (stored, sigma) = encrypt(&policy("B@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let update = world.authorities[0].ciphertext_update(&name("A@X"), 0, 1).unwrap();
    for (point, bytes) in no_points() {
        let (extra, share) = make_rows(&policy("A@X"), &world.keys, &mut OsRng).unwrap();
        let widening = stored.widening(&[share], &sigma, CONTEXT);
        let extra = forged(&extra, 0, point, &bytes);
        assert_eq!(stored.widen(&extra, &widening), Err(WidenError::Rows(refused(point.1))));
        // Moving to a new version computes with C4 only.
        let mut moved = extra.clone();
        let outcome = moved.update(&update);
        if point == C4 {
            assert_eq!(outcome, Err(UpdateError::Rows(refused("C4"))));
            assert_eq!(moved, extra);
        } else {
            assert_eq!(outcome, Ok(None));
        }
    }
}

/// Ciphertexts of before there was a head are read, keep their bytes until their rows change, and open.
#[test]
fn ciphertexts_with_their_rows_first_still_open() {
    let world = World::new();
    let mut user = world.user("bob", &["A@X"]);
    let (new, sigma) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
    let (head, bytes) = (new.head(), new.to_bytes());
    let old = [&[1], &bytes[head.len()..], &head[1..65]].concat();
    let mut read = Ciphertext::from_bytes(&old).unwrap();
    assert_eq!((read.to_bytes(), read.head()), (old.clone(), old.clone()));
    for cut in [0, 1, 30, old.len() - 1] {
        assert!(Ciphertext::from_bytes(&old[..cut]).is_err());
    }
    let answer = user.transform(&read).unwrap();
    assert_eq!(user.secret.recover(&read, &answer, CONTEXT).as_ref(), Ok(&sigma));
    read.update(&world.authorities[0].ciphertext_update(&name("A@X"), 0, 1).unwrap()).unwrap();
    let moved = Ciphertext::from_bytes(&read.to_bytes()).unwrap();
    assert_eq!(moved.head().len(), head.len());
    user.keys = vec![world.issue(&user.registration, "A@X", 1)];
    let answer = user.transform(&moved).unwrap();
    assert_eq!(user.secret.recover(&moved, &answer, CONTEXT), Ok(sigma));
}
