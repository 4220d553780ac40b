//! Headers that a node makes, or cuts out, for itself.

use super::*;

/// A factor is the transform of a header that has only these rows, to which a node answers where an owner has signed it.
#[test]
fn a_factor_is_what_the_node_answers_to_a_header_of_these_rows_alone() {
    let scene = Scene::new();
    let served = scene.serve("A@X AND A@Y");
    let factors = scene.factors(&scene.dispute(&served, &scene.bob.registration));
    let first = served.ciphertext.rows.checked().unwrap().rows()[0].clone();
    let alone = served.ciphertext.with_rows(CheckedRows::made(policy("A@X"), vec![first]).into());
    let answer = scene.serve_with(alone, &scene.bob.keys);
    assert_eq!(answer.transform.t.element(), factors[0].element());
    assert!(!opens(&served, &factors[0].element().pow(scene.bob.secret.exponent())));
}

/// A node that is given a wrong key would look guilty. It finds out before it serves anybody, by a file of its own, without the user.
#[test]
fn a_node_finds_keys_that_were_issued_wrongly_by_a_file_of_its_own() {
    let scene = Scene::new();
    let (trial, _) = encrypt(&policy("A@X"), &scene.world.keys, CONTEXT, &mut OsRng).unwrap();
    let said = |keys: &[ProxyKey]| {
        let served = scene.serve_with(trial.clone(), keys);
        let dispute = scene.dispute(&served, &scene.bob.registration);
        let keys = ProxyKeys::new(&scene.bob.registration, keys);
        let factors = dispute.factors(&keys, &scene.node).unwrap();
        let verdicts = scene.verdicts(&dispute, &factors);
        dispute.judge(&factors, &verdicts, &scene.published()).unwrap()
    };
    assert_eq!(said(&scene.bob.keys), Finding::AnswerIsRight);
    let mut wrong = scene.bob.keys.clone();
    *wrong[0].k += G2::generator();
    assert_eq!(said(&wrong), Finding::NodeFactor { authority: "X".parse().unwrap() });
}
