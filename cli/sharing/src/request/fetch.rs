//! `medshare request fetch`.

use super::asked::{Asked, Entitled};
use super::follow::DeliveryArgs;
use super::send::read;
use super::which::{Which, owner_id};
use crate::Context;
use crate::key_file::KeyFileArgs;
use crate::names;
use crate::typed_id::TypedId;
use clap::{ArgGroup, Args};
use medshare_agent::client::Proof;
use medshare_cli_terminal::{Answer, Failure};
use medshare_crypto::hash::Hash32;
use medshare_exchange::request::SignedRequest;
use std::path::PathBuf;

/// Store the package of a request, waiting for it where it is not ready or not decided.
///
/// A node gives it to nobody else than the requestor who asked, so your key signs for it. Of a request that was refused the reason is told.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true).args(["request", "signed"]))]
pub struct FetchArgs {
    /// Hash of the request; of one that was sent from here, or that your key is on the ledger with, the first digits are enough. The file of
    /// --signed says it, too.
    request: Option<TypedId<Hash32>>,
    /// Owner that was asked, by name or OID. Nodes other than the owner's need to know, where it was not sent from here.
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
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
    let signed = args.signed.as_deref().map(read).transpose()?;
    let which = match (&signed, &args.request) {
        (Some((_, signed)), _) => in_file(signed, args, context)?,
        (None, Some(typed)) => Which::typed(typed, args.owner.as_deref(), (&args.key, &node), context)?,
        (None, None) => return Err(Failure::argument("no request is named")),
    };
    let keys = if signed.is_none() { Some(args.key.requestor(context)?) } else { None };
    let bytes = signed.as_ref().map_or(&[][..], |(bytes, _)| bytes);
    let proof = keys.as_ref().map_or(Proof::Request(bytes), |keys| Proof::Key(&keys.signing));
    let typed = args.signed.as_deref().map_or(Entitled::Key(&args.key), Entitled::Signed);
    let asked = Asked { request: which.request, owner: which.owner, proof, typed };
    let delivery = args.delivery.begin(context, &node, asked)?;
    delivery.finish(which.status(&node)?, true)
}

/// The request in the file; what was typed beside it is to say the same.
fn in_file(signed: &SignedRequest, args: &FetchArgs, context: &Context) -> Result<Which, Failure> {
    let which = Which::signed(signed)?;
    if let Some(typed) = &args.request {
        let typed = typed.among("what the file of --signed holds", || Ok(vec![which.request]))?;
        if typed != which.request {
            let message =
                format!("the file of --signed holds the request {}, and another one was typed", which.request);
            return Err(Failure::argument(message));
        }
    }
    if let Some(name) = &args.owner {
        let asked = signed.request.owner;
        if owner_id(name, context)? != asked {
            let asked =
                context.facts_if_named()?.map_or_else(|| asked.to_string(), |facts| names::owner_name(&facts, asked));
            let message = format!("the request in the file of --signed asks {asked}");
            return Err(Failure::argument(message));
        }
    }
    Ok(which)
}
