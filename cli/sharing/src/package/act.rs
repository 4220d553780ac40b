//! `medshare package copy|write|delete|duplicate|move`: asked of the contract, and done where it permits them.

use super::desk::{CommentArgs, Desk, SessionArgs};
use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_agent::session::Acted;
use medshare_cli_terminal::text::short_tail;
use medshare_cli_terminal::{Answer, Exit, Failure};
use serde_json::json;
use std::path::PathBuf;

/// Hand out a decrypted copy of a file, where the contract permits it.
#[derive(Debug, Args)]
pub struct CopyArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// File inside, as `package list` names it.
    file: String,
    /// File to make; an existing one is never replaced.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    #[command(flatten)]
    comment: CommentArgs,
}

/// Keep a new version of a file, sealed in the session, where the contract permits it.
#[derive(Debug, Args)]
pub struct WriteArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// File inside, as `package list` names it.
    file: String,
    /// File with the new contents.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    #[command(flatten)]
    comment: CommentArgs,
}

/// Wipe the session and remove the package, where the contract permits it.
#[derive(Debug, Args)]
pub struct DeleteArgs {
    #[command(flatten)]
    session: SessionArgs,
    #[command(flatten)]
    comment: CommentArgs,
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
    comment: CommentArgs,
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
    comment: CommentArgs,
}

pub fn copy(args: CopyArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let mut session = desk.resume(&args.session)?;
    let acted = session.copy(&args.file, &args.to, args.comment.comment).map_err(Told::told)?;
    done(&args.session, &acted, "copied")
}

pub fn write(args: WriteArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let contents = std::fs::read(&args.from).map_err(|e| {
        let message = format!("cannot read {}: {e}", args.from.display());
        Failure::new(Exit::Failure, "file", message)
    })?;
    let mut session = desk.resume(&args.session)?;
    let acted = session.write(&args.file, &contents, args.comment.comment).map_err(Told::told)?;
    done(&args.session, &acted, "written")
}

pub fn delete(args: DeleteArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let acted = desk.resume(&args.session)?.delete(args.comment.comment).map_err(Told::told)?;
    done(&args.session, &acted, "deleted")
}

pub fn duplicate(args: DuplicateArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let mut session = desk.resume(&args.session)?;
    let acted = session.duplicate(&args.to, args.comment.comment).map_err(Told::told)?;
    done(&args.session, &acted, "duplicated")
}

pub fn relocate(args: MoveArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let session = desk.resume(&args.session)?;
    let acted = session.relocate(&args.to, args.comment.comment).map_err(Told::told)?;
    done(&args.session, &acted, "moved")
}

fn done(args: &SessionArgs, acted: &Acted, word: &str) -> Result<Answer, Failure> {
    let package = args.package.display().to_string();
    let made = json!({"package_file": package, "action": acted.action.name(), "report": acted.report});
    let report = match &acted.report {
        Some(report) => format!("reported as side-block {}", short_tail(&report.side_block)),
        None => "no report was due".to_owned(),
    };
    Answer::new(&made, format!("{word}; {report}"))
}
