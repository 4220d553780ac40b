//! What was lost, or found, by place.

use std::collections::BTreeMap;

use crate::category::Category;
use medshare_deid_records::fhir::{Model, TypeId};

/// Counts by place and kind.
#[derive(Debug, Default)]
pub(super) struct Losses {
    elements: BTreeMap<(TypeId, usize, Category), u64>,
    others: BTreeMap<(String, Category), u64>,
}

impl Losses {
    /// One more in an element.
    pub(super) fn element(&mut self, owner: TypeId, position: usize, kind: Category) {
        *self.elements.entry((owner, position, kind)).or_default() += 1;
    }

    /// Those of a structure of this type.
    pub(super) fn structure(&mut self, owner: TypeId, lost: &[(&'static str, Category)]) {
        let Some(model) = Model::r4().get(owner) else { return };
        for (name, kind) in lost {
            match model.position(name) {
                Some(position) => self.element(owner, position, *kind),
                None => self.other(format!("{}.{name}", model.name), *kind),
            }
        }
    }

    /// One more elsewhere.
    pub(super) fn other(&mut self, place: String, kind: Category) {
        *self.others.entry((place, kind)).or_default() += 1;
    }

    /// Place, kind and how often.
    pub(super) fn list(&self) -> Vec<(String, Category, u64)> {
        let model = Model::r4();
        let elements = self.elements.iter().filter_map(|((owner, position, kind), count)| {
            let owner = model.get(*owner)?;
            Some((format!("{}.{}", owner.name, owner.element(*position)?.name), *kind, *count))
        });
        let others = self.others.iter().map(|((place, kind), count)| (place.clone(), *kind, *count));
        elements.chain(others).collect()
    }
}
