//! The versions in force of a domain's labels, as the owner's register knows them. They only rise.
//!
//! The public file has them too, and nobody signs it: a copy of before a revocation would have the owner encrypt for a key that has ended, and raise to a
//! version that keys have already. So the register counts, and the public file is compared with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::bail;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::policy::{AttributeName, Policy};

use super::register::Register;
use crate::scheme::failure::unverified;

/// Labels, each with a version.
pub type Versions = BTreeMap<AttributeName, u32>;

/// A label that a domain does not have.
pub fn no_label<'a>(name: &AttributeName, known: impl Iterator<Item = &'a AttributeName>) -> Failure {
    let known = known.map(AttributeName::as_str).collect::<Vec<_>>().join(", ");
    Failure::argument(format!("the domain has no label {name}; it has {known}"))
}

/// A register and a public file of different times.
fn not_together(message: String) -> Failure {
    Failure::new(Exit::Key, "other-generation", message)
}

impl Register {
    /// Compares the register with a public file, whose path is for messages, and takes in what the file has beyond it: new labels. With `is_newest` its owner says that no
    /// newer one was handed out: then later versions, too, and the register of an earlier build learns what is in force.
    ///
    /// # Errors
    /// When one of the two is older than the other, or the register does not know what is in force.
    pub fn compare(&mut self, path: &Path, published: &Versions, is_newest: bool) -> anyhow::Result<()> {
        self.learn(path, published, is_newest)?;
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
    /// As [`Self::compare`].
    pub fn learn(&mut self, path: &Path, published: &Versions, is_newest: bool) -> anyhow::Result<()> {
        let newest = "`--newest-public` of `medshare domain publish` says, once, that the public file is the newest that was handed out";
        if !self.knows_in_force && !is_newest {
            let message =
                "the register does not know which versions of the labels are in force: an earlier build made it";
            let hint =
                format!("{newest}; with an older one, keys that have ended would open what is encrypted from now on");
            bail!(not_together(message.to_owned()).hint(hint));
        }
        let begun = self.under_way.iter().flat_map(|under_way| &under_way.raised);
        let begun = if self.knows_in_force {
            Versions::new()
        } else {
            begun.map(|(label, from)| (label.clone(), *from)).collect()
        };
        for (label, version) in begun.iter().chain(published) {
            let known = self.in_force.entry(label.clone()).or_insert(0);
            if *known < *version && !is_newest {
                let message = format!(
                    "{} has version {version} of {label}, and the register knows of {known}: was it restored from a copy?",
                    path.display()
                );
                let hint = format!(
                    "restore the newest register: keys that were given out since the copy are not in this one, and no revocation ends them; if there is none, {newest}"
                );
                bail!(not_together(message).hint(hint));
            }
            *known = (*known).max(*version);
        }
        self.knows_in_force = true;
        // Keys of which an earlier build entered no versions: they have none above these.
        let in_force = &self.in_force;
        let ending = self.under_way.iter_mut().flat_map(|under_way| &mut under_way.ending);
        for issued in self.issued.iter_mut().chain(ending) {
            for label in issued.policy.attributes() {
                let version = in_force.get(&label).copied().unwrap_or_default();
                issued.versions.entry(label).or_insert(version);
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

    /// Puts versions in force, and enters them for the keys that stay and are made anew for them; these keys' ids.
    pub fn raise(&mut self, raised: impl IntoIterator<Item = (AttributeName, u32)>) -> BTreeSet<[u8; 32]> {
        let raised: Versions = raised.into_iter().collect();
        self.in_force.extend(raised.clone());
        let in_force = &self.in_force;
        let concerned =
            self.issued.iter_mut().filter(|issued| issued.versions.keys().any(|label| raised.contains_key(label)));
        let renewed = concerned.map(|issued| {
            issued
                .versions
                .iter_mut()
                .for_each(|(label, version)| *version = in_force.get(label).copied().unwrap_or(*version));
            issued.id
        });
        renewed.collect()
    }
}
