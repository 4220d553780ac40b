//! The write-ahead log as the engine talks to it.

use std::io;

use arc_malachitebft_app_channel::app::consensus::Input;
use arc_malachitebft_app_channel::app::engine::wal::{Msg, WalRef, WalReply, decode_entry, encode_entry};
use arc_malachitebft_app_channel::app::types::core::ValueOrigin;
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::Height;
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr, async_trait};

use super::votes::VoteLog;
use crate::codec::WireCodec;
use crate::context::{Context, EngineHeight};
use crate::fault::{Fault, Halt};
use medshare_node_store::fault::StoreFault;

struct WalActor;

struct State {
    file: VoteLog,
    /// Entries found at the start, until the engine asks for them.
    found: Vec<Vec<u8>>,
    /// Whether nothing is signed, so that what was before must stay as it is.
    observes: bool,
    halt: Halt,
}

/// Starts the actor over an open log, with the entries found in it. One that `observes` changes nothing in it.
pub(crate) async fn spawn(
    file: VoteLog,
    found: Vec<Vec<u8>>,
    observes: bool,
    halt: Halt,
) -> Result<WalRef<Context>, SpawnErr> {
    let (actor, _) = Actor::spawn(None, WalActor, State { file, found, observes, halt }).await?;
    Ok(actor)
}

/// Hashes of the batches that the entries say were found good here, and so were stored; an error when the engine will not be able to
/// replay every entry.
pub(crate) fn accepted(entries: &[Vec<u8>]) -> io::Result<Vec<Hash32>> {
    let decoded = entries.iter().map(|entry| decode_entry::<Context, _, _>(&WireCodec, &entry[..]));
    let hash = |input: Input<Context>| match input {
        Input::ProposedValue(proposed, _) if proposed.validity.is_valid() => Some(proposed.value.0),
        _ => None,
    };
    decoded.filter_map(|input| input.map(hash).transpose()).collect()
}

#[async_trait]
impl Actor for WalActor {
    type Msg = Msg<Context>;
    type State = State;
    type Arguments = State;

    async fn pre_start(&self, _myself: ActorRef<Self::Msg>, state: State) -> Result<State, ActorProcessingErr> {
        Ok(state)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Self::Msg>,
        message: Msg<Context>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::StartedHeight(height, reply) => answer(reply, state.started(height)),
            Msg::Reset(_, reply) if state.observes => answer(reply, Ok(())),
            Msg::Reset(height, reply) => {
                let result = state.file.start(height.0);
                answer(reply, state.or_halt(result));
            }
            Msg::Append(height, entry, reply) => answer(reply, state.append(height, entry)),
            Msg::Flush(reply) => {
                let result = tokio::task::block_in_place(|| state.file.flush());
                answer(reply, state.or_halt(result));
            }
            Msg::Dump => {}
        }
        Ok(())
    }
}

impl State {
    fn started(&mut self, height: EngineHeight) -> eyre::Result<Vec<io::Result<Input<Context>>>> {
        let current = self.file.height();
        if current == height.0 {
            let found = std::mem::take(&mut self.found);
            return Ok(found.into_iter().map(|entry| decode_entry(&WireCodec, &entry[..])).collect());
        }
        if current > height.0 {
            // Abstention keeps the engine from voting below what it signed before; were it to fail, stop here.
            return self.or_halt(Err(self.behind(height.0)));
        }
        self.found.clear();
        let result = self.file.start(height.0);
        self.or_halt(result).map(|()| Vec::new())
    }

    fn append(&mut self, height: EngineHeight, entry: Input<Context>) -> eyre::Result<()> {
        let current = self.file.height();
        if current != height.0 {
            // An entry of a height that ended meanwhile; it cannot lead to a vote in the current one.
            tracing::warn!(%height, %current, "an entry for the write-ahead log is of another height and was left out");
            return Ok(());
        }
        // What was fetched is decided, and stored when it is committed: no vote rests on it, and it is fetched again.
        if matches!(entry, Input::ProposedValue(_, ValueOrigin::Sync)) {
            return Ok(());
        }
        let mut bytes = Vec::new();
        let encoded = encode_entry(entry, &WireCodec, &mut bytes)
            .map_err(|error| Fault::new("encoding an entry of the write-ahead log", error));
        match encoded {
            Ok(()) => {
                let result = self.file.append(&bytes);
                self.or_halt(result)
            }
            Err(fault) => {
                self.halt.raise(fault.clone());
                Err(fault.into())
            }
        }
    }

    fn behind(&self, height: Height) -> StoreFault {
        let reason = format!("it is of height {} although height {height} is being decided", self.file.height());
        StoreFault::Damaged { path: "the write-ahead log".into(), reason }
    }

    /// Halts the node when the disk refused. The engine is told too, and does not send what it could not log.
    fn or_halt<T>(&self, result: Result<T, StoreFault>) -> eyre::Result<T> {
        result.map_err(|error| {
            let fault = Fault::new("writing the write-ahead log", error);
            self.halt.raise(fault.clone());
            fault.into()
        })
    }
}

fn answer<T>(reply: WalReply<T>, result: eyre::Result<T>) {
    if reply.send(result).is_err() {
        tracing::debug!("the engine ended before the write-ahead log answered");
    }
}
