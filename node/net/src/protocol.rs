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
    /// How far a data request is, for somebody who waits.
    ForwardStatus,
    /// A sealed report for the owner's node.
    ForwardReport,
    /// Proxy keys that an authority or a node hands on.
    ProxyKeys,
    /// How a node is: how far, and at what time.
    Status,
    /// Which process of a node asks.
    Instance,
}

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 8] = [
        Self::EntryGossip,
        Self::ValidatePackage,
        Self::ForwardRequest,
        Self::ForwardStatus,
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
            Self::ForwardStatus => 7,
            Self::Instance => 8,
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
            Self::ProxyKeys | Self::ForwardReport | Self::ForwardRequest | Self::ForwardStatus => 15,
            // The records of a whole data set are looked through.
            Self::ValidatePackage => 300,
        })
    }

    /// Questions of this kind that may be under way to one peer: each kind has its own share, so that none can keep another from being asked.
    #[must_use]
    pub const fn questions_per_peer(self) -> usize {
        match self {
            Self::EntryGossip => 16,
            Self::ForwardStatus => 12,
            Self::ValidatePackage | Self::ForwardRequest | Self::ForwardReport | Self::ProxyKeys => 7,
            Self::Status => 4,
            Self::Instance => 2,
        }
    }

    /// Questions of this kind of one peer that are answered at once. A peer that gave one up asks the next while this node still works on
    /// the first: there is room for that, and beyond it no kind keeps another from being answered.
    #[must_use]
    pub const fn answers_per_peer(self) -> usize {
        2 * self.questions_per_peer()
    }

    /// Longest question in bytes.
    #[must_use]
    pub const fn max_request_bytes(self) -> usize {
        match self {
            Self::EntryGossip => 4 * MIB,
            Self::ValidatePackage => 64 * MIB,
            Self::ForwardRequest | Self::ForwardReport | Self::ProxyKeys => MIB,
            Self::Status | Self::ForwardStatus | Self::Instance => KIB,
        }
    }

    /// Longest answer in bytes.
    #[must_use]
    pub const fn max_response_bytes(self) -> usize {
        match self {
            // A certificate of thirty validators.
            Self::Status => 4 * KIB,
            Self::Instance => KIB,
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
        assert_eq!(Protocol::of_tag(9), None);
    }
}
