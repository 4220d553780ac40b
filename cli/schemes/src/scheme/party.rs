//! Parties: whoever sends, receives and vouches, with one key to sign and one to be written to.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use medshare_cli_terminal::whole_file::write_beside;
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::seal::{SealingPublicKey, SealingSecretKey};
use medshare_crypto::sign::{Signable, Signature, SigningKey, VerifyingKey};
use rand_core::OsRng;
use zeroize::Zeroizing;

use super::names;
use super::secrets::{Protection, damaged, joined};
use super::text_file::{TextFile, fixed, text_of};

/// Kind of a party's key file. Its secret is the signing seed (32), then the sealing key (32).
const KIND: &str = "party";
const PUBLIC: &str = "medshare-party: 1";

/// A party's secret keys.
pub struct Party {
    pub signing: SigningKey,
    pub sealing: SealingSecretKey,
}

/// A party's public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartyPublic {
    pub verifying: VerifyingKey,
    pub sealing: SealingPublicKey,
}

/// "These are my keys, and this is my name." It shows damage, and who has no right to the verifying key; neither whose name it is, nor whose
/// sealing key.
struct PartyStatement<'a> {
    name: &'a [u8],
    of: PartyPublic,
}

impl Signable for PartyStatement<'_> {
    const DOMAIN: &'static str = "medshare/party/v1";

    /// `verifying key (32) ‖ sealing key (32) ‖ name`.
    fn signing_bytes(&self) -> Vec<u8> {
        [self.of.verifying.as_bytes().as_slice(), &self.of.sealing.to_bytes(), self.name].concat()
    }
}

impl Party {
    pub fn generate() -> Self {
        Self { signing: SigningKey::generate(&mut OsRng), sealing: SealingSecretKey::generate(&mut OsRng) }
    }

    pub fn public(&self) -> PartyPublic {
        PartyPublic { verifying: self.signing.verifying_key(), sealing: self.sealing.public_key() }
    }

    /// Reads a party's key file.
    pub fn read(path: &Path, secrets: &Protection) -> anyhow::Result<Self> {
        let bytes = secrets.open(path, KIND)?;
        let damaged = || damaged(path);
        let (seed, sealing) = bytes.split_first_chunk::<32>().with_context(damaged)?;
        let sealing = Zeroizing::new(<[u8; 32]>::try_from(sealing).ok().with_context(damaged)?);
        Ok(Self {
            signing: SigningKey::from_seed(Zeroizing::new(*seed)),
            sealing: SealingSecretKey::from_bytes(sealing),
        })
    }

    /// Writes both files.
    pub fn write(&self, name: &str, key: &Path, public: &Path, secrets: &Protection) -> anyhow::Result<()> {
        let secret = joined(&[self.signing.seed().as_slice(), self.sealing.to_bytes().as_slice()]);
        secrets.write(key, KIND, name, &secret)?;
        let of = self.public();
        let (verifying, sealing) = (of.verifying.to_bytes(), of.sealing.to_bytes());
        let signature = self.signing.sign(&PartyStatement { name: name.as_bytes(), of }).to_bytes();
        let entries: [(&str, &[u8]); 4] =
            [("name", name.as_bytes()), ("verifying", &verifying), ("sealing", &sealing), ("signature", &signature)];
        write_beside(key, public, &text_of(PUBLIC, entries))
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
pub struct PublicFile {
    pub name: String,
    pub of: PartyPublic,
}

impl PublicFile {
    /// Reads a party's public file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, PUBLIC)?.only(&["name", "verifying", "sealing", "signature"])?;
        let of = PartyPublic {
            verifying: file.one("verifying", fixed(verifying_key))?,
            sealing: file.one("sealing", fixed(|bytes| Ok(SealingPublicKey::from_bytes(*bytes))))?,
        };
        let signature = file.one("signature", fixed(signature))?;
        let verified = of.verifying.verify(&PartyStatement { name: file.bytes("name")?, of }, &signature);
        verified.with_context(|| format!("{} was altered or damaged; fetch it again", path.display()))?;
        names::check_borne(file.bytes("name")?, &path.display().to_string())?;
        Ok(Self { name: file.text("name")?, of })
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
