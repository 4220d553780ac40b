//! The program that runs, to start it again.

use std::io;
use std::path::PathBuf;

/// Path of the program that runs.
///
/// # Errors
/// When the system does not tell, which takes `/proc`.
pub fn this_program() -> io::Result<PathBuf> {
    std::env::current_exe().map_err(|error| {
        let reason = format!("cannot find this program to start it again; mount /proc where it is missing ({error})");
        io::Error::new(error.kind(), reason)
    })
}
