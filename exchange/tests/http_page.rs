//! The examples of `docs/http.md` are what this code makes and reads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use medshare_crypto::keyfile::KeyFile;
use medshare_crypto::sign::SigningKey;
use medshare_exchange::http_signature::{MessageParts, SignatureHeaders, sign, verify};
use medshare_exchange::request::{DataRequest, SignedRequest};
use medshare_ledger::facts::RecordType;
use medshare_ledger::id::{NetworkId, OwnerId, Timestamp};
use medshare_ledger::purpose::{ActReason, Purpose, ResearchUse, UseModifier};
use std::path::Path;

const PASSPHRASE: &[u8] = b"correct horse battery";
const CREATED: Timestamp = Timestamp(1_795_281_959_000);
const PARTS: MessageParts<'static> = MessageParts {
    method: "GET",
    authority: "127.0.0.1:27002",
    path: "/v1/owner/requests",
    query: "limit=100",
    body: b"",
};

fn page() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = folder.ancestors().map(|folder| folder.join("docs/http.md")).find(|path| path.exists());
    std::fs::read_to_string(path.expect("the page")).unwrap()
}

/// The examples that stand in fences of plain text.
fn examples() -> Vec<String> {
    page().split("```text\n").skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

fn counted<const N: usize>(from: u8) -> [u8; N] {
    std::array::from_fn(|i| from + u8::try_from(i).unwrap())
}

fn owner() -> SigningKey {
    SigningKey::from_seed(counted(0).into())
}

#[test]
fn the_key_files_hold_the_seed_of_the_owners_key() {
    let key = owner();
    for (file, passphrase) in examples().iter().take(2).zip([None, Some(PASSPHRASE)]) {
        let file = KeyFile::parse(file).unwrap();
        assert_eq!(file.public(), OwnerId::of_key(&key.verifying_key()).to_string());
        assert_eq!(file.is_encrypted(), passphrase.is_some());
        let secret = file.open("owner", passphrase).unwrap();
        assert_eq!(secret.as_slice(), key.seed().as_slice());
    }
}

#[test]
fn the_signed_message_is_the_one_that_is_made_and_read() {
    let (examples, key) = (examples(), owner());
    let headers = sign(&PARTS, CREATED, counted(0xa0), &key).unwrap();
    let expected = format!(
        "Content-Digest: {}\nSignature-Input: {}\nSignature: {}\n",
        headers.content_digest, headers.signature_input, headers.signature
    );
    assert_eq!(examples[3], expected);
    // The base is not told by any interface: a signature over the page's text is the page's signature.
    let base = examples[2].strip_suffix('\n').unwrap();
    let again = key.sign_http_message(base.as_bytes()).unwrap();
    assert!(headers.signature.contains(&base64(&again.to_bytes())), "{base}");
    let line = |name: &str| {
        let line = examples[3].lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().to_owned()
    };
    let headers = SignatureHeaders {
        signature_input: line("Signature-Input: "),
        signature: line("Signature: "),
        content_digest: line("Content-Digest: "),
    };
    assert_eq!(verify(&PARTS, &headers).unwrap().key, key.verifying_key());
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

#[test]
fn the_data_request_has_the_bytes_and_the_name_that_are_told() {
    let requestor = SigningKey::from_seed(counted(0x40).into());
    let request = DataRequest {
        network: NetworkId::from_bytes([0x11; 32]),
        key: requestor.verifying_key(),
        owner: OwnerId::of_key(&owner().verifying_key()),
        dataset: "records".parse().unwrap(),
        terms_version: 1,
        record_type: RecordType::FhirR4,
        purpose: Purpose { reason: ActReason::HealthcareResearch, research: None, accepts: Vec::new() },
        created: CREATED,
        deadline: CREATED.plus_ms(3_600_000),
        nonce: counted(0xb0),
    };
    let signed = SignedRequest::sign(request, &requestor);
    let told: String = examples()[4].split_whitespace().collect();
    assert_eq!(told, hex(&signed.encode()));
    let page = page();
    assert!(page.contains(&format!("`{}`", signed.hash())), "{}", signed.hash());
    assert!(page.contains(&format!("`{}`", requestor.verifying_key())));
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_numbers_of_purposes_are_those_of_the_encoding() {
    let page = page();
    let list = |codes: Vec<&str>| {
        codes.iter().enumerate().map(|(number, code)| format!("{number} {code}")).collect::<Vec<_>>().join(", ")
    };
    for expected in [
        list(ActReason::ALL.iter().map(|code| code.code()).collect()),
        list(ResearchUse::ALL.iter().map(|code| code.code()).collect()),
        list(UseModifier::ALL.iter().map(|code| code.code()).collect()),
    ] {
        assert!(page.contains(&expected), "{expected}");
    }
}

#[test]
fn the_clients_in_the_page_are_those_that_are_run() {
    let page = page();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("tests/interop/http"));
    let folder = folder.into_iter().find(|folder| folder.exists()).expect("the clients");
    for name in ["owner_requests.py", "submit_request.py"] {
        let client = std::fs::read_to_string(folder.join(name)).unwrap();
        assert!(page.contains(&format!("```python\n{client}```")), "{name}");
    }
}
