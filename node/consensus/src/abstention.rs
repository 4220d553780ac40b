//! Heights in which this node must not vote, because it no longer knows what it signed there.
//!
//! A validator that votes again without its write-ahead log can sign two different votes of one round, and that breaks the network's
//! safety as a malicious one would. It loses that knowledge when the log is damaged or missing, when stored proposals are, or when
//! the batch log went back (wiped, cut, or restored from a copy) behind the height that the write-ahead log is of.
//!
//! Then the node **abstains**: it runs as an observer, which fetches decided batches and signs nothing, until the last height in
//! question is decided by the others; then it votes again. A height whose votes and proposals are whole is not in question, also when
//! the batches before it are gone: it is taken up where it was left, so that repairs of many nodes in a row do not stop the network.
//! Where its own files do not tell that height, the others'
//! [certificates](crate::neighbours) do: until enough of them were seen it observes without an end. What was found stands in a file of
//! its own, so that a restart meanwhile changes nothing. The price is one validator less for that time. When more than a third of the
//! validators lose their logs at once, the network waits for an operator to bring the logs back, and should.
//!
//! A node with nothing in its home is either new or was wiped. So whoever founds a network gives each home a **founding marker**,
//! `keys/founding`, which is spent before the first height is stored: only with it does a node begin a ledger, and only when no other
//! node proves that there is one.
//!
//! Where nobody can know any more what was signed, an [operator's word](given_up) ends it.

mod given_up;
mod stored;

use std::path::{Path, PathBuf};

use medshare_ledger::id::Height;

use super::undecided;
use super::wal::{self, Contents, VoteLog, WalFile};
use medshare_node_store::durable;
use medshare_node_store::fault::StoreFault;
use stored::{Abstention, read, store};

/// Heights above the last one that the others prove in which a node without any memory may have voted: the one that they are at, and
/// one more when it had seen a decision before them.
const UNSEEN_HEIGHTS: u64 = 2;

/// Consensus' files in the node's home.
#[derive(Clone, Debug)]
pub struct Files {
    folder: PathBuf,
    founding: PathBuf,
}

impl Files {
    /// Those below `home`, in the folder `wal`, and the founding marker beside the keys.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn below(home: &Path) -> Result<Self, StoreFault> {
        let folder = home.join("wal");
        durable::create_folder(&folder)?;
        Ok(Self { folder, founding: home.join("keys").join("founding") })
    }

    /// The write-ahead log.
    #[must_use]
    pub fn votes(&self) -> [PathBuf; 2] {
        ["votes-a.log", "votes-b.log"].map(|name| self.folder.join(name))
    }

    /// Proposed batches that are not decided.
    #[must_use]
    pub fn undecided(&self) -> PathBuf {
        self.folder.join("proposals.log")
    }

    fn abstain(&self) -> PathBuf {
        self.folder.join("abstain-through")
    }

    fn given_up(&self) -> PathBuf {
        self.folder.join("given-up")
    }

    /// Takes away the right to begin a ledger.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn spend_founding(&self) -> Result<(), StoreFault> {
        durable::remove_file(&self.founding)
    }
}

/// How the node may take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It votes, from the entries of its write-ahead log.
    Validator,
    /// It votes from the first height on, when no other node proves a later one.
    Founder,
    /// It observes until this height is decided.
    ObserverThrough(Height),
    /// It observes until the others prove how far they are.
    Observer,
}

impl Role {
    /// Whether the engine runs without voting.
    #[must_use]
    pub fn observes(self) -> bool {
        matches!(self, Self::ObserverThrough(_) | Self::Observer)
    }

    /// Whether the node does not vote in the height after `tip`.
    #[must_use]
    pub fn abstains(self, tip: Height) -> bool {
        match self {
            Self::Validator | Self::Founder => false,
            Self::ObserverThrough(through) => through > tip,
            Self::Observer => true,
        }
    }
}

