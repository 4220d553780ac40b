//! Whose files are taken.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use medshare_crypto::abe_file::{FileHeader, OwnersHeader};

use crate::scheme::party::PartyPublic;

/// Owners, one of whom signed the file.
#[derive(Debug, Args)]
pub struct OwnersArgs {
    /// The public file of the file's owner, NAME.party: a file that somebody else has signed, or nobody, is refused. Can be given several times.
    #[arg(long = "owner", required = true, value_name = "FILE")]
    owners: Vec<PathBuf>,
}

/// The same, or nobody.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("origin").required(true).args(["owners", "unsigned"]))]
pub struct OriginArgs {
    /// The public file of the file's owner, NAME.party: a file that somebody else has signed is not opened. Can be given several times.
    #[arg(long = "owner", value_name = "FILE")]
    owners: Vec<PathBuf>,
    /// Open a file that nobody has signed, as earlier builds made them, where it came on a way that you trust.
    #[arg(long)]
    unsigned: bool,
}

fn of_owners(header: FileHeader, owners: &[PathBuf]) -> anyhow::Result<OwnersHeader> {
    let keys: Vec<_> = PartyPublic::read_all(owners)?.iter().map(|owner| owner.verifying).collect();
    Ok(header.of_owner(&keys)?)
}

impl OwnersArgs {
    /// The header, if one of them signed it.
    pub fn check(&self, header: FileHeader) -> anyhow::Result<OwnersHeader> {
        of_owners(header, &self.owners)
    }
}

impl OriginArgs {
    /// The header, if it is what was named.
    pub fn check(&self, header: FileHeader) -> anyhow::Result<OwnersHeader> {
        if self.unsigned { Ok(header.of_trusted_way()?) } else { of_owners(header, &self.owners) }
    }
}
