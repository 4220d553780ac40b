//! The configuration that goes with a release, for whoever receives it and checks.

use super::{DeidConfig, HierarchyConfig};
use medshare_deid_records::Records;

impl DeidConfig {
    /// What a receiver needs to check `released`: what was required, and what its columns are. Nothing of what was removed: neither names of
    /// columns, nor hierarchies that list values. `reference_year` is the one in which ages were counted.
    #[must_use]
    pub fn travelling(&self, released: &Records, reference_year: Option<i32>) -> DeidConfig {
        let mut config = self.clone();
        config.reference_year = reference_year;
        let Records::Table(table) = released else { return config };
        let is_there = |name: &String| table.column(name).is_some();
        let lists = &mut config.table;
        lists.direct_identifiers.clear();
        for list in [&mut lists.quasi_identifiers, &mut lists.sensitive, &mut lists.keep] {
            list.retain(is_there);
        }
        lists.hierarchies.retain(|name, hierarchy| {
            is_there(name) && !matches!(hierarchy, HierarchyConfig::Rows { .. } | HierarchyConfig::File { .. })
        });
        lists.kinds.retain(|name, _| is_there(name));
        config.weights.retain(|name, _| is_there(name));
        config
    }
}
