//! An error with everything behind it, in one line.

#![forbid(unsafe_code)]

mod io;

pub use io::io_words;

use std::error::Error;

/// What `error` says, then each of its causes that was not said yet. What the system said is told in words.
#[must_use]
pub fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = said(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = said(error);
        // it may stand in what was said of it already
        text = text.replace(&error.to_string(), &said);
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
}

fn said(error: &(dyn Error + 'static)) -> String {
    error.downcast_ref().map_or_else(|| error.to_string(), io_words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    enum Failure {
        #[error("cannot read the file")]
        Read(#[source] io::Error),
        #[error("it does not start: {0}")]
        Start(#[source] io::Error),
        #[error("nothing works")]
        Everything(#[source] Box<Failure>),
    }

    #[test]
    fn every_cause_is_said_once() {
        let cause = || io::Error::other("no such disk");
        let full = || io::Error::from_raw_os_error(28);
        let everything = Failure::Everything(Box::new(Failure::Read(cause())));
        for (error, expected) in [
            (&Failure::Read(cause()) as &(dyn Error + 'static), "cannot read the file: no such disk"),
            (&Failure::Start(cause()), "it does not start: no such disk"),
            (&everything, "nothing works: cannot read the file: no such disk"),
            (&cause(), "no such disk"),
            (&Failure::Read(full()), "cannot read the file: the disk is full"),
            (&Failure::Start(full()), "it does not start: the disk is full"),
            (&full(), "the disk is full"),
        ] {
            assert_eq!(with_causes(error), expected);
        }
    }
}
