#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use rand::rngs::OsRng;

const PARTS: MessageParts<'static> = MessageParts {
    method: "POST",
    authority: "node.example:7000",
    path: "/v1/owner/violations",
    query: "from=1",
    body: b"{}",
};

fn signed() -> (SigningKey, SignatureHeaders) {
    let key = SigningKey::generate(&mut OsRng);
    let headers = sign(&PARTS, Timestamp(1_700_000_000_000), [7; 16], &key).unwrap();
    (key, headers)
}

#[test]
fn a_signed_message_verifies_and_names_its_signer() {
    let (key, headers) = signed();
    let signer = verify(&PARTS, &headers).unwrap();
    assert_eq!(signer.key, key.verifying_key());
    assert_eq!(signer.created, Timestamp(1_700_000_000_000));
    assert_eq!(signer.nonce, STANDARD.encode([7; 16]));
}

#[test]
fn any_changed_part_is_refused() {
    let (_, headers) = signed();
    for changed in [
        MessageParts { method: "GET", ..PARTS },
        MessageParts { authority: "other.example", ..PARTS },
        MessageParts { path: "/v1/owner", ..PARTS },
        MessageParts { query: "from=2", ..PARTS },
    ] {
        assert_eq!(verify(&changed, &headers), Err(HttpSignatureError::Signature));
    }
    assert_eq!(verify(&MessageParts { body: b"{ }", ..PARTS }, &headers), Err(HttpSignatureError::Digest));
}

#[test]
fn a_signature_that_covers_less_is_refused() {
    for component in REQUIRED {
        let (_, mut headers) = signed();
        headers.signature_input = headers.signature_input.replace(&format!("\"{component}\""), "");
        assert_eq!(verify(&PARTS, &headers), Err(HttpSignatureError::NotCovered { component }));
    }
}

#[test]
fn changed_parameters_are_refused() {
    let (_, headers) = signed();
    for (from, to) in [("created=1700000000", "created=1700000001"), ("nonce=\"Bw", "nonce=\"Cw")] {
        let input = headers.signature_input.replace(from, to);
        assert_ne!(input, headers.signature_input);
        let changed = SignatureHeaders { signature_input: input, ..headers.clone() };
        assert_eq!(verify(&PARTS, &changed), Err(HttpSignatureError::Signature));
    }
}

#[test]
fn a_key_id_that_is_put_in_place_of_another_is_refused() {
    let (key, headers) = signed();
    let other = SigningKey::generate(&mut OsRng).verifying_key();
    let input = headers.signature_input.replace(&key.verifying_key().to_string(), &other.to_string());
    let changed = SignatureHeaders { signature_input: input, ..headers };
    assert_eq!(verify(&PARTS, &changed), Err(HttpSignatureError::Signature));
}

#[test]
fn malformed_headers_are_named() {
    let (_, headers) = signed();
    let input = |text: String| SignatureHeaders { signature_input: text, ..headers.clone() };
    let good = headers.signature_input.clone();
    for bad in [
        String::new(),
        "medshare".to_owned(),
        "medshare=1".to_owned(),
        good.replace("created=1700000000;", ""),
        good.replace("created=1700000000", "created=-1"),
        good.replace("alg=\"ed25519\"", "alg=\"hmac-sha256\""),
        good.replace("keyid=\"", "keyid=\"zz"),
        good.replace("\"@path\"", "\"@path\" \"@path\""),
        good.replace("\"@query\"", "\"@query\";req"),
    ] {
        assert_eq!(
            verify(&PARTS, &input(bad.clone())),
            Err(HttpSignatureError::Header { header: SIGNATURE_INPUT }),
            "{bad}"
        );
    }
    for bad in ["", "medshare=1", "other=:AAAA:", "medshare=:AAAA:"] {
        let changed = SignatureHeaders { signature: bad.to_owned(), ..headers.clone() };
        assert_eq!(verify(&PARTS, &changed), Err(HttpSignatureError::Header { header: SIGNATURE }), "{bad}");
    }
    let more = input(good.replace("\"@path\"", "\"@path\" \"x-unknown\""));
    assert_eq!(verify(&PARTS, &more), Err(HttpSignatureError::UnknownComponent));
}

#[test]
fn other_orders_of_the_components_verify() {
    let (key, headers) = signed();
    let names = ["content-digest", "@query", "@path", "@authority", "@method"];
    let list = names.map(|n| format!("\"{n}\"")).join(" ");
    let (_, after) = headers.signature_input.split_once(')').unwrap();
    let params = format!("({list}){after}");
    let base = signature_base(&names, &PARTS, &headers.content_digest, &params).unwrap();
    let signature = key.sign_http_message(base.as_bytes()).unwrap();
    let headers = SignatureHeaders {
        signature_input: format!("sig1={params}"),
        signature: format!("sig1=:{}:", STANDARD.encode(signature.to_bytes())),
        ..headers
    };
    assert_eq!(verify(&PARTS, &headers).unwrap().key, key.verifying_key());
}

#[test]
fn a_line_break_cannot_forge_another_component() {
    let key = SigningKey::generate(&mut OsRng);
    let parts = MessageParts { path: "/a\n\"@query\": ?b", ..PARTS };
    assert_eq!(sign(&parts, Timestamp(1), [0; 16], &key), Err(HttpSignatureError::Unsignable));
}

#[test]
fn what_a_verifier_would_have_to_remember_or_parse_is_bounded() {
    let (_, headers) = signed();
    let nonce = STANDARD.encode([7; 16]);
    for (length, is_refused) in [(0, true), (15, true), (16, false), (64, false), (65, true)] {
        let input = headers.signature_input.replace(&nonce, &"a".repeat(length));
        let claimed = Claim::read(&SignatureHeaders { signature_input: input, ..headers.clone() });
        assert_eq!(claimed.err(), is_refused.then_some(HttpSignatureError::Nonce { actual: length }));
    }
    let long = headers.signature_input.replace(&nonce, &"a".repeat(60_000));
    let claimed = Claim::read(&SignatureHeaders { signature_input: long, ..headers.clone() });
    assert_eq!(claimed.err(), Some(HttpSignatureError::Header { header: SIGNATURE_INPUT }));
    let long = SignatureHeaders { signature: " ".repeat(60_000), ..headers };
    assert_eq!(Claim::read(&long).err(), Some(HttpSignatureError::Header { header: SIGNATURE }));
}

/// RFC 9421 appendix B.2.6 (ed25519), the base byte for byte as printed there.
#[test]
fn the_ed25519_example_of_the_rfc_verifies() {
    let key: VerifyingKey = "26b40b8f93fff3d897112f7ebc582b232dbd72517d082fe83cfb30ddce43d1bb".parse().unwrap();
    let base = "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\
                \"@method\": POST\n\
                \"@path\": /foo\n\
                \"@authority\": example.com\n\
                \"content-type\": application/json\n\
                \"content-length\": 18\n\
                \"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
                \"content-length\");created=1618884473;keyid=\"test-key-ed25519\"";
    let signature = STANDARD
        .decode("wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==")
        .unwrap();
    let signature = Signature::from_bytes(signature.try_into().unwrap());
    key.verify_http_message(base.as_bytes(), &signature).unwrap();
    let changed = base.replace("/foo", "/bar");
    key.verify_http_message(changed.as_bytes(), &signature).unwrap_err();
}

/// RFC 9530 appendix D: the digest of `{"hello": "world"}` and a line feed.
#[test]
fn the_content_digest_is_the_one_of_the_rfc() {
    assert_eq!(content_digest(b"{\"hello\": \"world\"}\n"), "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
}
