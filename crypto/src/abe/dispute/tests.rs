use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::super::tests::{CONTEXT, User, World, name, policy};
use super::*;
use crate::abe::rows::CheckedRows;
use crate::abe::user::unmask;
use crate::abe::{AuthorityPublic, ProxyKey, ProxyKeys, encrypt};
use crate::hash::sha256;
use crate::pairing::G2;
use crate::sign::SigningKey;

mod file;
mod moved;
mod public;
mod trial;

/// Bob, his node, and an encrypted file for A@X AND A@Y.
pub(super) struct Scene {
    pub(super) world: World,
    pub(super) bob: User,
    node: SigningKey,
    keys: Vec<(AuthorityPublic, Vec<AttributePublic>)>,
}

/// A header, and what a node answered to it.
pub(super) struct Served {
    header: Hash32,
    /// As it was signed.
    pub(super) ciphertext: Ciphertext,
    moved: MovedRows,
    pub(super) rows: RowsUsed,
    transform: Transform,
}

impl Scene {
    pub(super) fn new() -> Self {
        let world = World::new();
        let bob = world.user("bob", &["A@X", "A@Y", "B@Y"]);
        let keys = world.authorities.iter().map(|authority| {
            let attributes = ["A", "B"].map(|letter| name(&format!("{letter}@{}", authority.name())));
            let points = attributes.iter().map(|attribute| authority.attribute_public(attribute, 0).unwrap());
            (authority.public(), points.collect())
        });
        let keys = keys.collect();
        Self { world, bob, node: SigningKey::generate(&mut OsRng), keys }
    }

    fn published(&self) -> Vec<Published<'_>> {
        self.keys.iter().map(|(authority, attributes)| Published { authority, attributes }).collect()
    }

    /// An honest answer to a new file.
    pub(super) fn serve(&self, text: &str) -> Served {
        let (ciphertext, _) = encrypt(&policy(text), &self.world.keys, CONTEXT, &mut OsRng).unwrap();
        self.serve_with(ciphertext, &self.bob.keys)
    }

    fn serve_with(&self, ciphertext: Ciphertext, keys: &[ProxyKey]) -> Served {
        let keys = ProxyKeys::new(&self.bob.registration, keys);
        let (rows, transform) = {
            let selected = keys.select(&ciphertext).unwrap();
            (RowsUsed::of(&selected), keys.transform_selected(&selected))
        };
        let (header, moved) = (sha256(&ciphertext.to_bytes()), MovedRows::default());
        Served { header, ciphertext, moved, rows, transform }
    }

    pub(super) fn dispute<'a>(&self, served: &'a Served, user: &'a VerifiedRegistration) -> Dispute<'a> {
        let Served { header, ciphertext, moved, rows, transform } = served;
        let statement = TransformStatement { header: *header, user: user.hash(), rows, transform };
        let signature = self.node.sign(&statement);
        Dispute::new(ciphertext, self.node.verifying_key(), user, &statement, &signature).unwrap().about_moved(moved)
    }

    pub(super) fn factors(&self, dispute: &Dispute<'_>) -> Vec<Factor> {
        dispute.factors(&ProxyKeys::new(&self.bob.registration, &self.bob.keys), &self.node).unwrap()
    }

    /// The factor of `authority`, signed by the node, whatever it is.
    pub(super) fn signed(&self, dispute: &Dispute<'_>, authority: &str, element: Gt) -> Factor {
        let authority: AuthorityName = authority.parse().unwrap();
        let signature = self.node.sign(&dispute.statement(&authority, &element));
        Factor::from_bytes(&[factor_head(&authority, &element), signature.to_bytes().to_vec()].concat()).unwrap()
    }

    fn verdicts(&self, dispute: &Dispute<'_>, factors: &[Factor]) -> Vec<Verdict> {
        let verdict = |factor: &Factor| {
            let authority = self.world.authorities.iter().find(|authority| authority.name() == factor.authority());
            let verdict = dispute.verdict(authority.unwrap(), factor, &mut OsRng).unwrap();
            assert_eq!(Verdict::from_bytes(&verdict.to_bytes()).as_ref(), Ok(&verdict));
            verdict
        };
        factors.iter().map(verdict).collect()
    }
}

