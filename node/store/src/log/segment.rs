//! One file of the log.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::Deref;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use medshare_ledger::certificate::CommitCertificate;
use medshare_ledger::id::Height;

use super::batch::{DecidedBatch, HEAD_BYTES, certificate_bytes, certificate_in};
use super::{LogError, Repair};
use crate::durable;
use crate::fault::StoreFault;
use crate::record::{self, Depth, Found, HEADER_BYTES, TRAILER_BYTES};

const EXTENSION: &str = "seg";

/// Records between two marks. A mark is 8 bytes of memory; without one, a read walks over the lengths of the records before.
const RECORDS_PER_MARK: u64 = 64;

/// The segments in `folder` with their first heights, in order.
pub(super) fn list(folder: &Path) -> Result<Vec<(Height, PathBuf)>, LogError> {
    let failed = |source| StoreFault::io("listing", folder, source);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let first = path
            .file_stem()
            .filter(|_| path.extension().is_some_and(|extension| extension == EXTENSION))
            .and_then(|stem| stem.to_str())
            .and_then(|stem| stem.parse().ok());
        if let Some(first) = first {
            found.push((Height(first), path));
        }
    }
    found.sort();
    Ok(found)
}

#[derive(Debug)]
pub(super) struct Segment {
    path: PathBuf,
    /// Kept open while the segment is the last one, which is written to. Those before it are opened when they are read: a log of
    /// years has more of them than a process may have descriptors.
    file: Option<File>,
    first: Height,
    count: u64,
    bytes: u64,
    /// Offsets of every [`RECORDS_PER_MARK`]th record.
    marks: Vec<u64>,
}

/// A segment's file for one reading.
enum Opened<'a> {
    Kept(&'a File),
    Own(File),
}

impl Deref for Opened<'_> {
    type Target = File;

    fn deref(&self) -> &File {
        match self {
            Self::Kept(file) => file,
            Self::Own(file) => file,
        }
    }
}

