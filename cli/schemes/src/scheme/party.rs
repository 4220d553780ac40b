//! Parties: whoever sends, receives and vouches, with one key to sign and one to be written to.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::{hand_out, hand_out_over, write_beside};
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::seal::classical::{ClassicalPublicKey, ClassicalSecretKey};
use medshare_crypto::seal::{SealingPublicKey, SealingSecretKey};
use medshare_crypto::sign::{Signable, Signature, SigningKey, VerifyingKey};
use rand_core::OsRng;
use zeroize::Zeroizing;

use super::address::Address;
use super::failure::refused;
use super::names;
use super::secrets::{Protection, damaged, joined};
use super::text_file::{TextFile, fixed, text_of};

/// Kind of a party's key file. Its secret is the signing seed (32), the seed of the sealing key (32) and [`X_WING`]; of a file of before, the
/// signing seed and an X25519 key (32), from both of which the sealing key follows.
const KIND: &str = "party";
const X_WING: u8 = 2;
const PUBLIC: &str = "medshare-party: 2";
/// Public files of before: with an X25519 key.
const PUBLIC_OF_BEFORE: &str = "medshare-party: 1";

/// A party's secret keys.
pub struct Party {
    pub signing: SigningKey,
    pub sealing: SealingSecretKey,
}

/// A party's public keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyPublic {
    pub verifying: VerifyingKey,
    pub sealing: Address,
}

/// "These are my keys, and this is my name." It shows damage, and who has no right to the verifying key; neither whose name it is, nor whose
/// sealing key.
struct PartyStatement<'a> {
    name: &'a [u8],
    verifying: &'a VerifyingKey,
    sealing: &'a SealingPublicKey,
}

impl Signable for PartyStatement<'_> {
    const DOMAIN: &'static str = "medshare/party/v2";

    /// `verifying key (32) ‖ sealing key (1216) ‖ name`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.verifying.as_bytes().as_slice(), self.sealing.as_bytes(), self.name].concat()
    }
}

/// The same of a build before.
struct PartyStatementOfBefore<'a> {
    name: &'a [u8],
    verifying: &'a VerifyingKey,
    sealing: ClassicalPublicKey,
}

impl Signable for PartyStatementOfBefore<'_> {
    const DOMAIN: &'static str = "medshare/party/v1";

    /// `verifying key (32) ‖ sealing key (32) ‖ name`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.verifying.as_bytes().as_slice(), &self.sealing.to_bytes(), self.name].concat()
    }
}

impl Party {
    pub fn generate() -> Self {
        Self { signing: SigningKey::generate(&mut OsRng), sealing: SealingSecretKey::generate(&mut OsRng) }
    }

    pub fn public(&self) -> PartyPublic {
        PartyPublic { verifying: self.signing.verifying_key(), sealing: Address::Hybrid(self.sealing.public_key()) }
    }

    /// Reads a party's key file.
    pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<Self> {
        let bytes = secrets.open(path, KIND)?;
        Self::of_secret(&bytes).with_context(|| damaged(path))
    }

    fn of_secret(bytes: &[u8]) -> Option<Self> {
        let (seed, rest) = bytes.split_first_chunk::<32>()?;
        let (sealing, suite) = rest.split_first_chunk::<32>()?;
        let (signing, sealing) = (SigningKey::from_seed(Zeroizing::new(*seed)), Zeroizing::new(*sealing));
        let sealing = match suite {
            [] => SealingSecretKey::from_classical(ClassicalSecretKey::from_bytes(sealing), &signing),
            [X_WING] => SealingSecretKey::from_bytes(sealing),
            _ => return None,
        };
        Some(Self { signing, sealing })
    }

    /// Writes both files of a new party.
    pub fn write(&self, name: &str, key: &Path, public: &Path, secrets: &Protection) -> anyhow::Result<()> {
        let secret = joined(&[self.signing.seed().as_slice(), self.sealing.to_bytes().as_slice(), &[X_WING]]);
        secrets.write(key, KIND, name, &secret)?;
        write_beside(key, public, &self.public_text(name))
    }

