//! The versions in force of a domain's labels, as the owner's register knows them. They only rise.
//!
//! The public file has them too, and nobody signs it: a copy of before a revocation would have the owner encrypt for a key that has ended, and raise to a
//! version that keys have already. So the register counts, and the public file is compared with it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::bail;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::policy::{AttributeName, Policy};

use super::issued::Issued;
use super::register::Register;
use super::versions::Versions;
use crate::scheme::failure::unverified;

/// A label that a domain does not have.
pub fn no_label<'a>(name: &AttributeName, known: impl Iterator<Item = &'a AttributeName>) -> Failure {
    let known = known.map(AttributeName::as_str).collect::<Vec<_>>().join(", ");
    Failure::argument(format!("the domain has no label {name}; it has {known}"))
}

/// What is told of a register that is older than the domain's key, or than the public file: it was restored from a copy.
pub fn restored(message: String) -> Failure {
    let hint = "restore the newest register: keys that were given out since the copy are not in this one, and no revocation ends them; if there is none, \
                `--own-register` of `medshare domain publish` goes on with this one, once, beside the newest public file that was handed out: keys that the \
                copy has of versions of before may have ended since, and none is made for them until `medshare domain issue` gives it anew";
    Failure::new(Exit::Key, "other-generation", message).hint(hint)
}

/// Whether a key is of a version of before: only a register that was restored from a copy has such keys, which may have ended since.
fn is_behind(key: &Issued, in_force: &Versions) -> bool {
    key.versions.iter().any(|(label, version)| in_force.get(label).is_some_and(|in_force| version < in_force))
}

impl Register {
    /// Compares the register with a public file, whose path is for messages, and takes in what the file has beyond it. With `is_own` its owner says that there is no newer
    /// register, and that no newer public file was handed out.
    ///
    /// # Errors
    /// When one of the two is older than the other.
    pub fn compare(&mut self, path: &Path, published: &Versions, is_own: bool) -> anyhow::Result<()> {
        self.learn(path, published, is_own)?;
        for (label, known) in &self.in_force {
            // Where a revocation broke off, the file may not have what it raises yet.
            let least = self.begun(label).unwrap_or(*known);
            let found = published.get(label).copied();
            if found.is_none_or(|found| found < least) {
                let file = path.display();
                let has = found.map_or_else(|| format!("no {label}"), |found| format!("version {found} of {label}"));
                let message =
                    format!("{file} is older than the register: it has {has}, and version {least} was in force");
                let hint = "`medshare domain publish` writes it anew, from key and register; what was encrypted with the old one meanwhile may open with keys \
                            that have ended";
                bail!(unverified(message).hint(hint));
            }
        }
        Ok(())
    }

    /// The first half of it: what the public file has beyond the register. It may be older.
    ///
    /// # Errors
    /// When the register is older.
    pub fn learn(&mut self, path: &Path, published: &Versions, is_own: bool) -> anyhow::Result<()> {
        // An earlier build did not enter what is in force: the public file says it, and what a revocation that is under way begins with.
        let begun = self.under_way.iter().filter(|_| self.written.is_none()).flat_map(|under_way| &under_way.raised);
        let begun: Versions = begun.map(|(label, from)| (label.clone(), *from)).collect();
        for (label, version) in begun.iter().chain(published) {
            let known = self.in_force.entry(label.clone()).or_insert(0);
            if *known < *version && !is_own {
                let path = path.display();
                let message = format!(
                    "{path} has version {version} of {label}, and the register knows of {known}: was it restored from a copy?"
                );
                bail!(restored(message));
            }
            *known = (*known).max(*version);
        }
        // Keys of which an earlier build entered no versions: they have none above these.
        let in_force = &self.in_force;
        let ending = self.under_way.iter_mut().flat_map(|under_way| &mut under_way.ending);
        for issued in self.issued.iter_mut().chain(ending) {
            for label in issued.policy.attributes() {
                let version = in_force.get(&label).copied().unwrap_or_default();
                issued.versions.entry(label).or_insert(version);
            }
        }
        if is_own {
            // Since a copy from the middle of a revocation, whose end it does not know, its party may have been given keys of the versions in force: then a label that was
            // raised already is raised above them.
            let ending = self.under_way.iter_mut().flat_map(|under_way| &mut under_way.ending);
            for (label, version) in ending.flat_map(|issued| &mut issued.versions) {
                *version = in_force.get(label).copied().unwrap_or_default().max(*version);
            }
        }
        Ok(())
    }

    /// The version from which a revocation that broke off raises a label.
    fn begun(&self, label: &AttributeName) -> Option<u32> {
        self.under_way.as_ref()?.raised.get(label).copied()
    }

    /// The versions in force of the labels that a policy names.
    pub fn versions(&self, policy: &Policy) -> anyhow::Result<Versions> {
        let version = |name: AttributeName| match self.in_force.get(&name) {
            Some(version) => Ok((name, *version)),
            None => bail!(no_label(&name, self.in_force.keys())),
        };
        policy.attributes().into_iter().map(version).collect()
    }

    /// Puts versions in force, and enters them for the keys that stay and are made anew for them; these keys' ids. None is one that was behind.
    pub fn raise(&mut self, raised: impl IntoIterator<Item = (AttributeName, u32)>) -> BTreeSet<[u8; 32]> {
        let (raised, before): (Versions, _) = (raised.into_iter().collect(), self.in_force.clone());
        self.in_force.extend(raised.clone());
        let in_force = &self.in_force;
        let is_concerned =
            |key: &&mut Issued| !is_behind(key, &before) && key.versions.keys().any(|label| raised.contains_key(label));
        let renewed = self.issued.iter_mut().filter(is_concerned).map(|issued| {
            issued
                .versions
                .iter_mut()
                .for_each(|(label, version)| *version = in_force.get(label).copied().unwrap_or(*version));
            issued.id
        });
        renewed.collect()
    }

    /// What is told of keys that are behind, but for parties that were given another since.
    pub fn left_behind(&self) -> Option<String> {
        let (behind, others): (Vec<&Issued>, Vec<&Issued>) =
            self.issued.iter().partition(|key| is_behind(key, &self.in_force));
        let given: BTreeSet<_> = others.iter().map(|key| key.holder.verifying).collect();
        let behind = behind.into_iter().filter(|key| !given.contains(&key.holder.verifying));
        let behind: Vec<String> = behind.map(|key| format!("{} ({})", key.holder.verifying, key.policy)).collect();
        (!behind.is_empty()).then(|| {
            format!(
                "the register came from a copy, and some of its keys, which may have ended since, are of versions of before: {}; nothing is made for \
                 them: who stays is given a key anew by `medshare domain issue`, and `medshare domain revoke` makes sure of the others",
                behind.join(", ")
            )
        })
    }
}
