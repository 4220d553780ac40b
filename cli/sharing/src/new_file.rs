//! Files that commands make: begun before anything is asked, so that what cannot be written is not recorded as done.

use medshare_cli_terminal::whole_file::{self, NewFile};
use medshare_cli_terminal::{Exit, Failure};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// A file that is there whole once it is finished, and not before.
pub struct Output(NewFile);

impl Output {
    /// Begins it; an existing file is never replaced.
    ///
    /// # Errors
    /// When there can be none of this name.
    pub fn begin(path: &Path) -> Result<Self, Failure> {
        NewFile::create(path).map(Self).map_err(failure)
    }

    /// Where to write.
    ///
    /// # Errors
    /// When it is finished.
    pub fn writer(&mut self) -> Result<&mut BufWriter<File>, Failure> {
        self.0.writer().map_err(failure)
    }

    /// Where it is written meanwhile, and the file.
    ///
    /// # Errors
    /// When it is finished.
    pub fn unfinished(&mut self) -> Result<(&Path, &mut File), Failure> {
        self.0.unfinished().map_err(failure)
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// When it cannot be written whole, or something has taken its place.
    pub fn finish(self) -> Result<(), Failure> {
        self.0.finish().map_err(failure)
    }
}

/// Makes a file with these contents.
///
/// # Errors
/// As [`Output::begin`] and [`Output::finish`].
pub fn write(path: &Path, contents: &[u8]) -> Result<(), Failure> {
    let mut output = Output::begin(path)?;
    output.writer()?.write_all(contents).map_err(|e| failure(e.into()))?;
    output.finish()
}

/// Makes a file with these contents that everybody may read.
///
/// # Errors
/// As [`Output::begin`] and [`Output::finish`].
pub fn hand_out(path: &Path, text: &str) -> Result<(), Failure> {
    whole_file::hand_out(path, text).map_err(failure)
}

fn failure(error: anyhow::Error) -> Failure {
    Failure::from(error).of_kind(Exit::Failure, "output")
}
