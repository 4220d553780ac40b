//! Reading and writing key files on disk, encrypted under a passphrase or, said aloud, not.

use crate::private;
use medshare_crypto::keyfile::{KdfCost, KeyFile, KeyFileError};
use medshare_own_files::sync_folder;
use rand_core::{CryptoRng, RngCore};
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest key file read.
const MAX_KEY_FILE_BYTES: u64 = 256 * 1024;

/// How a key file is protected at rest.
pub enum Protection {
    /// Encrypted under this passphrase (argon2id).
    Passphrase(Zeroizing<Vec<u8>>),
    /// Readable by whoever reads the file: machines that start unattended, demonstrations.
    InsecurePlaintext,
}

/// Why a key file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be opened, read or written.
    #[error("cannot {action} the key file {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// It would replace another key.
    #[error("the key file {} exists already; choose another name or move it away", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The key file does not open.
    #[error("the key file {} cannot be used: {source}", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: KeyFileError,
    },
    /// The key inside has another form.
    #[error("the key file {} holds a damaged {kind} key", path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// Kind of key.
        kind: &'static str,
    },
}

/// Writes a new key file, readable by its user only; an existing file is never replaced.
///
/// # Errors
/// [`KeyError`] when the file exists or cannot be written.
pub fn write(
    path: &Path,
    kind: &'static str,
    public: &str,
    payload: &[u8],
    protection: &Protection,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), KeyError> {
    let file = match protection {
        Protection::Passphrase(phrase) => KeyFile::encrypt(kind, public, payload, phrase, KdfCost::interactive(), rng),
        Protection::InsecurePlaintext => KeyFile::insecure_plaintext(kind, public, payload),
    }
    .map_err(|source| KeyError::KeyFile { path: path.to_owned(), source })?;
    let io = |source: std::io::Error| match source.kind() {
        std::io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => KeyError::Io { action: "write", path: path.to_owned(), source },
    };
    let mut out = OpenOptions::new().write(true).create_new(true).mode(private::FILE).open(path).map_err(io)?;
    let written = out.write_all(file.to_text().as_bytes()).and_then(|()| out.sync_all());
    written.and_then(|()| sync_folder(path)).map_err(io)
}

/// Reads a key file's head, without opening it.
///
/// # Errors
/// [`KeyError`] when the file cannot be read or is no key file.
pub fn read(path: &Path) -> Result<KeyFile, KeyError> {
    let io = |source| KeyError::Io { action: "read", path: path.to_owned(), source };
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path).map_err(io)?.take(MAX_KEY_FILE_BYTES).read_to_string(&mut text).map_err(io)?;
    KeyFile::parse(&text).map_err(|source| KeyError::KeyFile { path: path.to_owned(), source })
}

/// Reads and opens a key file of the expected kind.
///
/// # Errors
/// [`KeyError`] when it cannot be read, is of another kind, or the passphrase is missing or wrong.
pub fn open(path: &Path, kind: &'static str, passphrase: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    read(path)?.open(kind, passphrase).map_err(|source| KeyError::KeyFile { path: path.to_owned(), source })
}
