//! Founding a network on one machine: keys for everybody, a genesis, a home for each node.

use crate::config::{ConfigError, NodeConfig, PeerConfig, SourceConfig};
use crate::dataset::{DataSetError, DataSetText};
use crate::file;
use crate::key_files::{KeyError, Protection};
use crate::keys::{AuthorityKeys, NodeKeys, OwnerKeys, StoredKeys as _};
use crate::private;
use medshare_ledger::facts::{Authority, GenesisFacts, Owner, Parameters};
use medshare_ledger::id::Label;
use medshare_ledger::validator::Validator;
use rand_core::{CryptoRng, RngCore};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

pub use crate::layout::Layout;

/// Ports that each node takes, counting from its first.
pub const PORTS_PER_NODE: u16 = 3;

/// What to found.
#[derive(Clone, Debug)]
pub struct NetworkPlan {
    /// Name of the network.
    pub name: Label,
    /// One organisation a validator; each is also a data owner.
    pub organisations: Vec<Label>,
    /// Names of the attribute authorities.
    pub authorities: Vec<Label>,
    /// Data sets, whose owners are among the organisations.
    pub datasets: Vec<DataSetText>,
    /// Folder of each data set's records, where it is known.
    pub sources: Vec<SourceConfig>,
    /// First port on loopback; each node takes [`PORTS_PER_NODE`].
    pub base_port: u16,
    /// Parameters.
    pub parameters: Parameters,
}

/// Parameters for a local network.
#[must_use]
pub const fn local_parameters() -> Parameters {
    Parameters {
        target_bits: 8,
        target_time_ms: 250,
        propose_timeout_ms: 800,
        max_side_blocks: 10_000,
        max_lease_ms: 24 * 60 * 60 * 1000,
        max_clock_drift_ms: 10_000,
    }
}

/// Why a network could not be founded.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    /// The folder holds something already.
    #[error("{} is not empty; choose another folder", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A folder or file cannot be written.
    #[error("cannot create {}", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The plan contradicts itself.
    #[error("the network cannot be founded like this: {reason}")]
    Plan {
        /// What contradicts.
        reason: String,
    },
    /// A key file cannot be written.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A configuration file cannot be written.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// What stands in the file that lets a node begin a ledger.
const FOUNDING: &[u8] =
    b"With this file the node begins a ledger where there is none, once: it removes the file before it stores the first
height. Do not copy it, back it up or bring it back: a network that is founded again under its old keys has two ledgers.
";

struct Node {
    name: Label,
    keys: NodeKeys,
    peer: PeerConfig,
    http_listen: SocketAddr,
}

/// Removes what [`generate`] made in a folder that was empty or not there, as far as it came.
///
/// # Errors
/// [`GenerateError::Io`] with what cannot be removed.
fn withdraw(folder: &Path, was_there: bool) -> Result<(), GenerateError> {
    let layout = Layout::new(folder);
    let gone = |path: PathBuf, removed: std::io::Result<()>| match removed {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(GenerateError::Io { path, source }),
        _ => Ok(()),
    };
    for made in [layout.nodes(), layout.keys()] {
        let removed = std::fs::remove_dir_all(&made);
        gone(made, removed)?;
    }
    let removed = std::fs::remove_file(layout.genesis());
    gone(layout.genesis(), removed)?;
    if was_there {
        return Ok(());
    }
    gone(folder.to_owned(), std::fs::remove_dir(folder))
}

/// Founds a network in an empty or new folder: genesis, node homes, keys of owners and authorities. Leaves nothing behind when it fails.
///
/// # Errors
/// [`GenerateError`] when the folder is not empty, the plan contradicts itself or a file cannot be written.
pub fn generate(
    folder: &Path,
    plan: &NetworkPlan,
    protection: &Protection,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<GenesisFacts, GenerateError> {
    if std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(GenerateError::NotEmpty { path: folder.to_owned() });
    }
    let nodes = allocate(plan, rng)?;
    let (owners, owner_keys): (Vec<Owner>, Vec<OwnerKeys>) = nodes.iter().map(|n| found_owner(n, rng)).unzip();
    let founded: Result<Vec<_>, _> = plan.authorities.iter().map(|name| found_authority(name, rng)).collect();
    let (authorities, authority_keys): (Vec<Authority>, Vec<AuthorityKeys>) = founded?.into_iter().unzip();
    let facts = facts(plan, &nodes, owners, authorities)?;
    plan.sources.iter().try_for_each(|source| owner_of(plan, source).map(drop))?;
    let layout = Layout::new(folder);
    let was_there = folder.exists();
    let mut write = || -> Result<(), GenerateError> {
        let io = |source| GenerateError::Io { path: folder.to_owned(), source };
        private::create_shared_folder(folder).map_err(io)?;
        for sub in [layout.nodes(), layout.owner_keys(), layout.authority_keys()] {
            create(&sub)?;
        }
        for (name, keys) in plan.authorities.iter().zip(&authority_keys) {
            keys.save(&layout.authority_key(name.as_str()), protection, rng)?;
        }
        for (node, keys) in nodes.iter().zip(&owner_keys) {
            keys.save(&layout.owner_key(node.name.as_str()), protection, rng)?;
        }
        file::save(&layout.genesis(), &facts)?;
        nodes.iter().try_for_each(|node| write_home(&layout, plan, &facts, node, &nodes, protection, rng))
    };
    if let Err(error) = write() {
        // The first reason is the one to tell.
        drop(withdraw(folder, was_there));
        return Err(error);
    }
    Ok(facts)
}

