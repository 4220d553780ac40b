//! `medshare package read`.

use super::desk::{CommentArgs, Desk, SessionArgs};
use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Failure};
use medshare_exchange::api::SideBlockMade;
use serde::Serialize;

/// Show a file of an open package on standard output.
///
/// With --json the file is the field "data" where it is UTF-8 text, else the field "data_hex".
#[derive(Debug, Args)]
pub struct ReadArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// File inside, as `package list` names it.
    file: String,
    #[command(flatten)]
    comment: CommentArgs,
}

#[derive(Serialize)]
struct Read<'a> {
    package: String,
    block: String,
    action: &'static str,
    file: &'a str,
    bytes: usize,
    report: Option<SideBlockMade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_hex: Option<String>,
}

pub fn run(args: &ReadArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let mut session = desk.resume(&args.session)?;
    let (acted, data) = session.read(&args.file, args.comment.comment.clone()).map_err(Told::told)?;
    if !context.json() {
        return Answer::raw(&(), data.to_vec());
    }
    let text = std::str::from_utf8(&data).ok();
    let read = Read {
        package: session.package().id().to_string(),
        block: session.package().block().to_string(),
        action: acted.action.name(),
        file: &args.file,
        bytes: data.len(),
        report: acted.report,
        data: text,
        data_hex: if text.is_some() { None } else { Some(hex::encode(&data)) },
    };
    Answer::raw(&read, Vec::new())
}
