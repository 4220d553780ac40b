//! What `submit`, `send` and `fetch` share: following a request and fetching its package.

use crate::Context;
use crate::new_file::Output;
use crate::remembered::{self, Ended};
use crate::told::Told;
use crate::waiting::while_following;
use clap::Args;
use medshare_agent::client::{ClientError, NodeClient, Proof};
use medshare_agent::request::{Following, RequestError, follow};
use medshare_agent::session::PackageFile;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::text::short;
use medshare_cli_terminal::{Answer, Exit, Failure, Progress, shell, whole};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::{ApiError, RequestState, RequestStatus};
use medshare_ledger::id::{BlockId, OwnerId};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait, and where the package goes.
#[derive(Debug, Args)]
pub struct DeliveryArgs {
    /// File for the package; an existing one is never replaced. Default: the request's first digits, then .package.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How long to wait for the package.
    #[arg(long, value_name = "SECONDS", default_value_t = 600, value_parser = whole("seconds", 0..=u64::MAX), allow_negative_numbers = true)]
    timeout: u64,
}

#[derive(Serialize)]
struct Delivered {
    #[serde(flatten)]
    status: RequestStatus,
    file: String,
    bytes: u64,
    ms: u128,
}

/// A request on its way: where it is asked after, and the file for its package, begun before it is sent.
pub struct Delivery<'a> {
    context: &'a Context,
    node: &'a NodeClient,
    request: Hash32,
    owner: Option<OwnerId>,
    proof: Proof<'a>,
    path: PathBuf,
    output: Output,
    patience: Duration,
    start: Instant,
}

/// What a node says to a key that is not that of whoever asked.
const NOT_THE_REQUESTOR: &str = "not-the-requestor";

/// What a command may take beyond its `--timeout`, to say what it waited for.
const LAST_WORD: Duration = Duration::from_secs(2);

impl DeliveryArgs {
    /// The same client, which gives up when the time of this command is over, whatever its nodes do.
    #[must_use]
    pub fn patient(&self, node: NodeClient) -> NodeClient {
        let end = Instant::now().checked_add(Duration::from_secs(self.timeout).saturating_add(LAST_WORD));
        match end {
            Some(end) => node.until(end),
            None => node,
        }
    }

    /// Begins the file for the package of a request, which `proof` entitles to.
    ///
    /// # Errors
    /// When there can be none of this name, or the node belongs to another network: then nothing should be sent.
    pub fn begin<'a>(
        &self,
        context: &'a Context,
        node: &'a NodeClient,
        request: Hash32,
        owner: Option<OwnerId>,
        proof: Proof<'a>,
    ) -> Result<Delivery<'a>, Failure> {
        node.check_network().map_err(Told::told)?;
        let default = || PathBuf::from(format!("{}.package", request.to_string().get(..8).unwrap_or_default()));
        let path = self.out.clone().unwrap_or_else(default);
        let output = Output::begin(&path)?;
        let (patience, start) = (Duration::from_secs(self.timeout), Instant::now());
        Ok(Delivery { context, node, request, owner, proof, path, output, patience, start })
    }
}

impl Delivery<'_> {
    /// Says which request this is, so that it can be fetched whatever happens to this command.
    pub fn announce(&self) {
        Progress::note(self.context.json(), &format!("request {}", self.request));
    }

    /// Follows the request from where it stands until its package is stored. `through_indecision`: also while the network does not decide.
    ///
    /// # Errors
    /// When it is refused, takes too long, or cannot be stored.
    pub fn finish(mut self, status: RequestStatus, through_indecision: bool) -> Result<Answer, Failure> {
        let Self { node, request, owner, proof, patience, .. } = self;
        let following = Following { node, request, owner, patience, through_indecision };
        let status = while_following(self.context, node, "waiting for the package", |waiting| {
            follow(&following, status, |status| waiting.say(stage(status)))
        });
        let status = status.map_err(|error| {
            if let RequestError::Refused { status } = &error {
                let said = status.error.clone().unwrap_or_else(|| ApiError::new("unknown", "no reason given"));
                remember(self.context, || remembered::ended(&request, Ended::Refused(said)));
            }
            not_delivered(error, &request, owner)
        })?;
        let progress = Progress::start(self.context.json(), "fetching the package");
        let bytes = node.download_package(&request, owner, proof, self.output.writer()?);
        let bytes = bytes.map_err(|error| not_delivered(error.into(), &request, owner))?;
        let kept = self.output.finish();
        kept.map_err(|failure| failure.detail("request", request.to_string()).hint(where_it_is(&request, owner)))?;
        if let Some(block) = block_of(self.context, &self.path, &request) {
            if let Err(failure) = under_its_block(&status, block) {
                drop(std::fs::remove_file(&self.path));
                return Err(failure.detail("request", request.to_string()).hint(where_it_is(&request, owner)));
            }
            remember(self.context, || remembered::decided(&request, block));
        }
        drop(progress);
        let (file, ms) = (self.path.display().to_string(), self.start.elapsed().as_millis());
        let delivered = Delivered { file, bytes, ms, status };
        Answer::new(&delivered, delivered.text())
    }
}

/// The parent block of a package, where the package verifies and answers this request. What a node says of it is not believed.
fn block_of(context: &Context, package: &Path, request: &Hash32) -> Option<BlockId> {
    let package = PackageFile::verify(package, &context.facts().ok()?).ok()?;
    (package.manifest().request == *request).then(|| package.block())
}

