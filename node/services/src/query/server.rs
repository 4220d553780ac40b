//! Listening: HTTP on loopback or behind a proxy, HTTPS with the operator's [certificate](super::certificate).

use super::connections::{Connections, Doorkeeper, SILENCE};
use super::router;
use crate::gates::MAX_STREAMS;
use crate::services::Services;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Address, Server};
use hyper_util::rt::TokioTimer;
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
    connections: Arc<Connections>,
    handle: Handle<SocketAddr>,
) -> Result<(), ServeError> {
    let address = listener.local_addr().unwrap_or_else(|_| services.config.http_listen);
    let unread = Arc::clone(&services.unread.0);
    let app = router(services).into_make_service();
    let failed = |source| ServeError::Listen { address, source };
    let doorkeeper = Doorkeeper(connections);
    let server = bounded(axum_server::from_tcp(listener).map_err(failed)?.handle(handle));
    let serving = async {
        match tls {
            None => server.acceptor(doorkeeper).serve(app).await.map_err(failed),
            Some(config) => {
                let tls = RustlsAcceptor::new(RustlsConfig::from_config(config)).acceptor(doorkeeper);
                server.acceptor(tls).serve(app).await.map_err(failed)
            }
        }
    };
    let looking = async {
        loop {
            tokio::time::sleep(LOOK).await;
            unread.take_what_stands_still(SILENCE);
        }
    };
    tokio::select! {
        served = serving => served,
        never = looking => never,
    }
}

/// A server that waits for no head for ever and holds no long one.
fn bounded<A: Address>(mut server: Server<A>) -> Server<A> {
    let http = server.http_builder();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(MAX_HEAD_BYTES);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(MAX_STREAMS)
        .max_send_buf_size(MAX_UNSENT_BYTES)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_header_list_size(MAX_HEADER_LIST_BYTES);
    server
}

/// How long a head may take, and a connection without a question may stand.
const HEAD_TIME: Duration = Duration::from_secs(20);
/// Longest head in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// Longest list of headers of HTTP/2 in bytes.
const MAX_HEADER_LIST_BYTES: u32 = 16 * 1024;
/// Bytes of a stream of HTTP/2 that are handed to its connection before they are written.
const MAX_UNSENT_BYTES: usize = 64 * 1024;
/// Bytes that a stream of HTTP/2 and its connection take in before anybody reads them; they count nowhere else.
const STREAM_WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 2 * STREAM_WINDOW_BYTES;
/// How often answers of which nothing is read are looked for.
const LOOK: Duration = Duration::from_secs(5);
/// How long open connections get when the node stops.
pub const GRACE: Duration = Duration::from_secs(2);
