//! `medshare request submit`.

use super::asked::{Asked, Entitled};
use super::follow::{DeliveryArgs, remember};
use super::sign::WishArgs;
use crate::Context;
use crate::remembered;
use crate::waiting::while_following;
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
    let bytes = signed.encode();
    let (owner, proof) = (Some(signed.request.owner), Proof::Request(&bytes));
    let asked = Asked { request: signed.hash(), owner, proof, typed: Entitled::Key(args.wish.key()) };
    let mut delivery = args.delivery.begin(context, &node, asked)?;
    delivery.announce();
    remember(context, || remembered::sent(&signed));
    let what = "waiting until a node takes the request";
    let sent = while_following(context, &node, what, |_| send_fresh(&node, &signed));
    let status = sent.map_err(|error| delivery.perhaps_taken(error))?;
    delivery.finish(status, false)
}
