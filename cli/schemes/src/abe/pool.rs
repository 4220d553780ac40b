//! `medshare abe pool …`: rows made ahead of time by several organisations, each set used once.

mod aside;
mod cut_off;
mod look;
mod refused;
mod set;
mod show;
mod spent;
mod take;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::whole_file::{make_folder, must_be_new, write_each};
use medshare_crypto::abe::{Contribution, RowSeed, RowShare, Rows, join_contributions};
use medshare_crypto::hash::Hash32;
use medshare_crypto::policy::Policy;
use rand_core::{OsRng, RngCore as _};
use serde_json::json;
use zeroize::Zeroizing;

use super::bundle::{misspelt, read_public, read_public_for};
pub use cut_off::STOCK;
use cut_off::{FILLING, finish, in_place};
use refused::{are_different, bad_rows, not_joined};
use set::Fill;
pub use set::Set;
use spent::name;
pub use spent::{Spent, SpentArgs};
pub use take::take;

use crate::scheme::failure::unverified;
use crate::scheme::letter;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::party::{Party, PartyPublic};
use crate::scheme::secrets::Protection;
use crate::scheme::text_file::{TextFile, fixed, text_of};

/// First line of rows in a letter, from an organisation and in the pool. With 1 they came with their secret and not with a seed, so that nobody
/// could tell whether they share it; and before that they were laid out otherwise, under the same number.
const ROWS: &str = "medshare-abe-rows: 2";
/// Most sets that one contribution may hold.
const MAX_SETS: u16 = 1000;

#[derive(Debug, Subcommand)]
pub enum PoolAction {
    /// An organisation's part: make rows under a policy for an owner, ahead of time.
    ///
    /// The rows and the seed that they were made from go to the owner in a letter. A file's key stays secret while one of the
    /// organisations keeps its part to itself.
    Contribute(ContributeArgs),
    /// The owner's part: join the contributions of several organisations and put them in stock.
    ///
    /// Every set serves one file: `medshare abe encrypt --pool DIR` takes it out, where it is of the versions that --public has then. Encrypting then computes the same whatever the policy; what grows is reading and writing the rows. One organisation alone
    /// would know the key of every file: it takes two, or rows of your own beside (`--own`). All rows are checked first: with bad ones, files would open
    /// for nobody. Which rows came in and which were used stands on a list beside your key (KEY.spent): keep the two together.
    Fill(FillArgs),
    /// Show how many sets are in stock, under which policies and of which versions of their attributes.
    ///
    /// Counted are sets that you could use. Others in the folder are listed, and why.
    Show(show::ShowArgs),
}

#[derive(Debug, Args)]
pub struct ContributeArgs {
    /// Who may open the files.
    #[arg(long)]
    policy: String,
    /// Public file of an authority that the policy names. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// How many sets, each for one file.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_SETS)))]
    sets: u16,
    /// Your party's key file.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The owner's public file, NAME.party.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// File for the letter to the owner.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct FillArgs {
    /// Your party's key file.
    #[arg(long, value_name = "FILE")]
    party: PathBuf,
    /// The public file of an organisation that contributes. Once for each letter, in any order; no organisation twice.
    #[arg(long, required = true, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Public file of an authority that the policy names, with which the rows are checked. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// Folder of the pool; it is made where it is missing.
    #[arg(long, value_name = "DIR")]
    pool: PathBuf,
    /// Add rows of your own to every set. Needed where one organisation alone contributes.
    #[arg(long)]
    own: bool,
    #[command(flatten)]
    spent: SpentArgs,
    /// The letters of all organisations. They are spent by this: delete them.
    #[arg(required = true)]
    letters: Vec<PathBuf>,
}

pub fn run(action: PoolAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        PoolAction::Contribute(args) => contribute(&args, secrets, output),
        PoolAction::Fill(args) => fill(&args, secrets, output),
        PoolAction::Show(args) => show::show(&args, secrets, output),
    }
}

