//! A network of four nodes, each a process of its own.

use crate::disk::SmallDisk;
use crate::http::get;
use crate::program::{Said, run};
use medshare_exchange::api::{RequestState, RequestStatus};
use medshare_exchange::request::SignedRequest;
use medshare_genesis::config::SourceConfig;
use medshare_genesis::dataset::DataSetText;
use medshare_genesis::file;
use medshare_genesis::generate::{Layout, NetworkPlan, PORTS_PER_NODE, generate, local_parameters};
use medshare_genesis::key_files::Protection;
use medshare_genesis::keys::{AuthorityKeys, NodeKeys, OwnerKeys, StoredKeys as _};
use medshare_ledger::facts::{DataSet, NetworkFacts};
use rand_core::OsRng;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Organisations, one node each; the first owns every data set.
pub const ORGANISATIONS: [&str; 4] = ["NORTH", "SOUTH", "EAST", "WEST"];
/// The data set that has good records.
pub const RECORDS: &str = "records";

/// Longest that anything is waited for.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);
const SEED: u64 = 11;

/// A founded network with the processes of its nodes.
pub struct Network {
    // unmounted before its folder is removed
    pub(crate) disk: Option<SmallDisk>,
    folder: TempDir,
    layout: Layout,
    base_port: u16,
    facts: NetworkFacts,
    pub(crate) processes: [Option<Child>; 4],
    logs: [PathBuf; 4],
    pub(crate) people: usize,
}

/// Waits until something holds.
#[track_caller]
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < LIMIT, "it did not come about that {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A data set that `RESEARCHER@UNIVERSITY` opens, for research, with everything but reading a violation.
pub fn dataset(id: &str) -> DataSetText {
    DataSetText {
        id: id.to_owned(),
        owner: ORGANISATIONS[0].to_owned(),
        record_type: "fhir-r4".to_owned(),
        rules_version: 1,
        policy: "RESEARCHER@UNIVERSITY".to_owned(),
        purposes: vec!["HRESCH".to_owned()],
        research: Some("HMB".to_owned()),
        requires: vec![],
        k: 5,
        permits: vec!["read".to_owned()],
        exempts: vec![],
        lifetime_days: 30,
    }
}

impl Network {
    /// Founds a network whose nodes take the ports from `base_port` on; nothing runs yet.
    pub fn found(base_port: u16, datasets: Vec<DataSetText>) -> Self {
        let folder = tempfile::Builder::new().prefix("medshare-scenario-").tempdir().unwrap();
        let sources = folder.path().join("sources");
        let source = |set: &DataSetText| SourceConfig {
            dataset: set.id.clone(),
            owner: Some(set.owner.clone()),
            folder: sources.join(&set.id),
            deid: None,
        };
        let plan = NetworkPlan {
            name: "scenario".parse().unwrap(),
            organisations: ORGANISATIONS.iter().map(|name| name.parse().unwrap()).collect(),
            authorities: ["UNIVERSITY", "ETHICS"].iter().map(|name| name.parse().unwrap()).collect(),
            sources: datasets.iter().map(source).collect(),
            datasets,
            base_port,
            parameters: local_parameters(),
        };
        let home = folder.path().join("network");
        let facts = generate(&home, &plan, &Protection::InsecurePlaintext, &mut OsRng).unwrap();
        let facts = NetworkFacts::new(facts).unwrap();
        let layout = Layout::new(&home);
        let logs = ORGANISATIONS.map(|name| folder.path().join(format!("{name}.log")));
        let processes = [const { None }; 4];
        let network = Self { disk: None, folder, layout, base_port, facts, processes, logs, people: 0 };
        for set in &plan.datasets {
            std::fs::create_dir_all(network.source(&set.id)).unwrap();
        }
        network.write_cohort(RECORDS, 30);
        network
    }

    /// Founds and starts a network with good records.
    pub fn start(base_port: u16) -> Self {
        let mut network = Self::found(base_port, vec![dataset(RECORDS)]);
        network.start_all();
        network
    }

    /// Address of a path at a node.
    pub fn url(&self, node: usize, path: &str) -> String {
        format!("http://{}{path}", self.authority(node))
    }