/// Decides how the node may take part on top of `tip`; moves damaged files aside, and stores an abstention before it answers.
///
/// # Errors
/// When the disk refuses.
pub fn examine(files: &Files, tip: Height) -> Result<Role, StoreFault> {
    if tip > Height(0) {
        files.spend_founding()?;
    }
    let stored = read(&files.abstain())?;
    let given_up = given_up::read(files)?;
    let (memory, mut damaged) = remembered(files)?;
    let proposals = undecided::damage(&files.undecided()).map_err(|fault| unreadable(fault, &files.undecided()))?;
    let found = doubt(files, tip, &memory, proposals.is_some())?;
    damaged.extend(proposals.map(|reason| Damaged { path: files.undecided(), reason }));
    // Once the others have proven how far they are, it is known through where what was lost counts. That begins no ledger: above no
    // batch at all only the marker says that nothing was signed.
    let is_settled = matches!(stored, Some(Abstention::Through(through)) if tip.max(through) > Height(0));
    let found = found.filter(|found| *found != Abstention::Unknown || !is_settled);
    let is_in_question = |abstention: &Abstention| *abstention > Abstention::Through(tip);
    let abstention = stored.into_iter().chain(found).max().filter(is_in_question);
    if let Some(abstention) = abstention.filter(|abstention| stored != Some(*abstention)) {
        store(&files.abstain(), abstention)?;
    }
    // Only now: under another name a damaged file tells nobody any more that there was one.
    for Damaged { path, reason } in &damaged {
        set_aside(path, reason)?;
    }
    if let Some(role) = given_up.map_or(Ok(None), |height| given_up::heed(files, height, tip))? {
        return Ok(role);
    }
    let has_memory = matches!(memory, Contents::Entries { .. });
    match abstention {
        Some(abstention) => Ok(abstains(abstention, tip)),
        None if tip == Height(0) && !has_memory => Ok(Role::Founder),
        None => {
            if !has_memory {
                VoteLog::open(&files.votes())?.0.remember(tip)?;
            }
            durable::remove_file(&files.abstain())?;
            Ok(Role::Validator)
        }
    }
}

/// Has the node abstain through what it may have signed while the others were at `proven`, which it did not know before.
///
/// # Errors
/// When the disk refuses, or what is stored there is damaged.
pub fn abstain_behind(files: &Files, tip: Height, proven: Height) -> Result<(), StoreFault> {
    let through = Abstention::Through(Height(tip.max(proven).0.saturating_add(UNSEEN_HEIGHTS)));
    let stored = read(&files.abstain())?.filter(|stored| *stored != Abstention::Unknown);
    store(&files.abstain(), stored.map_or(through, |stored| stored.max(through)))
}

/// Has the node abstain through `height` at least: what is stored for longer stays.
///
/// # Errors
/// When the disk refuses, or what is stored there is damaged.
pub fn abstain_through(files: &Files, height: Height) -> Result<(), StoreFault> {
    let through = Abstention::Through(height);
    store(&files.abstain(), read(&files.abstain())?.map_or(through, |stored| stored.max(through)))
}

fn abstains(abstention: Abstention, tip: Height) -> Role {
    match abstention {
        Abstention::Through(through) => {
            tracing::error!(%through, %tip, "this node does not vote until that height is decided by the others");
            Role::ObserverThrough(through)
        }
        Abstention::Unknown => {
            tracing::error!(
                %tip,
                "this node does not know what it signed, and does not vote before the other nodes prove how far they are"
            );
            Role::Observer
        }
    }
}

/// A file that no crash leaves behind like this.
struct Damaged {
    path: PathBuf,
    reason: String,
}

