//! `medshare package copy|write|delete|duplicate|move`: asked of the contract, and done where it permits them.

use super::asking::AskingArgs;
use super::desk::{Desk, SessionArgs};
use super::work::{Work, done};
use crate::Context;
use crate::new_file::Output;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Exit, Failure, io_words};
use medshare_contract_abi::Action;
use std::path::PathBuf;

/// Hand out a decrypted copy of a file, where the contract permits it.
#[derive(Debug, Args)]
pub struct CopyArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// File inside, as `package list` names it.
    #[arg(value_name = "FILE-INSIDE")]
    file: String,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    asking: AskingArgs,
}

/// Keep a new version of a file, sealed in the session, where the contract permits it.
#[derive(Debug, Args)]
pub struct WriteArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// File inside, as `package list` names it.
    #[arg(value_name = "FILE-INSIDE")]
    file: String,
    /// File with the new contents.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    asking: AskingArgs,
}

/// Wipe the session and remove the package, where the contract permits it.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    asking: AskingArgs,
}

/// Make a second package file, where the contract permits it.
#[derive(Debug, Args)]
pub struct DuplicateArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    asking: AskingArgs,
}

/// Take the package and its session to another place, where the contract permits it.
#[derive(Debug, Args)]
pub struct MoveArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// New place of the package; an existing file is never replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    asking: AskingArgs,
}

pub fn copy(args: &CopyArgs, context: &Context) -> Result<Answer, Failure> {
    let mut output = Output::begin(&args.to)?;
    let desk = Desk::of(&args.session, context)?;
    let work = Work::begin(&desk, &args.session, &args.asking, context)?;
    work.session.require(&args.file).map_err(Told::told)?;
    if let Some(answer) = work.outlook(Action::Copy)? {
        return Ok(answer);
    }
    let file = output.writer()?;
    let acted = work.act(|mut session, comment| session.copy(&args.file, file, comment))?;
    output.finish()?;
    done(&args.session, &acted, "copied")
}

pub fn write(args: &WriteArgs, context: &Context) -> Result<Answer, Failure> {
    let contents = std::fs::read(&args.from).map_err(|e| {
        let message = format!("cannot read {}: {}", args.from.display(), io_words(&e));
        Failure::new(Exit::Failure, "file", message)
    })?;
    let desk = Desk::of(&args.session, context)?;
    let work = Work::begin(&desk, &args.session, &args.asking, context)?;
    work.session.require(&args.file).map_err(Told::told)?;
    if let Some(answer) = work.outlook(Action::Write)? {
        return Ok(answer);
    }
    let acted = work.act(|mut session, comment| session.write(&args.file, &contents, comment))?;
    done(&args.session, &acted, "written")
}

pub fn delete(args: &DeleteArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let work = Work::begin(&desk, &args.session, &args.asking, context)?;
    if let Some(answer) = work.outlook(Action::Delete)? {
        return Ok(answer);
    }
    let acted = work.act(|session, comment| session.delete(comment))?;
    done(&args.session, &acted, "deleted")
}

pub fn duplicate(args: &DuplicateArgs, context: &Context) -> Result<Answer, Failure> {
    let mut output = Output::begin(&args.to)?;
    let desk = Desk::of(&args.session, context)?;
    let work = Work::begin(&desk, &args.session, &args.asking, context)?;
    if let Some(answer) = work.outlook(Action::Duplicate)? {
        return Ok(answer);
    }
    let file = output.writer()?;
    let acted = work.act(|mut session, comment| session.duplicate(file, comment))?;
    output.finish()?;
    done(&args.session, &acted, "duplicated")
}

pub fn relocate(args: &MoveArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let work = Work::begin(&desk, &args.session, &args.asking, context)?;
    // given back at once: it was only to be seen that it can be had
    drop(work.session.place(&args.to).map_err(Told::told)?);
    if let Some(answer) = work.outlook(Action::Move)? {
        return Ok(answer);
    }
    let acted = work.act(|session, comment| session.relocate(&args.to, comment))?;
    done(&args.session, &acted, "moved")
}
