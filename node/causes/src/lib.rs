//! An error with everything behind it, in one line.

#![forbid(unsafe_code)]

use std::error::Error;

/// What `error` says, then each of its causes that was not said yet.
#[must_use]
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        cause = error.source();
    }
    text
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
        let everything = Failure::Everything(Box::new(Failure::Read(cause())));
        for (error, expected) in [
            (&Failure::Read(cause()) as &dyn Error, "cannot read the file: no such disk"),
            (&Failure::Start(cause()), "it does not start: no such disk"),
            (&everything, "nothing works: cannot read the file: no such disk"),
            (&cause(), "no such disk"),
        ] {
            assert_eq!(with_causes(error), expected);
        }
    }
}
