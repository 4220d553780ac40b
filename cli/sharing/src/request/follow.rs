//! What `submit`, `send` and `fetch` share: following a request and fetching its package.

use crate::Context;
use crate::told::Told as _;
use clap::Args;
use medshare_agent::client::{ClientError, NodeClient};
use medshare_agent::request::{RequestError, fetch_package, follow};
use medshare_cli_terminal::text::short;
use medshare_cli_terminal::{Answer, Exit, Failure, Progress};
use medshare_crypto::hash::Hash32;
use medshare_exchange::api::RequestStatus;
use medshare_ledger::id::OwnerId;
use serde::Serialize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How long to wait, and where the package goes.
#[derive(Debug, Args)]
pub struct DeliveryArgs {
    /// File for the package; an existing one is never replaced. Default: the request's first digits, then .package.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How long to wait for the package.
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
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

impl DeliveryArgs {
    /// Refuses to start when the package's file exists already.
    ///
    /// # Errors
    /// When it does.
    pub fn check(&self, request: &Hash32) -> Result<(), Failure> {
        let path = self.path(request);
        if path.exists() {
            let message = format!("{} exists already; choose a new file with --out", path.display());
            return Err(Failure::new(Exit::Failure, "output", message));
        }
        Ok(())
    }

    /// Follows a request that was sent at `start` until its package is stored.
    ///
    /// # Errors
    /// When it is refused, takes too long, or cannot be stored.
    pub fn deliver(
        &self,
        context: &Context,
        node: &NodeClient,
        request: Hash32,
        owner: Option<OwnerId>,
        status: RequestStatus,
        start: Instant,
    ) -> Result<Answer, Failure> {
        let progress = Progress::start(context.json(), "request received");
        let patience = Duration::from_secs(self.timeout);
        let status = follow(node, &request, owner, status, patience, |status| {
            if let Some(stage) = status.stages.last() {
                progress.say(format!("{} ({} stages done)", stage.name(), status.stages.len()));
            }
        });
        let status = status.map_err(|error| not_delivered(error, &request, owner))?;
        progress.say("fetching the package".to_owned());
        let path = self.path(&request);
        let fetched = fetch_package(node, &request, owner, &path);
        let bytes = fetched.map_err(|error| not_delivered(error, &request, owner))?;
        drop(progress);
        let delivered = Delivered { file: path.display().to_string(), bytes, ms: start.elapsed().as_millis(), status };
        Answer::new(&delivered, delivered.text())
    }

    fn path(&self, request: &Hash32) -> PathBuf {
        let default = || {
            let name: String = request.to_string().chars().take(8).collect();
            PathBuf::from(format!("{name}.package"))
        };
        self.out.clone().unwrap_or_else(default)
    }
}

impl Delivered {
    fn text(&self) -> String {
        let stages = self.status.stages.iter().map(|s| format!("  {:>6} ms  {}\n", s.after_ms, s.name()));
        let block = self.status.block.as_deref().map(short).unwrap_or_default();
        format!(
            "delivered {} ({} bytes) in {} ms\n{}parent block {block} at height {}\nopen it: medshare package open {}",
            self.file,
            self.bytes,
            self.ms,
            stages.collect::<String>(),
            self.status.height.unwrap_or_default(),
            self.file
        )
    }
}

/// A call with a request to which no answer came, or the answer that it was there before: the request may be on its way.
pub fn perhaps_taken(error: ClientError, request: &Hash32, owner: Option<OwnerId>) -> Failure {
    let where_it_is = where_it_is(request, owner);
    if error.code() == Some("replay") {
        return error.told().hint(where_it_is);
    }
    let is_unclear = error.may_have_arrived();
    let failure = error.told();
    if is_unclear {
        failure.hint(format!("is a node running? If one took the request, {where_it_is}"))
    } else {
        failure
    }
}

/// A request that was taken and did not lead to a package here.
fn not_delivered(error: RequestError, request: &Hash32, owner: Option<OwnerId>) -> Failure {
    match error {
        RequestError::Node(error) => perhaps_taken(error, request, owner),
        RequestError::Undecided { .. } | RequestError::StillProcessing { .. } => {
            error.told().hint(where_it_is(request, owner))
        }
        RequestError::Refused { .. } | RequestError::Store { .. } => error.told(),
    }
}

fn where_it_is(request: &Hash32, owner: Option<OwnerId>) -> String {
    let of = owner.map_or_else(String::new, |owner| format!(" --owner {owner}"));
    format!(
        "`medshare request status {request}{of}` tells what became of it; `medshare request fetch` with the same arguments waits for its package"
    )
}
