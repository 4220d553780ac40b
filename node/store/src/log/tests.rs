#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use super::*;
use bytes::Bytes;
use medshare_crypto::hash::sha256;
use medshare_ledger::certificate::CommitCertificate;
use std::fs;
use std::time::UNIX_EPOCH;
use tempfile::TempDir;

fn decided(height: u64) -> DecidedBatch {
    let bytes = Bytes::from(format!("batch {height}").repeat(height as usize % 7 + 1));
    let certificate =
        CommitCertificate { height: Height(height), round: 0, value: sha256(&bytes), signatures: Vec::new() };
    DecidedBatch { bytes, certificate }
}

fn open(folder: &TempDir) -> Result<(BatchLog, Option<Repair>), LogError> {
    BatchLog::open(folder.path(), 2_000)
}

fn filled(count: u64) -> (TempDir, BatchLog) {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, _) = open(&folder).unwrap();
    for height in 1..=count {
        log.append(&decided(height)).unwrap();
    }
    (folder, log)
}

fn segments(folder: &TempDir) -> Vec<PathBuf> {
    segment::list(folder.path()).unwrap().into_iter().map(|(_, path)| path).collect()
}

#[test]
fn what_was_appended_is_read_after_opening_again() {
    let (folder, log) = filled(300);
    drop(log);
    assert!(segments(&folder).len() > 3);
    let (log, repair) = open(&folder).unwrap();
    assert_eq!(repair, None);
    assert_eq!((log.first(), log.last()), (Some(Height(1)), Some(Height(300))));
    for height in [1, 63, 64, 65, 128, 300] {
        assert_eq!(log.read(Height(height)).unwrap(), Some(decided(height)));
    }
    assert_eq!(log.read(Height(0)).unwrap(), None);
    assert_eq!(log.read(Height(301)).unwrap(), None);
    let all: Vec<_> = log.iter_from(Height(5)).map(Result::unwrap).collect();
    assert_eq!(all, (5..=300).map(decided).collect::<Vec<_>>());
}

#[test]
fn a_long_segment_is_read_through_its_marks() {
    let folder = tempfile::tempdir().unwrap();
    let (mut log, _) = BatchLog::open(folder.path(), SEGMENT_BYTES).unwrap();
    for height in 1..=210 {
        log.append(&decided(height)).unwrap();
    }
    for height in [1, 64, 65, 66, 129, 210] {
        assert_eq!(log.read(Height(height)).unwrap(), Some(decided(height)));
    }
}

#[test]
fn only_the_next_height_is_taken() {
    let (_folder, mut log) = filled(3);
    for height in [3, 5] {
        assert!(matches!(log.append(&decided(height)), Err(LogError::OutOfOrder { expected: Height(4), .. })));
    }
    log.append(&decided(4)).unwrap();
}

#[test]
fn a_crash_at_any_byte_of_the_last_append_loses_that_batch_only() {
    let (folder, log) = filled(3);
    drop(log);
    let last = segments(&folder).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    let record = decided(3).to_record().unwrap();
    let start = whole.len() - record.len();
    for end in start..whole.len() {
        fs::write(&last, &whole[..end]).unwrap();
        let (mut log, repair) = open(&folder).unwrap();
        assert_eq!(log.last(), Some(Height(2)));
        assert_eq!(repair.map(|repair| repair.removed), (end > start).then_some((end - start) as u64));
        log.append(&decided(3)).unwrap();
        assert_eq!(log.read(Height(3)).unwrap(), Some(decided(3)));
    }
}

#[test]
fn an_unsound_last_record_is_removed() {
    let (folder, log) = filled(3);
    drop(log);
    let last = segments(&folder).pop().unwrap();
    let mut bytes = fs::read(&last).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&last, bytes).unwrap();
    let (log, repair) = open(&folder).unwrap();
    assert!(repair.is_some());
    assert_eq!(log.last(), Some(Height(2)));
}

