//! The secret of one package: what pseudonyms and shifts of dates are derived of.

use medshare_deid::PackageKey;
use rand_core::{OsRng, RngCore as _};

/// A key for pseudonyms and shifts that nobody has used.
#[must_use]
pub fn fresh_key() -> PackageKey {
    let mut secret = [0; 32];
    OsRng.fill_bytes(&mut secret);
    PackageKey::new(secret)
}
