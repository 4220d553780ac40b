//! Exit codes: what scripts can tell apart.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Something went wrong that no other code names.
    Failure = 1,
    /// The command line is not understood.
    Usage = 2,
    /// Rules, terms or policies refuse it.
    Refused = 3,
    /// It is a violation, or access was revoked or called back.
    Violation = 4,
    /// A package or bundle does not verify, or a file is of another kind than the command takes.
    Verification = 5,
    /// No node answers or proves what it says, the network does not decide, or nodes contradict each other.
    Unreachable = 6,
    /// A key file or its passphrase does not fit.
    Key = 7,
    /// It would be a violation, or about something that was only half said, and nobody said that it shall be done all the same.
    Unconfirmed = 8,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Explanation for `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed: the message says why
  2  the command line is not understood
  3  refused by rules, terms or a policy
  4  a violation that was refused and reported, or access that is revoked
     or called back
  5  a package or bundle that does not verify, or a file of another kind
     than expected
  6  no node answers or proves what it says, the network does not decide,
     or nodes contradict each other
  7  a key file or its passphrase that does not fit
  8  nothing was done: it would be a violation, or something has to be said
     first that nobody could be asked (--yes, --violation, --revocations)
130  interrupted by Ctrl-C (129, 143: by a closed terminal, by SIGTERM);
     nothing half-written is left; what a node was given takes effect";
