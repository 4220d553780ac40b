//! The canonical text of a policy.

use core::fmt;

use super::{Gate, MAX_TEXT_LEN, Policy};
use crate::encoding::{DecodeError, Decoder};

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.root())
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(name) => write!(f, "{name}"),
            Self::And(of) => join(f, of, " AND "),
            Self::Or(of) => join(f, of, " OR "),
            Self::Threshold { needed, of } => {
                write!(f, "{needed} of (")?;
                for (index, gate) in of.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{gate}")?;
                }
                f.write_str(")")
            }
        }
    }
}

/// Branches with their word between; a branch that is an AND or OR stands in parentheses.
fn join(f: &mut fmt::Formatter<'_>, of: &[Gate], word: &str) -> fmt::Result {
    for (index, gate) in of.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        match gate {
            Gate::And(_) | Gate::Or(_) => write!(f, "({gate})")?,
            Gate::Attribute(_) | Gate::Threshold { .. } => write!(f, "{gate}")?,
        }
    }
    Ok(())
}

impl Policy {
    /// The policy whose canonical text this is.
    pub(crate) fn from_canonical(text: &str) -> Option<Self> {
        text.parse::<Self>().ok().filter(|policy| policy.to_string() == text)
    }
}

impl Decoder<'_> {
    /// A policy in canonical text.
    pub(crate) fn policy(&mut self) -> Result<Policy, DecodeError> {
        let what = "policy";
        Policy::from_canonical(self.text(MAX_TEXT_LEN, what)?).ok_or(DecodeError::InvalidText { what })
    }
}
