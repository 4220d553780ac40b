//! Where the engine's questions come in.
//!
//! The engine's own way to its application hands on one question when the one before it is answered, so that whatever is answered
//! late keeps all others waiting: what catches up and what is asked for by those who do, behind the first height that waits until the
//! others listen. Here each waits for its own answer.

use arc_malachitebft_app_channel::app::engine::host::{HostMsg, HostRef};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr, async_trait};
use tokio::sync::mpsc;

use crate::context::Context;

/// Questions that wait before the host; further ones wait here.
const QUESTIONS: usize = 128;

struct Desk;

/// Opens a desk; the questions come out at the other end, in order.
pub(super) async fn open() -> Result<(HostRef<Context>, mpsc::Receiver<HostMsg<Context>>), SpawnErr> {
    let (sender, questions) = mpsc::channel(QUESTIONS);
    let (desk, _) = Actor::spawn(None, Desk, sender).await?;
    Ok((desk, questions))
}

#[async_trait]
impl Actor for Desk {
    type Msg = HostMsg<Context>;
    type State = mpsc::Sender<HostMsg<Context>>;
    type Arguments = mpsc::Sender<HostMsg<Context>>;

    async fn pre_start(
        &self,
        _myself: ActorRef<Self::Msg>,
        sender: mpsc::Sender<HostMsg<Context>>,
    ) -> Result<Self::State, ActorProcessingErr> {
        Ok(sender)
    }

    async fn handle(
        &self,
        _myself: ActorRef<Self::Msg>,
        question: HostMsg<Context>,
        sender: &mut Self::State,
    ) -> Result<(), ActorProcessingErr> {
        if sender.send(question).await.is_err() {
            tracing::debug!("nobody answers the engine any more, which is ending");
        }
        Ok(())
    }
}
