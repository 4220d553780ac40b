//! Files of public keys, registrations and issued keys.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::{hand_out_over, read_text};
use medshare_crypto::abe::{
    AttributePublic, AttributeVersion, AuthorityPublic, EncryptError, ProxyKey, PublicKeys, Registration,
    VerifiedRegistration, VersionsInForce,
};
use medshare_crypto::policy::{AttributeName, AuthorityName, Policy};
use zeroize::Zeroizing;

use crate::scheme::failure::{refused, unverified};
use crate::scheme::names;
use crate::scheme::text_file::{TextFile, line_of, text_of};

const PUBLIC: &str = VersionsInForce::FIRST_LINE;
const REGISTRATION: &str = "medshare-abe-registration: 1";
/// First line of a file of issued keys.
pub const ISSUED: &str = "medshare-abe-issued: 1";

/// The text of an authority's public file.
pub fn public_text(authority: &AuthorityPublic, attributes: &[AttributePublic]) -> String {
    let mut text = text_of(PUBLIC, [("authority", authority.to_bytes().as_slice())]).to_string();
    text.extend(attributes.iter().map(attribute_line));
    text
}

fn attribute_line(attribute: &AttributePublic) -> String {
    line_of("attribute", &attribute.to_bytes()).to_string()
}

/// Reads public files together; of an attribute the greatest version counts. Each file is one authority's: what is encrypted for one is never encrypted under
/// the keys of another that has put itself in its place.
pub fn read_public(paths: &[PathBuf]) -> anyhow::Result<PublicKeys> {
    read_those(paths, |_| true, |_| true)
}

/// The same, of which only what rows under this policy are made with is decoded.
pub fn read_public_for(policy: &Policy, paths: &[PathBuf]) -> anyhow::Result<PublicKeys> {
    let attributes: BTreeSet<&AttributeName> = policy.leaves().into_iter().collect();
    let authorities: BTreeSet<AuthorityName> = attributes.iter().map(|attribute| attribute.authority()).collect();
    read_those(paths, |authority| authorities.contains(authority), |attribute| attributes.contains(attribute))
}

fn read_those(
    paths: &[PathBuf],
    of: impl Fn(&AuthorityName) -> bool,
    named: impl Fn(&AttributeName) -> bool,
) -> anyhow::Result<PublicKeys> {
    let mut keys = PublicKeys::new();
    let mut files: Vec<PublicFile> = Vec::with_capacity(paths.len());
    for path in paths {
        let file = PublicFile::read_those(path, &named)?;
        let name = file.authority.name();
        if let Some(other) =
            files.iter().find(|other| other.authority.name() == name && other.authority != file.authority)
        {
            let (one, two) = (other.path.display(), path.display());
            let failure = unverified(format!("{one} and {two} have different keys of {name}"));
            bail!(failure.hint("one of them is older, or by somebody else: name the one that came from the authority"));
        }
        if of(name) {
            keys.add_authority(&file.authority);
        }
        for attribute in &file.versions {
            keys.add_attribute(attribute).with_context(|| path.display().to_string())?;
        }
        files.push(file);
    }
    Ok(keys)
}

/// Which versions of attributes are in force by the same files. For that no key in them is decoded.
pub fn read_in_force(paths: &[PathBuf]) -> anyhow::Result<VersionsInForce> {
    let mut in_force = VersionsInForce::default();
    for path in paths {
        let added = read_text(path).and_then(|text| Ok(in_force.add_file(&text)?));
        if let Err(error) = added {
            // Who reads all of them says it better.
            read_public(paths)?;
            bail!(unverified(format!("{}: {error}", path.display())));
        }
    }
    Ok(in_force)
}

/// The error of a policy that names what no public file has, with what they have: a name may be spelt in another way.
pub fn misspelt(error: EncryptError, public: &[PathBuf]) -> anyhow::Error {
    let attribute = match &error {
        EncryptError::UnknownAttribute { attribute } => attribute,
        EncryptError::UnknownAuthority { authority } => {
            let hint = format!("--public names the public file of {authority}; or is the authority spelt otherwise?");
            return Failure::argument(error.to_string()).hint(hint).into();
        }
    };
    let files = public.iter().filter_map(|path| PublicFile::read(path).ok());
    let of_authority = files.filter(|file| *file.authority().name() == attribute.authority());
    let names: BTreeSet<String> = of_authority
        .flat_map(|file| file.versions().iter().map(|key| key.attribute().to_string()).collect::<Vec<_>>())
        .collect();
    let has = if names.is_empty() { "none".to_owned() } else { names.into_iter().collect::<Vec<_>>().join(", ") };
    let hint = format!(
        "{} has in the public file: {has}; is it spelt so? its authority adds one with `medshare abe authority attribute`, and gives out the file anew",
        attribute.authority()
    );
    Failure::argument(error.to_string()).hint(hint).into()
}

