//! The operator's certificate and key for HTTPS, looked at before the node starts: what no client would accept is said here.

use medshare_genesis::config::TlsFiles;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use webpki::{EndEntityCert, Error as CertificateError, KeyUsage};

/// Protocols that are spoken behind the handshake.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// Why certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read the {what} {}, which config.toml names under [tls]", path.display())]
    Read {
        /// What should be in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// No certificate is in the file.
    #[error("{} holds no certificate: expected the server's own in PEM, and behind it those that vouch for it", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// No private key is in the file.
    #[error("{} holds no private key: expected one in PEM, not encrypted", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The certificate is a certificate authority's.
    #[error(
        "the first certificate in {} is that of a certificate authority, which clients do not take as a server's: expected the server's own, with CA:FALSE, and behind it those that vouch for it",
        path.display()
    )]
    Authority {
        /// The file.
        path: PathBuf,
    },
    /// The certificate cannot serve for another reason.
    #[error("the first certificate in {} cannot be a server's: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: CertificateError,
    },
    /// They are not a pair.
    #[error("the key {} does not belong to the first certificate in {}: {reason}", key.display(), certificate.display())]
    Pair {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What does not fit.
        reason: rustls::Error,
    },
}

/// Certificate and key, ready to serve with.
///
/// # Errors
/// [`TlsError`] names the file and what it should be.
pub fn load(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let path = &files.certificate;
    let pem = read("certificate", path)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
    let first = chain.first().ok_or_else(|| TlsError::NoCertificate { path: path.clone() })?;
    look_at(first, path)?;
    let pem = read("key", &files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| TlsError::NoKey { path: files.key.clone() })?;
    let pair = |reason| TlsError::Pair { certificate: path.clone(), key: files.key.clone(), reason };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(pair)?;
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).into();
    Ok(Arc::new(config))
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read { what, path: path.to_owned(), source })
}

/// Asks about the certificate what a client asks, except who vouches for it: that depends on whom the client trusts.
///
/// One that is out of date is only warned of. Time brings it about while nobody changes anything, and a validator that does not start
/// for it would be missed by all others.
fn look_at(certificate: &CertificateDer<'_>, path: &Path) -> Result<(), TlsError> {
    let unusable = |reason| TlsError::Unusable { path: path.to_owned(), reason };
    let parsed = EndEntityCert::try_from(certificate).map_err(unusable)?;
    let ask = |time| {
        let algorithms = webpki::ALL_VERIFICATION_ALGS;
        parsed.verify_for_usage(algorithms, &[], &[], time, KeyUsage::server_auth(), None, None).err()
    };
    let mut answer = ask(UnixTime::now());
    let in_its_time = match answer {
        Some(CertificateError::CertExpired { not_after, .. }) => {
            Some((not_after, "has expired: clients refuse it, renew it"))
        }
        Some(CertificateError::CertNotValidYet { not_before, .. }) => {
            Some((not_before, "is not valid yet: clients refuse it"))
        }
        _ => None,
    };
    if let Some((time, words)) = in_its_time {
        tracing::error!(certificate = %path.display(), seconds_off = off(time).as_secs(), "the certificate for HTTPS {words}");
        answer = ask(time);
    }
    match answer {
        Some(CertificateError::CaUsedAsEndEntity) => Err(TlsError::Authority { path: path.to_owned() }),
        None | Some(CertificateError::UnknownIssuer) => Ok(()),
        Some(reason) => Err(unusable(reason)),
    }
}

fn off(time: UnixTime) -> Duration {
    Duration::from_secs(UnixTime::now().as_secs().abs_diff(time.as_secs()))
}

#[cfg(test)]
mod tests;