    /// Host and port of a node's HTTP interface.
    pub fn authority(&self, node: usize) -> String {
        format!("127.0.0.1:{}", self.base_port + PORTS_PER_NODE * u16::try_from(node).unwrap() + 2)
    }

    /// Runs a command against this network and one of its nodes.
    pub fn medshare<S: Into<OsString>>(&self, node: usize, args: impl IntoIterator<Item = S>) -> Said {
        run(args, &self.environment(&[node]))
    }

    /// What a command is told of this network and some of its nodes.
    pub fn environment(&self, nodes: &[usize]) -> [(&'static str, OsString); 2] {
        let urls: Vec<String> = nodes.iter().map(|node| self.url(*node, "")).collect();
        [("MEDSHARE_GENESIS", self.layout.genesis().into()), ("MEDSHARE_NODE", urls.join(",").into())]
    }

    /// Where a request stands once it has ended.
    #[track_caller]
    pub fn outcome(&self, node: usize, request: &SignedRequest) -> RequestStatus {
        let (hash, owner) = (request.hash(), request.request.owner);
        let url = self.url(node, &format!("/v1/requests/{hash}?wait_ms=5000&owner={owner}"));
        let began = Instant::now();
        loop {
            let status: RequestStatus = get(&url).json();
            if status.state != RequestState::Processing {
                return status;
            }
            assert!(began.elapsed() < LIMIT, "the request does not end: {status:?}");
        }
    }

    /// The network's facts.
    pub fn facts(&self) -> &NetworkFacts {
        &self.facts
    }

    /// A data set as the genesis has it.
    pub fn dataset(&self, id: &str) -> DataSet {
        self.facts.genesis().datasets.iter().find(|set| set.id.as_str() == id).expect("a data set").clone()
    }

    /// Where its files are.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Home of a node.
    pub fn home(&self, node: usize) -> PathBuf {
        self.layout.home(ORGANISATIONS[node])
    }

    /// Keys of the node's owner.
    pub fn owner_keys(&self, node: usize) -> OwnerKeys {
        OwnerKeys::load(&self.layout.owner_key(ORGANISATIONS[node]), None).unwrap()
    }

    /// Keys of a node.
    pub fn node_keys(&self, node: usize) -> NodeKeys {
        NodeKeys::load(&self.home(node).join("keys/node.key"), None).unwrap()
    }

    /// Keys of an authority.
    pub fn authority_keys(&self, name: &str) -> AuthorityKeys {
        AuthorityKeys::load(&self.layout.authority_key(name), None).unwrap()
    }

    /// Folder for the people's files.
    pub fn desk(&self) -> &Path {
        self.folder.path()
    }

    /// Folder with a data set's records.
    pub fn source(&self, dataset: &str) -> PathBuf {
        self.folder.path().join("sources").join(dataset)
    }

    /// Writes a synthetic cohort as a data set's records.
    pub fn write_cohort(&self, dataset: &str, patients: usize) {
        std::fs::create_dir_all(self.source(dataset)).unwrap();
        for (name, bytes) in medshare_deid_cohort::generate(patients, SEED).to_files() {
            std::fs::write(self.source(dataset).join(name), bytes).unwrap();
        }
    }

    /// Files in a node's folder of packages.
    pub fn packages(&self, node: usize) -> Vec<String> {
        let entries = std::fs::read_dir(self.home(node).join("packages")).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    /// What a node wrote to its log.
    pub fn log(&self, node: usize) -> String {
        std::fs::read_to_string(self.log_file(node)).unwrap_or_default()
    }

    /// Has a node write its log to another file from its next start on; tells where it was.
    pub fn log_to(&mut self, node: usize, file: PathBuf) -> PathBuf {
        std::mem::replace(&mut self.logs[node], file)
    }

    pub(crate) fn log_file(&self, node: usize) -> &Path {
        &self.logs[node]
    }
}

/// The facts of a genesis file.
pub fn facts(genesis: &Path) -> NetworkFacts {
    NetworkFacts::new(file::load(genesis).unwrap()).unwrap()
}
