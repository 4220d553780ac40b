//! Whether an address can be listened at.
//!
//! libp2p binds with `SO_REUSEPORT`, so that two processes of one user take the same port without an error and share its connections;
//! and the engine only logs it when it cannot bind at all. So a plain socket tries the address first.

use std::net::{IpAddr, SocketAddr, TcpListener};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

/// Why an address cannot be listened at.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// Another program listens there.
    #[error(
        "the {purpose} address {address} is taken: stop the other program or change {purpose}_listen in the node's config.toml"
    )]
    Taken {
        /// What it is for, which is also the start of its key in the configuration.
        purpose: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// The system refuses.
    #[error(
        "cannot listen at the {purpose} address {address}, which is {purpose}_listen in the node's config.toml: {source}"
    )]
    Refused {
        /// What it is for.
        purpose: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// An address of another form.
    #[error("expected a {purpose} address like /ip4/127.0.0.1/tcp/7000, got {address}")]
    Form {
        /// What it is for.
        purpose: &'static str,
        /// The address.
        address: Multiaddr,
    },
}

/// Checks that `address` is an IP address with a TCP port, and free.
///
/// # Errors
/// When it is not.
pub fn check(purpose: &'static str, address: &Multiaddr) -> Result<(), AddressError> {
    let mut parts = address.iter();
    let (ip, port): (IpAddr, u16) = match (parts.next(), parts.next(), parts.next()) {
        (Some(Protocol::Ip4(ip)), Some(Protocol::Tcp(port)), None) => (ip.into(), port),
        (Some(Protocol::Ip6(ip)), Some(Protocol::Tcp(port)), None) => (ip.into(), port),
        _ => {
            return Err(AddressError::Form { purpose, address: address.clone() });
        }
    };
    let address = SocketAddr::new(ip, port);
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(AddressError::Taken { purpose, address }),
        Err(source) => Err(AddressError::Refused { purpose, address, source }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_a_free_tcp_address_is_taken() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let checked = |text: String| check("test", &text.parse().unwrap());
        let error = checked(format!("/ip4/127.0.0.1/tcp/{port}")).unwrap_err();
        assert!(error.to_string().contains(&format!("127.0.0.1:{port} is taken")), "{error}");
        drop(taken);
        checked(format!("/ip4/127.0.0.1/tcp/{port}")).unwrap();
        for text in ["/ip4/127.0.0.1/udp/1", "/dns4/localhost/tcp/1", "/ip4/127.0.0.1", "/ip4/127.0.0.1/tcp/1/ws"] {
            assert!(matches!(checked(text.to_owned()), Err(AddressError::Form { .. })), "{text}");
        }
        assert!(matches!(checked("/ip4/192.0.2.1/tcp/1".to_owned()), Err(AddressError::Refused { .. })));
    }
}
