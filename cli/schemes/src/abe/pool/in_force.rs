//! Whether a set is of the versions that are in force: a file with rows of before would open for whoever was left behind.

use medshare_crypto::abe::{Age, AttributeVersion, VersionsInForce};

use super::set::Set;
use super::take::Look;

/// How a set stands to what is in force, among which are all its attributes, and in which attribute it differs.
pub fn look_at(set: Set, in_force: &VersionsInForce) -> anyhow::Result<Look> {
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
