//! Listening: HTTP on loopback or behind a proxy, HTTPS with the operator's certificate.

use super::router;
use crate::services::Services;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use medshare_genesis::config::TlsFiles;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

/// Why the HTTP interface does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Another program listens there.
    #[error(
        "the HTTP address {address} is taken: stop the other program or change http_listen in the node's config.toml"
    )]
    PortTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened at.
    #[error("cannot listen at the HTTP address {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("cannot use the certificate {} with the key {}", certificate.display(), key.display())]
    Tls {
        /// Certificate file.
        certificate: std::path::PathBuf,
        /// Key file.
        key: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Takes the address, so that a taken port is known before anything else starts.
///
/// # Errors
/// [`ServeError`] when the address cannot be listened at.
pub fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(address).map_err(|source| match source.kind() {
        std::io::ErrorKind::AddrInUse => ServeError::PortTaken { address },
        _ => ServeError::Listen { address, source },
    })?;
    listener.set_nonblocking(true).map_err(|source| ServeError::Listen { address, source })?;
    Ok(listener)
}

/// Serves until `handle` says stop.
///
/// # Errors
/// [`ServeError`] when certificate or listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    tls: Option<&TlsFiles>,
    services: Arc<Services>,
    handle: Handle<SocketAddr>,
) -> Result<(), ServeError> {
    let address = listener.local_addr().unwrap_or_else(|_| services.config.http_listen);
    let app = router(services).into_make_service();
    let failed = |source| ServeError::Listen { address, source };
    match tls {
        None => {
            let server = axum_server::from_tcp(listener).map_err(failed)?;
            server.handle(handle).serve(app).await.map_err(failed)
        }
        Some(files) => {
            // A provider may have been installed by the peer-to-peer network already; either is this one.
            drop(rustls::crypto::ring::default_provider().install_default());
            let config = RustlsConfig::from_pem_file(&files.certificate, &files.key).await.map_err(|source| {
                ServeError::Tls { certificate: files.certificate.clone(), key: files.key.clone(), source }
            })?;
            let server = axum_server::from_tcp_rustls(listener, config).map_err(failed)?;
            server.handle(handle).serve(app).await.map_err(failed)
        }
    }
}

/// How long open connections get when the node stops.
pub const GRACE: Duration = Duration::from_secs(2);
