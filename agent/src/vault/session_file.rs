//! The bytes of a session at rest: a letter of its requestor to herself.
//!
//! A build before sealed it and did not sign it, to her X25519 key. Such a session is still read, and is a letter when it is stored next; but whoever knows
//! her public key could have made it, to get what she writes under a key of his own, or to have her report what she did not do. So it counts
//! where a secret in it proves that it is hers; a report that waits in any other is kept beside it, where it is seen whose it is.

use super::durable::{self, old_of, replace};
use super::record::SessionRecord;
use super::{SESSION_BEFORE, SESSION_FILE, Vault, VaultError, own_letter};
use medshare_crypto::seal::classical;
use medshare_genesis::keys::RequestorKeys;
use medshare_ledger::codec;
use medshare_ledger::id::PackageId;
use medshare_own_files::Access;
use rand_core::{CryptoRng, RngCore};
use std::io::{ErrorKind, Read as _};
use zeroize::Zeroizing;

const PURPOSE: &str = "medshare/session/v4";
/// HPKE's info of the build before.
const INFO_BEFORE: &[u8] = b"medshare/session/v3";

/// Longest session file that is read, in bytes.
const MAX_SESSION_BYTES: u64 = 64 * 1024;

impl Vault {
    /// The session of a package, if there is one. Of one of the build before, which nobody signed, it is asked whether it `is_hers`.
    ///
    /// # Errors
    /// [`VaultError::Foreign`] when it is not by these keys' holder for this package, [`VaultError::Io`].
    pub fn load(
        &self,
        package: PackageId,
        keys: &RequestorKeys,
        is_hers: impl FnOnce(&SessionRecord) -> bool,
    ) -> Result<Option<SessionRecord>, VaultError> {
        self.finish_wiping().map_err(|e| self.io(e))?;
        let file = match self.folder.open(SESSION_FILE, Access::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io(error)),
        };
        let mut sealed = Vec::new();
        let read = file.take(MAX_SESSION_BYTES).read_to_end(&mut sealed);
        read.map_err(|e| self.io(e))?;
        let foreign = || VaultError::Foreign { folder: self.folder().to_owned() };
        if let Some(bytes) = own_letter::read(keys, PURPOSE, package.as_bytes(), &sealed) {
            return SessionRecord::from_bytes(&bytes).map(Some).map_err(|_| foreign());
        }
        let record = self.of_before(package, &sealed, keys)?.ok_or_else(foreign)?;
        if is_hers(&record) {
            return Ok(Some(record));
        }
        if let Some(pending) = record.pending.as_ref().filter(|pending| pending.is_signed_by(&record.lease.agent)) {
            self.keep_report(pending, &record.lease.agent)?;
        }
        Err(foreign())
    }

    /// A session as the build before stored it, and one before that without the mark that others went on, whoever sealed it.
    fn of_before(
        &self,
        package: PackageId,
        sealed: &[u8],
        keys: &RequestorKeys,
    ) -> Result<Option<SessionRecord>, VaultError> {
        let key = keys.sealing.classical();
        let opened = key.map(|key| classical::open(key, INFO_BEFORE, package.as_bytes(), sealed));
        let Some(Ok(bytes)) = opened else { return Ok(None) };
        if let Ok(mut record) = SessionRecord::from_bytes(&bytes) {
            // that build did not remember any
            record.anew.clear();
            return Ok(Some(record));
        }
        let Ok(mut record) = SessionRecord::from_bytes_of_before(&bytes) else { return Ok(None) };
        record.went_on = self.has_given_up_of(&record)?;
        Ok(Some(record))
    }

    /// Wipes what an interruption left of a session that was replaced, by this version or one before.
    fn finish_wiping(&self) -> std::io::Result<()> {
        durable::finish_wiping(&self.folder, SESSION_FILE)?;
        let [new, old] = SESSION_BEFORE;
        match self.folder.rename(old, old_of(SESSION_FILE)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            renamed => renamed.and_then(|()| durable::finish_wiping(&self.folder, SESSION_FILE))?,
        }
        durable::wipe_files(&self.folder, |name| name == new)
    }

    /// Replaces the session; what was there before is wiped.
    ///
    /// # Errors
    /// [`VaultError`] when it cannot be stored: then the session before it still stands.
    pub fn save(
        &self,
        package: PackageId,
        record: &SessionRecord,
        keys: &RequestorKeys,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(), VaultError> {
        let sealed = to_bytes(package, record, keys, rng)?;
        replace(&self.folder, SESSION_FILE, &sealed).map_err(|e| self.io(e))
    }

    /// Makes room for the session that is stored next, so that it is not for want of it that it is not stored.
    ///
    /// # Errors
    /// The system's, where there is none.
    pub fn make_room(&self) -> std::io::Result<()> {
        durable::make_room(&self.folder, SESSION_FILE, MAX_SESSION_BYTES)
    }

    /// Gives back the room of a session that is not stored after all.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn give_session_room_back(&self) -> Result<(), VaultError> {
        durable::give_room_back(&self.folder, SESSION_FILE).map_err(|e| self.io(e))
    }
}

fn to_bytes(
    package: PackageId,
    record: &SessionRecord,
    keys: &RequestorKeys,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<u8>, VaultError> {
    let bytes = Zeroizing::new(codec::encode(record));
    own_letter::write(keys, PURPOSE, package.as_bytes(), &bytes, rng)
}