/// The length of the file reached the disk, the bytes of the last append did not, or only some.
#[test]
fn zeros_behind_the_last_batch_are_removed() {
    let (folder, log) = filled(3);
    drop(log);
    let last = segments(&folder).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    let next = decided(4).to_record().unwrap();
    for written in [0, 3, 8, 20, next.len() - 32] {
        let bytes = [&whole[..], &next[..written], &[0; 4096]].concat();
        fs::write(&last, &bytes).unwrap();
        let (mut log, repair) = open(&folder).unwrap();
        assert_eq!(log.last(), Some(Height(3)));
        assert_eq!(repair.unwrap().removed, (written + 4096) as u64);
        log.append(&decided(4)).unwrap();
        drop(log);
        assert_eq!(open(&folder).unwrap().0.read(Height(4)).unwrap(), Some(decided(4)));
    }
    fs::write(&last, [&whole[..], &[0; 4096], &next].concat()).unwrap();
    assert!(matches!(open(&folder), Err(LogError::Damaged { .. })), "something follows");
}

#[test]
fn the_last_batch_is_written_anew_before_anything_is_appended_behind_it() {
    let (folder, log) = filled(3);
    drop(log);
    let last = segments(&folder).pop().unwrap();
    let whole = fs::read(&last).unwrap();
    fs::File::open(&last).unwrap().set_modified(UNIX_EPOCH).unwrap();
    drop(open(&folder).unwrap());
    assert!(fs::metadata(&last).unwrap().modified().unwrap() > UNIX_EPOCH);
    assert_eq!(fs::read(&last).unwrap(), whole);
}

#[test]
fn a_crash_right_after_a_new_segment_leaves_a_usable_log() {
    let (folder, log) = filled(3);
    drop(log);
    fs::write(folder.path().join(format!("{:020}.seg", 4)), b"").unwrap();
    let (mut log, _) = open(&folder).unwrap();
    assert_eq!(log.last(), Some(Height(3)));
    log.append(&decided(4)).unwrap();
    drop(log);
    assert_eq!(open(&folder).unwrap().0.read(Height(4)).unwrap(), Some(decided(4)));
}

#[test]
fn a_flipped_byte_before_the_last_record_is_named_with_segment_and_offset() {
    let (folder, log) = filled(3);
    drop(log);
    let last = segments(&folder).pop().unwrap();
    let sound = fs::read(&last).unwrap();
    let second = decided(1).to_record().unwrap().len();
    for flip in [second, second + 9] {
        let mut bytes = sound.clone();
        bytes[flip] ^= 1;
        fs::write(&last, &bytes).unwrap();
        match open(&folder).unwrap_err() {
            LogError::Damaged { segment, offset, .. } => assert_eq!((segment, offset), (last.clone(), second as u64)),
            other => panic!("{other}"),
        }
    }
}

#[test]
fn damage_in_a_closed_segment_is_found_when_it_is_read() {
    let (folder, log) = filled(100);
    drop(log);
    let first = segments(&folder).remove(0);
    let mut bytes = fs::read(&first).unwrap();
    bytes[30] ^= 1;
    fs::write(&first, bytes).unwrap();
    let (log, _) = open(&folder).unwrap();
    let error = log.read(Height(1)).unwrap_err();
    assert!(matches!(error, LogError::Damaged { offset: 0, .. }), "{error}");
    assert!(error.to_string().contains("00000000000000000001.seg"), "{error}");
    assert_eq!(log.read(Height(2)).unwrap(), Some(decided(2)));
}

#[test]
fn a_missing_segment_is_a_gap() {
    let (folder, log) = filled(100);
    drop(log);
    fs::remove_file(&segments(&folder)[1]).unwrap();
    assert!(matches!(open(&folder), Err(LogError::Gap { .. })));
}

