//! What every command is given: the network's genesis, the nodes, the form of the answer.

use crate::file_kind::told_apart;
use crate::hung;
use crate::names::{UNKNOWN_DATASET, UNKNOWN_OWNER};
use crate::setting::{self, Name, Setting, Source};
use crate::told::Told;
use clap::Args;
use medshare_agent::client::{CertificateAuthority, NodeClient, NodeUrl, NodeUrlError};
use medshare_cli_terminal::{Exit, Failure, io_words, shell};
use medshare_genesis::file;
use medshare_ledger::facts::NetworkFacts;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

const HEADING: &str = "Options of every command";

/// Options of every command.
#[derive(Debug, Args)]
pub struct GlobalArgs {
    /// Genesis file of the network: what is verified is verified against it. Else MEDSHARE_GENESIS, else `medshare config`.
    #[arg(help_heading = HEADING, long, global = true, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// Address of a node, such as http://127.0.0.1:27002; several are tried in turn. Else MEDSHARE_NODE, else `medshare config`.
    #[arg(help_heading = HEADING, long = "node", global = true, value_name = "URL", value_delimiter = ',')]
    nodes: Vec<NodeUrl>,
    /// Certificate (PEM) that the nodes' HTTPS certificates must come from, instead of the public authorities. Else MEDSHARE_CA, else
    /// `medshare config`.
    #[arg(help_heading = HEADING, long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Print one JSON document; errors as {"error":{"code","message","hint","details"}} on standard error.
    #[arg(help_heading = HEADING, long, global = true)]
    json: bool,
}

/// What every command is given.
#[derive(Debug)]
pub struct Context {
    args: GlobalArgs,
    /// The nodes that this command asks, once it does.
    asked: OnceCell<NodeClient>,
    /// Where its key comes from, once it uses one.
    key: OnceCell<Source>,
}

impl Context {
    /// The context of these options.
    pub const fn new(args: GlobalArgs) -> Self {
        Self { args, asked: OnceCell::new(), key: OnceCell::new() }
    }

    /// Whether the answer is for machines.
    pub const fn json(&self) -> bool {
        self.args.json
    }

    /// What was typed of these options, to stand in a command that is printed to be typed next: what comes from elsewhere need not be.
    pub fn typed(&self) -> String {
        let path = |option: &str, path: Option<&PathBuf>| path.map(|path| format!(" --{option} {}", shell::path(path)));
        let nodes: Vec<String> = self.args.nodes.iter().map(ToString::to_string).collect();
        let nodes = (!nodes.is_empty()).then(|| format!(" --node {}", shell::word(&nodes.join(","))));
        let all = [path("genesis", self.args.genesis.as_ref()), nodes, path("ca", self.args.ca.as_ref())];
        all.into_iter().flatten().collect()
    }

    /// The network, from its genesis file.
    ///
    /// # Errors
    /// When no genesis is named, or it is not valid.
    pub fn facts(&self) -> Result<NetworkFacts, Failure> {
        let path = setting::path(Name::Genesis, self.args.genesis.as_deref())?;
        let path = path.ok_or_else(|| setting::missing(Name::Genesis))?;
        genesis_of(&path.value).map_err(|failure| path.source.of(failure))
    }

    /// The network, where a genesis is named.
    ///
    /// # Errors
    /// When the genesis that is named is not valid.
    pub fn facts_if_named(&self) -> Result<Option<NetworkFacts>, Failure> {
        let is_named = setting::path(Name::Genesis, self.args.genesis.as_deref())?.is_some();
        if is_named { self.facts().map(Some) } else { Ok(None) }
    }

    /// Notes where the key comes from that this command uses.
    pub fn uses_key(&self, source: &Source) {
        drop(self.key.set(source.clone()));
    }

    /// The nodes; where a genesis is named, those of its network, and no others.
    ///
    /// # Errors
    /// When none is named, or the genesis that is cannot be read.
    pub fn node(&self) -> Result<NodeClient, Failure> {
        let nodes = self.nodes()?.ok_or_else(|| setting::missing(Name::Node))?;
        self.client(nodes.value)
    }

    fn client(&self, nodes: Vec<NodeUrl>) -> Result<NodeClient, Failure> {
        let client = self.client_of_any(nodes)?;
        if client.nodes().len() > 1 {
            client.avoid(&hung::lately());
        }
        drop(self.asked.set(client.clone()));
        let Some(path) = setting::path(Name::Genesis, self.args.genesis.as_deref())? else { return Ok(client) };
        let genesis = file::load(&path.value).map_err(|error| path.source.of(error.told()))?;
        Ok(client.of_network(genesis.network_id()))
    }

