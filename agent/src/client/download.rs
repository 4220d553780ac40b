//! Files: written as they arrive, and had of another node where they come too slowly.

use super::arriving::Arriving;
use super::reasons::reason;
use super::times::Kind;
use super::transport::{Call, unreachable};
use super::{ClientError, NodeClient, NodeUrl};
use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write};
use ureq::Body;
use ureq::http::Response;

/// Where a file goes.
pub trait Destination: Write {
    /// Takes away what was written: another node's file comes in its place.
    ///
    /// # Errors
    /// The system's.
    fn clear(&mut self) -> io::Result<()>;
}

impl Destination for File {
    fn clear(&mut self) -> io::Result<()> {
        self.set_len(0)?;
        self.rewind()
    }
}

impl Destination for io::Sink {
    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
impl Destination for Vec<u8> {
    fn clear(&mut self) -> io::Result<()> {
        Self::clear(self);
        Ok(())
    }
}

impl NodeClient {
    /// Writes the answer to a call to `out` as it arrives, but no more than it may be long; returns its length in bytes. Of a node from which
    /// it does not come whole nothing stays, and the next one is asked.
    pub(super) fn download(
        &self,
        call: Call<'_>,
        arriving: &Arriving,
        out: &mut impl Destination,
    ) -> Result<u64, ClientError> {
        loop {
            let (node, answer) = self.ask(Call { kind: Kind::Download, ..call })?;
            let (is_one_of_more, is_news) = (self.nodes.len() > 1, || self.hung.note(&node));
            match self.take_file(&node, answer, arriving.clone(), out) {
                Err(ClientError::Unreachable { .. }) if is_news() && is_one_of_more => {}
                Err(ClientError::Answer { .. }) if is_one_of_more && is_news() => {}
                taken => return taken,
            }
            out.clear().map_err(ClientError::Store)?;
        }
    }

    fn take_file(
        &self,
        node: &NodeUrl,
        mut answer: Response<Body>,
        mut arriving: Arriving,
        out: &mut impl Destination,
    ) -> Result<u64, ClientError> {
        let mut body = answer.body_mut().with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 256 * 1024];
        let (mut length, mut coming) = (0, self.coming());
        loop {
            let count = body.read(&mut buffer).map_err(|e| unreachable(node, reason(&e.into())))?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
                return Ok(length);
            };
            length += count as u64;
            arriving.take(part, length).map_err(|reason| ClientError::Answer { node: node.clone(), reason })?;
            out.write_all(part).map_err(ClientError::Store)?;
            if self.is_too_slow(node, &mut coming, length) {
                return Err(unreachable(node, "it sends too slowly".to_owned()));
            }
        }
    }
}
