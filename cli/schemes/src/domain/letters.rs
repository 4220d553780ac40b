//! The letters of a revocation: for the node that stores the files, and for each party that stays and is concerned.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medshare_cli_terminal::interrupt::{HalfDone, undo_if_interrupted};
use medshare_cli_terminal::whole_file::{Room, make_new_folder, make_room, write_each};
use medshare_crypto::kp_abe::{DomainSecret, LabelPublic};
use medshare_crypto::sign::VerifyingKey;
use rand_core::OsRng;
use zeroize::Zeroizing;

use super::issued::Issued;
use super::update::{FILES_UPDATE, KEYS_UPDATE};
use crate::scheme::address::Address;
use crate::scheme::letter;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::text_file::text_of;

/// What a file in a folder is counted as, in bytes, where it begins a block of its own.
const BLOCK: usize = 4096;

/// Letters that are sealed, and stand nowhere yet.
pub struct Letters {
    sealed: Vec<(PathBuf, Zeroizing<String>)>,
    /// Parties that stay and are known by public files of before alone, which nothing is sealed to.
    pub unwritten: Vec<VerifyingKey>,
}

impl Letters {
    /// Seals what moves the files and the keys of parties that stay.
    pub fn seal(
        folder: &Path,
        (party, node): (&Party, &PartyPublic),
        domain: &DomainSecret,
        raised: &[(u32, LabelPublic)],
        staying: &[&Issued],
    ) -> anyhow::Result<Self> {
        let files = letter::seal(party, node, &files_update(domain, raised)?)?;
        let mut letters = Self { sealed: vec![(letter_path(folder, "files"), files)], unwritten: Vec::new() };
        let holders: BTreeSet<_> = staying.iter().map(|issued| issued.holder.verifying).collect();
        for verifying in holders {
            let of_holder: Vec<&Issued> =
                staying.iter().copied().filter(|issued| issued.holder.verifying == verifying).collect();
            // Its newest key: it may have lost the one that it was written to with before.
            let Some(newest) = of_holder.last() else { continue };
            if let Address::OfBefore(_) = newest.holder.sealing {
                letters.unwritten.push(verifying);
            } else {
                // The whole key: two parties whose keys begin alike would otherwise block every revocation that concerns both.
                let path = letter_path(folder, &format!("update-{verifying}"));
                let sealed = letter::seal(party, &newest.holder, &keys_update(domain, &of_holder)?)?;
                letters.sealed.push((path, sealed));
            }
        }
        Ok(letters)
    }

    /// Room for them in their folder.
    pub fn room(&self, folder: &Path) -> anyhow::Result<Room> {
        let bytes = self.sealed.iter().map(|(_, text)| text.len().next_multiple_of(BLOCK)).sum();
        make_room(&letter_path(folder, "files"), bytes)
    }

    /// Puts them in their places, all of them or none; where they are.
    pub fn write(&self) -> anyhow::Result<Vec<String>> {
        let letters = self.sealed.iter().map(|(path, text)| Ok((path.clone(), text.as_str())));
        Ok(write_each(letters)?.iter().map(|path| path.display().to_string()).collect())
    }
}

/// Makes the folder of the letters, which goes again where nothing comes of it; one that is there by now is another revocation's.
pub fn letters_folder(folder: &Path) -> anyhow::Result<HalfDone> {
    make_new_folder(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let made = folder.to_owned();
    Ok(undo_if_interrupted(move || drop(fs::remove_dir_all(made))))
}

/// Where a letter is in its folder.
pub fn letter_path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.letter"))
}

/// Of each label every step: a file may be of the version before, or of one on the way that a revocation put in force which broke off.
fn files_update(domain: &DomainSecret, raised: &[(u32, LabelPublic)]) -> anyhow::Result<Zeroizing<String>> {
    let mut updates = Vec::with_capacity(raised.len());
    for (from, new) in raised {
        for version in *from..new.version() {
            updates.push(domain.label_update(new.label(), version, version.saturating_add(1))?.to_bytes());
        }
    }
    Ok(text_of(FILES_UPDATE, updates.iter().map(|update| ("label", update.as_slice()))))
}

/// Keys of one party, each made anew for the versions that the register has for it.
fn keys_update(domain: &DomainSecret, keys: &[&Issued]) -> anyhow::Result<Zeroizing<String>> {
    let mut made = Vec::with_capacity(keys.len());
    for issued in keys {
        made.push(domain.issue(&issued.policy, issued.id, &issued.versions, &mut OsRng)?.to_bytes());
    }
    Ok(text_of(KEYS_UPDATE, made.iter().map(|key| ("key", key.as_slice()))))
}
