//! `medshare request submit`.

use super::follow::{DeliveryArgs, perhaps_taken, remember};
use super::sign::WishArgs;
use crate::Context;
use crate::remembered;
use crate::waiting::while_deciding;
use clap::Args;
use medshare_agent::client::Proof;
use medshare_agent::request::send_fresh;
use medshare_cli_terminal::{Answer, Failure};

/// Sign and send a request, follow its stages, and store the package.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    #[command(flatten)]
    wish: WishArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
}

pub fn run(args: &SubmitArgs, context: &Context) -> Result<Answer, Failure> {
    // what is missing is told in this order: the genesis, a node, what is asked for
    context.facts()?;
    let node = args.delivery.patient(context.node()?);
    let signed = args.wish.sign(context)?;
    let (owner, bytes) = (Some(signed.request.owner), signed.encode());
    let mut delivery = args.delivery.begin(context, &node, signed.hash(), owner, Proof::Request(&bytes))?;
    delivery.announce();
    remember(context, || remembered::sent(&signed));
    let what = "waiting until a node takes the request";
    let sent = while_deciding(context, &node, what, || send_fresh(&node, &signed));
    let status = sent.map_err(|error| perhaps_taken(context, error, &signed.hash(), owner))?;
    delivery.finish(status, false)
}
