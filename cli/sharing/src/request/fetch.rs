//! `medshare request fetch`.

use super::follow::DeliveryArgs;
use super::status::WhichArgs;
use crate::Context;
use crate::told::Told;
use clap::Args;
use medshare_cli_terminal::{Answer, Failure};

/// Store the package of a request, waiting for it where it is not ready or not decided.
#[derive(Debug, Args)]
pub struct FetchArgs {
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
}

pub fn run(args: &FetchArgs, context: &Context) -> Result<Answer, Failure> {
    let node = args.delivery.patient(context.node()?);
    let (request, owner) = (args.which.request()?, args.which.owner(context)?);
    let delivery = args.delivery.begin(context, &node, request, owner)?;
    let status = node.request(&request, owner, 0).map_err(Told::told)?;
    delivery.finish(status, true)
}
