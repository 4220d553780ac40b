//! The owner's register: who has which key. Not secret, but nobody else's business.

use std::path::Path;

use anyhow::{Context as _, bail};
use medshare_cli_terminal::whole_file::{write_new, write_over};
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::encoding::DecodeError;
use medshare_crypto::kp_abe::{DomainPublic, LabelPublic};
use medshare_crypto::policy::AttributeName;
use zeroize::Zeroizing;

use super::in_force::Versions;
use super::issued::{Issued, Lines};
use super::under_way::{self, UnderWay, label_bytes, label_from_bytes};
use crate::scheme::text_file::{TextFile, text_of};

const REGISTER: &str = "medshare-domain-register: 1";
/// Line with the domain's key, as in its public file: another domain may have its name. Earlier builds wrote the name alone.
const DOMAIN: &str = "domain";
/// Lines with keys that were given out.
const KEYS: Lines = Lines { of_now: "holder", of_before: "key" };

/// Line of a domain that only builds had whose revocations give nothing away: the number of their letters,
/// [`KEYS_UPDATE`](super::update::KEYS_UPDATE). `domain create` writes it, and nothing else: what one of before gave away, no later one takes back.
const SINCE: &str = "keys-update";
const SINCE_NUMBER: [u8; 1] = [2];

/// Line of a register that knows which versions are in force: one for each label, [`IN_FORCE`], and one for each label of each key, [`KEY_AT`].
const KNOWS: &str = "knows-in-force";
const KNOWS_NUMBER: [u8; 1] = [1];
/// Line with the version in force of a label: `u32 version ‖ label`.
const IN_FORCE: &str = "in-force";
/// Line with the version of a label that a key has: `id (32) ‖ u32 version ‖ label`.
const KEY_AT: &str = "key-at";

/// Who has which key of a domain.
pub struct Register {
    pub issued: Vec<Issued>,
    /// A revocation that may stand in part only.
    pub under_way: Option<UnderWay>,
    /// The version in force of each label; what a revocation that is under way raises has its new one.
    pub in_force: Versions,
    /// Whether it is known, so that no public file needs to be believed.
    pub knows_in_force: bool,
    /// Whether no build of before had the domain.
    is_of_now: bool,
}

/// Makes the register of a new domain, of which no key was given out yet.
pub fn make(path: &Path, domain: &DomainPublic, labels: &[LabelPublic]) -> anyhow::Result<()> {
    let in_force = labels.iter().map(|label| (label.label().clone(), label.version())).collect();
    let register = Register { issued: Vec::new(), under_way: None, in_force, knows_in_force: true, is_of_now: true };
    write_new(path, &register.text(domain))
}

/// What a register shows of the domain that it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// It has the domain's key, or no key was given out by it.
    ThisDomain,
    /// It is of a domain of this name: an earlier build made it. Nothing in it tells which, if there are two.
    NameAlone,
    /// It is another domain's.
    AnotherDomain,
}

/// Reads the register of a domain.
///
/// One that is not there is refused: with a name that was mistyped, a key would get into a register where its revocation is not looked for.
/// So is one that may be another domain's, and of which its owner does not say that it is this one's: written by this one, it would be lost
/// to the one that gave the keys out.
pub fn read(path: &Path, domain: &DomainPublic, is_said_to_be_its: bool) -> anyhow::Result<Register> {
    if !path.exists() {
        let message = format!("there is no register {}", path.display());
        let hint = "`medshare domain create` made it, as NAME.register beside the key file; of a domain of an earlier build that gave out no key \
                    yet, it is a file with the one line `medshare-domain-register: 1`";
        bail!(Failure::new(Exit::Failure, "no-register", message).hint(hint));
    }
    let file = TextFile::read(path, REGISTER)?.only(&[
        DOMAIN,
        SINCE,
        KNOWS,
        IN_FORCE,
        KEY_AT,
        KEYS.of_now,
        KEYS.of_before,
        under_way::KEYS.of_now,
        under_way::KEYS.of_before,
        under_way::RAISED,
    ])?;
    let register = parse(&file)?;
    match shown(&file, &register.issued, domain) {
        Shown::ThisDomain => Ok(register),
        Shown::NameAlone if is_said_to_be_its => Ok(register),
        Shown::NameAlone => {
            let (path, name) = (path.display(), domain.name());
            let message = format!("{path} does not say of which domain {name} it is: an earlier build made it");
            let hint = "where keys of this very domain were given out by it, --own-register says so, once; if there is another domain of that \
                        name, make sure that it is not that one's, which could revoke none of its keys any more";
            Err(Failure::new(Exit::Key, "unknown-domain", message).hint(hint).into())
        }
        Shown::AnotherDomain => {
            let message = format!("{} is another domain's register than that of {}", path.display(), domain.name());
            Err(Failure::new(Exit::Key, "other-domain", message).into())
        }
    }
}

