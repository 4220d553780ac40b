//! Rows beside what the owner signed, which whoever stores the file writes: often the node itself.

use super::*;
use crate::abe::make_rows;
use crate::abe::row::C4_AT;
use crate::encoding::{Decoder, put_short_bytes};

/// One row of `signed` beside it, as if it had moved, with its version and C4 as `change` leaves them.
fn beside(signed: &Ciphertext, number: u16, change: impl Fn(&mut [u8])) -> MovedRows {
    let row = signed.rows.raw()[0];
    let mut moved = [&[0, 1][..], &number.to_be_bytes()[..], &row[4..8], &row[C4_AT..]].concat();
    change(&mut moved[4..]);
    MovedRows::decode(&mut Decoder::new(&moved)).unwrap()
}

/// A node that stores the file had the owner blamed, with a row of its own beside hers.
#[test]
fn a_row_that_was_moved_wrongly_is_not_the_owners_fault() {
    let scene = Scene::new();
    let (served, other) = (scene.serve("A@X AND A@Y"), scene.serve("A@X AND A@Y"));
    let right = scene.factors(&scene.dispute(&served, &scene.bob.registration)).remove(0);
    let moved = beside(&served.ciphertext, 0, |row| {
        row[4..].copy_from_slice(&served.ciphertext.rows.raw()[1][C4_AT..]);
    });
    let garbage = Transform { t: other.transform.t, ..served.transform };
    let crooked = Served { moved, transform: garbage, ..served };
    let dispute = scene.dispute(&crooked, &scene.bob.registration);
    let attribute = name("A@X");
    let found = dispute.judge(&[], &[], &scene.published());
    assert_eq!(found, Ok(Finding::Moved { attribute: attribute.clone() }));
    let factor = scene.signed(&dispute, "X", right.element());
    let asked = dispute.verdict(&scene.world.authorities[0], &factor, &mut OsRng);
    assert_eq!(asked, Err(DisputeError::Moved { attribute }));
}

#[test]
fn a_row_that_was_made_wrongly_stays_the_owners_fault_when_it_moves() {
    let mut scene = Scene::new();
    let x = &scene.world.authorities[0];
    scene.keys[0].1.push(x.attribute_public(&name("A@X"), 1).unwrap());
    scene.bob.keys = vec![x.issue(&scene.bob.registration, &name("A@X"), 1).unwrap()];
    let update = x.ciphertext_update(&name("A@X"), 0, 1).unwrap();
    let answered = |signed: Ciphertext| {
        let mut now = signed.clone();
        now.update(&update).unwrap();
        let moved = now.moved_since(&signed);
        Served { ciphertext: signed, moved, ..scene.serve_with(now, &scene.bob.keys) }
    };
    let (right, _) = encrypt(&policy("A@X"), &scene.world.keys, CONTEXT, &mut OsRng).unwrap();
    let wrong = right.rows.checked().unwrap().map(|mut row| {
        row.c4 += G2::generator();
        row
    });
    let served = answered(right.with_rows(wrong.into()));
    let dispute = scene.dispute(&served, &scene.bob.registration);
    assert_eq!(dispute.judge(&[], &[], &scene.published()), Ok(Finding::File { attribute: name("A@X") }));
    // And of a right one that was moved rightly, everybody agrees.
    let served = answered(right);
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let factors = scene.factors(&dispute);
    let verdicts = scene.verdicts(&dispute, &factors);
    assert_eq!(dispute.judge(&factors, &verdicts, &scene.published()), Ok(Finding::AnswerIsRight));
}

/// Whoever made such a file got out of it by an entry that changes nothing.
#[test]
fn rows_that_do_not_fit_their_policy_are_the_files_fault_whatever_moved() {
    let scene = Scene::new();
    let (rows, _) = make_rows(&policy("A@X"), &scene.world.keys, &mut OsRng).unwrap();
    let mut made = vec![1];
    put_short_bytes(&mut made, b"A@X AND A@Y");
    let front = scene.serve("A@X").ciphertext.to_bytes();
    // Layout 1, of which the hash is computed.
    let wrongly = Ciphertext::from_bytes(&[made.as_slice(), &rows.raw()[0], &front[1..65]].concat()).unwrap();
    let served = Served { moved: beside(&wrongly, 0, |_| ()), ciphertext: wrongly, ..scene.serve("A@X") };
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let found = dispute.judge(&[], &[], &scene.published());
    assert_eq!(found, Ok(Finding::FileRows(RowsError::Count { rows: 1, leaves: 2 })));
}

#[test]
fn an_answer_to_a_row_with_which_nobody_computes_is_the_nodes_fault() {
    let scene = Scene::new();
    let judged = |served: &Served| {
        let dispute = scene.dispute(served, &scene.bob.registration);
        dispute.judge(&[], &[], &scene.published()).unwrap()
    };
    let point = || RowsError::Point { attribute: name("A@X"), what: "C4" };
    let served = scene.serve("A@X");
    let none = beside(&served.ciphertext, 0, |row| row[50] ^= 1);
    assert_eq!(judged(&Served { moved: none, ..served }), Finding::NodeUnusable(point()));
    let served = scene.serve("A@X");
    let of_no_row = beside(&served.ciphertext, 7, |_| ());
    assert_eq!(judged(&Served { moved: of_no_row, ..served }), Finding::NodeUnusable(RowsError::Altered));
    // Whoever signed it.
    let served = scene.serve("A@X");
    let mut raw = served.ciphertext.rows.raw().to_vec();
    raw[0][C4_AT + 50] ^= 1;
    let ciphertext = served.ciphertext.with_rows(served.ciphertext.rows.with(&raw));
    assert_eq!(judged(&Served { ciphertext, ..served }), Finding::NodeUnusable(point()));
}
