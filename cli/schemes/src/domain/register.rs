//! The owner's register: who has which key. Not secret, but nobody else's business.

use std::path::Path;

use anyhow::{Context as _, bail};
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::{write_new, write_over};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::kp_abe::{DomainPublic, LabelPublic};
use medshare_crypto::policy::AttributeName;
use zeroize::Zeroizing;

use super::issued::{Issued, Lines};
use super::key::DomainKey;
use super::under_way::{UnderWay, label_bytes, label_from_bytes};
use super::versions::Versions;
use crate::scheme::text_file::{TextFile, fixed, text_of};

pub const REGISTER: &str = "medshare-domain-register: 1";
/// Line with the domain's key, as in its public file: another domain may have its name. Earlier builds wrote the name alone.
pub const DOMAIN: &str = "domain";
/// Lines with keys that were given out.
pub const KEYS: Lines = Lines { of_now: "holder", of_before: "key" };

/// Line of a domain that only builds had whose revocations give nothing away: the number of their letters,
/// [`KEYS_UPDATE`](super::update::KEYS_UPDATE). `domain create` writes it, and nothing else: what one of before gave away, no later one takes back.
pub const SINCE: &str = "keys-update";
const SINCE_NUMBER: [u8; 1] = [2];

/// Line that says how often the register was written: `u64`.
pub const WRITTEN: &str = "written";
/// Line with the version in force of a label, as the public file has it.
pub const IN_FORCE: &str = "in-force";
/// Line with the version of a label that a key has: `id (32) ‖ u32 version ‖ label`.
pub const KEY_AT: &str = "key-at";
/// The last line: by it, the domain's key authenticates its own public part and the names and values of all lines above.
pub const CODE: &str = "authentic";

/// Who has which key of a domain.
pub struct Register {
    pub issued: Vec<Issued>,
    /// A revocation that may stand in part only.
    pub under_way: Option<UnderWay>,
    /// The version in force of each label; what a revocation that is under way raises has its new one.
    pub in_force: Versions,
    /// The lines of the public file with these versions, as they were when it was read.
    pub lines: Vec<LabelPublic>,
    /// How often it was written. None where an earlier build made it, which authenticated nothing and did not enter what is in force.
    pub written: Option<u64>,
    /// Whether no build of before had the domain.
    is_of_now: bool,
}

/// Makes the register of a new domain, of which no key was given out yet.
pub fn make(path: &Path, key: &DomainKey, labels: &[LabelPublic]) -> anyhow::Result<()> {
    let in_force = labels.iter().map(|label| (label.label().clone(), label.version())).collect();
    let (issued, under_way, lines) = (Vec::new(), None, Vec::new());
    let register = Register { issued, under_way, in_force, lines, written: Some(key.written), is_of_now: true };
    write_new(path, &register.text(key)?)
}

/// Writes a register anew, for whoever has its lock.
pub fn write(path: &Path, text: &str, lock: &Lock) -> anyhow::Result<()> {
    write_over(path, text, lock).with_context(|| format!("cannot write the register {}", path.display()))
}

pub fn parse(file: &TextFile) -> anyhow::Result<Register> {
    let has = |line| file.entries().any(|found| found == line);
    let (mut issued, mut under_way) = (KEYS.read(file)?, UnderWay::read(file)?);
    for (id, label, version) in file.all(KEY_AT, key_at)? {
        let ending = under_way.iter_mut().flat_map(|under_way| &mut under_way.ending);
        for key in issued.iter_mut().chain(ending).filter(|key| key.id == id) {
            key.versions.insert(label.clone(), version);
        }
    }
    let lines = file.all(IN_FORCE, LabelPublic::from_bytes)?;
    let in_force = lines.iter().map(|label| (label.label().clone(), label.version())).collect();
    let written = file.all(WRITTEN, fixed(|bytes| Ok(u64::from_be_bytes(*bytes))))?.into_iter().max();
    let is_of_now = has((SINCE, SINCE_NUMBER.as_slice()));
    Ok(Register { issued, under_way, in_force, lines, written, is_of_now })
}

fn key_at(bytes: &[u8]) -> Result<([u8; 32], AttributeName, u32), DecodeError> {
    let (id, rest) = bytes.split_first_chunk::<32>().ok_or(DecodeError::Truncated { what: "key" })?;
    let (label, version) = label_from_bytes(rest)?;
    Ok((*id, label, version))
}

/// What the domain's key authenticates: its public part, and the names and values of lines but of the code itself.
pub fn parts<'a>(domain: &'a [u8], lines: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<&'a [u8]> {
    let lines = lines.filter(|(name, _)| *name != CODE).flat_map(|(name, value)| [name.as_bytes(), value]);
    [domain].into_iter().chain(lines).collect()
}