fn contribute(args: &ContributeArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy = Policy::typed(&args.policy)?;
    must_be_new(&[&args.out])?;
    let (public, to) = (read_public_for(&policy, &args.public)?, PartyPublic::read(&args.to)?);
    let party = Party::read(&args.party, secrets)?;
    let mut lines = Vec::with_capacity(2 * usize::from(args.sets));
    for _ in 0..args.sets {
        let made = Contribution::make(&policy, &public, &mut OsRng);
        let Contribution { rows, seed } = made.map_err(|error| misspelt(error, &args.public))?;
        lines.push(("rows", Zeroizing::new(rows.to_bytes())));
        lines.push(("seed", Zeroizing::new(seed.to_bytes().to_vec())));
    }
    letter::write(&args.out, &party, &to, &rows_text(&lines))?;
    let results = vec![
        ("policy", json!(policy.to_string())),
        ("sets", json!(args.sets)),
        ("letter", json!(args.out.display().to_string())),
    ];
    output.print(&names::told_in(&policy, results, output))
}

fn rows_text(lines: &[(&str, Zeroizing<Vec<u8>>)]) -> Zeroizing<String> {
    text_of(ROWS, lines.iter().map(|(name, value)| (*name, value.as_slice())))
}

fn contributions(file: TextFile) -> anyhow::Result<Vec<Contribution>> {
    let file = file.only(&["rows", "seed"])?;
    let rows = file.all("rows", Rows::from_bytes)?;
    let seeds = file.all("seed", fixed(|bytes| Ok(RowSeed::from_bytes(Zeroizing::new(*bytes)))))?;
    if rows.is_empty() || rows.len() != seeds.len() {
        bail!(unverified("a contribution has one seed for each set of rows, and at least one set"));
    }
    Ok(rows.into_iter().zip(seeds).map(|(rows, seed)| Contribution { rows, seed }).collect())
}

fn fill(args: &FillArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let party = Party::read(&args.party, secrets)?;
    let from = PartyPublic::read_all(&args.from)?;
    are_different(&from, &party.public())?;
    let mut waiting: Vec<(PartyPublic, &PathBuf)> = from.into_iter().zip(&args.from).collect();
    let keys = read_public(&args.public)?;
    let mut sent = Vec::with_capacity(args.letters.len());
    for path in &args.letters {
        let sender = letter::parse(path)?.sender();
        let position = waiting.iter().position(|(from, _)| from.verifying == sender);
        let position = position.with_context(|| {
            let letter = path.display();
            unverified(format!("{letter} is from none of the --from parties, or from one that has contributed already"))
        })?;
        let (from, _) = waiting.swap_remove(position);
        sent.push(contributions(letter::read_kind(path, &from.verifying, &party, ROWS)?)?.into_iter());
    }
    if !waiting.is_empty() {
        let names: Vec<String> = waiting.iter().map(|(_, path)| path.display().to_string()).collect();
        bail!(Failure::argument(format!(
            "there is no letter of {}: name it, or leave the party out",
            names.join(", ")
        )));
    }
    if sent.len() + usize::from(args.own) < 2 {
        let message = "one organisation alone would know the key of every file that its rows go into";
        bail!(Failure::argument(message).hint("take rows of a second organisation, or add your own: --own"));
    }
    // As many as the shortest letter has: what the others have more goes into no set.
    let count = sent.iter().map(ExactSizeIterator::len).min().unwrap_or_default();
    let mut sets: Vec<Vec<Contribution>> = Vec::with_capacity(count);
    for _ in 0..count {
        let mut set: Vec<Contribution> = sent.iter_mut().filter_map(Iterator::next).collect();
        if let Some(first) = set.first().filter(|_| args.own) {
            let policy = first.rows.policy().map_err(|error| bad_rows(&args.letters, 0, error))?;
            let made = Contribution::make(&policy, &keys, &mut OsRng);
            set.push(made.map_err(|error| misspelt(error, &args.public))?);
        }
        sets.push(set);
    }
    let left_over: Vec<String> = args.letters.iter().zip(&sent).filter_map(left_over).collect();
    let sets =
        join_contributions(&sets, &keys, &mut OsRng).map_err(|error| not_joined(error, &args.letters, &args.public))?;
    make_folder(&args.pool).with_context(|| format!("cannot make {}", args.pool.display()))?;
    bring_in(args, &party, &sets)?;
    let policy = sets.first().map(|(rows, _)| rows.policy()).transpose()?;
    names::tell_earlier(policy.iter().flat_map(Policy::leaves));
    let mut results = vec![
        ("policy", json!(policy.map(|policy| policy.to_string()))),
        ("sets", json!(count)),
        ("organisations", json!(args.letters.len())),
        ("pool", json!(args.pool.display().to_string())),
    ];
    if !left_over.is_empty() {
        results.push(("left over", json!(left_over)));
    }
    output.print(&results)
}

