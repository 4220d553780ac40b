//! `medshare abe user …`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use medshare_cli_terminal::whole_file::write_beside;
use medshare_crypto::abe::{OwnRegistration, UserSecret, VerifiedRegistration};
use rand_core::OsRng;
use serde_json::json;

use super::bundle::{read_registration, registration_text};
use crate::scheme::output::Output;
use crate::scheme::secrets::{Protection, damaged, joined};
use crate::scheme::{names, new_files};

/// Kind of a user's key file. Its secret is z (32 bytes) and the registration.
const KIND: &str = "abe-user";

#[derive(Debug, Subcommand)]
pub enum UserAction {
    /// Make a key: NAME.key stays with its owner, NAME.registration goes to authorities.
    Create(CreateArgs),
    /// Check a registration's proof, and show whom it names.
    ///
    /// Authorities and nodes check it by themselves; this is for looking at one before.
    Check(CheckArgs),
}

#[derive(Debug, Args)]
pub struct CreateArgs {
    /// Who this is, as the authorities know them, e.g. a staff number.
    name: String,
    /// Folder for the two files.
    #[arg(long, default_value = ".", value_name = "DIR")]
    out: PathBuf,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The registration.
    registration: PathBuf,
}

pub fn run(action: UserAction, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    match action {
        UserAction::Create(args) => create(&args, secrets, output),
        UserAction::Check(args) => check(&args, output),
    }
}

fn create(args: &CreateArgs, secrets: &Protection, output: Output) -> anyhow::Result<()> {
    let secret = UserSecret::generate(&mut OsRng);
    let registration = secret.registration(args.name.as_bytes(), &mut OsRng)?;
    let [key, public] = new_files(&args.out, &args.name, ["key", "registration"])?;
    let payload = joined(&[secret.to_bytes().as_slice(), &registration.to_bytes()]);
    secrets.write(&key, KIND, &args.name, &payload)?;
    write_beside(&key, &public, &registration_text(&registration))?;
    let results = vec![
        ("user", json!(args.name)),
        ("key file", json!(key.display().to_string())),
        ("registration", json!(public.display().to_string())),
    ];
    output.print(&names::told([args.name.as_str()], results, output))
}

fn check(args: &CheckArgs, output: Output) -> anyhow::Result<()> {
    let registration = read_registration(&args.registration)?;
    let user = String::from_utf8_lossy(registration.gid()).into_owned();
    let results = vec![("user", json!(user)), ("proof holds", json!(true))];
    output.print(&names::told([user.as_str()], results, output))
}

/// Reads a user's key file. Of the registration in it nothing is decoded: who only opens needs its name.
pub fn read_user(path: &Path, secrets: &Protection) -> anyhow::Result<(UserSecret, OwnRegistration)> {
    let bytes = secrets.open(path, KIND)?;
    let damaged = || damaged(path);
    let (z, registration) = bytes.split_first_chunk::<32>().with_context(damaged)?;
    let user = UserSecret::from_bytes(z).with_context(damaged)?;
    Ok((user, OwnRegistration::from_own_key(registration)))
}

/// The registration out of the key file at `path`, to compute with.
pub fn read_own(registration: &OwnRegistration, path: &Path) -> anyhow::Result<VerifiedRegistration> {
    registration.read().with_context(|| damaged(path))
}
