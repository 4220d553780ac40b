//! A file that a scheme encrypts or opens: read with a bar, written whole.

use std::fs::File;
use std::io::{BufWriter, Read};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use medshare_cli_terminal::file_kind::ENCRYPTED;
use medshare_cli_terminal::whole_file::NewFile;

use super::failure::told_apart;
use super::input::open_input;
use super::output::Output;

/// What is done with a file of any kind.
pub const ENCRYPT: &str = "encrypt";

/// An error of a file that should be an encrypted one, told of what it is where that is another kind.
pub fn not_encrypted(error: anyhow::Error, path: &Path) -> anyhow::Error {
    told_apart(error, path, ENCRYPTED)
}

/// A file to encrypt.
#[derive(Debug, Args)]
pub struct PlainFileArgs {
    /// The file to encrypt; - is standard input.
    pub input: PathBuf,
    /// The encrypted file.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// A file to open.
#[derive(Debug, Args)]
pub struct SealedFileArgs {
    /// The encrypted file.
    pub input: PathBuf,
    /// The opened file.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// A file to look at.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The encrypted file.
    pub input: PathBuf,
}

/// An input that can be read, and an output whose name is free.
pub struct Passage {
    reader: Box<dyn Read>,
    file: NewFile,
    input: PathBuf,
}

impl Passage {
    /// From `input` to the new file `out`.
    pub fn between(input: &Path, out: &Path, output: Output) -> anyhow::Result<Self> {
        Ok(Self { reader: open_input(input, output)?, file: NewFile::create(out)?, input: input.to_owned() })
    }

    /// Does with the file what `verb` says, and puts the result in its place.
    pub fn through<T, E: Into<anyhow::Error>>(
        mut self,
        verb: &str,
        work: impl FnOnce(&mut Box<dyn Read>, &mut BufWriter<File>) -> Result<T, E>,
    ) -> anyhow::Result<T> {
        let done = work(&mut self.reader, self.file.writer()?).map_err(Into::into);
        let done = done.with_context(|| format!("cannot {verb} {}", self.input.display()));
        // every file can be encrypted, and what is not is of no kind to be opened
        let done = if verb == ENCRYPT { done } else { done.map_err(|error| not_encrypted(error, &self.input)) }?;
        self.file.finish()?;
        Ok(done)
    }
}