impl Segment {
    /// An empty segment, its name durable.
    pub(super) fn create(folder: &Path, first: Height) -> Result<Self, LogError> {
        let path = folder.join(format!("{:020}.{EXTENSION}", first.0));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&path)
            .map_err(|source| StoreFault::io("creating", &path, source))?;
        durable::sync_folder(folder)?;
        Ok(Self { path, file: Some(file), first, count: 0, bytes: 0, marks: Vec::new() })
    }

    /// Opens a segment and walks over its records; the last segment's payloads are checked too.
    pub(super) fn open(first: Height, path: PathBuf, is_last: bool) -> Result<(Self, Option<Repair>), LogError> {
        let failed = |source| StoreFault::io("opening", &path, source);
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        let file_bytes = file.metadata().map_err(failed)?.len();
        let mut segment = Self { path, file: None, first, count: 0, bytes: 0, marks: Vec::new() };
        let depth = if is_last { Depth::Payload } else { Depth::Length };
        let mut before = 0;
        loop {
            let offset = segment.bytes;
            match segment.found_at(&file, offset, file_bytes, depth)? {
                Found::Record { payload, next } => {
                    if depth == Depth::Payload {
                        segment.check(payload, offset)?;
                    }
                    segment.advance(next);
                    before = offset;
                }
                Found::End => {
                    if is_last {
                        // Its append is the one that may not have come to its end: whoever appends behind it trusts in it.
                        durable::write_anew(&file, &segment.path, before..offset, record::are_whole)?;
                        segment.file = Some(file);
                    }
                    return Ok((segment, None));
                }
                Found::Torn | Found::Zeros if is_last => return segment.cut(file, file_bytes),
                // Unsound, but nothing after it: the blocks of the last write did not all reach the disk.
                Found::Damaged { next: Some(next), .. } if is_last && next == file_bytes => {
                    return segment.cut(file, file_bytes);
                }
                Found::Torn | Found::Zeros => return Err(segment.damaged(offset, "the record is cut off")),
                Found::Damaged { reason, .. } => {
                    return Err(segment.damaged(offset, &format!("{reason} does not match its checksum")));
                }
            }
        }
    }

    fn cut(mut self, file: File, file_bytes: u64) -> Result<(Self, Option<Repair>), LogError> {
        let offset = self.bytes;
        file.set_len(offset)
            .and_then(|()| file.sync_all())
            .map_err(|source| StoreFault::io("truncating", &self.path, source))?;
        let repair = Repair { segment: self.path.clone(), offset, removed: file_bytes - offset };
        self.file = Some(file);
        Ok((self, Some(repair)))
    }

    /// Appends to the last segment, which is open.
    pub(super) fn append(&mut self, record: &[u8]) -> Result<(), LogError> {
        let failed = |source| StoreFault::io("writing", &self.path, source);
        let file = self.file.as_ref().ok_or_else(|| failed(io::ErrorKind::NotFound.into()))?;
        file.write_all_at(record, self.bytes).and_then(|()| file.sync_data()).map_err(failed)?;
        self.advance(self.bytes + record.len() as u64);
        Ok(())
    }

    /// Another segment follows: this one is not written to any more.
    pub(super) fn close(&mut self) {
        self.file = None;
    }

    /// The segment as it is now, for whoever reads it beside this one.
    pub(super) fn to_read(&self) -> Self {
        let Self { first, count, bytes, .. } = *self;
        Self { path: self.path.clone(), file: None, first, count, bytes, marks: self.marks.clone() }
    }

    fn opened(&self) -> Result<Opened<'_>, LogError> {
        if let Some(file) = &self.file {
            return Ok(Opened::Kept(file));
        }
        let file = File::open(&self.path).map_err(|source| StoreFault::io("opening", &self.path, source))?;
        Ok(Opened::Own(file))
    }

    pub(super) fn first(&self) -> Height {
        self.first
    }

    /// The height that follows the segment's last.
    pub(super) fn due(&self) -> Height {
        Height(self.first.0 + self.count)
    }

    pub(super) fn last(&self) -> Option<Height> {
        self.count.checked_sub(1).map(|before| Height(self.first.0 + before))
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The batches from `height` to the end of the segment.
    pub(super) fn iter_from(&self, height: Height) -> impl Iterator<Item = Result<DecidedBatch, LogError>> + '_ {
        let mut due = height;
        let mut offset = None;
        let mut opened = None;
        std::iter::from_fn(move || {
            if due >= self.due() || due < self.first {
                return None;
            }
            let result = match opened.take().map_or_else(|| self.opened(), Ok) {
                Ok(file) => self.read(opened.insert(file), due, offset),
                Err(error) => Err(error),
            };
            match &result {
                Ok((_, next)) => {
                    offset = Some(*next);
                    due = due.next();
                }
                Err(_) => due = self.due(),
            }
            Some(result.map(|(batch, _)| batch))
        })
    }

    fn read(&self, file: &File, height: Height, offset: Option<u64>) -> Result<(DecidedBatch, u64), LogError> {
        let offset = match offset {
            Some(offset) => offset,
            None => self.offset_of(file, height)?,
        };
        match self.found_at(file, offset, self.bytes, Depth::Payload)? {
            Found::Record { payload, next } => {
                let batch = DecidedBatch::from_payload(payload).map_err(|reason| self.damaged(offset, &reason))?;
                self.expect_height(height, batch.certificate.height)?;
                Ok((batch, next))
            }
            Found::Damaged { reason, .. } => {
                Err(self.damaged(offset, &format!("{reason} does not match its checksum")))
            }
            Found::End | Found::Torn | Found::Zeros => Err(self.damaged(offset, "the record is cut off")),
        }
    }

    /// The certificate of `height`, which is in the segment; nothing of its batch is read.
    pub(super) fn certificate(&self, height: Height) -> Result<CommitCertificate, LogError> {
        let file = self.opened()?;
        let offset = self.offset_of(&file, height)?;
        let Found::Record { next, .. } = self.found_at(&file, offset, self.bytes, Depth::Length)? else {
            return Err(self.damaged(offset, "its length does not match its checksum"));
        };
        let (begin, end) = (offset + HEADER_BYTES, next - TRAILER_BYTES);
        let mut head = [0; HEAD_BYTES];
        let mut certificate = Vec::new();
        let read = |bytes: &mut [u8], at: u64| match at + bytes.len() as u64 <= end {
            true => file.read_exact_at(bytes, at).map_err(|source| self.unreadable(at, &source)),
            false => Err(self.damaged(offset, "the payload is too short")),
        };
        read(&mut head, begin)?;
        let begin = begin + HEAD_BYTES as u64;
        // No more than the record holds, whatever its unchecked bytes say.
        certificate.resize(certificate_bytes(&head).min(end.saturating_sub(begin) as usize), 0);
        read(&mut certificate, begin)?;
        let certificate = certificate_in(&head, &certificate).map_err(|reason| self.damaged(offset, &reason))?;
        self.expect_height(height, certificate.height)?;
        Ok(certificate)
    }

    fn offset_of(&self, file: &File, height: Height) -> Result<u64, LogError> {
        let index = height.0 - self.first.0;
        let mark = (index / RECORDS_PER_MARK) as usize;
        let mut offset = self.marks.get(mark).copied().unwrap_or_default();
        for _ in 0..index % RECORDS_PER_MARK {
            match self.found_at(file, offset, self.bytes, Depth::Length)? {
                Found::Record { next, .. } => offset = next,
                _ => return Err(self.damaged(offset, "its length does not match its checksum")),
            }
        }
        Ok(offset)
    }

    fn check(&self, payload: Vec<u8>, offset: u64) -> Result<(), LogError> {
        let batch = DecidedBatch::from_payload(payload).map_err(|reason| self.damaged(offset, &reason))?;
        self.expect_height(self.due(), batch.certificate.height)
    }

    fn expect_height(&self, expected: Height, found: Height) -> Result<(), LogError> {
        if found == expected {
            return Ok(());
        }
        Err(LogError::Gap { segment: self.path.clone(), expected, found })
    }

    fn advance(&mut self, next: u64) {
        if self.count.is_multiple_of(RECORDS_PER_MARK) {
            self.marks.push(self.bytes);
        }
        self.count += 1;
        self.bytes = next;
    }

    fn found_at(&self, file: &File, offset: u64, file_bytes: u64, depth: Depth) -> Result<Found, LogError> {
        record::read_at(file, offset, file_bytes, depth).map_err(|source| self.unreadable(offset, &source))
    }

    /// What the disk does not give back is lost like what it gives back wrong.
    fn unreadable(&self, offset: u64, source: &io::Error) -> LogError {
        self.damaged(offset, &format!("it cannot be read ({source})"))
    }

    fn damaged(&self, offset: u64, reason: &str) -> LogError {
        LogError::Damaged { segment: self.path.clone(), offset, reason: reason.to_owned() }
    }
}
