use super::*;
use crate::abe::make_rows;
use crate::encoding::put_short_bytes;

#[test]
fn a_file_that_was_made_wrongly_is_not_the_nodes_fault() {
    let scene = Scene::new();
    let (ciphertext, _) = encrypt(&policy("A@X"), &scene.world.keys, CONTEXT, &mut OsRng).unwrap();
    let checked = ciphertext.rows.checked().unwrap();
    let changed = checked.map(|mut row| {
        row.c4 += G2::generator();
        row
    });
    let ciphertext = ciphertext.with_rows(changed.into());
    let served = scene.serve_with(ciphertext, &scene.bob.keys);
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let factors = scene.factors(&dispute);
    let attribute = name("A@X");
    let asked = dispute.verdict(&scene.world.authorities[0], &factors[0], &mut OsRng);
    assert_eq!(asked, Err(DisputeError::File { attribute: attribute.clone() }));
    assert_eq!(dispute.judge(&factors, &[], &scene.published()), Ok(Finding::File { attribute }));

    // One whose parts do not belong together: every factor agrees.
    let (mut ciphertext, _) = encrypt(&policy("A@X"), &scene.world.keys, CONTEXT, &mut OsRng).unwrap();
    ciphertext.c0[0] ^= 1;
    let served = scene.serve_with(ciphertext, &scene.bob.keys);
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let factors = scene.factors(&dispute);
    let verdicts = scene.verdicts(&dispute, &factors);
    assert_eq!(dispute.judge(&factors, &verdicts, &scene.published()), Ok(Finding::AnswerIsRight));
}

/// A header states a hash of what it likes.
#[test]
fn rows_that_do_not_fit_their_policy_are_the_files_fault() {
    let scene = Scene::new();
    let served = scene.serve("A@X");
    let bytes = served.ciphertext.to_bytes();
    let (front, row) = bytes.split_at(bytes.len() - 776);
    // Layout 1, of which the hash is computed: one row for two attributes, and a policy that is none.
    let made = |policy: &str| {
        let mut rows = vec![1];
        put_short_bytes(&mut rows, policy.as_bytes());
        Ciphertext::from_bytes(&[rows.as_slice(), row, &front[1..65]].concat()).unwrap()
    };
    for (policy, wrong) in [("A@X AND A@Y", RowsError::Count { rows: 1, leaves: 2 }), ("A@X AND", RowsError::Policy)] {
        let wrongly = Served { ciphertext: made(policy), ..scene.serve("A@X") };
        let dispute = scene.dispute(&wrongly, &scene.bob.registration);
        assert_eq!(dispute.judge(&[], &[], &scene.published()), Ok(Finding::FileRows(wrong)));
    }
    // Rows that somebody exchanged behind the header are no finding about anybody.
    let mut altered = bytes.clone();
    *altered.last_mut().unwrap() ^= 1;
    let altered = Served { ciphertext: Ciphertext::from_bytes(&altered).unwrap(), ..served };
    let dispute = scene.dispute(&altered, &scene.bob.registration);
    let found = dispute.judge(&[], &[], &scene.published());
    assert_eq!(found, Err(DisputeError::Unusable(RowsError::Altered)));
}

#[test]
fn rows_of_two_generations_of_one_authority_are_the_files_fault_and_two_public_files_hide_none() {
    let scene = Scene::new();
    let x = &scene.world.authorities[0];
    let new = x.rotate(&mut OsRng);
    let [of_old, of_new] = [("A@X", x), ("B@X", &new)].map(|(attribute, authority)| {
        let mut keys = crate::abe::PublicKeys::new();
        keys.add_authority(&authority.public());
        keys.add_attribute(&authority.attribute_public(&name(attribute), 0).unwrap()).unwrap();
        let (rows, _) = make_rows(&policy(attribute), &keys, &mut OsRng).unwrap();
        rows.checked().unwrap().rows()[0].clone()
    });
    let rows = CheckedRows::made(policy("A@X AND B@X"), vec![of_old, of_new]);
    let ciphertext = scene.serve("A@X").ciphertext.with_rows(rows.into());
    let keys = [("A@X", x), ("B@X", &new)]
        .map(|(attribute, authority)| authority.issue(&scene.bob.registration, &name(attribute), 0).unwrap());
    let served = scene.serve_with(ciphertext, &keys);
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let public = (new.public(), vec![new.attribute_public(&name("B@X"), 0).unwrap()]);
    let mut published = scene.published();
    published.push(Published { authority: &public.0, attributes: &public.1 });
    assert_eq!(dispute.judge(&[], &[], &published), Ok(Finding::File { attribute: name("B@X") }));

    // Of a file of one generation, the public file of another stands beside its own.
    let served = scene.serve("A@X");
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let factors = scene.factors(&dispute);
    let verdicts = scene.verdicts(&dispute, &factors);
    assert_eq!(dispute.judge(&factors, &verdicts, &published), Ok(Finding::AnswerIsRight));
}
