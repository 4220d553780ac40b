use rand::rngs::OsRng;

use super::super::tests::{CONTEXT, User, World, policy};
use super::*;
use crate::abe::encrypt;

fn party() -> SigningKey {
    SigningKey::generate(&mut OsRng)
}

fn ask(world: &World, verifier: &SigningKey, prover: &SigningKey) -> (Challenge, PendingChallenge) {
    let parties = (verifier, prover.verifying_key());
    challenge(&policy("A@X"), &world.keys, parties, b"read", &mut OsRng).unwrap()
}

fn answer(
    user: &User,
    challenge: &Challenge,
    verifier: &SigningKey,
    prover: &SigningKey,
) -> Result<ChallengeAnswer, NotAnswered> {
    let transform = user.transform(&challenge.ciphertext).unwrap();
    user.secret.answer(challenge, &transform, (&verifier.verifying_key(), prover))
}

#[test]
fn who_satisfies_the_policy_answers_and_a_man_in_the_middle_does_not() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (hospital, bob, eve) = (party(), party(), party());
    let (asked, pending) = ask(&world, &hospital, &bob);
    let pending = PendingChallenge::from_bytes(&pending.to_bytes()).unwrap();
    assert_eq!(pending.check(&answer(&user, &asked, &hospital, &bob).unwrap()), Ok(()));

    // Eve talks to the hospital in her own name and forwards its challenge to Bob.
    let (to_eve, pending) = ask(&world, &hospital, &eve);
    assert_eq!(answer(&user, &to_eve, &hospital, &bob), Err(NotAnswered::OtherProver));
    // She puts both names in, and signs for herself: the ciphertext belongs to the transcript that was.
    let transcript = Transcript { verifier: eve.verifying_key(), prover: bob.verifying_key(), ..to_eve.transcript };
    let ciphertext = to_eve.ciphertext;
    let signature = eve.sign(&ChallengeStatement { transcript: &transcript, ciphertext: &ciphertext });
    let forwarded = Challenge { transcript, ciphertext, signature };
    assert_eq!(answer(&user, &forwarded, &hospital, &bob), Err(NotAnswered::OtherVerifier));
    assert_eq!(answer(&user, &forwarded, &eve, &bob), Err(NotAnswered::Recover(RecoverError)));
    let nothing = AnswerStatement { transcript: &pending.transcript, mac: [0; 32] };
    let challenge = pending.transcript.hash();
    let guess = ChallengeAnswer { challenge, mac: [0; 32], signature: eve.sign(&nothing) };
    assert_eq!(pending.check(&guess), Err(WrongAnswer));
}

#[test]
fn a_third_holder_of_the_attributes_does_not_answer_for_another() {
    let world = World::new();
    let (hospital, bob, carol) = (party(), party(), party());
    let carols = world.user("carol", &["A@X"]);
    let (asked, pending) = ask(&world, &hospital, &bob);
    assert_eq!(answer(&carols, &asked, &hospital, &carol), Err(NotAnswered::OtherProver));
    // Carol computes the MAC, which is as good as Bob's, and signs it, or has none to sign it.
    let transform = carols.transform(&asked.ciphertext).unwrap();
    let kappa = carols.secret.kappa(&transform);
    let transcript = &asked.transcript;
    let sigma = unmask_for(Label::Authentication, &asked.ciphertext, &kappa, transcript.hash().as_bytes()).unwrap();
    let mac: [u8; 32] = mac(&sigma, transcript).unwrap().finalize().into_bytes().into();
    let (kept, challenge) = (pending.to_bytes(), transcript.hash());
    let pending = || PendingChallenge::from_bytes(&kept).unwrap();
    let statement = AnswerStatement { transcript, mac };
    for signature in [carol.sign(&statement), Signature::from_bytes([0; 64])] {
        assert_eq!(pending().check(&ChallengeAnswer { challenge, mac, signature }), Err(WrongAnswer));
    }
    // The MAC itself was right: Bob's name to it is all that is missing.
    assert_eq!(pending().check(&ChallengeAnswer { challenge, mac, signature: bob.sign(&statement) }), Ok(()));
    // Bob's name alone does not do either.
    let bare = AnswerStatement { transcript, mac: [0; 32] };
    let bare = ChallengeAnswer { challenge, mac: [0; 32], signature: bob.sign(&bare) };
    assert_eq!(pending().check(&bare), Err(WrongAnswer));
}

#[test]
fn an_unsigned_or_altered_challenge_is_not_answered() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (hospital, bob, eve) = (party(), party(), party());
    let (asked, _) = ask(&world, &hospital, &bob);
    let (other, _) = ask(&world, &hospital, &bob);
    let purpose = Transcript { purpose: b"write".to_vec(), ..asked.transcript.clone() };
    let statement = ChallengeStatement { transcript: &asked.transcript, ciphertext: &asked.ciphertext };
    for altered in [
        Challenge { signature: Signature::from_bytes([0; 64]), ..asked.clone() },
        Challenge { signature: eve.sign(&statement), ..asked.clone() },
        Challenge { signature: other.signature, ..asked.clone() },
        Challenge { ciphertext: other.ciphertext.clone(), ..asked.clone() },
        Challenge { transcript: purpose, ..asked.clone() },
    ] {
        assert_eq!(answer(&user, &altered, &hospital, &bob), Err(NotAnswered::Unsigned));
    }
    // An answer serves its own challenge only.
    let (_, pending) = ask(&world, &hospital, &bob);
    let earlier = answer(&user, &asked, &hospital, &bob).unwrap();
    assert!(!pending.is_meant(&earlier), "it is told from a wrong one");
    let dressed_up = ChallengeAnswer { challenge: pending.transcript.hash(), ..earlier };
    let kept = pending.to_bytes();
    assert_eq!(pending.check(&earlier), Err(WrongAnswer));
    assert_eq!(PendingChallenge::from_bytes(&kept).unwrap().check(&dressed_up), Err(WrongAnswer));
}

#[test]
fn a_data_ciphertext_is_not_answered_as_a_challenge() {
    let world = World::new();
    let user = world.user("bob", &["A@X"]);
    let (hospital, bob) = (party(), party());
    let (asked, _) = ask(&world, &hospital, &bob);
    let transcript = asked.transcript;
    for context in [CONTEXT, transcript.hash().as_bytes()] {
        let (ciphertext, _) = encrypt(&policy("A@X"), &world.keys, context, &mut OsRng).unwrap();
        let signature = hospital.sign(&ChallengeStatement { transcript: &transcript, ciphertext: &ciphertext });
        let dressed_up = Challenge { transcript: transcript.clone(), ciphertext, signature };
        let answered = answer(&user, &dressed_up, &hospital, &bob);
        assert_eq!(answered, Err(NotAnswered::Recover(RecoverError)));
    }
}
