//! Letters to oneself: what a requestor keeps where others may write.
//!
//! Anybody seals to a public key, so that what opens may be anybody's. A letter ([`medshare_crypto::letter`]) is signed as well: what is read
//! here she wrote, for this purpose and about this thing, and nothing of it was altered.
//!
//! Contents: `u8 len ‖ purpose ‖ what it is about (32) ‖ what is kept`.

use super::VaultError;
use medshare_crypto::letter::Letter;
use medshare_genesis::keys::RequestorKeys;
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

fn head(purpose: &'static str, about: &[u8; 32]) -> Vec<u8> {
    [&[purpose.len() as u8], purpose.as_bytes(), about].concat()
}

/// A letter of `keys` to their holder, in bytes.
///
/// # Errors
/// [`VaultError::Seal`] when the sealing key cannot be sealed to.
pub(super) fn write(
    keys: &RequestorKeys,
    purpose: &'static str,
    about: &[u8; 32],
    kept: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<Vec<u8>, VaultError> {
    let contents = Zeroizing::new([head(purpose, about).as_slice(), kept].concat());
    let letter = Letter::write(&keys.signing, &keys.sealing.public_key(), &contents, rng);
    Ok(letter.map_err(|_| VaultError::Seal)?.to_bytes())
}

/// What was kept; none where it is no letter of these keys to themselves, or for something else.
pub(super) fn read(
    keys: &RequestorKeys,
    purpose: &'static str,
    about: &[u8; 32],
    letter: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let contents = Letter::from_bytes(letter).ok()?.read(&keys.signing.verifying_key(), &keys.sealing).ok()?;
    let kept = contents.strip_prefix(head(purpose, about).as_slice())?;
    Some(Zeroizing::new(kept.to_vec()))
}
