//! Before the contract is asked: what it would answer, and whether it shall be asked all the same.

use super::desk::SessionArgs;
use crate::told::Told as _;
use clap::Args;
use medshare_agent::client::NodeClient;
use medshare_agent::session::{Outlook, Session};
use medshare_cli_terminal::confirm::confirmed;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::{Answer, Exit, Failure};
use medshare_contract_abi::Action;
use medshare_contract_abi::usage::Comment;
use medshare_exchange::printable::steers;
use serde_json::json;

/// How the contract is asked.
#[derive(Debug, Args)]
pub struct AskingArgs {
    /// Comment for the owner, who alone can read it.
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = comment, hide_default_value = true)]
    pub comment: Comment,
    /// Say what the contract would answer; nothing is asked or reported.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Ask also where it would be a violation, which ends access at every node.
    #[arg(long)]
    yes: bool,
}

fn comment(text: &str) -> Result<Comment, String> {
    if let Some(character) = text.chars().find(|character| steers(*character)) {
        return Err(format!("expected letters, digits and signs, and {} is in it", character.escape_default()));
    }
    Comment::new(text).map_err(|e| e.to_string())
}

impl AskingArgs {
    /// The answer of a dry run; none where the contract shall be asked.
    ///
    /// # Errors
    /// When it would be a violation and nobody says that it shall be asked all the same.
    pub fn outlook(
        &self,
        args: &SessionArgs,
        session: &Session<'_>,
        node: &NodeClient,
        action: Action,
        json: bool,
    ) -> Result<Option<Answer>, Failure> {
        let foreseen = session.foresee(action, self.comment.clone());
        if self.dry_run {
            let status = node.permission(session.package().block()).ok().map(|permission| permission.status);
            return foretold(args, action, foreseen.map_err(|error| error.told())?, status).map(Some);
        }
        match foreseen {
            Ok(Outlook::Violation) if !self.yes => insist(action, json).map(|()| None),
            // anything else the contract says itself
            _ => Ok(None),
        }
    }
}

/// What a dry run says.
fn foretold(args: &SessionArgs, action: Action, outlook: Outlook, status: Option<String>) -> Result<Answer, Failure> {
    let (word, text) = match outlook {
        Outlook::Allowed { reported: true } => ("allowed", "the contract would allow it and report it to the owner"),
        Outlook::Allowed { reported: false } => ("allowed", "the contract would allow it; no report is due"),
        Outlook::Violation => {
            ("violation", "it would be a violation: refused, reported, and access ended at every node")
        }
    };
    let told = json!({
        "package_file": args.package.display().to_string(),
        "action": action.name(),
        "dry_run": true,
        "answer": word,
        "would_be_reported": outlook != Outlook::Allowed { reported: false },
        "status": status,
    });
    let ledger = match &status {
        Some(status) => format!("on the ledger the permission is {}", line(status)),
        None => "no node tells where the permission stands".to_owned(),
    };
    Answer::new(&told, format!("{}: {text}\n{ledger}\nnothing was asked or reported", action.name()))
}

/// Goes on with a violation only where somebody says so.
fn insist(action: Action, json: bool) -> Result<(), Failure> {
    let cost = "it is refused and reported to the owner, and ends access at every node, to everything that your attributes open";
    let name = action.name();
    let question = format!("To {name} this data would be a violation: {cost}, until the owner decides.");
    let unconfirmed = |hint: &str| {
        let message = format!("to {name} this data would be a violation; nothing was asked or reported");
        Err(Failure::new(Exit::Unconfirmed, "would-be-violation", message).hint(hint))
    };
    let confirmed = if json { None } else { confirmed(&question)? };
    match confirmed {
        Some(true) => Ok(()),
        Some(false) => unconfirmed("`medshare package info` shows what is permitted"),
        None => {
            unconfirmed("`medshare package info` shows what is permitted; --yes asks all the same, and access ends")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn a_comment_that_would_steer_the_owners_terminal_is_refused() {
        for text in ["for\u{202e}gnireenigne", "\u{1b}[2J", "two\nlines", "\u{9b}1m"] {
            assert!(comment(text).is_err_and(|error| error.contains("is in it")), "{text:?}");
        }
        assert!(comment("für die Studie – 東京").is_ok());
    }
}