    /// Writes the public file of the party of this key file anew, over its own one; its name.
    pub fn publish(key: &Path, public: &Path, secrets: &Protection) -> anyhow::Result<String> {
        let (name, party) = (Protection::public_of_kind(key, KIND)?, Self::read(key, secrets)?);
        let text = party.public_text(&name);
        if !public.exists() {
            hand_out(public, &text)?;
            return Ok(name);
        }
        let lock = Lock::of(public)?;
        let is_own = PublicFile::read(public)?.of.verifying == party.signing.verifying_key();
        ensure!(is_own, refused(format!("{} is the public file of another party", public.display())));
        hand_out_over(public, &text, &lock)?;
        Ok(name)
    }

    fn public_text(&self, name: &str) -> Zeroizing<String> {
        let (verifying, sealing) = (self.signing.verifying_key(), self.sealing.public_key());
        let statement = PartyStatement { name: name.as_bytes(), verifying: &verifying, sealing: &sealing };
        let signature = self.signing.sign(&statement).to_bytes();
        let entries: [(&str, &[u8]); 4] = [
            ("name", name.as_bytes()),
            ("verifying", verifying.as_bytes()),
            ("sealing", sealing.as_bytes()),
            ("signature", &signature),
        ];
        text_of(PUBLIC, entries)
    }
}

/// Reads a verifying key.
pub fn verifying_key(bytes: &[u8; 32]) -> Result<VerifyingKey, DecodeError> {
    VerifyingKey::from_bytes(*bytes).map_err(|_| DecodeError::InvalidElement { what: "verifying key" })
}

/// Reads a signature; whose it is shows when it is verified.
pub fn signature(bytes: &[u8; Signature::LEN]) -> Result<Signature, DecodeError> {
    Ok(Signature::from_bytes(*bytes))
}

/// A party's public file, signed with its verifying key.
#[derive(Debug)]
pub struct PublicFile {
    pub name: String,
    pub of: PartyPublic,
}

impl PublicFile {
    /// Reads a party's public file, also one of before.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let (file, is_of_before) = match TextFile::read(path, PUBLIC) {
            Ok(file) => (file, false),
            Err(error) => (TextFile::read(path, PUBLIC_OF_BEFORE).map_err(|_| error)?, true),
        };
        let file = file.only(&["name", "verifying", "sealing", "signature"])?;
        let (name, verifying) = (file.bytes("name")?, file.one("verifying", fixed(verifying_key))?);
        let signature = file.one("signature", fixed(signature))?;
        let (sealing, verified) = if is_of_before {
            let key = file.one("sealing", fixed(|bytes| Ok(ClassicalPublicKey::from_bytes(*bytes))))?;
            let statement = PartyStatementOfBefore { name, verifying: &verifying, sealing: key };
            (Address::OfBefore(key), verifying.verify(&statement, &signature))
        } else {
            let key = file.one("sealing", fixed(|bytes| Ok(SealingPublicKey::from_bytes(*bytes))))?;
            let statement = PartyStatement { name, verifying: &verifying, sealing: &key };
            let verified = verifying.verify(&statement, &signature);
            (Address::Hybrid(key), verified)
        };
        verified.with_context(|| format!("{} was altered or damaged; fetch it again", path.display()))?;
        names::check_borne(name, &path.display().to_string())?;
        Ok(Self { name: file.text("name")?, of: PartyPublic { verifying, sealing } })
    }
}

impl PartyPublic {
    /// Reads the keys in a party's public file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Ok(PublicFile::read(path)?.of)
    }

    /// Whether this is that other party, under whatever name, in what it signs or in what it reads.
    pub fn shares_a_key(&self, other: &Self) -> bool {
        self.verifying == other.verifying || self.sealing == other.sealing
    }

    /// Reads several.
    pub fn read_all(paths: &[PathBuf]) -> anyhow::Result<Vec<Self>> {
        paths.iter().map(|path| Self::read(path)).collect()
    }
}

#[cfg(test)]
mod tests;
