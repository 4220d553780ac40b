//! What the system refused, in words.

use std::io::{Error, ErrorKind};

/// What a number of the system is put behind.
const NUMBER: &str = " (os error ";

/// An error of files, sockets and processes for people: no number, and lower case like everything else that is said.
#[must_use]
pub fn io_words(error: &Error) -> String {
    let words = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "this user may not do that",
        ErrorKind::AlreadyExists => "it exists already",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "something on the way to it is no folder",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "this user has no more room on the disk",
        ErrorKind::FileTooLarge => "the file would be larger than allowed",
        ErrorKind::ReadOnlyFilesystem => "the file system can only be read",
        ErrorKind::InvalidFilename => "its name is too long or no name",
        ErrorKind::AddrInUse => "the address is in use",
        ErrorKind::AddrNotAvailable => "the address is not this machine's",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "there is no way to that machine",
        ErrorKind::BrokenPipe => "the reader went away",
        ErrorKind::OutOfMemory => "there is not enough memory",
        _ => return others(error),
    };
    // an error of a library says itself what it means
    if error.get_ref().is_some() { others(error) } else { words.to_owned() }
}

fn others(error: &Error) -> String {
    let said = error.to_string();
    if said.contains("valid UTF-8") {
        return "it is not text".to_owned();
    }
    let Some((words, _)) = said.split_once(NUMBER) else { return said };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_of_the_system_is_told_with_its_number() {
        for number in 1..=133 {
            let words = io_words(&Error::from_raw_os_error(number));
            assert!(!words.contains("os error") && !words.is_empty(), "{number}: {words}");
            assert!(!words.starts_with(char::is_uppercase), "{number}: {words}");
        }
        assert_eq!(io_words(&Error::from_raw_os_error(2)), "there is no such file or folder");
        assert_eq!(io_words(&Error::from_raw_os_error(24)), "too many open files");
        assert_eq!(io_words(&Error::other("our own words")), "our own words");
        assert_eq!(io_words(&Error::new(ErrorKind::NotFound, "no such host")), "no such host");
    }
}
