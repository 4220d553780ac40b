//! Binds what the engine is generic over to the types of this crate.

use arc_malachitebft_app_channel::app::types::core as engine;
use medshare_crypto::hash::Hash32;

use super::context::{Address, BatchHash, Context, EngineHeight, NilOrVal, Proposal, Round, Vote, VoteType};
use super::members::{Member, Members};
use super::part::Part;
use super::signing::Scheme;
use super::timeouts::Timeouts;

impl engine::Context for Context {
    type Address = Address;
    type Height = EngineHeight;
    type ProposalPart = Part;
    type Proposal = Proposal;
    type Validator = Member;
    type ValidatorSet = Members;
    type Timeouts = Timeouts;
    type Value = BatchHash;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Scheme;

    fn select_proposer<'a>(&self, members: &'a Members, _height: EngineHeight, round: Round) -> &'a Member {
        // The order is that of the members' height already.
        members.proposer(round.as_u32().unwrap_or_default())
    }

    fn new_proposal(
        &self,
        height: EngineHeight,
        round: Round,
        value: BatchHash,
        valid_round: Round,
        proposer: Address,
    ) -> Proposal {
        Proposal { height, round, value, valid_round, proposer }
    }

    fn new_prevote(&self, height: EngineHeight, round: Round, value: NilOrVal<Hash32>, voter: Address) -> Vote {
        Vote { kind: VoteType::Prevote, height, round, value, voter }
    }

    fn new_precommit(&self, height: EngineHeight, round: Round, value: NilOrVal<Hash32>, voter: Address) -> Vote {
        Vote { kind: VoteType::Precommit, height, round, value, voter }
    }
}
