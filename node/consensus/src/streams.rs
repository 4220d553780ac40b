//! Puts the parts of proposals together, within bounds.
//!
//! The engine's broadcast opens a substream for every message, so parts arrive in any order, the opening not always first. A peer
//! has at most [`MAX_STREAMS_PER_PEER`] unfinished streams of at most [`MAX_DATA_PARTS`] pieces of [`PART_BYTES`]: that bounds what
//! it can make this node hold, and [`MAX_HELD_BYTES`] what all can. A part that contradicts what is known of its stream ends the stream.

use std::collections::BTreeMap;

use arc_malachitebft_app_channel::app::streaming::StreamContent;
use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use bytes::Bytes;
use medshare_ledger::id::{Height, NetworkId, NodeId};

use super::limits::{
    MAX_DATA_PARTS, MAX_HEIGHTS_AHEAD, MAX_HELD_BYTES, MAX_ROUNDS_AHEAD, MAX_STREAMS_PER_PEER, PART_BYTES,
};
use super::members::Members;
use super::part::{Opening, Part};
use super::shares::{self, Held};

/// Longest stream id in bytes.
pub const MAX_STREAM_ID_BYTES: usize = 64;

/// A proposal whose parts are all there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What was announced, with the proposer's signature.
    pub opening: Opening,
    /// What came as the batch, of the announced length. Anybody can stream other bytes under an announcement.
    pub bytes: Bytes,
}

impl Whole {
    /// The height that it is proposed for.
    #[must_use]
    pub fn height(&self) -> Height {
        self.opening.announcement.height
    }

    /// The round that it is proposed in.
    #[must_use]
    pub fn round(&self) -> u32 {
        self.opening.announcement.round
    }

    /// Who signed for it.
    #[must_use]
    pub fn proposer(&self) -> NodeId {
        self.opening.announcement.proposer
    }
}

/// Why a part was not taken; its stream is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartRefused {
    /// Numbers that make no sense, another network, a height of the past or far ahead.
    #[error("the announcement is out of bounds")]
    Implausible,
    /// A second part with the number of another, or a number beyond the longest stream.
    #[error("the part does not fit into its stream")]
    Misplaced,
    /// Not signed by a validator.
    #[error("the announcement is not signed by a validator of this height")]
    NotSigned,
    /// By a validator whose turn it is not.
    #[error("the announcement is not by the proposer of its round")]
    NotProposer,
    /// More, fewer or longer pieces than announced.
    #[error("the pieces do not have the announced length")]
    WrongLength,
}

/// Where the node stands, for judging announcements.
pub struct Standing<'a> {
    /// The height that is being decided.
    pub height: Height,
    /// Its round.
    pub round: u32,
    /// Its members.
    pub members: &'a Members,
}

/// The unfinished streams of all peers.
pub struct Streams {
    network: NetworkId,
    open: Held<Stream>,
}

impl Streams {
    /// No streams.
    #[must_use]
    pub fn new(network: NetworkId) -> Self {
        Self { network, open: Held::new() }
    }

    /// Takes a part of a stream of `peer`; gives the whole batch when it was the last one missing.
    ///
    /// # Errors
    /// When the part is refused.
    pub fn take(
        &mut self,
        peer: PeerId,
        message: StreamMessage<Part>,
        standing: &Standing<'_>,
    ) -> Result<Option<Whole>, PartRefused> {
        let id = message.stream_id;
        if id.to_bytes().len() > MAX_STREAM_ID_BYTES {
            return Err(PartRefused::Implausible);
        }
        let streams = self.open.entry(peer).or_default();
        let known = streams.iter().position(|stream| stream.id == id).and_then(|index| streams.remove(index));
        let mut stream = known.unwrap_or_else(|| Stream::new(id, standing.height));
        match message.content {
            StreamContent::Data(Part::Opening(signed)) => {
                let opening = Opening::received(*signed, None);
                stream.open(message.sequence, announced(self.network, opening, standing)?)?;
            }
            StreamContent::Data(Part::Again(signed, made)) => {
                let opening = Opening::received(*signed, Some(made));
                stream.open(message.sequence, announced(self.network, opening, standing)?)?;
            }
            StreamContent::Data(Part::Piece(piece)) => stream.add(message.sequence, piece)?,
            StreamContent::Fin => stream.end(message.sequence)?,
        }
        match stream.finish()? {
            Progress::Whole(whole) => Ok(Some(whole)),
            Progress::Missing(stream) => {
                if streams.len() >= MAX_STREAMS_PER_PEER {
                    streams.pop_front();
                }
                streams.push_back(stream);
                shares::shrink(&mut self.open, peer, MAX_HELD_BYTES, Stream::bytes);
                Ok(None)
            }
        }
    }