fn parse(file: &TextFile) -> anyhow::Result<Register> {
    let has = |line| file.entries().any(|found| found == line);
    let (mut issued, mut under_way) = (KEYS.read(file)?, UnderWay::read(file)?);
    for (id, label, version) in file.all(KEY_AT, key_at)? {
        let ending = under_way.iter_mut().flat_map(|under_way| &mut under_way.ending);
        for key in issued.iter_mut().chain(ending).filter(|key| key.id == id) {
            greatest(&mut key.versions, label.clone(), version);
        }
    }
    let mut in_force = Versions::new();
    for (label, version) in file.all(IN_FORCE, label_from_bytes)? {
        greatest(&mut in_force, label, version);
    }
    let knows_in_force = has((KNOWS, KNOWS_NUMBER.as_slice()));
    Ok(Register { issued, under_way, in_force, knows_in_force, is_of_now: has((SINCE, SINCE_NUMBER.as_slice())) })
}

/// Of several lines the greatest counts.
fn greatest(versions: &mut Versions, label: AttributeName, version: u32) {
    let known = versions.entry(label).or_insert(version);
    *known = (*known).max(version);
}

fn key_at(bytes: &[u8]) -> Result<([u8; 32], AttributeName, u32), DecodeError> {
    let (id, rest) = bytes.split_first_chunk::<32>().ok_or(DecodeError::Truncated { what: "key" })?;
    let (label, version) = label_from_bytes(rest)?;
    Ok((*id, label, version))
}

/// What it does not say by the domain's key or name, the labels of the keys tell that were given out.
fn shown(file: &TextFile, issued: &[Issued], domain: &DomainPublic) -> Shown {
    let (name, key) = (domain.name(), domain.to_bytes());
    let named = || file.entries().filter(|(kind, _)| *kind == DOMAIN).map(|(_, line)| line);
    let mut labels = issued.iter().flat_map(|issued| issued.policy.attributes());
    let is_of_name = named().all(|line| line == key || line == name.as_str().as_bytes())
        && labels.all(|label| label.authority() == *name);
    match is_of_name {
        false => Shown::AnotherDomain,
        true if issued.is_empty() || named().any(|line| line == key) => Shown::ThisDomain,
        true => Shown::NameAlone,
    }
}

impl Register {
    /// Writes the register of a domain.
    pub fn write(&self, path: &Path, domain: &DomainPublic) -> anyhow::Result<()> {
        write_over(path, &self.text(domain)).with_context(|| format!("cannot write the register {}", path.display()))
    }

    fn text(&self, domain: &DomainPublic) -> Zeroizing<String> {
        let in_force = self.in_force.iter().map(|(label, version)| (IN_FORCE, label_bytes(label, *version)));
        let ending = self.under_way.iter().flat_map(|under_way| &under_way.ending);
        let versions =
            self.issued.iter().chain(ending).flat_map(|key| key.versions.iter().map(|label| (key.id, label)));
        let versions =
            versions.map(|(id, (label, version))| (KEY_AT, [id.as_slice(), &label_bytes(label, *version)].concat()));
        let keys = self.issued.iter().map(|issued| issued.line(KEYS));
        let under_way = self.under_way.iter().flat_map(UnderWay::lines);
        let lines: Vec<_> = in_force.chain(versions).chain(keys).chain(under_way).collect();
        let lines = lines.iter().map(|(name, line)| (*name, line.as_slice()));
        let since = self.is_of_now.then_some((SINCE, SINCE_NUMBER.as_slice()));
        let knows = self.knows_in_force.then_some((KNOWS, KNOWS_NUMBER.as_slice()));
        text_of(REGISTER, [(DOMAIN, domain.to_bytes().as_slice())].into_iter().chain(since).chain(knows).chain(lines))
    }