#[test]
fn a_log_whose_beginning_is_missing_is_damaged() {
    let (folder, log) = filled(100);
    drop(log);
    let all = segments(&folder);
    fs::remove_file(&all[0]).unwrap();
    let error = open(&folder).unwrap_err();
    assert!(matches!(error, LogError::Gap { expected: Height(1), .. }), "{error}");
    assert!(error.to_string().contains("move the log folder away"), "{error}");
    // one that begins later cannot come about either
    all[1..].iter().for_each(|path| fs::remove_file(path).unwrap());
    let (mut log, _) = open(&folder).unwrap();
    assert!(matches!(log.append(&decided(2)), Err(LogError::OutOfOrder { expected: Height(1), .. })));
}

#[test]
fn an_answer_to_a_node_that_catches_up_reads_no_more_than_it_gives() {
    let (folder, mut log) = filled(100);
    // what is damaged is found by whoever reads it
    let first = segments(&folder).remove(0);
    let mut bytes = fs::read(&first).unwrap();
    let third = decided(1).to_record().unwrap().len() + decided(2).to_record().unwrap().len();
    bytes[third + decided(3).to_record().unwrap().len() - 33] ^= 1;
    fs::write(&first, bytes).unwrap();
    let reading = log.reading(Height(1));
    log.append(&decided(101)).unwrap();
    let lengths = [1, 2].map(|height| decided(height).bytes.len());
    for (last, most_bytes, expected) in [
        (u64::MAX, 0, 1),
        (u64::MAX, lengths[0], 1),
        (u64::MAX, lengths[0] + 1, 2),
        (u64::MAX, lengths[0] + lengths[1], 2),
        (1, usize::MAX, 1),
        (2, usize::MAX, 2),
        (0, usize::MAX, 0),
    ] {
        let given = reading.batches_through(Height(last), most_bytes).unwrap();
        assert_eq!(given, (1..=expected).map(decided).collect::<Vec<_>>(), "{last} {most_bytes}");
    }
    assert!(reading.batches_through(Height(3), usize::MAX).is_err());
    // a certificate is given without its batch
    assert!(log.reading(Height(3)).batch().is_err());
    assert_eq!(log.reading(Height(3)).certificate().unwrap(), Some(decided(3).certificate));
}

#[test]
fn what_is_read_beside_the_log_is_what_it_held_then() {
    let (_folder, mut log) = filled(100);
    let readings = [1, 50, 100, 101].map(|height| log.reading(Height(height)));
    (101..=200).for_each(|height| log.append(&decided(height)).unwrap());
    for (reading, height) in readings.iter().zip([1, 50, 100]) {
        assert_eq!(reading.batch().unwrap(), Some(decided(height)));
        assert_eq!(reading.certificate().unwrap(), Some(decided(height).certificate));
    }
    assert_eq!((readings[3].batch().unwrap(), readings[3].certificate().unwrap()), (None, None));
    assert_eq!(readings[2].batches_through(Height(200), usize::MAX).unwrap(), [decided(100)]);
    let across = log.reading(Height(1)).batches_through(Height(200), usize::MAX).unwrap();
    assert!(across.len() > 1 && across.len() < 200, "two segments: {}", across.len());
    assert!(across.iter().zip(1..).all(|(batch, height)| *batch == decided(height)));
}

/// Descriptors of this process that lead into the folder.
#[cfg(target_os = "linux")]
fn descriptors(folder: &TempDir) -> usize {
    let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
    links.filter(|path| path.starts_with(folder.path())).count()
}

#[test]
#[cfg(target_os = "linux")]
fn a_log_of_any_number_of_segments_takes_one_descriptor() {
    let (folder, log) = filled(300);
    assert!(segments(&folder).len() > 3);
    assert_eq!(descriptors(&folder), 1);
    drop(log);
    let (mut log, _) = open(&folder).unwrap();
    assert_eq!(log.iter_from(Height(1)).map(Result::unwrap).count(), 300);
    assert_eq!(log.read(Height(2)).unwrap(), Some(decided(2)));
    assert_eq!(descriptors(&folder), 1);
    (301..=400).for_each(|height| log.append(&decided(height)).unwrap());
    assert_eq!(descriptors(&folder), 1);
    assert_eq!(log.read(Height(350)).unwrap(), Some(decided(350)));
}
