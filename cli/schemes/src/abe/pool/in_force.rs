//! Whether a set is of the versions that are in force: a file with rows of before would open for whoever was left behind.

use std::cmp::Ordering;

use medshare_crypto::abe::{AttributeVersion, PublicKeys, Rows};

/// How a set stands to the public files, and in which attribute it differs.
#[derive(Debug, PartialEq, Eq)]
pub enum Age {
    InForce,
    /// Of before.
    Earlier(String),
    /// Of versions of which the public files do not know yet.
    Later(String),
}

/// How rows stand to the authorities' keys, among which are those of all their attributes. One attribute that is later counts before one that is earlier.
pub fn age(rows: &Rows, keys: &PublicKeys) -> anyhow::Result<Age> {
    let mut age = Age::InForce;
    for of in rows.versions()? {
        let in_force = keys.version(&of.attribute)?;
        match of.cmp(&in_force) {
            Ordering::Equal => {}
            Ordering::Less => age = Age::Earlier(differs(&of, &in_force)),
            Ordering::Greater => return Ok(Age::Later(differs(&of, &in_force))),
        }
    }
    Ok(age)
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