    fn client_of_any(&self, nodes: Vec<NodeUrl>) -> Result<NodeClient, Failure> {
        let Some(path) = setting::path(Name::Ca, self.args.ca.as_deref())? else {
            return NodeClient::new(nodes).map_err(Told::told);
        };
        let authority = certificate_in(&path.value);
        let client = authority.and_then(|authority| NodeClient::with_authority(nodes, &authority).map_err(Told::told));
        client.map_err(|failure| path.source.of(failure))
    }

    /// The nodes that are named, and where.
    fn nodes(&self) -> Result<Option<Setting<Vec<NodeUrl>>>, Failure> {
        if !self.args.nodes.is_empty() {
            return Ok(Some(Setting { value: self.args.nodes.clone(), source: Source::Option }));
        }
        let Some(Setting { value: text, source }) = setting::text(Name::Node)? else { return Ok(None) };
        let wrong = |error: NodeUrlError| source.of(Failure::argument(format!("{text:?} is no node: {error}")));
        let value = text.split(',').map(str::parse).collect::<Result<_, _>>().map_err(wrong)?;
        Ok(Some(Setting { value, source }))
    }

    /// A failure of a command; where it is about nodes, genesis or key that nobody typed, it says who named these.
    pub fn told(&self, failure: Failure) -> Failure {
        match about(&failure) {
            // what cannot be reached is named in the message
            [Name::Node] => match self.source(Name::Node) {
                Some(source) => source.of(failure),
                None => failure,
            },
            names => self.whence(names, failure),
        }
    }

    /// A failure that is about these settings, which says where each comes from that nobody typed.
    pub fn whence(&self, names: &[Name], failure: Failure) -> Failure {
        names.iter().fold(failure, |failure, name| match self.source(*name) {
            Some(source) => source.of_setting(*name, failure),
            None => failure,
        })
    }

    /// Where a setting comes from that this command uses.
    fn source(&self, name: Name) -> Option<Source> {
        let source_of =
            |option: Option<&PathBuf>| Some(setting::path(name, option.map(PathBuf::as_path)).ok()??.source);
        match name {
            // it may be named and not asked
            Name::Node => self.asked.get().and(self.nodes().ok()?).map(|nodes| nodes.source),
            Name::Genesis => source_of(self.args.genesis.as_ref()),
            Name::Ca => source_of(self.args.ca.as_ref()),
            Name::Key => self.key.get().cloned(),
        }
    }

    /// At the end of a command: the next ones need not wait for nodes that this one waited for in vain.
    pub fn remember_hung_nodes(&self) {
        let hung = self.asked.get().map(NodeClient::hung).unwrap_or_default();
        if !hung.is_empty() {
            hung::remember(&hung);
        }
    }

    /// The nodes, where any are named.
    ///
    /// # Errors
    /// As [`Context::node`], but for their absence.
    pub fn node_if_named(&self) -> Result<Option<NodeClient>, Failure> {
        self.nodes()?.map(|nodes| self.client(nodes.value)).transpose()
    }
}

/// The network in a genesis file.
///
/// # Errors
/// When it is none, or states what breaks a rule.
pub fn genesis_of(path: &Path) -> Result<NetworkFacts, Failure> {
    NetworkFacts::new(file::load(path).map_err(Told::told)?).map_err(Told::told)
}

/// The certificate in a file.
///
/// # Errors
/// When it holds none.
pub fn certificate_in(path: &Path) -> Result<CertificateAuthority, Failure> {
    let pem = std::fs::read(path).map_err(|e| {
        let message = format!("cannot read the certificate {}: {}", path.display(), io_words(&e));
        Failure::new(Exit::Failure, "file", message)
    })?;
    CertificateAuthority::from_pem(&pem).map_err(|error| told_apart(error.told(), path, "a certificate file"))
}

/// What a failure is about, besides what was typed. What cannot be read or opened at all says it where it is read.
fn about(failure: &Failure) -> &'static [Name] {
    match failure.code() {
        "unreachable" | "bad-answer" => &[Name::Node],
        // of a package
        "other-network" if failure.exit() == Exit::Verification => &[Name::Genesis],
        "other-network" => &[Name::Node, Name::Genesis],
        "other-node" => &[Name::Node, Name::Key],
        UNKNOWN_OWNER | UNKNOWN_DATASET | "other-terms" | "unknown-node" => &[Name::Genesis],
        "not-an-authority" => &[Name::Key, Name::Genesis],
        "unknown-key" | "not-the-requestor" | "not-an-owner" | "not-yours" | "wrong-key" | "foreign-attribute"
        | "other-generation" => &[Name::Key],
        _ => &[],
    }
}
