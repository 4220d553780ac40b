//! Which ports of this machine are free.

use crate::holder::{addresses, ended, holder};
use medshare_cli_terminal::{Exit, Failure};
use medshare_genesis::config::NodeConfig;
use medshare_genesis::generate::PORTS_PER_NODE;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// Where a free range is looked for: above those that most programs have by default, below those that the system gives out.
const BASES: std::ops::Range<u16> = 27_000..32_000;

/// Refuses a base port behind which something listens already, and says which other one could be taken.
///
/// # Errors
/// When one of the ports that the nodes would take is taken.
pub fn must_be_free(base: u16, nodes: usize) -> Result<(), Failure> {
    let taken: Vec<SocketAddr> = range(base, nodes).filter(|port| !is_free(*port)).map(here).collect();
    let advice = match free_base(nodes) {
        Some(free) => format!("choose others: --base-port {free} is free"),
        None => "choose others with --base-port".to_owned(),
    };
    if_none(&taken, "", &advice)
}

/// Refuses to start nodes of which one would find its addresses taken.
///
/// # Errors
/// When that is so of one.
pub fn of_nodes_must_be_free<'a>(nodes: impl Iterator<Item = &'a NodeConfig>) -> Result<(), Failure> {
    let is_taken = |address: &SocketAddr| TcpListener::bind(address).is_err_and(|e| e.kind() == ErrorKind::AddrInUse);
    let taken: Vec<SocketAddr> = nodes.flat_map(addresses).filter(is_taken).collect();
    if_none(
        &taken,
        "nothing was started: ",
        "give the nodes other ports in their config.toml, and in that of each of their peers",
    )
}

/// Goes on where no address is taken; else says by whom the first is, as far as that is known, and how it becomes free.
fn if_none(taken: &[SocketAddr], begin: &str, otherwise: &str) -> Result<(), Failure> {
    let Some((address, more)) = taken.split_first() else { return Ok(()) };
    let first = address.port();
    let what = match more.len() {
        0 => format!("the port {first}, which a node would take, is in use"),
        1 => format!("the port {first} and another one, which nodes would take, are in use"),
        count => format!("the port {first} and {count} others, which nodes would take, are in use"),
    };
    let (by, free) = match holder(*address) {
        Some(home) => (format!(", {first} by the node of {}", home.display()), ended(&home)),
        None => (String::new(), "stop what listens there".to_owned()),
    };
    let message = format!("{begin}{what} on this machine{by}");
    Err(Failure::new(Exit::Failure, "port-taken", message).hint(format!("{free}, or {otherwise}")))
}

fn free_base(nodes: usize) -> Option<u16> {
    let mut base = BASES.start;
    while BASES.contains(&base) {
        match range(base, nodes).filter(|port| !is_free(*port)).last() {
            None => return Some(base),
            // round numbers are easier to remember
            Some(taken) => base = (taken / 100 + 1) * 100,
        }
    }
    None
}

/// Ports of so many nodes; what goes past the last port is told where addresses are given out.
fn range(base: u16, nodes: usize) -> impl Iterator<Item = u16> {
    let count = nodes.saturating_mul(usize::from(PORTS_PER_NODE));
    (base..=u16::MAX).take(count)
}

fn is_free(port: u16) -> bool {
    TcpListener::bind(here(port)).is_ok()
}

/// This port of this machine.
fn here(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use medshare_genesis::config::HttpConfig;

    #[test]
    fn a_taken_port_is_named_with_a_base_that_is_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = must_be_free(port - 2, 4).unwrap_err().document().to_string();
        assert!(said.contains(&port.to_string()) && said.contains("--base-port"), "{said}");
        let free = free_base(4).unwrap();
        assert!(BASES.contains(&free) && (free - BASES.start).is_multiple_of(100));
    }
    #[test]
    fn a_node_whose_port_is_taken_is_not_started_and_the_port_is_named() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let config = |port: u16| NodeConfig {
            name: "NORTH".to_owned(),
            consensus_listen: "/dns4/north.example/tcp/1".to_owned(),
            exchange_listen: format!("/ip4/127.0.0.1/tcp/{port}"),
            http_listen: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
            http: HttpConfig::default(),
            peers: Vec::new(),
            sources: Vec::new(),
            admission_policies: None,
        };
        let refused = of_nodes_must_be_free([config(port)].iter()).unwrap_err().document().to_string();
        assert!(refused.contains(&format!("nothing was started: the port {port},")), "{refused}");
        drop(listener);
        of_nodes_must_be_free([config(port)].iter()).unwrap();
    }
}
