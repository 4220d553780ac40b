//! One action on an open package: looked at, asked, done, told.

use super::asking::AskingArgs;
use super::desk::{Desk, SessionArgs};
use crate::Context;
use crate::told::Told as _;
use crate::waiting::{Again, while_deciding};
use medshare_agent::session::{Acted, Session, SessionError};
use medshare_cli_terminal::text::short_tail;
use medshare_cli_terminal::{Answer, Failure};
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::Comment;
use serde_json::json;

/// A session that was taken up for an action.
pub struct Work<'a> {
    /// The session.
    pub session: Session<'a>,
    desk: &'a Desk,
    args: &'a SessionArgs,
    asking: &'a AskingArgs,
    context: &'a Context,
}

impl<'a> Work<'a> {
    /// Takes the session up.
    ///
    /// # Errors
    /// When the package was not opened.
    pub fn begin(
        desk: &'a Desk,
        args: &'a SessionArgs,
        asking: &'a AskingArgs,
        context: &'a Context,
    ) -> Result<Self, Failure> {
        Ok(Self { session: desk.resume(args)?, desk, args, asking, context })
    }

    /// As [`AskingArgs::outlook`].
    ///
    /// # Errors
    /// When it would be a violation and nobody says that it shall be asked all the same.
    pub fn outlook(&self, action: Action) -> Result<Option<Answer>, Failure> {
        self.asking.outlook(self.args, &self.session, self.desk.node(), action, self.context.json())
    }

    /// Does the action.
    ///
    /// # Errors
    /// When the contract refuses it, or it cannot be done.
    pub fn act<T>(self, act: impl FnOnce(Session<'a>, Comment) -> Result<T, SessionError>) -> Result<T, Failure> {
        let Self { session, desk, asking, context, .. } = self;
        let what = "waiting until the report is on the ledger";
        while_deciding(context, desk.node(), what, Again::Reports, || act(session, asking.comment.clone()))
            .map_err(SessionError::told)
    }
}

/// What is said of an action that was done.
///
/// # Errors
/// When it has no JSON form.
pub fn done(args: &SessionArgs, acted: &Acted, word: &str) -> Result<Answer, Failure> {
    let package = args.package.display().to_string();
    let made = json!({
        "package_file": package,
        "action": acted.action.name(),
        "report": acted.report,
        "unrecorded": acted.unrecorded,
        "had_waited": acted.had_waited,
    });
    let report = match &acted.report {
        Some(report) => format!("reported as side-block {}", short_tail(&report.side_block)),
        None => "no report was due".to_owned(),
    };
    let unrecorded = match acted.unrecorded {
        0 => String::new(),
        count => format!(
            "\nin the session's folder are reports that cannot be recorded, as the ledger does not have their opening, or nothing proves that they are yours ({count}): tell the owner"
        ),
    };
    Answer::new(
        &made,
        format!("{word}; {report}{unrecorded}{}", waited(acted).map(|words| format!("\n{words}")).unwrap_or_default()),
    )
}

/// What is said where [`Again::Reports`] came true: something was asked for again that had given nothing.
pub fn waited(acted: &Acted) -> Option<&'static str> {
    acted
        .had_waited
        .then_some("the report of what was asked before, and not done, is on the ledger now, too: the owner sees both")
}
