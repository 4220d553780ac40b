//! The public keys by which a dispute is judged. Nobody signs them: whoever judges says whose they are.

use std::collections::BTreeMap;

use super::DisputeError;
use crate::abe::row::Row;
use crate::abe::{AttributePublic, AttributeVersion, AuthorityPublic};
use crate::policy::AttributeName;

/// An authority's public keys.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The authority's.
    pub authority: &'a AuthorityPublic,
    /// Those of its attributes, of several versions each.
    pub attributes: &'a [AttributePublic],
}

/// Refuses public keys of which two stand in one place: which of them counts, nobody but the authority says.
pub(super) fn no_two_keys(published: &[Published<'_>]) -> Result<(), DisputeError> {
    let (mut authorities, mut attributes) = (BTreeMap::new(), BTreeMap::new());
    for Published { authority, attributes: keys } in published {
        let place = (authority.name(), authority.generation());
        if *authorities.entry(place).or_insert(*authority) != *authority {
            return Err(DisputeError::TwoKeys { of: authority.name().to_string() });
        }
        for key in *keys {
            if *attributes.entry(&key.of).or_insert(key) != key {
                let AttributeVersion { attribute, version, .. } = &key.of;
                return Err(DisputeError::TwoKeys { of: format!("version {version} of {attribute}") });
            }
        }
    }
    Ok(())
}

/// P_u of the row's generation and version.
pub(super) fn published_point(
    attribute: &AttributeName,
    row: &Row,
    published: &[Published<'_>],
) -> Result<AttributePublic, DisputeError> {
    let is_rows = |key: &&AttributePublic| {
        (&key.of.attribute, key.of.generation, key.of.version) == (attribute, row.generation, row.version)
    };
    let of_generation = published.iter().filter(|published| {
        *published.authority.name() == attribute.authority() && published.authority.generation() == row.generation
    });
    let found = of_generation.flat_map(|published| published.attributes).find(is_rows).cloned();
    found.ok_or_else(|| DisputeError::Unpublished { attribute: attribute.clone(), version: row.version })
}
