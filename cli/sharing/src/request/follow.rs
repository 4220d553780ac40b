//! What `submit`, `send` and `fetch` share: following a request and fetching its package.

use super::asked::Asked;
use super::undelivered::{not_delivered, not_it};
use crate::Context;
use crate::interruption::Interruption;
use crate::new_file::Output;
use crate::remembered::{self, Ended};
use crate::told::Told;
use crate::waiting::while_following;
use clap::Args;
use medshare_agent::client::{ClientError, NodeClient};
use medshare_agent::request::{FetchError, Fetched, Following, RequestError, Wanted, answered, follow};
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::text::short;
use medshare_cli_terminal::{Answer, Failure, Progress, shell, whole};
use medshare_exchange::api::{ApiError, RequestState, RequestStatus};
use medshare_ledger::facts::NetworkFacts;
use medshare_ledger::request_proof::AnsweringBlock;
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
    /// Whether it is known to be the package of the request: without a genesis nobody can look.
    verified: bool,
}

/// A request on its way: where it is asked after, and the file for its package, begun before it is sent.
pub struct Delivery<'a> {
    context: &'a Context,
    node: &'a NodeClient,
    asked: Asked<'a>,
    path: PathBuf,
    output: Output,
    patience: Duration,
    start: Instant,
    /// What is told where this command is interrupted.
    told: Option<Interruption>,
}

/// What is said of a package that could not be looked at.
const UNVERIFIED: &str = "\nwithout the network's genesis nobody looked whether this is the package: `medshare package info` with --genesis does";

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

    /// Begins the file for the package of a request.
    ///
    /// # Errors
    /// When there can be none of this name, or the node belongs to another network: then nothing should be sent.
    pub fn begin<'a>(
        &self,
        context: &'a Context,
        node: &'a NodeClient,
        asked: Asked<'a>,
    ) -> Result<Delivery<'a>, Failure> {
        node.check_network().map_err(Told::told)?;
        let default = || PathBuf::from(format!("{}.package", asked.request.to_string().get(..8).unwrap_or_default()));
        let path = self.out.clone().unwrap_or_else(default);
        let output = Output::begin(&path)?;
        let (patience, start) = (Duration::from_secs(self.timeout), Instant::now());
        Ok(Delivery { context, node, asked, path, output, patience, start, told: None })
    }
}

impl Delivery<'_> {
    /// Says which request this is, so that it can be fetched whatever happens to this command. It is sent next.
    pub fn announce(&mut self) {
        Progress::note(self.context.json(), &format!("request {}", self.asked.request));
        self.tell_if_interrupted("the request was being sent, and a node may have it");
    }

    fn tell_if_interrupted(&mut self, what: &str) {
        let hint = self.asked.where_it_is(self.context);
        let request = self.asked.request.to_string();
        let more = |failure: Failure| failure.detail("request", request).hint(hint);
        self.told = Some(Interruption::tells(what, self.context.json(), more));
    }

    /// A call with a request that did not end with its being taken. Where no answer came, or the answer that it was there before, it may be
    /// on its way; else it is remembered that it was refused, or not sent at all.
    pub fn perhaps_taken(&self, error: ClientError) -> Failure {
        let (context, request) = (self.context, &self.asked.request);
        let where_it_is = self.asked.where_it_is(context);
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

    /// Follows the request from where it stands until its package is stored. `through_indecision`: also while the network does not decide.
    ///
    /// # Errors
    /// When it is refused, takes too long, or cannot be stored.
    pub fn finish(mut self, status: RequestStatus, through_indecision: bool) -> Result<Answer, Failure> {
        self.tell_if_interrupted("the request is sent, and nodes go on with it");
        let Self { context, node, patience, .. } = self;
        let Asked { request, owner, proof, .. } = self.asked;
        let facts = context.facts_if_named()?;
        let following = Following { node, request, owner, patience, through_indecision };
        let status = while_following(context, node, "waiting for the package", |waiting| {
            let followed = follow(&following, status, |status| waiting.say(stage(status)));
            followed.or_else(|error| answered_all_the_same(error, facts.as_ref(), &following))
        });
        let status = status.map_err(|error| {
            if let RequestError::Refused { status } = &error {
                let said = status.error.clone().unwrap_or_else(|| ApiError::new("unknown", "no reason given"));
                remember(context, || remembered::ended(&request, Ended::Refused(said)));
            }
            not_delivered(context, error, &self.asked)
        })?;
        let progress = Progress::start(context.json(), "fetching the package");
        let told =
            |failure: Failure| failure.detail("request", request.to_string()).hint(self.asked.where_it_is(context));
        let wanted = Wanted { facts: facts.as_ref(), request, owner, proof };
        let others = node.nodes().len() > 1;
        let passed_over = |error: &FetchError| {
            if others && !matches!(error, FetchError::Node(_)) {
                Progress::note(context.json(), &format!("note: {}", line(&error.to_string())));
            }
        };
        let fetched = wanted.fetch(node, self.output.unfinished()?, passed_over);
        let Fetched { bytes, answer } = fetched.map_err(|error| match error {
            FetchError::Node(error) => not_delivered(context, error.into(), &self.asked),
            FetchError::Unread(error) => told(error.told()),
            other => told(not_it(&other)),
        })?;
        self.output.finish().map_err(told)?;
        let mut status = status;
        if let Some(AnsweringBlock { block, height, .. }) = answer {
            remember(context, || remembered::decided(&request, block));
            (status.block, status.height) = (Some(block.to_string()), Some(height.0));
        }
        drop(progress);
        let (file, ms) = (self.path.display().to_string(), self.start.elapsed().as_millis());
        let delivered = Delivered { file, bytes, ms, verified: answer.is_some(), status };
        Answer::new(&delivered, delivered.text(&(self.asked.key() + &context.typed())))
    }
}

/// What nodes say of a request is not its end where any of them proves that the ledger has its answer.
fn answered_all_the_same(
    error: RequestError,
    facts: Option<&NetworkFacts>,
    following: &Following<'_>,
) -> Result<RequestStatus, RequestError> {
    let (RequestError::Refused { status }
    | RequestError::Undecided { status }
    | RequestError::StillProcessing { status, .. }) = &error
    else {
        return Err(error);
    };
    let Some(answer) = facts.and_then(|facts| answered(following.node, facts, following.request).ok()) else {
        return Err(error);
    };
    let (block, height) = (Some(answer.block.to_string()), Some(answer.height.0));
    Ok(RequestStatus { state: RequestState::Delivered, error: None, block, height, ..(**status).clone() })
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
    /// `options` are those that opening the package needs besides.
    fn text(&self, options: &str) -> String {
        let doubt = if self.verified { "" } else { UNVERIFIED };
        let stages = self.status.stages.iter().map(|s| format!("  {:>6} ms  {}\n", s.after_ms, line(s.name())));
        let block = self.status.block.as_deref().map(short).unwrap_or_default();
        format!(
            "delivered {} ({} bytes) in {} ms\n{}parent block {block} at height {}{}\nopen it: medshare package open {}{options}",
            self.file,
            self.bytes,
            self.ms,
            stages.collect::<String>(),
            self.status.height.unwrap_or_default(),
            doubt,
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