/// The later one of what the two vote logs hold. They are there together or not at all: where one is damaged, or gone beside one that
/// has entries, it may have been the later one. Then it is [`Contents::Damaged`], with those that are left: half of it would be taken
/// for the whole by whoever looks next.
fn remembered(files: &Files) -> Result<(Contents, Vec<Damaged>), StoreFault> {
    let paths = files.votes();
    let [first, second] = paths.each_ref().map(|path| WalFile::inspect(path).map_err(|fault| unreadable(fault, path)));
    let (first, second) = (first?, second?);
    let reason = match (&first, &second) {
        (Contents::Damaged { reason }, _) | (_, Contents::Damaged { reason }) => reason.clone(),
        (Contents::Missing, Contents::Entries { .. }) | (Contents::Entries { .. }, Contents::Missing) => {
            "the other one of the two vote logs is gone".to_owned()
        }
        _ => return Ok((first.later(second), Vec::new())),
    };
    let left = paths.into_iter().zip([first, second]).filter(|(_, contents)| *contents != Contents::Missing);
    let why = |contents| match contents {
        Contents::Damaged { reason } => reason,
        _ => "the other one of the two vote logs is damaged or gone".to_owned(),
    };
    let left = left.map(|(path, contents)| Damaged { path, reason: why(contents) }).collect();
    Ok((Contents::Damaged { reason }, left))
}

/// What to do about a file of consensus that the disk does not give back.
fn unreadable(fault: StoreFault, path: &Path) -> StoreFault {
    match fault {
        StoreFault::Io { action: "reading", source, .. } => {
            let advice =
                "move it away and start the node again, and it does not vote until the others are past what was in it";
            StoreFault::Damaged { path: path.to_owned(), reason: format!("it cannot be read ({source}); {advice}") }
        }
        other => other,
    }
}

/// Where something may have been signed that is not known any more.
fn doubt(
    files: &Files,
    tip: Height,
    memory: &Contents,
    are_proposals_damaged: bool,
) -> Result<Option<Abstention>, StoreFault> {
    let next = tip.next();
    match memory {
        Contents::Missing | Contents::Empty if tip == Height(0) && files.founding.exists() => Ok(None),
        Contents::Missing | Contents::Empty | Contents::Damaged { .. } => {
            tracing::error!("the write-ahead log is lost, or was never written although the right to found was used");
            Ok(Some(Abstention::Unknown))
        }
        Contents::Entries { height, entries, ends_in_zeros } if *height >= next => {
            if *height > next {
                tracing::error!(%height, %tip, "the batch log ends below the height of the write-ahead log");
            }
            if let Some(reason) = loss(files, entries, *ends_in_zeros, are_proposals_damaged)? {
                tracing::error!(%height, reason, "what this node did in the height under way cannot be taken up again");
                return Ok(Some(Abstention::Through(*height)));
            }
            // All that was signed in that height is known, and above it nothing was: only what lies before it is for the others.
            Ok((*height > next).then(|| Abstention::Through(Height(height.0 - 1))))
        }
        Contents::Entries { .. } => Ok(None),
    }
}

/// Why the entries of the height under way cannot be replayed, if they cannot.
fn loss(
    files: &Files,
    entries: &[Vec<u8>],
    ends_in_zeros: bool,
    are_proposals_damaged: bool,
) -> Result<Option<&'static str>, StoreFault> {
    if ends_in_zeros {
        return Ok(Some("zeros stand where votes that were sent may have been"));
    }
    if are_proposals_damaged {
        return Ok(Some("stored proposals are damaged"));
    }
    let Ok(accepted) = wal::accepted(entries) else {
        return Ok(Some("its votes were lost before, or are of another version of the software"));
    };
    // What was found good was stored first. Gone, it was committed to a log that lost it since, or cut off the stored proposals.
    let stored = undecided::stored(&files.undecided())?;
    let is_lost = accepted.iter().any(|hash| !stored.contains(hash));
    Ok(is_lost.then_some("a batch that it voted on is neither in the batch log nor among the stored proposals"))
}

fn set_aside(path: &Path, reason: &str) -> Result<(), StoreFault> {
    let kept = durable::move_aside(path, "corrupt")?;
    tracing::error!(file = %path.display(), kept = %kept.display(), reason, "a damaged file was moved aside");
    Ok(())
}

#[cfg(test)]
mod tests;
