use super::*;

/// A public file of X in which A@X has the point of B@X, beside the true one and alone.
#[test]
fn a_forged_public_key_acquits_no_node_and_convicts_no_owner() {
    let scene = Scene::new();
    let served = scene.serve("A@X");
    let dispute = scene.dispute(&served, &scene.bob.registration);
    let right = scene.factors(&dispute);
    let lie = vec![scene.signed(&dispute, "X", right[0].element() * Gt::generator())];
    let (authority, keys) = &scene.keys[0];
    let mut altered = keys.clone();
    altered[0].point = keys[1].point;
    let forged = Published { authority, attributes: &altered };
    let mut both = scene.published();
    let two = Err(DisputeError::TwoKeys { of: "version 0 of A@X".to_owned() });
    for place in [0, 1] {
        both.insert(place, forged);
        assert_eq!(dispute.judge(&lie, &[], &both), two, "{place}");
        both.remove(place);
    }
    let attribute = name("A@X");
    let not_its_own = Err(DisputeError::OtherPublic { authority: "X".parse().unwrap(), attribute: attribute.clone() });
    // What it has judged, rightly or wrongly answered, it has judged by its own keys.
    for factors in [&lie, &right] {
        let verdicts = scene.verdicts(&dispute, factors);
        assert_eq!(dispute.judge(factors, &verdicts, &[forged]), not_its_own);
    }
    // One of another factor says nothing, and without any, the public file that is named is the measure.
    let verdicts = scene.verdicts(&dispute, &right);
    let false_verdict = Err(DisputeError::FalseVerdict { authority: "X".parse().unwrap() });
    assert_eq!(dispute.judge(&lie, &verdicts, &[forged]), false_verdict);
    assert_eq!(dispute.judge(&lie, &[], &[forged]), Ok(Finding::File { attribute }));

    // Two authorities of one name and generation: neither is believed.
    let other = Scene::new();
    let others = [scene.published(), other.published()].concat();
    assert_eq!(dispute.judge(&right, &[], &others), Err(DisputeError::TwoKeys { of: "X".to_owned() }));
}