/// The same of an error that may be another.
pub fn perhaps_misspelt(error: anyhow::Error, public: &[PathBuf]) -> anyhow::Error {
    error.downcast().map_or_else(|other| other, |error| misspelt(error, public))
}

/// One authority's public file, which its authority changes.
pub struct PublicFile {
    path: PathBuf,
    authority: AuthorityPublic,
    /// Every version of every attribute, once. What a version was, nodes look up when they move files to the next one.
    versions: Vec<AttributePublic>,
}

impl PublicFile {
    /// Reads a public file.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Self::read_those(path, |_| true)
    }

    /// Reads a public file without the attributes that are not `named`, whose points are not decoded.
    fn read_those(path: &Path, named: impl Fn(&AttributeName) -> bool) -> anyhow::Result<Self> {
        let file = TextFile::read(path, PUBLIC)?.only(&["authority", "attribute"])?;
        let authority = file.one("authority", AuthorityPublic::from_bytes)?;
        let mut public = Self { path: path.to_owned(), authority, versions: Vec::new() };
        let attribute = |bytes: &[u8]| {
            let of = AttributeVersion::of_public_key(bytes)?.attribute;
            let key = if named(&of) { Some(AttributePublic::from_bytes(bytes)?) } else { None };
            Ok((of, key))
        };
        let lines = file.all("attribute", attribute)?;
        public.versions.reserve_exact(lines.len());
        for (of, key) in lines {
            if of.authority() != *public.authority.name() {
                let (path, name) = (path.display(), public.authority.name());
                bail!(unverified(format!("{path} is of the authority {name}, and has a line for {of}")));
            }
            public.versions.extend(key);
        }
        public.versions.sort_by(|one, two| (one.attribute(), one.version()).cmp(&(two.attribute(), two.version())));
        public.versions.dedup();
        for (one, two) in public.versions.iter().zip(public.versions.iter().skip(1)) {
            let (attribute, version) = (one.attribute(), one.version());
            if (attribute, version) == (two.attribute(), two.version()) {
                let path = path.display();
                bail!(unverified(format!("{path} has two different keys of version {version} of {attribute}")));
            }
        }
        Ok(public)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose it is.
    pub fn authority(&self) -> &AuthorityPublic {
        &self.authority
    }

    /// Every version of its attributes.
    pub fn versions(&self) -> &[AttributePublic] {
        &self.versions
    }

    /// Adds a version of an attribute, which is then in force.
    pub fn add(&mut self, attribute: AttributePublic) {
        self.versions.retain(|earlier| *earlier != attribute);
        self.versions.push(attribute);
    }

    /// Writes the file anew, for whoever has its key file's lock.
    pub fn write(&self, lock: &Lock) -> anyhow::Result<()> {
        hand_out_over(&self.path, &public_text(&self.authority, &self.versions), lock)
    }
}

/// The text of a registration file.
pub fn registration_text(registration: &Registration) -> Zeroizing<String> {
    text_of(REGISTRATION, [("registration", registration.to_bytes().as_slice())])
}

/// Reads the registration of somebody who is to be issued something, and checks its proof. The name in it must look like no other.
pub fn read_registration(path: &Path) -> anyhow::Result<VerifiedRegistration> {
    let registration = known_registration(path)?;
    names::check_borne(registration.gid(), &path.display().to_string())?;
    Ok(registration)
}

/// Reads the registration of somebody who was issued something, and checks its proof. Builds before allowed other names.
pub fn known_registration(path: &Path) -> anyhow::Result<VerifiedRegistration> {
    let file = TextFile::read(path, REGISTRATION)?.only(&["registration"])?;
    let context = || format!("{} is not a valid registration", path.display());
    file.one("registration", Registration::from_bytes)?.verify().with_context(context)
}

/// The text of a file of issued keys.
pub fn issued_text<'k>(keys: impl IntoIterator<Item = &'k ProxyKey>) -> Zeroizing<String> {
    let bytes: Vec<Zeroizing<Vec<u8>>> = keys.into_iter().map(ProxyKey::to_bytes).collect();
    text_of(ISSUED, bytes.iter().map(|key| ("key", key.as_slice())))
}

/// Reads files of issued keys together.
pub fn read_issued(paths: &[PathBuf]) -> anyhow::Result<Vec<ProxyKey>> {
    let files = TextFile::read_all(paths, ISSUED)?;
    // Of its final size at once: keys that moved would leave their K' behind.
    let mut keys = Vec::with_capacity(files.iter().map(|file| file.entries().count()).sum());
    for file in files {
        keys.extend(file.only(&["key"])?.all("key", ProxyKey::from_bytes)?);
    }
    if keys.is_empty() {
        bail!(refused("there are no keys in the issued files: everything in them was revoked"));
    }
    Ok(keys)
}
