//! Taking a set out of a pool, so that none ever serves two files.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, bail};
use medshare_crypto::abe::VersionsInForce;
use medshare_crypto::policy::Policy;

use super::aside::set_aside;
use super::cut_off::{TAKEN, finish};
use super::look::{Look, look};
use super::set::Set;
use super::spent::{Spent, Standing};
use super::{prefix, stock};
use crate::scheme::failure::{not_yours, other_version, refused};
use crate::scheme::party::Party;

/// Takes a set out of the pool. It is on the list of what is spent, and gone, before it is used. What cannot be used is set aside under another name, and
/// the next one taken.
///
/// Sets of versions of before stay where they are: an authority's letter may move them.
///
/// # Errors
/// When there is none of the versions in force, the pool is another party's, or the list is not that under which it was filled.
pub fn take(
    folder: &Path,
    party: &Party,
    spent: &Spent,
    policy: &Policy,
    in_force: &VersionsInForce,
) -> anyhow::Result<Set> {
    // Of a list that is not there nothing came in, and it is not made by that.
    let lock = spent.lock_if_there()?;
    if lock.is_some() {
        finish(folder, party, spent)?;
    }
    let (mut unknown, mut others, mut earlier) = (None, None, None);
    for path in stock(folder, &prefix(policy.hash()))? {
        // It is read before it is taken: what cannot be read is not lost by that.
        let set = match look(&path, party, Some(policy), Some(in_force))? {
            Look::Usable(set) => set,
            Look::Gone => continue,
            // With another party's key, all of them are: then none is touched.
            Look::Others => {
                others = Some(path);
                continue;
            }
            Look::Earlier(why) => {
                earlier = Some((path, why));
                continue;
            }
            Look::Later(why) => {
                let message = format!("{} is newer than the public file: {why}", path.display());
                bail!(other_version(message).hint("fetch the public file from its authority again"));
            }
            Look::Useless(why) => {
                set_aside(&path, &path, &why)?;
                continue;
            }
        };
        let taken = path.with_extension(TAKEN);
        let context = || format!("cannot take {} out of the pool", path.display());
        match fs::rename(&path, &taken) {
            // Somebody else with another list has it: the next one.
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            renamed => renamed.with_context(context)?,
        }
        let standing = spent.take(&set.shares);
        match standing {
            Ok(Standing::Taken) => {
                fs::remove_file(&taken).with_context(context)?;
                fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(context)?;
                return Ok(set);
            }
            Ok(Standing::Spent) => {
                set_aside(&taken, &path, "it went into a file before, so that the pool was restored from a copy")?;
            }
            Ok(Standing::Unknown) => {
                fs::rename(&taken, &path).with_context(context)?;
                unknown = Some(path);
            }
            Err(error) => {
                fs::rename(&taken, &path).with_context(context)?;
                return Err(error);
            }
        }
    }
    if let Some(set) = unknown {
        let (set, list) = (set.display(), spent.folder().display());
        let failure =
            refused(format!("{set} did not come in under the list of used rows {list}: it may be used already"));
        bail!(
            failure.hint(
                "the list belongs to the key: bring both from where the pool was filled, or name it with --spent"
            )
        );
    }
    if let Some((set, why)) = earlier {
        let set = set.display();
        let message = format!("{set} would open for whoever was left behind: {why}; there is no set of that version");
        bail!(
            other_version(message).hint(
                "`medshare abe pool fill` with letters that were made with this public file, or encrypt without --pool; where the authority wrote \
                 its letter to you, `medshare abe version apply` moves the sets"
            )
        );
    }
    if let Some(set) = others {
        bail!(not_yours(format!("{} is another party's than yours, and there is no other", set.display())));
    }
    bail!("the pool {} has no rows for the policy {policy}; fill it, or encrypt without --pool", folder.display())
}
