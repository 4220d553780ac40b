//! What opens a file: a key with issued attributes, or a key with a node's answer.

use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use medshare_cli_terminal::Failure;
use medshare_crypto::abe::{ProxyKey, RecoverError, UserSecret, VerifiedRegistration};
use medshare_crypto::abe_file::{FileCapsule, FileHeader, Opener, OwnersHeader};

use super::bundle::read_issued;
use super::transform_file::{TransformFile, Transforms};
use super::user::{read_own, read_user};
use crate::scheme::failure::{not_yours, unverified};
use crate::scheme::party::PartyPublic;
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("opener").required(true).args(["issued", "transform"]))]
pub struct OpenerArgs {
    /// Your key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file of keys that an authority issued for you. Can be given several times.
    #[arg(long, value_name = "FILE")]
    issued: Vec<PathBuf>,
    /// A node's answer for this file (`medshare abe transform`), where a node holds your issued keys.
    #[arg(long, requires = "from", value_name = "FILE")]
    transform: Option<PathBuf>,
    /// The public file of the node that answered, NAME.party: an answer that it did not sign is not taken. Once for each node that made a part.
    #[arg(long, requires = "transform", value_name = "FILE")]
    from: Vec<PathBuf>,
}

/// Keys that were read.
pub struct OpenerKeys {
    pub user: UserSecret,
    with: With,
}

/// What stands beside z.
enum With {
    Issued(Box<VerifiedRegistration>, Vec<ProxyKey>),
    Answer(Box<Transforms>),
}

impl OpenerArgs {
    /// Reads the keys to open `file` with.
    pub fn read(&self, file: &Path, secrets: &Protection) -> anyhow::Result<OpenerKeys> {
        let answer = self.transform.as_ref().map(|path| TransformFile::read(path)).transpose()?;
        let nodes = PartyPublic::read_all(&self.from)?;
        let (user, registration) = read_user(&self.key, secrets)?;
        let with = match answer {
            Some(answer) => With::Answer(Box::new(answer.transforms_of(file, registration.hash(), &nodes)?)),
            None => With::Issued(Box::new(read_own(&registration, &self.key)?), read_issued(&self.issued)?),
        };
        Ok(OpenerKeys { user, with })
    }
}

impl OpenerKeys {
    /// As the library wants them.
    pub fn opener(&self) -> Opener<'_> {
        match &self.with {
            With::Answer(transforms) => Opener::WithNode { user: &self.user, transform: &transforms.chosen },
            With::Issued(registration, keys) => Opener::Alone { user: &self.user, registration, keys },
        }
    }

    /// Of an answer with more parts than are needed, takes those that open the file, whose header `check` takes or not.
    pub fn choose(
        &mut self,
        file: &Path,
        check: impl FnOnce(FileHeader) -> anyhow::Result<OwnersHeader>,
    ) -> anyhow::Result<()> {
        let With::Answer(transforms) = &mut self.with else { return Ok(()) };
        if !transforms.has_choice() {
            return Ok(());
        }
        let header = check(read_header::<FileCapsule>(file)?)?;
        let user = &self.user;
        transforms.choose(|transform| header.secret(Opener::WithNode { user, transform }).is_ok());
        Ok(())
    }

    /// A file that does not open with them: a node's answer is wrong, else the issued keys are somebody else's.
    pub fn unopened(&self, error: &RecoverError) -> Failure {
        if let With::Answer(transforms) = &self.with {
            return unverified(error.to_string()).hint(if transforms.is_joint() {
                "too few of the parts are right: ask more nodes for theirs, and combine all, or of very many those of the nodes that you trust most; wrong ones are then left out"
            } else {
                "ask the node for the factors of its answer, `medshare abe dispute factors`: they show who was wrong"
            });
        }
        not_yours("the file does not open: the issued keys are not for this key, or the file was altered")
            .hint("are the issued keys for the registration of --key?")
    }
}
