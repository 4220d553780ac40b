//! What can be set once for all commands.

use clap::ValueEnum;
use std::fmt;

/// A setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Name {
    /// Genesis file of the network.
    Genesis,
    /// Address of a node, or several with commas between them.
    Node,
    /// Your key file.
    Key,
    /// Certificate (PEM) that the nodes' HTTPS certificates must come from.
    Ca,
}

impl Name {
    pub const ALL: [Self; 4] = [Self::Genesis, Self::Node, Self::Key, Self::Ca];

    /// As it stands in the configuration file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Node => "node",
            Self::Key => "key",
            Self::Ca => "ca",
        }
    }

    /// The variable of the environment.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::Genesis => "MEDSHARE_GENESIS",
            Self::Node => "MEDSHARE_NODE",
            Self::Key => "MEDSHARE_KEY",
            Self::Ca => "MEDSHARE_CA",
        }
    }

    /// How it is given to one command.
    pub const fn option(self) -> &'static str {
        match self {
            Self::Genesis => "--genesis FILE",
            Self::Node => "--node URL",
            Self::Key => "--key FILE",
            Self::Ca => "--ca FILE",
        }
    }

    /// What it should be.
    pub const fn what(self) -> &'static str {
        match self {
            Self::Genesis => "the network's genesis file",
            Self::Node => "the address of a node",
            Self::Key => "your key file",
            Self::Ca => "a certificate file",
        }
    }

    /// Whether it names a file.
    pub const fn is_path(self) -> bool {
        !matches!(self, Self::Node)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
