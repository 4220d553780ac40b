//! `medshare abe dispute …`: who was wrong when a node's answer opens nothing.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::{must_be_new, write_new};
use medshare_crypto::abe::{
    Dispute, DisputeError, Factor, Finding, ProxyKeys, Published, Verdict, VerifiedRegistration,
};
use medshare_crypto::abe_file::{FileCapsule, OwnersHeader};
use medshare_crypto::sign::VerifyingKey;
use rand_core::OsRng;
use serde_json::json;

use super::authority_key::AuthorityKey;
use super::bundle::{PublicFile, known_registration, read_issued};
use super::origin::OwnersArgs;
use super::transform_file::TransformFile;
use crate::scheme::failure::refused;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::stored::read_header;
use crate::scheme::text_file::{TextFile, text_of};

/// With 1, factors and verdicts were about the rows of an answer, and not about the answer.
const FACTORS: &str = "medshare-abe-factors: 2";
const VERDICT: &str = "medshare-abe-verdict: 2";

#[derive(Debug, Subcommand)]
pub enum DisputeAction {
    /// The node's part: sign, for each authority of the policy, which part of the answer comes of that authority's keys.
    ///
    /// Only the node that gave the answer does it, with the keys that it answered with: with others nothing is signed. The factors multiply to the answer,
    /// and open nothing without the user's key.
    Factors(FactorsArgs),
    /// The authority's part: prove whether its factor is right.
    ///
    /// It computes the right factor from its own key, and shows it to nobody: what it gives out is one bit, and a proof of it that anybody
    /// checks with its public file. It cannot prove what is not so.
    Verdict(VerdictArgs),
    /// Anybody's part: find out who was wrong.
    ///
    /// It needs the node's factors, and a verdict by each authority whose attributes the answer used. Where the node used rows that do not satisfy the policy, misread the
    /// header, or signed factors that are not its answer's, that shows without verdicts. The authorities' public files are the measure: take them from
    /// the authorities. If everybody was right, the file was made so that nothing opens it, and its owner signed it.
    Judge(JudgeArgs),
}

/// What is in dispute.
#[derive(Debug, Args)]
struct Disputed {
    /// The user's registration.
    #[arg(long, value_name = "FILE")]
    registration: PathBuf,
    /// The node's answer, which opens nothing.
    #[arg(long, value_name = "FILE")]
    transform: PathBuf,
    #[command(flatten)]
    owners: OwnersArgs,
    /// The encrypted file.
    input: PathBuf,
}

#[derive(Debug, Args)]
pub struct FactorsArgs {
    #[command(flatten)]
    disputed: Disputed,
    /// A file of keys that were issued to the user. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    issued: Vec<PathBuf>,
    /// The node's key file (a party's): signs the factors.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// File for the factors.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct VerdictArgs {
    #[command(flatten)]
    disputed: Disputed,
    /// The authority's key file, of the generation of which the file is.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The node's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The node's factors.
    #[arg(long, value_name = "FILE")]
    factors: PathBuf,
    /// File for the verdict.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct JudgeArgs {
    #[command(flatten)]
    disputed: Disputed,
    /// The public file of an authority that the policy names. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// The node's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The node's factors. Without them only what needs none is found.
    #[arg(long, value_name = "FILE")]
    factors: Option<PathBuf>,
    /// An authority's verdict. Can be given several times.
    #[arg(long, value_name = "FILE")]
    verdict: Vec<PathBuf>,
}

/// The files in dispute, read.
struct Read<'a> {
    input: &'a Path,
    user: VerifiedRegistration,
    answer: TransformFile,
    header: OwnersHeader,
}

impl Disputed {
    fn read(&self) -> anyhow::Result<Read<'_>> {
        let (user, answer) = (known_registration(&self.registration)?, TransformFile::read(&self.transform)?);
        let header = self.owners.check(read_header::<FileCapsule>(&self.input)?);
        let header = header.with_context(|| format!("cannot judge {}", self.input.display()))?;
        Ok(Read { input: &self.input, user, answer, header })
    }
}

impl Read<'_> {
    /// The dispute about what `node` answered.
    fn dispute(&self, node: &VerifyingKey) -> anyhow::Result<Dispute<'_>> {
        self.answer.dispute(self.input, &self.header, &self.user, node)
    }
}

pub fn run(action: DisputeAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        DisputeAction::Factors(args) => factors(&args, secrets, output),
        DisputeAction::Verdict(args) => verdict(&args, secrets, output),
        DisputeAction::Judge(args) => judge(&args, output),
    }
}