    /// Refuses what would give a key out, or encrypt, while a revocation is under way: for versions that it raises, or has raised in part.
    pub fn is_at_rest(&self) -> anyhow::Result<()> {
        self.under_way.as_ref().map_or(Ok(()), |under_way| Err(under_way.broke_off().into()))
    }

    /// What is to be told of a domain of an earlier build that had a label raised: whichever build raised it, the register does not know.
    pub fn warning(&self, domain: &DomainPublic) -> Option<String> {
        let is_raised = self.in_force.values().any(|version| *version > 0);
        (!self.is_of_now && is_raised).then(|| {
            format!(
                "the domain {} is of an earlier build; if one revoked a key, its letters gave away what opens everything in it, also what comes \
                 from now on: `medshare domain create` makes a new one",
                domain.name()
            )
        })
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

    fn of(issued: Vec<Issued>) -> Register {
        Register { issued, under_way: None, in_force: Versions::new(), knows_in_force: true, is_of_now: true }
    }

    #[test]
    fn a_register_is_known_by_the_key_and_one_of_an_earlier_build_by_the_name() {
        let [first, second] = [(); 2].map(|()| DomainSecret::generate("alice".parse().unwrap(), &mut OsRng).public());
        let other = DomainSecret::generate("zoe".parse().unwrap(), &mut OsRng).public();
        let register = |text: &str| TextFile::parse("register", text, REGISTER).unwrap();
        let holder = PartyPublic {
            verifying: SigningKey::generate(&mut OsRng).verifying_key(),
            sealing: Address::Hybrid(SealingSecretKey::generate(&mut OsRng).public_key()),
        };
        let issued = || Issued {
            id: [1; 32],
            holder: holder.clone(),
            policy: "allergies@alice".parse().unwrap(),
            versions: Versions::new(),
        };
        let of_first = register(&of(Vec::new()).text(&first));
        let named = register(&text_of(REGISTER, [(DOMAIN, b"alice".as_slice())]));
        let unnamed = register(&text_of(REGISTER, []));
        let shown_of = |register: &TextFile, issued: &[Issued]| {
            [&first, &second, &other].map(|domain| shown(register, issued, domain))
        };
        use Shown::{AnotherDomain, NameAlone, ThisDomain};
        for keys in [vec![], vec![issued()]] {
            assert_eq!(shown_of(&of_first, &keys), [ThisDomain, AnotherDomain, AnotherDomain]);
        }
        assert_eq!(shown_of(&named, &[]), [ThisDomain, ThisDomain, AnotherDomain]);
        assert_eq!(shown_of(&unnamed, &[]), [ThisDomain; 3]);
        for register in [named, unnamed] {
            assert_eq!(
                shown_of(&register, &[issued()]),
                [NameAlone, NameAlone, AnotherDomain],
                "nothing tells the two apart"
            );
        }
    }

    #[test]
    fn holders_of_before_stay_what_they_are_and_keep_their_place() {
        let domain = DomainSecret::generate("alice".parse().unwrap(), &mut OsRng).public();
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
        let register = of(issued.into());
        let read = KEYS.read(&TextFile::parse("register", &register.text(&domain), REGISTER).unwrap()).unwrap();
        let told = |issued: &[Issued]| -> Vec<_> {
            issued.iter().map(|one| (one.id, one.holder.clone(), one.policy.to_string())).collect()
        };
        assert_eq!(told(&read), told(&register.issued));
    }
}