fn allocate(plan: &NetworkPlan, rng: &mut (impl CryptoRng + RngCore)) -> Result<Vec<Node>, GenerateError> {
    let bad = |reason: &str| GenerateError::Plan { reason: reason.to_owned() };
    plan.organisations
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let keys = NodeKeys::generate(rng);
            let keypair = keys.network_keypair().ok_or_else(|| bad("a network key is not usable"))?;
            let offset = u16::try_from(i).ok().and_then(|i| i.checked_mul(PORTS_PER_NODE));
            let port = offset
                .and_then(|o| plan.base_port.checked_add(o))
                .filter(|p| p.checked_add(PORTS_PER_NODE).is_some())
                .ok_or_else(|| bad("its ports go past 65535; choose a lower base port"))?;
            let address = |p: u16| format!("/ip4/127.0.0.1/tcp/{p}");
            let http_listen = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port + 2);
            Ok(Node {
                name: name.clone(),
                http_listen,
                peer: PeerConfig {
                    name: name.to_string(),
                    node: keys.id().to_string(),
                    peer_id: keypair.public().to_peer_id().to_string(),
                    consensus: address(port),
                    exchange: address(port + 1),
                    http: format!("http://{http_listen}"),
                },
                keys,
            })
        })
        .collect()
}

/// Whose data set a source holds: names of data sets are unique under their owner only.
fn owner_of<'a>(plan: &'a NetworkPlan, source: &SourceConfig) -> Result<&'a str, GenerateError> {
    let is_meant =
        |set: &&DataSetText| set.id == source.dataset && source.owner.as_ref().is_none_or(|owner| *owner == set.owner);
    let mut meant = plan.datasets.iter().filter(is_meant).map(|set| set.owner.as_str());
    match (meant.next(), meant.next()) {
        (Some(owner), None) => Ok(owner),
        (None, _) => Err(GenerateError::Plan {
            reason: format!("a source is named for {}, which is no data set", source.dataset),
        }),
        (Some(one), Some(other)) => Err(GenerateError::Plan {
            reason: format!("{one} and {other} both have a data set {}; its source names the owner", source.dataset),
        }),
    }
}

fn found_owner(node: &Node, rng: &mut (impl CryptoRng + RngCore)) -> (Owner, OwnerKeys) {
    let keys = OwnerKeys::generate(rng);
    let owner =
        Owner { id: keys.id(), name: node.name.clone(), key: keys.signing.verifying_key(), node: node.keys.id() };
    (owner, keys)
}

fn found_authority(
    name: &Label,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(Authority, AuthorityKeys), GenerateError> {
    let keys = AuthorityKeys::generate(name, rng)
        .ok_or_else(|| GenerateError::Plan { reason: format!("{name} cannot name an authority") })?;
    let authority =
        Authority { name: name.clone(), key: keys.signing.verifying_key(), public: keys.secret.public().to_bytes() };
    Ok((authority, keys))
}

fn facts(
    plan: &NetworkPlan,
    nodes: &[Node],
    owners: Vec<Owner>,
    authorities: Vec<Authority>,
) -> Result<GenesisFacts, GenerateError> {
    let facts = GenesisFacts {
        name: plan.name.clone(),
        validators: nodes
            .iter()
            .map(|n| Validator {
                id: n.keys.id(),
                key: n.keys.signing.verifying_key(),
                sealing_key: n.keys.sealing.public_key(),
                organisation: n.name.clone(),
            })
            .collect(),
        owners,
        authorities,
        datasets: Vec::new(),
        parameters: plan.parameters.clone(),
        permissions_contract: medshare_crypto::hash::sha256(medshare_contract_host::PERMISSIONS_WASM),
        usage_contract: medshare_crypto::hash::sha256(medshare_contract_host::USAGE_WASM),
    };
    for dataset in &plan.datasets {
        let wrong = |wrong: DataSetError| GenerateError::Plan { reason: format!("data set {}: {wrong}", dataset.id) };
        dataset.check_new().map_err(wrong)?;
    }
    let mut text = file::GenesisText::of_facts(&facts);
    text.datasets.clone_from(&plan.datasets);
    let facts = text.to_facts().map_err(|wrong| GenerateError::Plan { reason: wrong.to_string() })?;
    facts.validate().map_err(|e| GenerateError::Plan { reason: e.to_string() })?;
    Ok(facts)
}

fn write_home(
    layout: &Layout,
    plan: &NetworkPlan,
    facts: &GenesisFacts,
    node: &Node,
    nodes: &[Node],
    protection: &Protection,
    rng: &mut (impl CryptoRng + RngCore),
) -> Result<(), GenerateError> {
    let home = layout.home(node.name.as_str());
    let owned = |source: &&SourceConfig| owner_of(plan, source).is_ok_and(|owner| owner == node.name.as_str());
    let config = NodeConfig {
        name: node.name.to_string(),
        consensus_listen: node.peer.consensus.clone(),
        exchange_listen: node.peer.exchange.clone(),
        http_listen: node.http_listen,
        tls: None,
        http: Default::default(),
        peers: nodes.iter().filter(|n| n.name != node.name).map(|n| n.peer.clone()).collect(),
        sources: plan.sources.iter().filter(owned).cloned().collect(),
        admission_policies: None,
    };
    create(&home.join("keys"))?;
    config.save(&home.join("config.toml"))?;
    file::save_private(&home.join("genesis.toml"), facts)?;
    node.keys.save(&home.join("keys").join("node.key"), protection, rng)?;
    let founding = home.join("keys").join("founding");
    private::write(&founding, FOUNDING).map_err(|source| GenerateError::Io { path: founding, source })
}

fn create(folder: &Path) -> Result<(), GenerateError> {
    private::create_folder(folder).map_err(|source| GenerateError::Io { path: folder.to_owned(), source })
}

#[cfg(test)]
pub(crate) mod tests;
