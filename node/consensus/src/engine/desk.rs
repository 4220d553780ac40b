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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use crate::context::EngineHeight;
    use medshare_ledger::id::Height;
    use ractor::concurrency::oneshot;

    #[tokio::test]
    async fn a_question_that_is_answered_late_keeps_no_other_one_waiting() {
        let (desk, mut questions) = open().await.unwrap();
        let (first, _first_height) = oneshot();
        desk.cast(HostMsg::ConsensusReady { reply_to: first.into() }).unwrap();
        let (asked, answered) = oneshot();
        desk.cast(HostMsg::GetHistoryMinHeight { reply_to: asked.into() }).unwrap();
        let Some(HostMsg::ConsensusReady { reply_to: held }) = questions.recv().await else { panic!("the first") };
        let Some(HostMsg::GetHistoryMinHeight { reply_to }) = questions.recv().await else { panic!("the second") };
        reply_to.send(EngineHeight(Height(1))).unwrap();
        assert_eq!(answered.await.unwrap(), EngineHeight(Height(1)));
        drop(held);
    }
}