fn factors(args: &FactorsArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let read = args.disputed.read()?;
    let party = Party::read(&args.party, secrets)?;
    let dispute = read.dispute(&party.public().verifying)?;
    let keys = ProxyKeys::new(&read.user, &read_issued(&args.issued)?);
    let factors = dispute.factors(&keys, &party.signing).map_err(|error| match error {
        DisputeError::OtherKeys => {
            let hint = "--issued names the files of keys that the answer was made with, as they were then";
            refused(error.to_string()).hint(hint).into()
        }
        other => anyhow::Error::new(other),
    })?;
    let bytes: Vec<Vec<u8>> = factors.iter().map(Factor::to_bytes).collect();
    write_new(&args.out, &text_of(FACTORS, bytes.iter().map(|factor| ("factor", factor.as_slice()))))?;
    let authorities: Vec<&str> = factors.iter().map(|factor| factor.authority().as_str()).collect();
    output.print(&[("factors", json!(args.out.display().to_string())), ("authorities", json!(authorities))])
}

fn read_factors(path: &Path) -> anyhow::Result<Vec<Factor>> {
    TextFile::read(path, FACTORS)?.only(&["factor"])?.all("factor", Factor::from_bytes)
}

fn verdict(args: &VerdictArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    must_be_new(&[&args.out])?;
    let read = args.disputed.read()?;
    let node = PartyPublic::read(&args.from)?;
    let dispute = read.dispute(&node.verifying)?;
    let factors = read_factors(&args.factors)?;
    let authority = AuthorityKey::read(&args.key, secrets)?;
    let name = authority.secret.name();
    let own = factors.iter().find(|factor| factor.authority() == name);
    let own = own.with_context(|| refused(format!("{} has no factor for {name}", args.factors.display())))?;
    let verdict = dispute.verdict(&authority.secret, own, &mut OsRng)?;
    write_new(&args.out, &text_of(VERDICT, [("verdict", verdict.to_bytes().as_slice())]))?;
    output.print(&[
        ("authority", json!(name.as_str())),
        ("factor", json!(said(&verdict))),
        ("verdict", json!(args.out.display().to_string())),
    ])
}

fn said(verdict: &Verdict) -> &'static str {
    if verdict.agrees() { "right" } else { "wrong" }
}

fn judge(args: &JudgeArgs, output: Output) -> anyhow::Result<()> {
    let read = args.disputed.read()?;
    let node = PartyPublic::read(&args.from)?;
    let dispute = read.dispute(&node.verifying)?;
    let factors = args.factors.as_deref().map(read_factors).transpose()?.unwrap_or_default();
    let verdicts = TextFile::read_all(&args.verdict, VERDICT)?
        .into_iter()
        .map(|file| file.only(&["verdict"])?.one("verdict", Verdict::from_bytes));
    let verdicts: Vec<Verdict> = verdicts.collect::<anyhow::Result<_>>()?;
    let publics: Vec<PublicFile> =
        args.public.iter().map(|path| PublicFile::read(path)).collect::<anyhow::Result<_>>()?;
    let published: Vec<Published<'_>> =
        publics.iter().map(|file| Published { authority: file.authority(), attributes: file.versions() }).collect();
    let finding = dispute.judge(&factors, &verdicts, &published)?;
    let (wrong, why) = explained(&finding);
    output.print(&[
        ("user", json!(String::from_utf8_lossy(read.user.gid()))),
        ("node", json!(node.verifying.to_string())),
        ("wrong", json!(wrong)),
        ("why", json!(why)),
    ])
}

/// Who was wrong, in one word, and why.
fn explained(finding: &Finding) -> (&'static str, String) {
    match finding {
        Finding::AnswerIsRight => (
            "file or key",
            "the node's answer is what it had to be: the file was made so that nothing opens it, or the user's key is not the registration's"
                .to_owned(),
        ),
        Finding::File { attribute } => ("file", format!("its row for {attribute} was made wrongly")),
        Finding::Moved { attribute } => (
            "store",
            format!("whoever stores the file moved its row for {attribute} wrongly to another version: what its owner signed is right"),
        ),
        Finding::FileRows(wrong) => ("file", format!("its owner signed a header that opens for nobody: {wrong}")),
        Finding::NodeUnusable(wrong) => ("node", format!("it answered where no honest node computes: {wrong}")),
        Finding::NodeRows => ("node", "the rows that it used do not satisfy the policy".to_owned()),
        Finding::NodePublicPart => ("node", "what it took from the file's header is not in it".to_owned()),
        Finding::NodeFactors => ("node", "the factors that it signed are not those of the answer that it signed".to_owned()),
        Finding::NodeFactor { authority } => ("node", format!("{authority} has proven that its factor is not right")),
    }
}
