use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::*;
use crate::abe::sharing::tests::divide;
use crate::abe::sharing::{Place, ProxyKeyShare, SharingError, join_transforms, joinable, transform_share};
use crate::abe::tests::{CONTEXT, User, World, policy};
use crate::abe::{Ciphertext, ProxyKey, encrypt};
use crate::pairing::{G2, Scalar};

/// Of which shares the parts are that do not fit.
fn unfit(opened: &Opened, parts: &[TransformShare]) -> Vec<u8> {
    parts.iter().filter(|part| !opened.fits(part)).map(TransformShare::node).collect()
}

/// Everything about one file of `A@X`, whose keys are divided.
struct Glass {
    user: User,
    ciphertext: Ciphertext,
    /// Division 1, and another one.
    shares: [Vec<ProxyKeyShare>; 2],
}

impl Glass {
    fn new(threshold: (u8, u8)) -> Self {
        let world = World::new();
        let user = world.user("doctor", &["A@X"]);
        let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, CONTEXT, &mut OsRng).unwrap();
        let shares = [1, 2].map(|division| divide(&world, &user, "A@X", division, threshold).unwrap());
        Self { user, ciphertext, shares }
    }

    fn part(&self, share: &ProxyKeyShare) -> TransformShare {
        transform_share(&self.ciphertext, &self.user.registration, std::slice::from_ref(share), &[]).unwrap()
    }

    fn parts(&self) -> Vec<TransformShare> {
        self.shares[0].iter().map(|share| self.part(share)).collect()
    }

    /// The part of a node that answers with this error in its key.
    fn lie(&self, node: usize, error: G2) -> TransformShare {
        let share = &self.shares[0][node];
        let ProxyKey { of, kp, .. } = &share.key;
        let key = ProxyKey { of: of.clone(), k: Zeroizing::new(*share.key.k + error), kp: *kp };
        self.part(&ProxyKeyShare { place: share.place, key })
    }

    /// The part of a node that says that its share of another division is of this one.
    fn relabelled(&self, node: usize) -> TransformShare {
        TransformShare { place: self.shares[0][node].place, ..self.part(&self.shares[1][node]) }
    }

    fn open(&self, parts: &[TransformShare]) -> Opened {
        let opens = |transform: &Transform| self.user.secret.recover(&self.ciphertext, transform, CONTEXT).is_ok();
        let joinable = joinable(parts).unwrap();
        let (among, opened) = opening(&joinable, opens, &mut OsRng).expect("enough honest parts");
        assert!(opens(&opened.transform) && parts.iter().any(|part| among.joins(part)));
        opened
    }
}

fn error() -> G2 {
    G2::generator() * &Scalar::from(7)
}

#[test]
fn a_part_or_its_share_is_told_as_wrong_where_as_many_fit_as_liars_cannot_make_up() {
    let glass = Glass::new((2, 4));
    let mut parts = glass.parts();
    let opened = glass.open(&parts);
    assert_eq!((unfit(&opened, &parts), opened.fitting()), (vec![], 4));
    parts[0] = glass.relabelled(0);
    let opened = glass.open(&parts);
    assert_eq!(unfit(&opened, &parts), [1]);
    assert_eq!(opened.shows(), Known::Wrong { unless: Some(3) });
    // With two that fit, those two may have lied together.
    let opened = glass.open(&parts[..3]);
    assert_eq!((unfit(&opened, &parts[..3]), opened.shows()), (vec![1], Known::Nothing { with: 3 }));
}

