//! `medshare abe encrypt | decrypt | rekey | inspect`.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use medshare_crypto::abe_file::{
    Credentials, FileHeader, Payload, open_file, rekey_file, seal_file,
};
use medshare_crypto::policy::Policy;
use medshare_crypto::stream::plaintext_len;
use rand_core::OsRng;
use serde_json::json;

use super::bundle::{read_issued, read_public};
use super::output::{NewFile, Output};
use super::secrets::Protection;
use super::user::read_user;

#[derive(Debug, Args)]
pub struct EncryptArgs {
    /// Who may open it, e.g. "(DOCTOR@HOSPITAL AND STAFF@WARD-3) OR EMERGENCY@ED" or "2 of (A@X, B@Y, C@Z)".
    #[arg(long)]
    policy: String,
    /// Public file of an authority that the policy names. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// The file to encrypt.
    input: PathBuf,
    /// The encrypted file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct OpenerArgs {
    /// Your key file.
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// A file of keys that an authority issued for you. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    issued: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct DecryptArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    /// The encrypted file.
    input: PathBuf,
    /// The opened file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct RekeyArgs {
    #[command(flatten)]
    opener: OpenerArgs,
    /// Who may open it from now on.
    #[arg(long)]
    policy: String,
    /// Public file of an authority that the policy names. Can be given several times.
    #[arg(long, required = true, value_name = "FILE")]
    public: Vec<PathBuf>,
    /// Encrypt the contents again too: for taking access away from somebody who has opened the file before.
    #[arg(long)]
    strict: bool,
    /// The encrypted file.
    input: PathBuf,
    /// The file under the new policy.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The encrypted file.
    input: PathBuf,
}

pub fn encrypt(args: EncryptArgs, output: Output) -> anyhow::Result<()> {
    let policy: Policy = args.policy.parse()?;
    let keys = read_public(&args.public)?;
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let bytes = seal_file(&policy, &keys, &mut reader, file.writer()?, &mut OsRng)
        .with_context(|| format!("cannot encrypt {}", args.input.display()))?;
    file.finish()?;
    report(output, &args.out, &policy, Some(bytes))
}

pub fn decrypt(args: DecryptArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let (user, registration) = read_user(&args.opener.key, secrets)?;
    let keys = read_issued(&args.opener.issued)?;
    let credentials = Credentials {
        user: &user,
        registration: &registration,
        keys: &keys,
    };
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let bytes = open_file(credentials, &mut reader, file.writer()?)
        .with_context(|| format!("cannot open {}", args.input.display()))?;
    file.finish()?;
    output.print(&[
        ("file", json!(args.out.display().to_string())),
        ("bytes", json!(bytes)),
    ])
}

pub fn rekey(args: RekeyArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let policy: Policy = args.policy.parse()?;
    let public = read_public(&args.public)?;
    let (user, registration) = read_user(&args.opener.key, secrets)?;
    let keys = read_issued(&args.opener.issued)?;
    let credentials = Credentials {
        user: &user,
        registration: &registration,
        keys: &keys,
    };
    let payload = if args.strict {
        Payload::Reencrypt
    } else {
        Payload::Keep
    };
    let mut reader = open_input(&args.input, output)?;
    let mut file = NewFile::create(&args.out)?;
    let writer = file.writer()?;
    rekey_file(
        credentials,
        &policy,
        &public,
        payload,
        &mut reader,
        writer,
        &mut OsRng,
    )
    .with_context(|| format!("cannot rekey {}", args.input.display()))?;
    file.finish()?;
    report(output, &args.out, &policy, None)
}

pub fn inspect(args: InspectArgs, output: Output) -> anyhow::Result<()> {
    let context = || format!("cannot inspect {}", args.input.display());
    let file = File::open(&args.input).with_context(context)?;
    let stored = file.metadata().with_context(context)?.len();
    let header = FileHeader::read(&mut BufReader::new(file)).with_context(context)?;
    let payload = stored.saturating_sub(header.to_bytes().len() as u64);
    let bytes = plaintext_len(payload).with_context(context)?;
    output.print(&[
        ("policy", json!(header.policy().to_string())),
        ("attributes", json!(header.policy().leaf_count())),
        ("record", json!(header.record().to_string())),
        ("rekeyed", json!(header.epoch())),
        ("bytes inside", json!(bytes)),
        ("bytes stored", json!(stored)),
    ])
}

fn report(output: Output, file: &Path, policy: &Policy, bytes: Option<u64>) -> anyhow::Result<()> {
    let mut results = vec![
        ("file", json!(file.display().to_string())),
        ("policy", json!(policy.to_string())),
    ];
    results.extend(bytes.map(|bytes| ("bytes", json!(bytes))));
    output.print(&results)
}

/// The input with a progress bar, which shows on a terminal only.
fn open_input(path: &Path, output: Output) -> anyhow::Result<impl Read> {
    let context = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(context)?;
    let len = file.metadata().with_context(context)?.len();
    let bar = if output.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(len)
    };
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}")?;
    Ok(bar
        .with_style(style)
        .wrap_read(BufReader::with_capacity(1 << 20, file)))
}
