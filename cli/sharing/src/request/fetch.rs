//! `medshare request fetch`.

use super::follow::DeliveryArgs;
use super::send::read;
use super::status::WhichArgs;
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::told::Told;
use clap::Args;
use medshare_agent::client::Proof;
use medshare_cli_terminal::{Answer, Failure};
use std::path::PathBuf;

/// Store the package of a request, waiting for it where it is not ready or not decided.
///
/// A node gives it to nobody else than the requestor who asked, so your key signs for it.
#[derive(Debug, Args)]
pub struct FetchArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    key: KeyFileArgs,
    /// File of `request sign`, in place of your key where that is not at hand.
    #[arg(long, value_name = "FILE")]
    signed: Option<PathBuf>,
    #[command(flatten)]
    delivery: DeliveryArgs,
}

pub fn run(args: &FetchArgs, context: &Context) -> Result<Answer, Failure> {
    let node = args.delivery.patient(context.node()?);
    let (signed, keys) = match &args.signed {
        Some(path) => (read(path)?, None),
        None => (Vec::new(), Some(args.key.requestor()?)),
    };
    let proof = keys.as_ref().map_or(Proof::Request(&signed), |keys| Proof::Key(&keys.signing));
    let (request, owner) = (args.which.request()?, args.which.owner(context)?);
    let delivery = args.delivery.begin(context, &node, request, owner, proof)?;
    let status = node.request(&request, owner, 0).map_err(Told::told)?;
    delivery.finish(status, true)
}
