//! What a header is made of: rows of a policy, made here from public keys or taken from a pool, and its owner's key.

use std::path::PathBuf;

use clap::Args;
use medshare_crypto::abe::{RowShare, Rows, make_rows};
use medshare_crypto::policy::Policy;
use rand_core::OsRng;

use super::bundle::{misspelt, perhaps_misspelt, read_in_force, read_public_for};
use super::pool::{self, SpentArgs};
use crate::scheme::party::Party;
use crate::scheme::secrets::Protection;

#[derive(Debug, Args)]
pub struct RowsArgs {
    /// Who may open it, e.g. "(DOCTOR@HOSPITAL-A AND APPROVED@ETHICS-BOARD) OR EMERGENCY@HOSPITAL-B" or "2 of (A@X, B@Y, C@Z)".
    #[arg(long)]
    policy: String,
    /// Public file of an authority that the policy names, as it is now. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// Your pool of prepared rows: takes one set of the versions that --public has, for one file, instead of computing it.
    #[arg(long, value_name = "DIR")]
    pool: Option<PathBuf>,
    /// The key file of the file's owner, NAME.party.key: signs the file. A pool is this party's.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    #[command(flatten)]
    spent: SpentArgs,
}

impl RowsArgs {
    /// The policy.
    pub fn policy(&self) -> anyhow::Result<Policy> {
        Ok(Policy::typed(&self.policy)?)
    }

    /// The file's owner.
    pub fn owner(&self, secrets: &Protection) -> anyhow::Result<Party> {
        Party::read(&self.party, secrets)
    }

    /// Rows for the policy and the secrets in them, for one use. A pool is `owner`'s.
    pub fn make(&self, owner: &Party) -> anyhow::Result<(Rows, Vec<RowShare>)> {
        let policy = self.policy()?;
        if let Some(folder) = &self.pool {
            let in_force = read_in_force(&self.public)?;
            let taken = pool::take(folder, owner, &self.spent.of(&self.party), &policy, &in_force);
            let set = taken.map_err(|error| perhaps_misspelt(error, &self.public))?;
            return Ok((set.rows, set.shares));
        }
        let keys = read_public_for(&policy, &self.public)?;
        let made = make_rows(&policy, &keys, &mut OsRng);
        let (rows, share) = made.map_err(|error| misspelt(error, &self.public))?;
        Ok((rows, vec![share]))
    }
}
