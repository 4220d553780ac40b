//! The textual form of a key file, written and read strictly: reading what was written gives it back, anything else is damaged.

use zeroize::Zeroizing;

use super::{KdfCost, KeyFile, KeyFileError, MAX_FIELD_LEN, MAX_PAYLOAD_LEN, Protection};
use crate::hash::{decode_hex, sha256};

const MAGIC: &str = "medshare-key-file";
const VERSION: &str = "1";
const PASSPHRASE: &str = "argon2id-aes256gcm";
const PLAINTEXT: &str = "insecure-plaintext";
const CHECKSUM: &str = "checksum: ";

/// One line of printable text.
pub(super) fn check_field(text: &str) -> Result<(), KeyFileError> {
    if text.len() > MAX_FIELD_LEN || text.chars().any(char::is_control) || text.trim() != text {
        return Err(KeyFileError::InvalidField);
    }
    Ok(())
}

impl KeyFile {
    /// The lines in front of the secret.
    pub(super) fn header(&self) -> String {
        let protection = match &self.protection {
            Protection::InsecurePlaintext => format!("protection: {PLAINTEXT}\n"),
            Protection::Passphrase { cost, salt, nonce } => format!(
                "protection: {PASSPHRASE}\nkdf: {}\nsalt: {}\nnonce: {}\n",
                cost.to_text(),
                hex::encode(salt),
                hex::encode(nonce)
            ),
        };
        format!("{MAGIC}: {VERSION}\nkind: {}\npublic: {}\n{protection}", self.kind, self.public)
    }

    /// The whole file. It is wiped when dropped, because a plaintext file holds the secret.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(hex::encode(&*self.secret));
        let mut text = Zeroizing::new(self.header());
        text.reserve(secret.len() + 128);
        text.push_str("secret: ");
        text.push_str(&secret);
        text.push('\n');
        let checksum = sha256(text.as_bytes());
        text.push_str(CHECKSUM);
        text.push_str(&checksum.to_string());
        text.push('\n');
        text
    }

    /// Reads a key file without opening it. Line ends of another system are accepted.
    ///
    /// # Errors
    /// When the text is not a whole, undamaged key file of a known version within bounds.
    pub fn parse(text: &str) -> Result<Self, KeyFileError> {
        let text = Zeroizing::new(text.replace("\r\n", "\n"));
        check_magic(&text)?;
        let body_len = text.rfind(CHECKSUM).ok_or(KeyFileError::Damaged)?;
        let (body, tail) = text.split_at_checked(body_len).ok_or(KeyFileError::Damaged)?;
        let stated = tail.strip_prefix(CHECKSUM).map(str::trim_end);
        if stated != Some(&sha256(body.as_bytes()).to_string()) {
            return Err(KeyFileError::Damaged);
        }
        parse_body(body)
    }
}

fn check_magic(text: &str) -> Result<(), KeyFileError> {
    let first = text.lines().next().unwrap_or_default();
    let version =
        first.strip_prefix(MAGIC).and_then(|rest| rest.strip_prefix(": ")).ok_or(KeyFileError::NotAKeyFile)?;
    if version == VERSION {
        Ok(())
    } else {
        Err(KeyFileError::UnknownVersion { found: version.chars().take(16).collect() })
    }
}

fn parse_body(body: &str) -> Result<KeyFile, KeyFileError> {
    let mut lines = body.lines();
    let mut field = |name: &str| {
        lines
            .next()
            .and_then(|line| line.strip_prefix(name))
            .and_then(|rest| rest.strip_prefix(": "))
            .ok_or(KeyFileError::Damaged)
    };
    field(MAGIC)?;
    let (kind, public) = (field("kind")?, field("public")?);
    let protection = match field("protection")? {
        PLAINTEXT => Protection::InsecurePlaintext,
        PASSPHRASE => Protection::Passphrase {
            cost: KdfCost::from_text(field("kdf")?)?,
            salt: decode_hex(field("salt")?).map_err(|_| KeyFileError::Damaged)?,
            nonce: decode_hex(field("nonce")?).map_err(|_| KeyFileError::Damaged)?,
        },
        _ => return Err(KeyFileError::Damaged),
    };
    let digits = field("secret")?;
    // Of its final size at once: a buffer that grew would leave parts of a plain secret behind.
    let mut secret = Zeroizing::new(vec![0; digits.len() / 2]);
    hex::decode_to_slice(digits, &mut secret).map_err(|_| KeyFileError::Damaged)?;
    check_field(kind)?;
    check_field(public)?;
    if lines.next().is_some() || secret.len() > MAX_PAYLOAD_LEN + 16 {
        return Err(KeyFileError::Damaged);
    }
    Ok(KeyFile { kind: kind.to_owned(), public: public.to_owned(), protection, secret })
}
