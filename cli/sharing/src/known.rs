//! What is looked through for an id of which only the start was typed: requests that were sent from here, and the lists that the key
//! opens which `--key`, `MEDSHARE_KEY` or the configuration names.

use crate::Context;
use crate::key_file::{KeyFileArgs, of_own, open};
use crate::remembered;
use crate::told::Told;
use medshare_agent::client::NodeClient;
use medshare_cli_terminal::Failure;
use medshare_exchange::api::BlockView;
use medshare_genesis::key_files::read;
use medshare_genesis::keys::{OwnerKeys, StoredKeys as _};
use medshare_ledger::id::{BlockId, RequestorId};

/// In words.
pub const LIST: &str = "the requests that you sent and those on the list of your key";

/// Parent blocks.
///
/// # Errors
/// When the key or the node fails.
pub fn blocks(node: &NodeClient, key: &KeyFileArgs, context: &Context) -> Result<Vec<BlockId>, Failure> {
    let sent = remembered::all()?.into_iter().filter_map(|sent| sent.block);
    let listed = of_key(node, key, context)?.into_iter().map(|block| block.id);
    Ok(sent.chain(listed).filter_map(|id| id.parse().ok()).collect())
}

/// Requestors.
///
/// # Errors
/// As [`blocks`].
pub fn requestors(node: &NodeClient, key: &KeyFileArgs, context: &Context) -> Result<Vec<RequestorId>, Failure> {
    let sent = remembered::all()?.into_iter().map(|sent| sent.requestor);
    let listed = of_key(node, key, context)?.into_iter().map(|block| block.requestor);
    Ok(sent.chain(listed).filter_map(|id| id.parse().ok()).chain(own(key, context)?).collect())
}

/// The RID of the key, where it is a requestor's.
///
/// # Errors
/// When the key file cannot be read.
pub fn own(key: &KeyFileArgs, context: &Context) -> Result<Option<RequestorId>, Failure> {
    let Some((key, _)) = key.named()? else { return Ok(None) };
    context.uses_key(&key.source);
    let header = read(&key.value).map_err(|error| key.source.of(error.told()))?;
    Ok(if header.kind() == "requestor" { header.public().parse().ok() } else { None })
}

/// A requestor's own thread, which needs no passphrase; an owner's requests, which the key signs for.
fn of_key(node: &NodeClient, key: &KeyFileArgs, context: &Context) -> Result<Vec<BlockView>, Failure> {
    if let Some(requestor) = own(key, context)? {
        return Ok(node.thread(requestor).map_err(of_own)?.blocks);
    }
    let Some((key, passphrase)) = key.named()? else { return Ok(Vec::new()) };
    if read(&key.value).map_err(|error| key.source.of(error.told()))?.kind() != "owner" {
        return Ok(Vec::new());
    }
    let keys = open(passphrase, &key.value, OwnerKeys::load);
    let keys = keys.map_err(|failure| key.source.of(failure))?;
    node.owner_requests(&keys.signing).map_err(Told::told)
}
