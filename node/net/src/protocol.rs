//! What nodes say to each other, apart from votes.

use std::time::Duration;

/// One kind of exchange; its messages are bytes that the two ends understand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Entries that wait to be ordered.
    EntryGossip,
    /// A package's de-identification, for a second organisation's judgement.
    ValidatePackage,
    /// A data request for the owner's node.
    ForwardRequest,
    /// A sealed report for the owner's node.
    ForwardReport,
    /// Proxy keys that an authority or a node hands on.
    ProxyKeys,
    /// How far a node is.
    Status,
    /// Which process of a node asks.
    Instance,
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 7] = [
        Self::EntryGossip,
        Self::ValidatePackage,
        Self::ForwardRequest,
        Self::ForwardReport,
        Self::ProxyKeys,
        Self::Status,
        Self::Instance,
    ];

    /// The byte that stands for it on the wire.
    #[must_use]
    pub const fn tag(self) -> u8 {
        match self {
            Self::EntryGossip => 1,
            Self::ValidatePackage => 2,
            Self::ForwardRequest => 3,
            Self::ForwardReport => 4,
            Self::ProxyKeys => 5,
            Self::Status => 6,
            Self::Instance => 7,
        }
    }

    /// The protocol that a byte stands for.
    #[must_use]
    pub fn of_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.tag() == tag)
    }

    /// How long an answer may take.
    #[must_use]
    pub const fn timeout(self) -> Duration {
        Duration::from_secs(match self {
            Self::EntryGossip | Self::Status | Self::Instance => 5,
            Self::ProxyKeys | Self::ForwardReport => 15,
            // De-identification and encryption of a whole data set, then its validation.
            Self::ValidatePackage | Self::ForwardRequest => 300,
        })
    }

    /// Longest question in bytes.
    #[must_use]
    pub const fn max_request_bytes(self) -> usize {
        match self {
            Self::EntryGossip => 4 * MIB,
            Self::ValidatePackage => 64 * MIB,
            Self::ForwardRequest | Self::ForwardReport | Self::ProxyKeys => MIB,
            Self::Status | Self::Instance => KIB,
        }
    }

    /// Longest answer in bytes.
    #[must_use]
    pub const fn max_response_bytes(self) -> usize {
        match self {
            Self::Status | Self::Instance => KIB,
            _ => MIB,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_has_a_byte_of_its_own() {
        for protocol in Protocol::ALL {
            assert_eq!(Protocol::of_tag(protocol.tag()), Some(protocol));
        }
        assert_eq!(Protocol::of_tag(0), None);
        assert_eq!(Protocol::of_tag(8), None);
    }
}
