//! What a set is good for: whether it is of the versions that are in force, since a file with rows of before would open for whoever was left behind.

use std::io::{self, ErrorKind};
use std::path::Path;

use medshare_cli_terminal::with_causes;
use medshare_crypto::abe::{Age, AttributeVersion, VersionsInForce};
use medshare_crypto::letter::LetterError;
use medshare_crypto::policy::Policy;

use super::prefix;
use super::set::Set;
use crate::scheme::party::Party;

/// How a set turns out when it is looked at.
pub enum Look {
    Usable(Set),
    /// Somebody else took it.
    Gone,
    /// Another party owns it.
    Others,
    /// It is of versions of before, and why that shows.
    Earlier(String),
    /// It is of versions of which the public files do not know.
    Later(String),
    /// It serves no file, and why.
    Useless(String),
}

/// Looks at a set; whether for a policy, and of versions in force, where these are given.
pub fn look(
    path: &Path,
    party: &Party,
    policy: Option<&Policy>,
    in_force: Option<&VersionsInForce>,
) -> anyhow::Result<Look> {
    let named = path.file_name().unwrap_or_default().to_string_lossy();
    let error = match Set::read(path, party) {
        Ok(set) => {
            let of = set.rows.policy_hash();
            return if !named.starts_with(&prefix(of)) || policy.is_some_and(|policy| of != policy.hash()) {
                Ok(Look::Useless("it is for another policy than its name says".to_owned()))
            } else if set.shares.len() < 2 {
                let why = "it was made by one organisation alone, which would know the key of the file";
                Ok(Look::Useless(why.to_owned()))
            } else if let Some(in_force) = in_force {
                look_at(set, in_force)
            } else {
                Ok(Look::Usable(set))
            };
        }
        Err(error) => error,
    };
    if error.downcast_ref() == Some(&LetterError::OtherSender) {
        return Ok(Look::Others);
    }
    match error.chain().find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind) {
        Some(ErrorKind::NotFound) => Ok(Look::Gone),
        // A disk that fails says nothing of the set.
        Some(kind) if kind != ErrorKind::InvalidData => Err(error),
        _ => Ok(Look::Useless(with_causes(error.as_ref()))),
    }
}

/// How a set stands to what is in force, among which are all its attributes, and in which attribute it differs.
fn look_at(set: Set, in_force: &VersionsInForce) -> anyhow::Result<Look> {
    Ok(match in_force.age(&set.versions)? {
        Age::InForce => Look::Usable(set),
        Age::Earlier { of, in_force } => Look::Earlier(differs(&of, &in_force)),
        Age::Later { of, in_force } => Look::Later(differs(&of, &in_force)),
    })
}

fn differs(of: &AttributeVersion, in_force: &AttributeVersion) -> String {
    let AttributeVersion { attribute, version, .. } = of;
    if of.generation != in_force.generation {
        let authority = attribute.authority();
        return format!(
            "its rows for {attribute} are of other keys of {authority} than its public file, which changed them"
        );
    }
    format!("its rows for {attribute} are of version {version}, and the public file has version {}", in_force.version)
}
