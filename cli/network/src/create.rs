//! Founding a network with a data set to share.

use crate::founding::{Founding, must_be_empty};
use crate::guessed;
use crate::organisations::names;
use crate::ports::must_be_free;
use anyhow::{Context as _, Result, bail};
use clap::Args;
use medshare_cli_terminal::{Answer, Exit, Failure, counted, note, shell, with_causes};
use medshare_crypto::policy::Policy;
use medshare_deid::{DeidConfig, MIN_K, RecordsError};
use medshare_genesis::config::SourceConfig;
use medshare_genesis::dataset::{DataSetText, can_be_issued};
use medshare_genesis::generate::{GenerateError, Layout, NetworkPlan, generate, local_parameters};
use medshare_genesis::key_files::Protection;
use medshare_genesis::{private, toml_file};
use medshare_ledger::id::Label;
use medshare_node_sources::ConnectorError;
use medshare_node_sources::inspect::{Contents, GuessedRoles, InspectError, inspect};
use rand_core::OsRng;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const COHORT_SEED: u64 = 7;
/// Name of the cohort's folder in the network's.
const SOURCE: &str = "source";

/// What to do with a table that is named otherwise, such as `.tsv`.
const OTHER_TABLES: &str = "a table of text is read where its name ends in .csv, whatever separates its fields: give it such a name, in a folder of its own";
/// What to do with several tables, or tables beside FHIR.
const SEVERAL_TABLES: &str =
    "a data set is one table, or FHIR: put each table into a folder of its own, and found the network on one of them";

/// What to found.
#[derive(Args, Debug, Clone)]
pub struct CreateArgs {
    /// New or empty folder.
    pub folder: PathBuf,
    /// Number of validators, one organisation each; four, which tolerate one that fails, or as many as organisations are named.
    #[arg(long, value_name = "NUMBER")]
    pub validators: Option<usize>,
    /// Organisation that takes part, and the name of its node and its key; may be repeated. The first one owns the data set.
    /// HOSPITAL-A, HOSPITAL-B, CLOUD-C, CLOUD-D and so on stand for those that are not named.
    #[arg(long = "organisation", value_name = "NAME")]
    pub organisations: Vec<String>,
    /// Name of the network.
    #[arg(long, default_value = "local")]
    pub name: String,
    /// First port on loopback; every node takes three, which must be free.
    #[arg(long, default_value_t = 27_000)]
    pub base_port: u16,
    /// Attribute authority; may be repeated.
    #[arg(long = "authority", default_values_t = ["UNIVERSITY".to_owned(), "ETHICS-BOARD".to_owned()])]
    pub authorities: Vec<String>,
    /// Name of the first organisation's data set.
    #[arg(long, default_value = "records")]
    pub dataset: String,
    /// Folder with the data set's records: FHIR R4 NDJSON or one CSV, plain or .gz. They are read through, and a broken line is
    /// named. Without it a synthetic cohort is made.
    #[arg(long, value_name = "FOLDER")]
    pub source: Option<PathBuf>,
    /// De-identification configuration for the source, as `medshare deid plan` proposes one. Without it the roles of a table's columns are
    /// guessed, and printed.
    #[arg(long, value_name = "FILE", requires = "source")]
    pub deid: Option<PathBuf>,
    /// Patients of the synthetic cohort.
    #[arg(long, default_value_t = 200, conflicts_with = "source")]
    pub patients: usize,
    /// Who may open packages: a policy over attributes.
    #[arg(long, default_value = "RESEARCHER@UNIVERSITY AND APPROVED@ETHICS-BOARD")]
    pub policy: String,
    /// Purpose that the data set's terms allow (HL7 ActReason); may be repeated.
    #[arg(long = "purpose", default_values_t = ["HRESCH".to_owned(), "PUBHLTH".to_owned()])]
    pub purposes: Vec<String>,
    /// Anonymity that every package must reach.
    #[arg(long, default_value_t = 5)]
    pub k: u32,
}

