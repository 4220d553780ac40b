//! How much of a file is taken that a node sends: no more than it may be long.

use medshare_exchange::package::{PackageError, announced_length};

/// Longest beginning of a package that is looked at, in bytes: the longest manifest, and what stands around it.
const MAX_BEGINNING_BYTES: usize = 4 * 1024 * 1024;

/// Longest package that is taken, in bytes, whatever it says itself: four times the records that nodes validate (256 MiB), which leaves room for
/// their text, the manifest and what encryption adds.
const MAX_PACKAGE_BYTES: u64 = 1024 * 1024 * 1024;

/// A file that arrives, and how long it may be.
#[derive(Clone)]
pub(super) enum Arriving {
    /// A package, which says at its beginning how long it is.
    Package {
        /// The beginning, as far as it has come, until it tells the length.
        beginning: Vec<u8>,
        /// The length.
        announced: Option<u64>,
    },
    /// A file of at most so many bytes.
    AtMost(u64),
}

impl Arriving {
    /// A package.
    pub(super) const fn package() -> Self {
        Self::Package { beginning: Vec::new(), announced: None }
    }

    /// Looks at a part of the file, which has `length` bytes with it.
    ///
    /// # Errors
    /// What is wrong with the file, for people.
    pub(super) fn take(&mut self, part: &[u8], length: u64) -> Result<(), String> {
        let most = match self {
            Self::AtMost(most) => *most,
            Self::Package { beginning, announced } => {
                if announced.is_none() {
                    beginning.extend_from_slice(part);
                    *announced = announced_length(beginning).map_err(|error| error.to_string())?;
                }
                match announced {
                    Some(announced) if *announced > MAX_PACKAGE_BYTES => {
                        return Err(format!(
                            "the package is {announced} bytes long, as it says; at most {MAX_PACKAGE_BYTES} are taken"
                        ));
                    }
                    Some(announced) => {
                        *beginning = Vec::new();
                        *announced
                    }
                    None => MAX_BEGINNING_BYTES as u64,
                }
            }
        };
        if length > most { Err(PackageError::TrailingBytes { count: length - most }.to_string()) } else { Ok(()) }
    }
}
