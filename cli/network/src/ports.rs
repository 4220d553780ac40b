//! Which ports of this machine are free.

use anyhow::{Result, bail};
use medshare_genesis::generate::PORTS_PER_NODE;
use std::net::{Ipv4Addr, TcpListener};

/// Where a free range is looked for: above those that most programs have by default, below those that the system gives out.
const BASES: std::ops::Range<u16> = 27_000..32_000;

/// Refuses a base port behind which something listens already, and says which other one could be taken.
///
/// # Errors
/// When one of the ports that the nodes would take is taken.
pub fn must_be_free(base: u16, nodes: usize) -> Result<()> {
    let taken: Vec<u16> = range(base, nodes).filter(|port| !is_free(*port)).collect();
    let Some((first, more)) = taken.split_first() else { return Ok(()) };
    let what = match more.len() {
        0 => format!("the port {first}, which a node would take, is in use"),
        1 => format!("the port {first} and another one, which nodes would take, are in use"),
        count => format!("the port {first} and {count} others, which nodes would take, are in use"),
    };
    let advice = match free_base(nodes) {
        Some(free) => format!("choose others: --base-port {free} is free"),
        None => "stop what listens there, or choose others with --base-port".to_owned(),
    };
    bail!("{what} on this machine; {advice}");
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
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_with_a_base_that_is_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = must_be_free(port - 2, 4).unwrap_err().to_string();
        assert!(said.contains(&port.to_string()) && said.contains("--base-port"), "{said}");
        let free = free_base(4).unwrap();
        assert!(BASES.contains(&free) && (free - BASES.start).is_multiple_of(100));
    }
}