fn factor_head(authority: &AuthorityName, element: &Gt) -> Vec<u8> {
    let mut bytes = Vec::new();
    crate::encoding::put_short_bytes(&mut bytes, authority.as_str().as_bytes());
    [bytes.as_slice(), &element.to_bytes()].concat()
}

/// Whether `element`, in the place of T^z, opens the file.
fn opens(served: &Served, element: &Gt) -> bool {
    unmask(&served.ciphertext, &Zeroizing::new(&served.transform.a * element), CONTEXT).is_ok()
}

#[test]
fn the_second_files_t_served_for_the_first_opens_nothing_and_is_found() {
    let scene = Scene::new();
    let (first, second) = (scene.serve("A@X AND A@Y"), scene.serve("A@X AND A@Y"));
    let right = scene.factors(&scene.dispute(&first, &scene.bob.registration));
    let crooked = Served { transform: Transform { t: second.transform.t, ..first.transform }, ..first };
    assert!(scene.bob.secret.recover(&crooked.ciphertext, &crooked.transform, CONTEXT).is_err());
    // What was published before: T^z of whatever was served.
    let v = crooked.transform.t.pow(scene.bob.secret.exponent());
    assert!(opens(&second, &v), "the attack itself works");

    let dispute = scene.dispute(&crooked, &scene.bob.registration);
    // What its keys make is not what it answered: with an honest program it signs nothing, and with another what is found.
    let keys = ProxyKeys::new(&scene.bob.registration, &scene.bob.keys);
    assert_eq!(dispute.factors(&keys, &scene.node), Err(DisputeError::OtherKeys));
    let honest: Vec<Factor> =
        right.iter().map(|factor| scene.signed(&dispute, factor.authority().as_str(), factor.element())).collect();
    assert_eq!(dispute.judge(&honest, &[], &scene.published()), Ok(Finding::NodeFactors));
    // A node that stays with its lie signs factors that multiply to what it served: one of them differs.
    let [x, y] = [&honest[0], &honest[1]];
    let rest = crooked.transform.t.element() * y.element().inverse();
    let lie = vec![scene.signed(&dispute, "X", rest), y.clone()];
    let verdicts = scene.verdicts(&dispute, &lie);
    assert_eq!(verdicts.iter().map(Verdict::agrees).collect::<Vec<_>>(), [false, true]);
    let found = dispute.judge(&lie, &verdicts, &scene.published());
    assert_eq!(found, Ok(Finding::NodeFactor { authority: "X".parse().unwrap() }));

    // Nothing that anybody has shown opens either file, as it is, inverted, or times another.
    let difference = Gt::from_bytes(verdicts[0].to_bytes()[4..580].try_into().unwrap()).unwrap();
    let shown = [x.element(), y.element(), rest, difference, crooked.transform.t.element(), Gt::one()];
    for one in shown {
        for other in shown.into_iter().flat_map(|other| [other, other.inverse()]) {
            assert!(!opens(&second, &(one * other)) && !opens(&crooked, &(one * other)));
        }
    }
}

#[test]
fn of_a_right_answer_everybody_agrees() {
    let scene = Scene::new();
    for text in ["A@X", "A@X AND A@Y", "2 of (A@X, A@Y, B@Y)", "(A@X AND B@Y) OR (A@Y AND B@X)", "A@Y AND A@Y AND A@X"]
    {
        let served = scene.serve(text);
        let dispute = scene.dispute(&served, &scene.bob.registration);
        let factors = scene.factors(&dispute);
        for factor in &factors {
            assert_eq!(Factor::from_bytes(&factor.to_bytes()).as_ref(), Ok(factor));
        }
        let product: Gt = factors.iter().map(Factor::element).product();
        assert_eq!(product, served.transform.t.element(), "{text}");
        let verdicts = scene.verdicts(&dispute, &factors);
        assert_eq!(dispute.judge(&factors, &verdicts, &scene.published()), Ok(Finding::AnswerIsRight), "{text}");
        let name = factors[0].authority().clone();
        let missing = dispute.judge(&factors[1..], &verdicts, &scene.published());
        assert_eq!(missing, Err(DisputeError::NoFactor { authority: name.clone() }));
        let missing = dispute.judge(&factors, &verdicts[1..], &scene.published());
        assert_eq!(missing, Err(DisputeError::NoVerdict { authority: name }));
    }
}

