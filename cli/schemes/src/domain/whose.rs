//! Whose a register is. It decides for whom a revocation makes keys, so it counts only where the domain's key authenticates it: each of its lines, in their
//! order. Otherwise whoever can write a line into it would get a key of his choice with the next letters.

use std::path::Path;

use anyhow::bail;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::kp_abe::DomainPublic;

use super::in_force::restored;
use super::issued::Issued;
use super::key::DomainKey;
use super::register::{CODE, DOMAIN, IN_FORCE, KEY_AT, KEYS, REGISTER, Register, SINCE, WRITTEN, parse, parts};
use super::under_way;
use crate::scheme::failure::unverified;
use crate::scheme::text_file::TextFile;

/// The lines that earlier builds write.
const OF_BEFORE: [&str; 7] =
    [DOMAIN, SINCE, KEYS.of_now, KEYS.of_before, under_way::KEYS.of_now, under_way::KEYS.of_before, under_way::RAISED];

/// Refuses what is no register, whoever's.
pub fn is_one(path: &Path) -> anyhow::Result<()> {
    is_there(path)?;
    TextFile::read(path, REGISTER).map(drop)
}

/// Refuses a register that is not there: with a name that was mistyped, a key would get into one where its revocation is not looked for.
fn is_there(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    let message = format!("there is no register {}", path.display());
    let hint = "`medshare domain create` made it, as NAME.register beside the key file; of a domain of an earlier build that gave out no key \
                yet, it is a file with the one line `medshare-domain-register: 1`, and --own-register, once, says so";
    bail!(Failure::new(Exit::Failure, "no-register", message).hint(hint));
}

/// Reads the register of a domain whose key is not at hand: nothing shows whether somebody else wrote to it.
pub fn read(path: &Path, domain: &DomainPublic) -> anyhow::Result<Register> {
    let register = parse(&file(path, domain)?)?;
    if register.written.is_none() {
        return Err(of_before(path, domain));
    }
    Ok(register)
}

/// Reads the register of a domain by its key.
///
/// One that the key did not make is refused. Where it knows of none that it made, it may be of an earlier build: its owner says that it is hers, once
/// (`is_own`), as she does of one that is older than the key.
pub fn read_of(path: &Path, key: &DomainKey, is_own: bool) -> anyhow::Result<Register> {
    let domain = key.secret.public();
    let file = file(path, &domain)?;
    let codes = || file.entries().filter(|(name, _)| *name == CODE);
    let is_authentic =
        key.secret.is_authentic(&parts(&domain.to_bytes(), file.entries()), file.bytes(CODE).unwrap_or_default());
    match (is_authentic, key.written) {
        (true, _) => {}
        (false, 0) if codes().next().is_none() => {
            if !is_own {
                return Err(of_before(path, &domain));
            }
            return parse(&file.only(&OF_BEFORE)?);
        }
        (false, _) => {
            let message =
                format!("{} is not as the key of {} left it: somebody else wrote to it", path.display(), domain.name());
            let hint = "restore the newest copy of it; nothing in this one counts, and where there is none, no key of the domain can be taken \
                        away any more: `medshare domain create` makes another domain";
            bail!(unverified(message).hint(hint));
        }
    }
    let register = parse(&file)?;
    let written = register.written.unwrap_or_default();
    if written < key.written && !is_own {
        let message = format!(
            "{} is older than the key: it was written {written} times, and the key knows of {}",
            path.display(),
            key.written
        );
        return Err(restored(message).into());
    }
    Ok(register)
}

fn file(path: &Path, domain: &DomainPublic) -> anyhow::Result<TextFile> {
    is_there(path)?;
    let file =
        TextFile::read(path, REGISTER)?.only(&[OF_BEFORE.as_slice(), &[WRITTEN, IN_FORCE, KEY_AT, CODE]].concat())?;
    if is_anothers(&file, &KEYS.read(&file)?, domain) {
        let message = format!("{} is another domain's register than that of {}", path.display(), domain.name());
        bail!(Failure::new(Exit::Key, "other-domain", message));
    }
    Ok(file)
}

/// A register that an earlier build made, by which another domain of the name could have given out keys, and to which anybody could write.
fn of_before(path: &Path, domain: &DomainPublic) -> anyhow::Error {
    let message = format!(
        "{} does not show that it is the domain {}'s own: an earlier build made it",
        path.display(),
        domain.name()
    );
    let hint = "where keys of this very domain were given out by it, nobody else could write to it, and the public file is the newest that was handed \
                out, --own-register of `medshare domain publish` says so, once; another domain of that name whose register it is could revoke none of \
                its keys any more";
    Failure::new(Exit::Key, "unknown-domain", message).hint(hint).into()
}

/// Whether it says to be another domain's, by the key, the name, or the labels of the keys that were given out.
fn is_anothers(file: &TextFile, issued: &[Issued], domain: &DomainPublic) -> bool {
    let (name, key) = (domain.name(), domain.to_bytes());
    let mut named = file.entries().filter(|(kind, _)| *kind == DOMAIN).map(|(_, line)| line);
    let mut labels = issued.iter().flat_map(|issued| issued.policy.attributes());
    named.any(|line| line != key && line != name.as_str().as_bytes()) || labels.any(|label| label.authority() != *name)
}