#[test]
fn two_who_lie_together_have_no_honest_part_told_as_made_wrongly() {
    // At shares 1, 2 and 3, Lagrange's coefficients are 3, −3 and 1: one error in the first two cancels, and the way opens.
    let glass = Glass::new((3, 5));
    let mut parts = glass.parts();
    for node in [0, 1] {
        parts[node] = glass.lie(node, error());
    }
    let opened = glass.open(&parts);
    assert_eq!(opened.shows(), Known::Nothing { with: 5 });
    let cancelled = join_transforms(&parts).unwrap();
    assert!(glass.user.secret.recover(&glass.ciphertext, &cancelled, CONTEXT).is_ok());
    // As many as are needed lie: two relabelled parts open, as the secret is one.
    let glass = Glass::new((2, 3));
    let parts = [glass.relabelled(0), glass.relabelled(1), glass.parts()[2]];
    let opened = glass.open(&parts);
    assert_eq!((unfit(&opened, &parts), opened.shows()), (vec![3], Known::Nothing { with: 3 }));
    // Where enough are honest, those who lied together are found whichever way opens first.
    let glass = Glass::new((3, 7));
    let mut parts = glass.parts();
    for node in [0, 1] {
        parts[node] = glass.lie(node, error());
    }
    for _ in 0..8 {
        let opened = glass.open(&parts);
        assert_eq!((unfit(&opened, &parts), opened.shows()), (vec![1, 2], Known::Wrong { unless: Some(4) }));
    }
}

#[test]
fn whatever_one_node_says_of_its_part_it_takes_nothing_from_the_others() {
    let glass = Glass::new((2, 3));
    let parts = glass.parts();
    let with = |place: Place| [TransformShare { place, ..parts[0] }, parts[1], parts[2]];
    let first = parts[0].place;
    for place in [
        Place { needed: 3, ..first },
        Place { needed: 1, ..first },
        Place { division: 2, ..first },
        Place { node: 2, ..first },
        Place { node: 9, ..first },
    ] {
        for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0]] {
            let given = order.map(|at: usize| with(place)[at]);
            assert_eq!(glass.open(&given).fitting(), 2, "{place:?}");
        }
    }
    // One that used other attributes.
    let other = TransformShare {
        transform: Transform { a: Glass::new((2, 3)).parts()[0].transform.a, ..parts[0].transform },
        ..parts[0]
    };
    let given = [other, parts[1], parts[2]];
    let joined = joinable(&given).unwrap();
    assert_eq!((joined.len(), joined[0].joins(&other), joined[0].joins(&parts[1])), (1, false, true));
    assert_eq!(glass.open(&given).fitting(), 2);
    assert_eq!(joinable(&given[..2]).unwrap_err(), SharingError::Mismatch);
    let needed = [TransformShare { place: Place { needed: 3, ..first }, ..parts[0] }, parts[1]];
    assert_eq!(joinable(&needed).unwrap_err(), SharingError::Needed { first: 3, second: 2 });
}

#[test]
fn one_wrong_part_among_many_wherever_it_is_is_left_out() {
    let glass = Glass::new((6, 13));
    for wrong in [0, 5, 12] {
        let mut parts = glass.parts();
        parts[wrong] = glass.lie(wrong, error());
        let share = parts[wrong].node();
        let opened = glass.open(&parts);
        assert_eq!((unfit(&opened, &parts), opened.shows()), (vec![share], Known::Wrong { unless: Some(8) }));
        // With one fewer there are few enough for all ways.
        let opened = glass.open(&parts[..12]);
        let among: Vec<u8> = Some(share).filter(|share| *share <= 12).into_iter().collect();
        assert_eq!(unfit(&opened, &parts[..12]), among);
    }
}

/// Where one part is enough, those that are right are all the same: of two, the one that opens shows that the other is wrong.
#[test]
fn where_one_part_is_needed_another_that_differs_is_wrong_whatever_their_number() {
    let glass = Glass::new((1, 3));
    let mut parts = glass.parts();
    parts[1] = glass.lie(1, error());
    for number in [2, 3] {
        let opened = glass.open(&parts[..number]);
        assert_eq!((unfit(&opened, &parts[..number]), opened.shows()), (vec![2], Known::Wrong { unless: None }));
    }
}