    /// Drops the streams of heights up to `height`, and those that nobody announced since before it.
    pub fn forget(&mut self, height: Height) {
        self.open.retain(|_, streams| {
            streams.retain(|stream| match &stream.opening {
                Some(opening) => opening.announcement.height > height,
                None => stream.begun_at >= height,
            });
            !streams.is_empty()
        });
    }
}

fn announced(network: NetworkId, opening: Opening, standing: &Standing<'_>) -> Result<Opening, PartRefused> {
    let Opening { announcement, signature, .. } = &opening;
    let is_current = announcement.height == standing.height;
    let round = if is_current { standing.round } else { 0 };
    let is_near = announcement.round <= round.saturating_add(MAX_ROUNDS_AHEAD);
    let heights = standing.height..=Height(standing.height.0.saturating_add(MAX_HEIGHTS_AHEAD));
    let is_in_bounds = announcement.is_plausible() && is_near && heights.contains(&announcement.height);
    if announcement.network != network || !is_in_bounds {
        return Err(PartRefused::Implausible);
    }
    let key = standing.members.key_of(announcement.proposer).ok_or(PartRefused::NotSigned)?;
    key.verify(announcement, signature).map_err(|_| PartRefused::NotSigned)?;
    let is_due = standing.members.proposer_id(announcement.round) == announcement.proposer;
    if is_current && !is_due {
        return Err(PartRefused::NotProposer);
    }
    Ok(opening)
}

enum Progress {
    Missing(Stream),
    Whole(Whole),
}

struct Stream {
    id: StreamId,
    begun_at: Height,
    opening: Option<Opening>,
    /// By their numbers in the stream, which begin at 1: the opening is 0.
    pieces: BTreeMap<u64, Vec<u8>>,
    end: Option<u64>,
}

impl Stream {
    fn new(id: StreamId, begun_at: Height) -> Self {
        Self { id, begun_at, opening: None, pieces: BTreeMap::new(), end: None }
    }

    fn open(&mut self, sequence: u64, opening: Opening) -> Result<(), PartRefused> {
        if sequence != 0 || self.opening.is_some() {
            return Err(PartRefused::Misplaced);
        }
        self.opening = Some(opening);
        Ok(())
    }

    fn add(&mut self, sequence: u64, piece: Vec<u8>) -> Result<(), PartRefused> {
        if piece.is_empty() || piece.len() > PART_BYTES {
            return Err(PartRefused::WrongLength);
        }
        let is_in_bounds = (1..=MAX_DATA_PARTS as u64).contains(&sequence);
        if !is_in_bounds || self.pieces.insert(sequence, piece).is_some() {
            return Err(PartRefused::Misplaced);
        }
        Ok(())
    }

    fn end(&mut self, sequence: u64) -> Result<(), PartRefused> {
        if !(2..=MAX_DATA_PARTS as u64 + 1).contains(&sequence) || self.end.replace(sequence).is_some() {
            return Err(PartRefused::Misplaced);
        }
        Ok(())
    }

    /// How many bytes of pieces are there.
    fn bytes(&self) -> usize {
        self.pieces.values().map(Vec::len).sum()
    }

    fn finish(self) -> Result<Progress, PartRefused> {
        let (Some(opening), Some(end)) = (&self.opening, self.end) else {
            return Ok(Progress::Missing(self));
        };
        if self.pieces.last_key_value().is_some_and(|(last, _)| *last >= end) {
            return Err(PartRefused::Misplaced);
        }
        if self.pieces.len() as u64 + 1 < end {
            return Ok(Progress::Missing(self));
        }
        let bytes: Vec<u8> = self.pieces.into_values().flatten().collect();
        if bytes.len() != opening.announcement.bytes as usize {
            return Err(PartRefused::WrongLength);
        }
        Ok(Progress::Whole(Whole { opening: opening.clone(), bytes: bytes.into() }))
    }
}

#[cfg(test)]
mod tests;
