//! Asking a node on this machine how it is.
//!
//! A node is asked where its `config.toml` says that it listens, over HTTPS if it serves that. Its certificate may name another host and
//! come from an authority that nobody here knows, so the one in the configuration's file is expected and no other. HTTP/1.0, because
//! then the answer ends with the connection.

use medshare_exchange::api::NodeStatus;
use medshare_genesis::config::NodeConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Longest wait for a node of this machine.
const LIMIT: Duration = Duration::from_secs(2);
/// Longest answer.
const MAX_ANSWER_BYTES: u64 = 256 * 1024;

/// What a node says of itself, if it answers.
#[must_use]
pub fn ask(config: &NodeConfig) -> Option<NodeStatus> {
    let address = reached_at(config.http_listen);
    let socket = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    socket.set_read_timeout(Some(LIMIT)).ok()?;
    socket.set_write_timeout(Some(LIMIT)).ok()?;
    let answer = match &config.tls {
        None => exchange(socket, address),
        Some(files) => exchange(sealed(socket, address, &files.certificate)?, address),
    };
    serde_json::from_slice(body(&answer.ok()?)?).ok()
}

/// Where a node that listens at all addresses of this machine is reached.
fn reached_at(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}

fn exchange(mut stream: impl Read + Write, address: SocketAddr) -> io::Result<Vec<u8>> {
    write!(stream, "GET /v1/status HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    stream.flush()?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(answer)
}

/// The body of an answer that says that all went well.
fn body(answer: &[u8]) -> Option<&[u8]> {
    const END: &[u8] = b"\r\n\r\n";
    let end = answer.windows(END.len()).position(|window| window == END)?;
    let (head, body) = answer.split_at_checked(end + END.len())?;
    let first = head.split(|byte| *byte == b'\r').next()?;
    first.windows(5).any(|window| window == b" 200 ").then_some(body)
}

fn sealed(
    socket: TcpStream,
    address: SocketAddr,
    certificate: &Path,
) -> Option<StreamOwned<ClientConnection, TcpStream>> {
    let expected = CertificateDer::pem_file_iter(certificate).ok()?.next()?.ok()?;
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Expected { certificate: expected, provider: Arc::clone(&provider) });
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    let connection = ClientConnection::new(Arc::new(config), ServerName::from(address.ip())).ok()?;
    Some(StreamOwned::new(connection, socket))
}

/// Takes one certificate, from whoever proves that he has its key.
#[derive(Debug)]
struct Expected {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Expected {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown == self.certificate {
            return Ok(ServerCertVerified::assertion());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, shown, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, shown, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_answer_that_says_ok_has_a_body() {
        assert_eq!(body(b"HTTP/1.0 200 OK\r\nx: 200 \r\n\r\n{}"), Some(b"{}".as_slice()));
        assert_eq!(body(b"HTTP/1.0 503 Service Unavailable\r\nx: 200 \r\n\r\n{}"), None);
        assert_eq!(body(b"HTTP/1.0 200 OK\r\nx: 1"), None);
        assert_eq!(body(b""), None);
    }

    #[test]
    fn a_node_that_listens_everywhere_is_reached_on_loopback() {
        let reached = |text: &str| text.parse().map(reached_at).map(|address| address.to_string());
        assert_eq!(reached("0.0.0.0:27002").as_deref(), Ok("127.0.0.1:27002"));
        assert_eq!(reached("[::]:27002").as_deref(), Ok("[::1]:27002"));
        assert_eq!(reached("10.0.0.1:27002").as_deref(), Ok("10.0.0.1:27002"));
    }
}
