//! `medshare request send`.

use super::asked::{Asked, Entitled};
use super::follow::{DeliveryArgs, remember};
use crate::Context;
use crate::file_kind::told_apart;
use crate::remembered;
use crate::waiting::while_following;
use clap::Args;
use medshare_agent::client::Proof;
use medshare_cli_terminal::file_kind::REQUEST;
use medshare_cli_terminal::{Answer, Exit, Failure, io_words};
use medshare_exchange::request::{MAX_REQUEST_BYTES, SignedRequest};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Send a request that `request sign` made, follow its stages, and store the package.
///
/// Whether it is a good request is the node's to say; a file that holds none is not sent. It may be sent again while nothing
/// is decided about it; afterwards it is refused as a replay, and `request fetch --signed` has its package.
#[derive(Debug, Args)]
pub struct SendArgs {
    /// File with the signed request.
    file: PathBuf,
    #[command(flatten)]
    delivery: DeliveryArgs,
}

pub fn run(args: &SendArgs, context: &Context) -> Result<Answer, Failure> {
    let node = args.delivery.patient(context.node()?);
    let (bytes, signed) = read(&args.file)?;
    let (owner, proof) = (Some(signed.request.owner), Proof::Request(&bytes));
    let asked = Asked { request: signed.hash(), owner, proof, typed: Entitled::Signed(&args.file) };
    let mut delivery = args.delivery.begin(context, &node, asked)?;
    delivery.announce();
    remember(context, || remembered::sent(&signed));
    let what = "waiting until a node takes the request";
    let sent = while_following(context, &node, what, |_| node.send_request_bytes(&bytes));
    let status = sent.map_err(|error| delivery.perhaps_taken(error))?;
    delivery.finish(status, false)
}

/// The signed request in a file, and its bytes as they are. What is no request stays here: it may be a key.
///
/// # Errors
/// When the file cannot be read, or holds something else.
pub fn read(path: &Path) -> Result<(Vec<u8>, SignedRequest), Failure> {
    let mut bytes = Vec::new();
    let limit = 2 * MAX_REQUEST_BYTES as u64;
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    read.map_err(|e| {
        let message = format!("cannot read the request {}: {}", path.display(), io_words(&e));
        Failure::new(Exit::Failure, "file", message)
    })?;
    let signed = SignedRequest::decode(&bytes).map_err(|_| {
        let message = format!("{} holds no data request", path.display());
        let failure = Failure::new(Exit::Verification, "malformed", message);
        told_apart(failure.hint("the file is the one that `medshare request sign` made with --out"), path, REQUEST)
    })?;
    Ok((bytes, signed))
}
