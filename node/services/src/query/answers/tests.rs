#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use axum::body::{Body, to_bytes};
use medshare_crypto::hash::{Hash32, sha256};
use medshare_ledger::codec::encode;

async fn read(response: Response) -> (u16, ApiError) {
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), MAX_REASON_BYTES).await.unwrap();
    (status, serde_json::from_slice::<ErrorAnswer>(&body).unwrap().error)
}

fn plain(status: u16, text: &str) -> Response {
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, "text/plain");
    response.header(header::ALLOW, "GET,HEAD").body(Body::from(text.to_owned())).unwrap()
}

#[tokio::test]
async fn every_class_of_refusal_has_a_status_and_says_its_word() {
    for (code, status) in [
        (Code::Malformed, 400),
        (Code::UnknownKey, 401),
        (Code::PurposeForbidden, 403),
        (Code::NotFound, 404),
        (Code::Replay, 409),
        (Code::TooLarge, 413),
        (Code::TooManyRequests, 429),
        (Code::MempoolFull, 429),
        (Code::Undecided, 503),
        (Code::NodeFault, 500),
    ] {
        let (found, error) = read(Refused(Refusal::new(code, "what is wrong")).into_response()).await;
        assert_eq!((found, error.code.as_str(), error.message.as_str()), (status, code.word(), "what is wrong"));
    }
    assert_eq!(read(unknown_route().await).await.0, 404);
}

#[tokio::test]
async fn whoever_asks_too_much_hears_when_to_ask_again() {
    let answer = Refused(Refusal::new(Code::TooManyRequests, "too many")).into_response();
    assert_eq!(answer.headers().get(header::RETRY_AFTER).unwrap(), "30");
    assert_eq!(read(answer).await.1.details.get("retry_after_s"), Some(&30.into()));
    assert!(
        Refused(Refusal::new(Code::Undecided, "not yet")).into_response().headers().get(header::RETRY_AFTER).is_none()
    );
}

#[tokio::test]
async fn what_the_http_library_refuses_reads_like_every_other_refusal() {
    for (status, own, code, words) in [
        (405, 405, "wrong-method", "the header Allow"),
        (400, 400, "malformed", "the library's words"),
        (422, 400, "malformed", "the library's words"),
    ] {
        let answer = in_own_words(plain(status, "the library's words")).await;
        assert_eq!(answer.headers().get(header::ALLOW).unwrap(), "GET,HEAD");
        assert_eq!(answer.headers().get(header::CONTENT_TYPE).unwrap(), "application/json");
        let (found, error) = read(answer).await;
        assert_eq!((found, error.code.as_str()), (own, code));
        assert!(error.message.contains(words), "{}", error.message);
    }
    let own = in_own_words(Refused(Refusal::not_found("entry")).into_response()).await;
    assert_eq!(read(own).await.1.message, "this network has no such entry");
    let done = in_own_words(plain(200, "done")).await;
    assert_eq!(to_bytes(done.into_body(), 100).await.unwrap(), "done");
}

#[test]
fn documents_are_taken_whole_or_refused() {
    let hash = sha256(b"entry");
    assert_eq!(document::<Hash32>(&encode(&hash)), Ok(hash));
    let longer = [encode(&hash), vec![0]].concat();
    for refused in [document::<Hash32>(b""), document(&longer)] {
        assert_eq!(refused.unwrap_err().code, Code::Malformed);
    }
}

/// `docs/http.md` lists every code with its status.
#[tokio::test]
async fn every_code_is_documented() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = folder.ancestors().map(|folder| folder.join("docs/http.md")).find(|path| path.exists());
    let page = std::fs::read_to_string(page.unwrap()).unwrap();
    for code in Code::ALL {
        let status = Refused(Refusal::new(*code, "")).into_response().status().as_u16();
        let row = format!("| `{}` | {status} |", code.word());
        assert!(page.contains(&row), "{row}");
    }
    let too_slow = crate::query::bodies::TOO_SLOW;
    for row in
        [format!("| `{WRONG_METHOD}` | 405 |"), format!("| `{too_slow}` | 408 |"), "| `not-ready` | 503 |".to_owned()]
    {
        assert!(page.contains(&row), "{row}");
    }
}
