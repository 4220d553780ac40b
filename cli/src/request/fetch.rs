//! `medshare request fetch`.

use super::follow::DeliveryArgs;
use super::status::WhichArgs;
use crate::answer::Answer;
use crate::context::Context;
use crate::failure::Failure;
use clap::Args;
use std::time::Instant;

/// Store the package of a request, waiting for it where it is not ready.
#[derive(Debug, Args)]
pub struct FetchArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
}

pub fn run(args: &FetchArgs, context: &Context) -> Result<Answer, Failure> {
    let node = context.node()?;
    let (request, owner) = (args.which.request, args.which.owner(context)?);
    args.delivery.check(&request)?;
    let start = Instant::now();
    let status = node.request(&request, owner, 0)?;
    args.delivery.deliver(context, &node, request, owner, status, start)
}
