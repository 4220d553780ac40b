//! Who sends something, as far as that costs anything before it is looked at: where from, and on which connection.
//!
//! Nobody is given a place for what a message claims. Whoever floods a node from behind the same address as honest agents (a hospital's,
//! a proxy's) may claim nobody, everybody, or the very agent who is to be kept out: her keys stand on the ledger. Places by claimed signer
//! would need a penalty for false claims, and what it falls on is the address, which is hers too. A check of a signature costs no more
//! than to read the message that it is on (some 50 µs). So it is not kept from strangers, but made for everybody in turn: address by address,
//! and of each address connection by connection. A connection is what a sender has few of, and one that nobody else can fill. Before an
//! honest message no more is looked at of its address than one message of each other connection, whatever it says (two, where also the other
//! line waits, of what ends access or of what does not); in line each has a place, and room for a short body. Behind that look, where work is
//! dear, lines are by who signed.
//!
//! Where an address has as many connections as it may, the one that stood still for longest makes room for a new one, unless it is waited
//! on for something that was looked at. **Stays**: who opens connections by the thousand a second, and lets bytes trickle on each, can have
//! those cut that others of the address opened in the same moments; and messages on one connection wait for each other, as of clients
//! that a proxy puts onto one.

use medshare_node_net::Subnet;

/// Where a message comes from, and on which connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sender {
    /// Its address.
    pub subnet: Subnet,
    /// Number of the connection, of all addresses' together.
    pub connection: u64,
}

#[cfg(test)]
impl Sender {
    /// Nobody in particular.
    pub(crate) const UNKNOWN: Self = Self { subnet: Subnet::UNKNOWN, connection: 0 };
}
