//! Listening: HTTP on loopback or behind a proxy, HTTPS with the operator's [certificate](super::certificate).

use super::router;
use crate::services::Services;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
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
    #[error("cannot listen at the HTTP address {address}, which is http_listen in the node's config.toml")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
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

/// Serves until `handle` says stop; over HTTPS with a configuration for it.
///
/// # Errors
/// [`ServeError`] when the listener cannot be used.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
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
        Some(config) => {
            let server = axum_server::from_tcp_rustls(listener, RustlsConfig::from_config(config)).map_err(failed)?;
            server.handle(handle).serve(app).await.map_err(failed)
        }
    }
}

/// How long open connections get when the node stops.
pub const GRACE: Duration = Duration::from_secs(2);