/// A node that mistypes the file of keys signs nothing, and what it signed of a wrong answer says nothing of a right one to the same header.
#[test]
fn factors_are_those_of_the_answer_and_of_no_other() {
    let scene = Scene::new();
    let served = scene.serve("A@X AND A@Y");
    let carol = scene.world.user("carol", &["A@X", "A@Y"]);
    let others = ProxyKeys::new(&scene.bob.registration, &carol.keys);
    let dispute = scene.dispute(&served, &scene.bob.registration);
    assert_eq!(dispute.factors(&others, &scene.node), Err(DisputeError::OtherKeys));
    let wrong = scene.serve_with(served.ciphertext.clone(), &carol.keys);
    assert_eq!((wrong.header, &wrong.rows), (served.header, &served.rows));
    let of_wrong = scene.dispute(&wrong, &scene.bob.registration).factors(&others, &scene.node).unwrap();
    let refused = Err(DisputeError::Factor { authority: "X".parse().unwrap() });
    assert_eq!(dispute.judge(&of_wrong, &[], &scene.published()), refused);
    assert!(dispute.verdict(&scene.world.authorities[0], &of_wrong[0], &mut OsRng).is_err());
    // Nor does a verdict about the same element in another answer.
    let transform = Transform { a: &served.transform.a * &Gt::generator(), ..served.transform };
    let other =
        Served { transform, rows: served.rows.clone(), ..scene.serve_with(served.ciphertext.clone(), &scene.bob.keys) };
    let other = scene.dispute(&other, &scene.bob.registration);
    let verdicts = scene.verdicts(&other, &scene.factors(&other));
    let found = dispute.judge(&scene.factors(&dispute), &verdicts, &scene.published());
    assert_eq!(found, Err(DisputeError::FalseVerdict { authority: "X".parse().unwrap() }));
}

#[test]
fn rows_and_a_convict_without_factors() {
    let scene = Scene::new();
    let served = scene.serve("A@X AND A@Y");
    let judge =
        |served: &Served| scene.dispute(served, &scene.bob.registration).judge(&[], &[], &scene.published()).unwrap();
    let a = &served.transform.a * &Gt::generator();
    let other_a = Served { transform: Transform { a, ..served.transform }, ..served };
    assert_eq!(judge(&other_a), Finding::NodePublicPart);
    for rows in [&[0, 1, 0, 0][..], &[0, 0], &[0, 2, 0, 0, 0, 9]] {
        let rows = RowsUsed::from_bytes(rows).unwrap();
        assert_eq!(judge(&Served { rows, ..scene.serve("A@X AND A@Y") }), Finding::NodeRows);
    }
    // More rows than the policy takes would leave it open which count.
    let rows = RowsUsed::from_bytes(&[0, 2, 0, 0, 0, 1]).unwrap();
    assert_eq!(judge(&Served { rows, ..scene.serve("A@X OR A@Y") }), Finding::NodeRows);
    assert!(RowsUsed::from_bytes(&[0, 2, 0, 1, 0, 1]).is_err());
}

