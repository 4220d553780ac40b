//! Files: written as they arrive, and given up where next to nothing arrives.

use super::arriving::Arriving;
use super::reasons::reason;
use super::times::Kind;
use super::transport::{Call, unreachable};
use super::{ClientError, NodeClient};
use std::io::{Read as _, Write};
use std::time::{Duration, Instant};

/// So many bytes are the least that must come, which a slow line carries ...
const LEAST_BYTES: u64 = 256 * 1024;
/// ... within this time.
const LEAST_TIME: Duration = Duration::from_secs(60);

impl NodeClient {
    /// Writes the answer to a call to `out` as it arrives, but no more than it may be long; returns its length in bytes.
    pub(super) fn download(
        &self,
        call: Call<'_>,
        mut arriving: Arriving,
        out: &mut impl Write,
    ) -> Result<u64, ClientError> {
        let (node, mut answer) = self.ask(Call { kind: Kind::Download, ..call })?;
        let mut body = answer.body_mut().with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 256 * 1024];
        let mut length = 0;
        let (mut since, mut before) = (Instant::now(), 0);
        loop {
            let count = body.read(&mut buffer).map_err(|e| unreachable(&node, reason(&e.into())))?;
            let Some(part) = buffer.get(..count).filter(|part| !part.is_empty()) else {
                return Ok(length);
            };
            length += count as u64;
            arriving.take(part, length).map_err(|reason| ClientError::Answer { node: node.clone(), reason })?;
            out.write_all(part).map_err(ClientError::Store)?;
            if since.elapsed() >= LEAST_TIME {
                if length.saturating_sub(before) < LEAST_BYTES {
                    return Err(unreachable(&node, "next to nothing arrives from it".to_owned()));
                }
                (since, before) = (Instant::now(), length);
            }
        }
    }
}
