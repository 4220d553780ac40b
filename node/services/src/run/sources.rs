//! Where the records of this node's owners are, as its configuration says, by data set.

use super::error::StartError;
use medshare_deid::DeidConfig;
use medshare_genesis::config::SourceConfig;
use medshare_genesis::toml_file;
use medshare_ledger::facts::GenesisFacts;
use medshare_ledger::id::NodeId;
use medshare_node_processing::prepared_sets::DataSetKey;
use medshare_node_sources::Connector;
use medshare_node_sources::folder::FolderConnector;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// Sources and their de-identification.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) connectors: HashMap<DataSetKey, Arc<dyn Connector>>,
    pub(super) deid_configs: HashMap<DataSetKey, DeidConfig>,
}

impl Sources {
    /// The sources that `config` names for the owners whom this node serves.
    pub(super) fn of(
        sources: &[SourceConfig],
        facts: &GenesisFacts,
        node: NodeId,
        config: &Path,
    ) -> Result<Self, StartError> {
        let mut all = Self::default();
        for source in sources {
            let wrong =
                |reason| StartError::Source { path: config.to_owned(), dataset: source.dataset.clone(), reason };
            let Some(key) = data_set(source, facts, node).map_err(wrong)? else {
                tracing::warn!(dataset = source.dataset, "no owner of this node has the data set of a source");
                continue;
            };
            if let Some(path) = &source.deid {
                all.deid_configs.insert(key.clone(), toml_file::load(path)?);
            }
            let connector: Arc<dyn Connector> = Arc::new(FolderConnector::new(source.folder.clone()));
            if all.connectors.insert(key, connector).is_some() {
                return Err(wrong("two sources are named for it; keep one".to_owned()));
            }
        }
        Ok(all)
    }
}

/// The data set that a source is of.
fn data_set(source: &SourceConfig, facts: &GenesisFacts, node: NodeId) -> Result<Option<DataSetKey>, String> {
    let owners = facts.owners.iter().filter(|owner| owner.node == node);
    let meant = owners.filter(|owner| source.owner.as_ref().is_none_or(|name| name == owner.name.as_str()));
    let has = |owner: &&medshare_ledger::facts::Owner| {
        facts.datasets.iter().any(|set| set.owner == owner.id && set.id.as_str() == source.dataset)
    };
    let meant: Vec<_> = meant.filter(has).collect();
    match (meant.as_slice(), &source.owner) {
        ([owner], _) => Ok(source.dataset.parse().ok().map(|id| (owner.id, id))),
        ([], None) => Ok(None),
        ([], Some(name)) => Err(format!("{name} is no owner whom this node serves and who has it")),
        (several, _) => {
            let names: Vec<&str> = several.iter().map(|owner| owner.name.as_str()).collect();
            Err(format!("{} have one of this name: say whose with owner = \"…\"", names.join(" and ")))
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use medshare_node_chain::testing::Parties;

    fn source(owner: Option<&str>, folder: &str) -> SourceConfig {
        SourceConfig {
            dataset: "cohort".to_owned(),
            owner: owner.map(str::to_owned),
            folder: folder.into(),
            deid: None,
        }
    }

    #[test]
    fn data_sets_of_one_name_are_kept_apart_by_their_owners() {
        let parties = Parties::new();
        let mut facts = parties.facts.genesis().clone();
        let node = parties.node(0);
        let read = |facts: &GenesisFacts, sources: &[SourceConfig]| {
            Sources::of(sources, facts, node, Path::new("config.toml")).map_err(|error| error.to_string())
        };
        let owner = facts.datasets[0].owner;
        let key = |owner| (owner, "cohort".parse().unwrap());
        assert!(read(&facts, &[source(None, "/a")]).unwrap().connectors.contains_key(&key(owner)));
        let twice = read(&facts, &[source(None, "/a"), source(None, "/b")]).err().unwrap();
        assert!(twice.contains("two sources"), "{twice}");

        // A second owner at the same node, with a data set of the same name.
        let other = facts.owners.iter().find(|one| one.id != owner).unwrap().clone();
        facts.owners.iter_mut().filter(|one| one.id == other.id).for_each(|one| one.node = node);
        let mut set = facts.datasets[0].clone();
        set.owner = other.id;
        facts.datasets.push(set);
        let unclear = read(&facts, &[source(None, "/a")]).err().unwrap();
        assert!(unclear.contains("say whose") && unclear.contains(other.name.as_str()), "{unclear}");
        let first = facts.owners.iter().find(|one| one.id == owner).unwrap().name.to_string();
        let both = [source(Some(&first), "/a"), source(Some(other.name.as_str()), "/b")];
        let both = read(&facts, &both).unwrap().connectors;
        assert!(both.len() == 2 && both.contains_key(&key(owner)) && both.contains_key(&key(other.id)));
        let nobody = read(&facts, &[source(Some("nobody"), "/a")]).err().unwrap();
        assert!(nobody.contains("nobody is no owner"), "{nobody}");
    }

    #[test]
    fn a_source_of_a_data_set_that_this_node_does_not_serve_is_not_used() {
        let parties = Parties::new();
        let facts = parties.facts.genesis();
        let sources = Sources::of(&[source(None, "/a")], facts, parties.node(1), Path::new("config.toml")).unwrap();
        assert!(sources.connectors.is_empty());
    }
}