impl Register {
    /// The register of a domain, for the time that its key counts.
    pub fn text(&self, key: &DomainKey) -> anyhow::Result<Zeroizing<String>> {
        let domain = key.secret.public().to_bytes();
        let mut lines = vec![(DOMAIN, domain.clone()), (WRITTEN, key.written.to_be_bytes().to_vec())];
        lines.extend(self.is_of_now.then(|| (SINCE, SINCE_NUMBER.to_vec())));
        for (label, version) in &self.in_force {
            lines.push((IN_FORCE, key.secret.label_public(label, *version)?.to_bytes()));
        }
        let ending = self.under_way.iter().flat_map(|under_way| &under_way.ending);
        let versions =
            self.issued.iter().chain(ending).flat_map(|key| key.versions.iter().map(|label| (key.id, label)));
        lines.extend(
            versions.map(|(id, (label, version))| (KEY_AT, [id.as_slice(), &label_bytes(label, *version)].concat())),
        );
        lines.extend(self.issued.iter().map(|issued| issued.line(KEYS)));
        lines.extend(self.under_way.iter().flat_map(UnderWay::lines));
        let lines = || lines.iter().map(|(name, line)| (*name, line.as_slice()));
        let code = key.secret.authenticate(&parts(&domain, lines()));
        Ok(text_of(REGISTER, lines().chain([(CODE, code.as_slice())])))
    }

    /// The versions in force, added up.
    pub fn raised(&self) -> u64 {
        self.in_force.values().copied().map(u64::from).sum()
    }

    /// Refuses a register that went on by its owner's word beside a public file that is an older one, too: its key knows of newer ones.
    pub fn is_not_before(&self, key: &DomainKey) -> anyhow::Result<()> {
        let (found, known) = (self.raised(), key.raised);
        if found >= known {
            return Ok(());
        }
        let message = format!(
            "register and public file are older than the key: labels were raised {found} times, and the key knows of {known}"
        );
        let hint =
            "restore the newest register, or the newest public file, which everybody has to whom it was handed out";
        bail!(Failure::new(Exit::Key, "other-generation", message).hint(hint));
    }

    /// Refuses what would give a key out, or encrypt, while a revocation is under way: for versions that it raises, or has raised in part.
    pub fn is_at_rest(&self) -> anyhow::Result<()> {
        self.under_way.as_ref().map_or(Ok(()), |under_way| Err(under_way.broke_off().into()))
    }

    /// What is to be told of a domain of an earlier build that had a label raised, whichever build raised it, and of keys that are behind.
    pub fn warning(&self, domain: &DomainPublic) -> Option<String> {
        let is_raised = self.in_force.values().any(|version| *version > 0);
        let of_before = (!self.is_of_now && is_raised).then(|| {
            format!(
                "the domain {} is of an earlier build; if one revoked a key, its letters gave away what opens everything in it, also what comes \
                 from now on: `medshare domain create` makes a new one",
                domain.name()
            )
        });
        let warnings: Vec<String> = of_before.into_iter().chain(self.left_behind()).collect();
        (!warnings.is_empty()).then(|| warnings.join("; "))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::scheme::address::Address;
    use crate::scheme::party::PartyPublic;
    use medshare_crypto::kp_abe::DomainSecret;
    use medshare_crypto::seal::SealingSecretKey;
    use medshare_crypto::seal::classical::ClassicalPublicKey;
    use medshare_crypto::sign::SigningKey;
    use rand_core::OsRng;

    #[test]
    fn holders_of_before_stay_what_they_are_and_keep_their_place() {
        let key =
            DomainKey { secret: DomainSecret::generate("alice".parse().unwrap(), &mut OsRng), written: 1, raised: 0 };
        let holder = |sealing| PartyPublic { verifying: SigningKey::generate(&mut OsRng).verifying_key(), sealing };
        let of_before = || holder(Address::OfBefore(ClassicalPublicKey::from_bytes([9; 32])));
        let hybrid = || holder(Address::Hybrid(SealingSecretKey::generate(&mut OsRng).public_key()));
        let issued = |(number, holder)| Issued {
            id: [number; 32],
            holder,
            policy: "allergies@alice".parse().unwrap(),
            versions: Versions::new(),
        };
        let issued = [(1, hybrid()), (2, of_before()), (3, hybrid()), (4, of_before())].map(issued);
        let (under_way, in_force, lines) = (None, Versions::new(), Vec::new());
        let register =
            Register { issued: issued.into(), under_way, in_force, lines, written: Some(1), is_of_now: true };
        let read = KEYS.read(&TextFile::parse("register", &register.text(&key).unwrap(), REGISTER).unwrap()).unwrap();
        let told = |issued: &[Issued]| -> Vec<_> {
            issued.iter().map(|one| (one.id, one.holder.clone(), one.policy.to_string())).collect()
        };
        assert_eq!(told(&read), told(&register.issued));
    }
}
