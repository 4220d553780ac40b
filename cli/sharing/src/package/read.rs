//! `medshare package read`.

use super::asking::AskingArgs;
use super::desk::{Desk, SessionArgs};
use super::work::{Work, waited};
use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Failure, note};
use medshare_contract_abi::Action;
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
    #[arg(value_name = "FILE-INSIDE")]
    file: String,
    #[command(flatten)]
    asking: AskingArgs,
}

#[derive(Serialize)]
struct Read<'a> {
    package: String,
    block: String,
    action: &'static str,
    file: &'a str,
    bytes: usize,
    report: Option<SideBlockMade>,
    had_waited: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_hex: Option<String>,
}

pub fn run(args: &ReadArgs, context: &Context) -> Result<Answer, Failure> {
    let desk = Desk::of(&args.session, context)?;
    let work = Work::begin(&desk, &args.session, &args.asking, context)?;
    work.session.require(&args.file).map_err(Told::told)?;
    if let Some(answer) = work.outlook(Action::Read)? {
        return Ok(answer);
    }
    let (package, block) = (work.session.package().id(), work.session.package().block());
    let (acted, data) = work.act(|mut session, comment| session.read(&args.file, comment))?;
    if let Some(words) = waited(&acted) {
        note(words);
    }
    if !context.json() {
        return Answer::raw(&(), data.to_vec());
    }
    let text = std::str::from_utf8(&data).ok();
    let read = Read {
        package: package.to_string(),
        block: block.to_string(),
        action: acted.action.name(),
        file: &args.file,
        bytes: data.len(),
        report: acted.report,
        had_waited: acted.had_waited,
        data: text,
        data_hex: if text.is_some() { None } else { Some(hex::encode(&data)) },
    };
    Answer::raw(&read, Vec::new())
}
