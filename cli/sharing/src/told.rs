//! What errors of nodes, files and keys mean to people: an exit code, a stable word, and what to do next.

mod audit;
mod genesis;
mod key;
mod node;
mod request;
mod session;
mod unconfirmed;

pub use node::{MORE_NODES, refusals};

use medshare_cli_terminal::Failure;

/// An error for which there are words; a call that may end with it is followed by `.map_err(Told::told)?`.
pub trait Told {
    /// The failure that is told.
    fn told(self) -> Failure;
}