/// Whether a package is sealed for the block that its request was answered with. Under another form of that block nobody can open it.
fn under_its_block(status: &RequestStatus, block: BlockId) -> Result<(), Failure> {
    match &status.block {
        Some(told) if *told != block.to_string() => Err(Failure::new(
            Exit::Verification,
            "other-block",
            format!(
                "the package is sealed for the block {block}, and the node says that the ledger has {}: it would not open, and is not kept; its node seals it anew when it is asked again",
                line(told)
            ),
        )),
        _ => Ok(()),
    }
}

/// How far a request is, in words; or what it is waited for where no answer says that.
fn stage(status: Result<&RequestStatus, &ClientError>) -> String {
    match status {
        // a node answers, and cannot say it now
        Err(ClientError::Refused { error, .. }) => format!("{}: asking again", line(&error.message)),
        Err(ClientError::OwnersNode { .. }) => {
            "the owner's node does not answer: waiting for it to come back".to_owned()
        }
        Err(_) => "where the request stands was not answered: asking again".to_owned(),
        Ok(status) if status.state == RequestState::Undecided => {
            "the network has not decided: its node tries again".to_owned()
        }
        Ok(status) => match status.stages.last() {
            Some(stage) => format!("waiting for the package; done so far: {}", stage.name()),
            None => "waiting for the package".to_owned(),
        },
    }
}

impl Delivered {
    fn text(&self) -> String {
        let stages = self.status.stages.iter().map(|s| format!("  {:>6} ms  {}\n", s.after_ms, line(s.name())));
        let block = self.status.block.as_deref().map(short).unwrap_or_default();
        format!(
            "delivered {} ({} bytes) in {} ms\n{}parent block {block} at height {}\nopen it: medshare package open {}",
            self.file,
            self.bytes,
            self.ms,
            stages.collect::<String>(),
            self.status.height.unwrap_or_default(),
            shell::path(Path::new(&self.file))
        )
    }
}

/// Remembers something of a request. Where that fails, the request goes on, and people are told.
pub fn remember(context: &Context, remembering: impl FnOnce() -> Result<(), Failure>) {
    if let Err(failure) = remembering() {
        Progress::note(context.json(), &format!("note: {failure}"));
    }
}

/// A call with a request that did not end with its being taken. Where no answer came, or the answer that it was there before, it may be
/// on its way; else it is remembered that it was refused, or not sent at all.
pub fn perhaps_taken(context: &Context, error: ClientError, request: &Hash32, owner: Option<OwnerId>) -> Failure {
    let where_it_is = where_it_is(request, owner);
    if error.code() == Some("replay") {
        return error.told().detail("request", request.to_string()).hint(where_it_is);
    }
    let (is_unclear, is_passing) = (error.may_have_arrived(), error.is_unreachable());
    let refused = match &error {
        // one that has too much to do says nothing about the request
        ClientError::Refused { error, .. } if !is_passing => Some(Ended::Refused((**error).clone())),
        _ => None,
    };
    let failure = error.told().detail("request", request.to_string());
    if is_unclear {
        return failure.hint(format!("is a node running? If one took the request, {where_it_is}"));
    }
    let not_sent = || Ended::NotSent(ApiError::new(failure.code(), failure.to_string()));
    remember(context, || remembered::ended(request, refused.unwrap_or_else(not_sent)));
    failure
}

/// A request that was taken and did not lead to a package here.
fn not_delivered(error: RequestError, request: &Hash32, owner: Option<OwnerId>) -> Failure {
    match error {
        RequestError::Node(error) if error.code() == Some(NOT_THE_REQUESTOR) => error
            .told()
            .detail("request", request.to_string())
            .hint("--key names the key that the data was requested with; --signed FILE does without it"),
        RequestError::Node(error) => {
            let question = if error.is_unreachable() { "is a node running? " } else { "" };
            let hint = format!("{question}{}", where_it_is(request, owner));
            error.told().detail("request", request.to_string()).hint(hint)
        }
        RequestError::Undecided { .. } | RequestError::StillProcessing { .. } => {
            error.told().detail("request", request.to_string()).hint(where_it_is(request, owner))
        }
        RequestError::Refused { .. } => error.told().detail("request", request.to_string()),
    }
}

fn where_it_is(request: &Hash32, owner: Option<OwnerId>) -> String {
    let of = owner.map_or_else(String::new, |owner| format!(" --owner {owner}"));
    format!(
        "`medshare request status {request}{of}` tells what became of it; `medshare request fetch` with the same arguments and your key waits for its package"
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
mod tests {
    use super::*;

    #[test]
    fn a_package_under_another_form_of_its_block_is_not_taken_for_the_delivery() {
        let [decided, other] = [BlockId::from_bytes([1; 32]), BlockId::from_bytes([2; 32])];
        let status = |block: Option<BlockId>| RequestStatus {
            request: "r".to_owned(),
            state: RequestState::Delivered,
            stages: Vec::new(),
            error: None,
            block: block.map(|block| block.to_string()),
            height: Some(7),
            package: None,
        };
        assert!(under_its_block(&status(Some(decided)), decided).is_ok());
        assert!(under_its_block(&status(None), decided).is_ok());
        let failure = under_its_block(&status(Some(decided)), other).unwrap_err();
        assert_eq!(failure.code(), "other-block");
        assert!(failure.to_string().contains("is not kept"));
    }
}