/// A founded network.
#[derive(Debug, serde::Serialize)]
pub struct Founded {
    /// Network id.
    pub network: String,
    /// Folder.
    pub folder: PathBuf,
    /// Genesis file.
    pub genesis: PathBuf,
    /// Names of the nodes, which are also the owners' names.
    pub nodes: Vec<String>,
    /// URLs of the nodes, in the same order.
    pub urls: Vec<String>,
    /// Names of the authorities.
    pub authorities: Vec<String>,
    /// Name of the data set.
    pub dataset: String,
    /// What the source holds; absent where a cohort was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Contents>,
}

/// Founds a network; `progress` hears how many bytes of the source are read, of how many. Leaves nothing behind when it fails.
///
/// # Errors
/// When the folder is not empty, an argument is not valid, or no package could be made of the source.
pub fn create(args: &CreateArgs, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Founded> {
    if let Some(source) = args.source.as_ref().filter(|source| !source.is_dir()) {
        let found = if source.exists() { "is a file" } else { "is not there" };
        let expected = "expected the folder with the file in it: .ndjson files or one .csv file";
        let failure = Failure::argument(format!("{} {found}; {expected}", source.display()));
        bail!(if source.exists() { failure.hint(OTHER_TABLES) } else { failure });
    }
    if args.k < MIN_K {
        let message = format!("expected --k of at least {MIN_K}, got {}: a class of one is a person", args.k);
        bail!(Failure::argument(message));
    }
    if args.source.is_none() && args.patients < args.k as usize {
        let expected = format!("expected at least {} patients, got {}", args.k, args.patients);
        bail!(Failure::argument(format!("{expected}: fewer than --k could never leave")));
    }
    let names = names(&args.organisations, args.validators)?;
    let owner = names.first().cloned().context("no validators")?;
    check_policy(args)?;
    let name = label(&args.name)?;
    let organisations = names.iter().map(|n| label(n)).collect::<Result<_>>()?;
    let authorities = args.authorities.iter().map(|n| label(n)).collect::<Result<_>>()?;
    let mut dataset = DataSetText {
        id: args.dataset.clone(),
        owner,
        record_type: "fhir-r4".to_owned(),
        rules_version: 1,
        policy: args.policy.clone(),
        purposes: args.purposes.clone(),
        research: Some("HMB".to_owned()),
        requires: Vec::new(),
        k: args.k,
        permits: vec!["read".to_owned()],
        exempts: vec!["read".to_owned()],
        lifetime_days: 30,
    };
    dataset.check_new().map_err(|wrong| Failure::argument(wrong.to_string()))?;
    let folder = absolute(&args.folder)?;
    // Before the source is read through, which may take a while.
    must_be_empty(&folder)?;
    must_be_free(args.base_port, names.len())?;
    let (source, contents) = match &args.source {
        Some(source) => (absolute(source)?, Some(contents(args, source, progress)?)),
        None => (folder.join(SOURCE), None),
    };
    if let Some(contents) = &contents {
        contents.record_type.clone_into(&mut dataset.record_type);
    }
    let plan = NetworkPlan {
        name,
        organisations,
        authorities,
        datasets: vec![dataset],
        sources: vec![SourceConfig {
            dataset: args.dataset.clone(),
            owner: None,
            folder: source.clone(),
            deid: args.deid.as_deref().map(absolute).transpose()?,
        }],
        base_port: args.base_port,
        parameters: local_parameters(),
    };
    let founding = Founding::begin(&folder)?;
    let facts = founding
        .part(|folder| generate(folder, &plan, &Protection::InsecurePlaintext, &mut OsRng))
        .map_err(unfounded)?;
    if args.source.is_none() {
        write_cohort(&founding, args.patients)?;
    }
    founding.finish()?;
    let layout = Layout::new(&folder);
    Ok(Founded {
        network: facts.network_id().to_string(),
        genesis: layout.genesis(),
        urls: (0..names.len())
            .map(|i| format!("http://127.0.0.1:{}", usize::from(args.base_port) + 3 * i + 2))
            .collect(),
        nodes: names,
        authorities: args.authorities.clone(),
        dataset: args.dataset.clone(),
        source: contents,
        folder,
    })
}

impl Founded {
    /// Prints what was founded.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn print(&self, json: bool) -> Result<ExitCode> {
        Answer::new(self, self.text())?.print(json)?;
        if self.guessed().is_some() {
            note(guessed::WARNING);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What the columns of the source are taken for, where nobody said it.
    #[must_use]
    pub fn guessed(&self) -> Option<&GuessedRoles> {
        self.source.as_ref()?.guessed.as_ref()
    }

    fn text(&self) -> String {
        let source = self.source.as_ref().map(|Contents { record_type, records, subjects, guessed }| {
            let columns = guessed.as_ref().map(guessed::lines).unwrap_or_default();
            let columns = columns.iter().zip(["columns"].into_iter().chain(std::iter::repeat("")));
            let columns: String = columns.map(|(line, head)| format!("{head:<9} {line}\n")).collect();
            let records = counted(*records, "record", "records");
            let subjects = counted(*subjects, "subject", "subjects");
            format!("source    {records} of {subjects}, {record_type}\n{columns}")
        });
        let nodes = self.nodes.iter().zip(&self.urls).map(|(name, url)| format!("node      {name:<12} {url}\n"));
        format!(
            "network   {}\ngenesis   {}\n{}{}keys      {} (not encrypted: this is a network for one machine)\n\n\
             start it  medshare network start {}",
            self.network,
            self.genesis.display(),
            source.unwrap_or_default(),
            nodes.collect::<String>(),
            self.folder.join("keys").display(),
            shell::path(&self.folder)
        )
    }
}

fn unfounded(error: GenerateError) -> anyhow::Error {
    match error {
        GenerateError::Plan { .. } => Failure::argument(error.to_string()).into(),
        other => other.into(),
    }
}

/// A policy of authorities that nobody named could never be satisfied.
fn check_policy(args: &CreateArgs) -> Result<()> {
    let policy = Policy::typed(&args.policy).map_err(|wrong| Failure::argument(format!("--policy: {wrong}")))?;
    let issued = policy.attributes().iter().try_for_each(can_be_issued);
    issued.map_err(|wrong| Failure::argument(format!("--policy: {wrong}")))?;
    let is_unknown = |authority: &String| !args.authorities.contains(authority);
    match policy.attributes().into_iter().map(|attribute| attribute.authority().to_string()).find(is_unknown) {
        None => Ok(()),
        Some(unknown) => {
            let known = args.authorities.join(", ");
            let message = format!("the policy names the authority {unknown}, which is not listed; there are {known}");
            bail!(Failure::argument(message).hint("--authority names others"))
        }
    }
}

fn label(text: &str) -> Result<Label> {
    text.parse().with_context(|| Failure::argument(format!("{text} cannot be a name here")))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("{} is not a path", path.display()))
}

fn contents(args: &CreateArgs, source: &Path, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Contents> {
    let config = match &args.deid {
        None => None,
        Some(path) => Some(toml_file::load::<DeidConfig>(path)?),
    };
    Ok(inspect(source, config.as_ref(), args.k, progress).map_err(unread)?)
}

/// Why a source cannot be shared, with what to do where its files have other names, or are too many.
fn unread(error: InspectError) -> Failure {
    let failure = Failure::new(Exit::Failure, "source", with_causes(&error));
    match error {
        InspectError::Connector(ConnectorError::Empty { .. }) => failure.hint(OTHER_TABLES),
        InspectError::Connector(ConnectorError::Records { source: RecordsError::Mixed { .. }, .. }) => {
            failure.hint(SEVERAL_TABLES)
        }
        _ => failure,
    }
}

/// Under the name that the first node's configuration has already.
fn write_cohort(founding: &Founding, patients: usize) -> Result<()> {
    let source = |folder: &Path| folder.join(SOURCE);
    founding.part(|folder| private::create_folder(&source(folder))).context("cannot create the cohort's folder")?;
    for (name, bytes) in medshare_deid_cohort::generate(patients, COHORT_SEED).to_files() {
        founding
            .part(|folder| private::write(&source(folder).join(&name), &bytes))
            .with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}