#[test]
fn unsigned_answers_and_factors_of_another_header_registration_or_node_are_refused() {
    let scene = Scene::new();
    let (served, other) = (scene.serve("A@X"), scene.serve("A@X"));
    let eve = scene.world.user("eve", &["A@X"]);
    let stranger = SigningKey::generate(&mut OsRng);
    let (Served { header, rows, transform, .. }, bob) = (&served, &scene.bob.registration);
    let statement = TransformStatement { header: *header, user: bob.hash(), rows, transform };
    let others = TransformStatement { header: other.header, ..statement };
    let eves = TransformStatement { user: eve.registration.hash(), ..statement };
    let node = scene.node.verifying_key();
    for signature in [scene.node.sign(&others), scene.node.sign(&eves), stranger.sign(&statement)] {
        let refused = Dispute::new(&served.ciphertext, node, bob, &statement, &signature);
        assert_eq!(refused.unwrap_err(), DisputeError::Answer);
    }
    // What the node did sign for her is not about him.
    let refused = Dispute::new(&served.ciphertext, node, bob, &eves, &scene.node.sign(&eves));
    assert_eq!(refused.unwrap_err(), DisputeError::Answer);

    let dispute = scene.dispute(&served, &scene.bob.registration);
    let keys = ProxyKeys::new(&scene.bob.registration, &scene.bob.keys);
    assert_eq!(dispute.factors(&keys, &stranger), Err(DisputeError::OtherNode));
    let revoked = ProxyKeys::new(&scene.bob.registration, &scene.bob.keys[1..]);
    assert_eq!(dispute.factors(&revoked, &scene.node), Err(DisputeError::NoKey { attribute: name("A@X") }));
    let right = scene.factors(&dispute);
    let verdicts = scene.verdicts(&dispute, &right);
    let of_other_header = scene.factors(&scene.dispute(&other, &scene.bob.registration));
    let of_eve = scene.factors(&scene.dispute(&served, &eve.registration));
    let x: AuthorityName = "X".parse().unwrap();
    for factors in [of_other_header, of_eve] {
        let refused = Err(DisputeError::Factor { authority: x.clone() });
        assert_eq!(dispute.judge(&factors, &verdicts, &scene.published()), refused);
        // So it is by the authority, which tells nothing of what the node did not sign for this answer.
        let asked = dispute.verdict(&scene.world.authorities[0], &factors[0], &mut OsRng);
        assert_eq!(asked, Err(DisputeError::Factor { authority: x.clone() }));
    }
    assert_eq!(dispute.judge(&right, &verdicts, &scene.published()), Ok(Finding::AnswerIsRight));
}

#[test]
fn an_authority_cannot_prove_a_lie_and_nobody_speaks_in_its_name() {
    let scene = Scene::new();
    let served = scene.serve("A@X");
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let right = scene.factors(&dispute);
    let wrong = vec![scene.signed(&dispute, "X", right[0].element() * Gt::generator())];
    let [agrees, differs] = [&right, &wrong].map(|factors| scene.verdicts(&dispute, factors).remove(0));
    assert!(agrees.agrees() && !differs.agrees());
    let x: AuthorityName = "X".parse().unwrap();
    let false_verdict = Err(DisputeError::FalseVerdict { authority: x.clone() });
    // The other verdict put to the right factor; and a right one with its word turned round.
    let judge = |verdict: &Verdict| dispute.judge(&right, std::slice::from_ref(verdict), &scene.published());
    assert_eq!(judge(&differs), false_verdict);
    let bytes = agrees.to_bytes();
    let turned = [&bytes[..3], &[1], &Gt::generator().to_bytes(), &bytes[4..], &[0; 32]].concat();
    assert_eq!(judge(&Verdict::from_bytes(&turned).unwrap()), false_verdict);
    // An authority of the same name that is another, and one whose keys have changed since.
    let other = Scene::new();
    let impostor = dispute.verdict(&other.world.authorities[0], &right[0], &mut OsRng);
    // Its P_u is another too, so that the file looks wrong to it.
    assert_eq!(impostor, Err(DisputeError::File { attribute: name("A@X") }));
    let rotated = scene.world.authorities[0].rotate(&mut OsRng);
    let unpublished = DisputeError::Unpublished { attribute: name("A@X"), version: 0 };
    assert_eq!(dispute.verdict(&rotated, &right[0], &mut OsRng), Err(unpublished.clone()));
    let theirs = other.published();
    let verdict = std::slice::from_ref(&agrees);
    // By its public keys the file looks wrong, too: what the authority says is about others.
    assert_eq!(dispute.judge(&right, &[], &theirs), Ok(Finding::File { attribute: name("A@X") }));
    assert_eq!(dispute.judge(&right, verdict, &theirs), false_verdict);
    assert_eq!(dispute.judge(&right, verdict, &[]), Err(unpublished));
    assert_eq!(judge(&agrees), Ok(Finding::AnswerIsRight));
}
