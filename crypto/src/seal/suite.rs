//! HPKE in base mode with HKDF-SHA256 (0x0001) and AES-256-GCM (0x0002), over whichever KEM.
//!
//! The only place of what ships that meets the `rand_core` of `hpke`, which is newer than that of the workspace.

use core::convert::Infallible;

use hpke::aead::{AeadCtxR, AeadCtxS, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable as _, Kem, OpModeR, OpModeS};
use rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::{OpenError, SealError};
use crate::secret::Secret32;

pub(super) type SenderContext<K> = AeadCtxS<AesGcm256, HkdfSha256, K>;
pub(super) type RecipientContext<K> = AeadCtxR<AesGcm256, HkdfSha256, K>;

/// The randomness of our callers, in the terms of `hpke`.
struct Randomness<'a, R>(&'a mut R);

impl<R: RngCore> TryRng for Randomness<'_, R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl<R: CryptoRng + RngCore> TryCryptoRng for Randomness<'_, R> {}

/// Agrees on a fresh secret with the holder of `receiver`.
pub(super) fn sender<K: Kem>(
    receiver: &[u8],
    info: &[u8],
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(K::EncappedKey, SenderContext<K>), SealError> {
    let key = K::PublicKey::from_bytes(receiver).map_err(|_| SealError)?;
    hpke::setup_sender_with_rng(&OpModeS::Base, &key, info, &mut Randomness(rng)).map_err(|_| SealError)
}

/// The same secret at the other side.
pub(super) fn recipient<K: Kem>(
    secret: &Secret32,
    info: &[u8],
    encapsulation: &[u8],
) -> Result<RecipientContext<K>, OpenError> {
    let key = K::PrivateKey::from_bytes(secret.expose()).map_err(|_| OpenError)?;
    let encapsulation = K::EncappedKey::from_bytes(encapsulation).map_err(|_| OpenError)?;
    hpke::setup_receiver(&OpModeR::Base, &key, &encapsulation, info).map_err(|_| OpenError)
}

/// The public half of a secret key.
pub(super) fn public_key<K: Kem>(secret: &Secret32) -> Option<K::PublicKey> {
    let key = K::PrivateKey::from_bytes(secret.expose()).ok()?;
    Some(K::sk_to_pk(&key))
}

/// Opens one message: what stands behind the encapsulation.
pub(super) fn open<K: Kem>(
    mut context: RecipientContext<K>,
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Zeroizing<Vec<u8>>, OpenError> {
    context.open(ciphertext, aad).map(Zeroizing::new).map_err(|_| OpenError)
}

/// Thirty-two bytes of the exporter.
pub(super) fn exported<K: Kem>(context: &RecipientContext<K>, label: &[u8]) -> Result<Secret32, OpenError> {
    let mut secret = Zeroizing::new([0; 32]);
    context.export(label, secret.as_mut_slice()).map_err(|_| OpenError)?;
    Ok(Secret32::from_bytes(secret))
}
