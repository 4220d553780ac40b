//! Stored encrypted files, whose header changes while their contents stay.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use medshare_cli_terminal::Failure;
use medshare_cli_terminal::file_kind::ENCRYPTED;
use medshare_cli_terminal::lock::Lock;
use medshare_cli_terminal::whole_file::NewFile;
use medshare_crypto::envelope::{Capsule, Envelope};
use medshare_crypto::stream::plaintext_len;
use serde_json::{Value, json};

use super::failure::told_apart;

/// The header of an encrypted file.
pub fn read_header<C: Capsule>(path: &Path) -> anyhow::Result<Envelope<C>> {
    let context = || format!("cannot read {}", path.display());
    if path == Path::new("-") {
        let message = "the file's header is read before its contents: standard input does not do here";
        bail!(Failure::argument(message).hint("store the file"));
    }
    let file = File::open(path).with_context(context)?;
    let header = Envelope::read(&mut BufReader::new(file)).with_context(context);
    header.map_err(|error| told_apart(error, path, ENCRYPTED))
}

/// How much is inside of a file with this header, and how much is stored.
pub fn sizes(path: &Path, header: &Envelope<impl Capsule>) -> anyhow::Result<[(&'static str, Value); 2]> {
    let context = || format!("cannot inspect {}", path.display());
    let stored = std::fs::metadata(path).with_context(context)?.len();
    let payload = stored.saturating_sub(header.to_bytes().len() as u64);
    let inside = plaintext_len(payload).with_context(context)?;
    Ok([("bytes inside", json!(inside)), ("bytes stored", json!(stored))])
}

/// A stored file that an update does not fit, and why: a line for people, an object for machines.
pub fn left_as_it_is((path, reason): (&PathBuf, String)) -> (String, Value) {
    let file = path.display().to_string();
    (format!("{file}: {reason}"), json!({"file": file, "message": reason}))
}

/// Puts the header that `change` makes in front of a stored file, and tells what else it says. Without one, the file stays. It is written anew beside its place
/// and then takes it, so that it is whole at any time, and locked from before it is read: what another command changes in it at the same time stays changed.
pub fn change_header<C: Capsule, Told>(
    path: &Path,
    change: impl FnOnce(Envelope<C>) -> anyhow::Result<(Option<Envelope<C>>, Told)>,
) -> anyhow::Result<Told> {
    let context = || format!("cannot change {}", path.display());
    let open = || File::open(path).with_context(context);
    // What is not there is told before there is a lock of it.
    drop(open()?);
    let lock = Lock::of(path)?;
    let mut reader = BufReader::with_capacity(1 << 20, open()?);
    let header = Envelope::read(&mut reader).with_context(context);
    let header = header.map_err(|error| told_apart(error, path, ENCRYPTED))?;
    let (header, told) = change(header).with_context(context)?;
    let Some(header) = header else { return Ok(told) };
    let mut file = NewFile::rewrite(path, &lock)?;
    let writer = file.writer()?;
    std::io::Write::write_all(writer, &header.to_bytes()).with_context(context)?;
    std::io::copy(&mut reader, writer).with_context(context)?;
    file.finish()?;
    Ok(told)
}
