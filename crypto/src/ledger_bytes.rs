//! Canonical ledger bytes of the small types: the ledger's codec is `bincode` 2, and only this crate can teach it these.
//! Each is its raw bytes without a length. A verifying key is checked when it is decoded; whether a
//! sealing key can be used is for whoever registers it to check.

use crate::hash::Hash32;
use crate::seal::{Encapsulation, SealingPublicKey};
use crate::sign::{Signature, VerifyingKey};
use bincode::de::{BorrowDecode, BorrowDecoder, Decode, Decoder};
use bincode::enc::{Encode, Encoder};
use bincode::error::{DecodeError, EncodeError};

macro_rules! raw_bytes {
    ($name:ty, $length:literal, |$bytes:ident| $from:expr) => {
        impl Encode for $name {
            fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
                Encode::encode(&self.to_bytes(), encoder)
            }
        }

        impl<C> Decode<C> for $name {
            fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
                let $bytes = <[u8; $length] as Decode<C>>::decode(decoder)?;
                $from
            }
        }

        impl<'de, C> BorrowDecode<'de, C> for $name {
            fn borrow_decode<D: BorrowDecoder<'de, Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
                <Self as Decode<C>>::decode(decoder)
            }
        }
    };
}

raw_bytes!(Hash32, 32, |bytes| Ok(Self::from_bytes(bytes)));
raw_bytes!(Signature, 64, |bytes| Ok(Self::from_bytes(bytes)));
raw_bytes!(VerifyingKey, 32, |bytes| Self::from_bytes(bytes).map_err(|_| DecodeError::Other("not a verifying key")));
raw_bytes!(Encapsulation, 1120, |bytes| Ok(Self::from_bytes(bytes)));
raw_bytes!(SealingPublicKey, 1216, |bytes| Ok(Self::from_bytes(bytes)));
