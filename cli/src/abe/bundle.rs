//! Text files of public keys, registrations and issued keys: a first line that names the kind, then `name: hexadecimal` lines.

use std::path::Path;

use anyhow::{Context as _, bail};
use medshare_crypto::abe::{
    AttributePublic, AuthorityPublic, ProxyKey, PublicKeys, Registration, VerifiedRegistration,
};

use super::output::read_text;

const PUBLIC: &str = "medshare-abe-public: 1";
const REGISTRATION: &str = "medshare-abe-registration: 1";
const ISSUED: &str = "medshare-abe-issued: 1";

/// `name: hexadecimal` lines behind `first`.
fn entries(path: &Path, first: &str) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let text = read_text(path)?;
    let mut lines = text.lines();
    if lines.next() != Some(first) {
        bail!(
            "{}: expected a file that begins with {first:?}",
            path.display()
        );
    }
    let numbered = lines.zip(2..).filter(|(line, _)| !line.trim().is_empty());
    numbered
        .map(|(line, number)| {
            let at = || format!("{}, line {number}", path.display());
            let (name, value) = line
                .split_once(": ")
                .with_context(|| format!("{}: expected \"name: value\"", at()))?;
            let value = hex::decode(value.trim())
                .with_context(|| format!("{}: expected hexadecimal digits", at()))?;
            Ok((name.to_owned(), value))
        })
        .collect()
}

/// The text of an authority's public file.
pub fn public_text(authority: &AuthorityPublic, attributes: &[AttributePublic]) -> String {
    let mut text = format!(
        "{PUBLIC}\nauthority: {}\n",
        hex::encode(authority.to_bytes())
    );
    for attribute in attributes {
        text.push_str(&attribute_line(attribute));
    }
    text
}

/// One more line for a public file.
pub fn attribute_line(attribute: &AttributePublic) -> String {
    format!("attribute: {}\n", hex::encode(attribute.to_bytes()))
}

/// Reads public files together; later lines replace earlier ones.
pub fn read_public(paths: &[std::path::PathBuf]) -> anyhow::Result<PublicKeys> {
    let mut keys = PublicKeys::new();
    for path in paths {
        for (name, value) in entries(path, PUBLIC)? {
            let context = || format!("{}: a key is damaged", path.display());
            match name.as_str() {
                "authority" => {
                    keys.add_authority(&AuthorityPublic::from_bytes(&value).with_context(context)?);
                }
                "attribute" => {
                    let key = AttributePublic::from_bytes(&value).with_context(context)?;
                    keys.add_attribute(&key)
                        .with_context(|| path.display().to_string())?;
                }
                other => bail!(
                    "{}: {other:?} has no place in a public file",
                    path.display()
                ),
            }
        }
    }
    Ok(keys)
}

/// The text of a registration file.
pub fn registration_text(registration: &Registration) -> String {
    format!(
        "{REGISTRATION}\nregistration: {}\n",
        hex::encode(registration.to_bytes())
    )
}

/// Reads a registration and checks its proof.
pub fn read_registration(path: &Path) -> anyhow::Result<VerifiedRegistration> {
    let entries = entries(path, REGISTRATION)?;
    let [(name, value)] = entries.as_slice() else {
        bail!("{}: expected exactly one registration", path.display());
    };
    if name != "registration" {
        bail!("{}: expected a line \"registration: …\"", path.display());
    }
    let context = || format!("{} is not a valid registration", path.display());
    let registration = Registration::from_bytes(value).with_context(context)?;
    registration.verify().with_context(context)
}

/// The text of a file of issued keys.
pub fn issued_text(keys: &[ProxyKey]) -> String {
    let lines = keys
        .iter()
        .map(|key| format!("key: {}\n", hex::encode(key.to_bytes())));
    format!("{ISSUED}\n{}", lines.collect::<String>())
}

/// Reads files of issued keys together.
pub fn read_issued(paths: &[std::path::PathBuf]) -> anyhow::Result<Vec<ProxyKey>> {
    let mut keys = Vec::new();
    for path in paths {
        for (name, value) in entries(path, ISSUED)? {
            if name != "key" {
                bail!(
                    "{}: {name:?} has no place in a file of issued keys",
                    path.display()
                );
            }
            let key = ProxyKey::from_bytes(&value);
            keys.push(key.with_context(|| format!("{}: a key is damaged", path.display()))?);
        }
    }
    Ok(keys)
}