/// What a letter has more than the shortest one: rows that no other organisation's joined, and that are gone with it.
fn left_over((letter, rest): (&PathBuf, &impl ExactSizeIterator)) -> Option<String> {
    let sets = rest.len();
    (sets > 0)
        .then(|| format!("{}: {sets} more than the letter with the fewest, which serve no file", letter.display()))
}

/// What the file names of a policy's sets begin with.
fn prefix(policy: Hash32) -> String {
    policy.to_string().chars().take(16).chain(['-']).collect()
}

/// Puts sets in stock, all of them or, where that is cut off, what the next command makes of it.
fn bring_in(args: &FillArgs, party: &Party, sets: &[(Rows, Vec<RowShare>)]) -> anyhow::Result<()> {
    let (folder, spent) = (&args.pool, args.spent.of(&args.party));
    let _lock = spent.lock()?;
    let came_in = finish(folder, party, &spent)?;
    let shares = || sets.iter().flat_map(|(_, shares)| shares);
    // Those of one's own, which come last, are made anew for each fill.
    let by_others = |shares: &[RowShare]| shares.len().saturating_sub(usize::from(args.own));
    let of_letters: Vec<_> = sets.iter().flat_map(|(_, shares)| shares.iter().take(by_others(shares))).collect();
    // What came in just now, or had its place already, is what these letters were for.
    if of_letters.iter().any(|share| came_in.contains(&name(share))) && spent.have_all_come_in(&of_letters)? {
        return Ok(());
    }
    spent.are_new(shares())?;
    let fill = Fill::new(&mut OsRng);
    // Beside the stock.
    let laid = write_each(sets.iter().map(|(rows, shares)| {
        let name = format!("{}{:016x}.{FILLING}", prefix(rows.policy_hash()), OsRng.next_u64());
        Ok((folder.join(name), set::text(party, rows, shares, Some(fill))?))
    }))?;
    // From here on, whoever finds these sets brings them in.
    spent.begin(fill)?;
    spent.fill(shares())?;
    laid.iter().try_for_each(|path| in_place(path))?;
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.with_context(|| format!("cannot write the pool {}", folder.display()))
}

/// The sets in stock whose names begin with `prefix`, sorted.
fn stock(folder: &Path, prefix: &str) -> anyhow::Result<Vec<PathBuf>> {
    stock_of(folder, prefix, STOCK)
}

/// The files in a pool whose names begin with `prefix` and have this extension, sorted.
fn stock_of(folder: &Path, prefix: &str, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let context = || format!("cannot read the pool {}", folder.display());
    let mut sets = Vec::new();
    for entry in fs::read_dir(folder).with_context(context)? {
        let path = entry.with_context(context)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(prefix) && path.extension().is_some_and(|found| found == extension) {
            sets.push(path);
        }
    }
    sets.sort();
    Ok(sets)
}
