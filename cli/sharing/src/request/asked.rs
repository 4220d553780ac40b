//! What a command asks for, and the commands that ask for it again.

use super::which::named;
use crate::Context;
use crate::key_file::KeyFileArgs;
use medshare_agent::client::Proof;
use medshare_cli_terminal::shell;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::OwnerId;
use std::path::Path;

/// What is asked for.
pub struct Asked<'a> {
    pub request: Hash32,
    /// Whom it asks, where that is known.
    pub owner: Option<OwnerId>,
    /// What entitles to the package.
    pub proof: Proof<'a>,
    /// The same as it is typed.
    pub typed: Entitled<'a>,
}

/// What a package is fetched with, as it is typed.
#[derive(Clone, Copy)]
pub enum Entitled<'a> {
    /// The requestor's key.
    Key(&'a KeyFileArgs),
    /// The file of `request sign`, without a key.
    Signed(&'a Path),
}

impl Asked<'_> {
    /// What tells of it, and what fetches its package: commands that can be typed as they stand.
    pub fn where_it_is(&self, context: &Context) -> String {
        let (named, options) = (named(&self.request, self.owner, context), context.typed());
        let fetch = match self.typed {
            Entitled::Signed(file) => format!("`medshare request fetch --signed {}{options}`", shell::path(file)),
            Entitled::Key(_) => format!("`medshare request fetch {named}{}{options}`", self.key()),
        };
        format!("`medshare request status {named}{options}` tells what became of it; {fetch} waits for its package")
    }

    /// The key as it was typed.
    pub fn key(&self) -> String {
        match self.typed {
            Entitled::Key(key) => key.typed(),
            Entitled::Signed(_) => String::new(),
        }
    }
}
