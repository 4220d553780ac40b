//! Ids as people type them: whole, or their first digits where these are enough.

use medshare_cli_terminal::text::own_half;
use medshare_cli_terminal::{Exit, Failure};
use medshare_crypto::hash::Hash32;
use medshare_ledger::id::{BlockId, OwnerId, RequestorId, SideBlockId};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// Fewest digits that stand for an id, behind the zeros that it has from its proof of work.
const MIN_DIGITS: usize = 4;
/// Most candidates that are listed.
const LISTED: usize = 8;

/// The word for machines where nothing begins so.
pub const UNKNOWN_ID: &str = "unknown-id";

/// What can be typed.
pub trait Id: FromStr + Display + Ord + Copy {
    /// What people call it, with its article.
    const WHAT: &'static str;
    /// Hexadecimal digits of the whole.
    const DIGITS: usize;
    /// Whether it begins with zeros, as the target of the proof of work asks for: these tell nothing.
    const IS_MINED: bool = false;

    /// Whether these are its first digits, as it is shown.
    fn begins(&self, digits: &str) -> bool {
        self.to_string().starts_with(digits)
    }

    /// What these digits are of, where it is no id of this kind that they name.
    fn names_another(&self, _digits: &str) -> Option<&'static str> {
        None
    }
}

impl Id for BlockId {
    const WHAT: &'static str = "a block";
    const DIGITS: usize = 64;
    const IS_MINED: bool = true;
}

impl Id for SideBlockId {
    const WHAT: &'static str = "a side-block";
    const DIGITS: usize = 64;
    const IS_MINED: bool = true;

    /// Shown is the start of its own half; the half before that is its parent's, and names none of its side-blocks.
    fn begins(&self, digits: &str) -> bool {
        let whole = self.to_string();
        whole == digits || own_half(&whole).starts_with(digits)
    }

    fn names_another(&self, digits: &str) -> Option<&'static str> {
        self.to_string().starts_with(digits).then_some("these are digits of the block that it stands under: a side-block is named by its own, as tables show them, or by its whole id")
    }
}

impl Id for Hash32 {
    const WHAT: &'static str = "a request";
    const DIGITS: usize = 64;
}

impl Id for OwnerId {
    const WHAT: &'static str = "an owner";
    const DIGITS: usize = 32;
}

impl Id for RequestorId {
    const WHAT: &'static str = "a requestor";
    const DIGITS: usize = 32;
}

/// An id as it was typed.
#[derive(Debug, Clone)]
pub struct TypedId<T> {
    digits: String,
    whole: Option<T>,
}

impl<T: Id> FromStr for TypedId<T> {
    type Err = String;

    /// What tables print is taken too, with the `…` at its end.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().trim_end_matches('…').to_ascii_lowercase();
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let telling = if T::IS_MINED { digits.trim_start_matches('0').len() } else { digits.len() };
        let is_whole = digits.len() == T::DIGITS;
        if !is_hex || digits.len() > T::DIGITS || (telling < MIN_DIGITS && !is_whole) {
            let (what, whole) = (T::WHAT, T::DIGITS);
            let zeros = if T::IS_MINED { " behind the zeros that it begins with" } else { "" };
            return Err(format!(
                "expected the id of {what}: {whole} hexadecimal digits, or its first {MIN_DIGITS} or more{zeros}"
            ));
        }
        let whole = if is_whole { digits.parse().ok() } else { None };
        Ok(Self { digits, whole })
    }
}

impl<T: Id> TypedId<T> {
    /// Whether nothing was left out.
    pub const fn is_whole(&self) -> bool {
        self.whole.is_some()
    }

    /// Whether this id was typed, whole.
    pub fn is(&self, id: &T) -> bool {
        self.whole.as_ref() == Some(id)
    }

    /// The same digits, typed as the id of something else; none where they are too few of that.
    pub fn as_other<U: Id>(&self) -> Option<TypedId<U>> {
        self.digits.parse().ok()
    }

    /// The id that was meant. `known` is asked where only its start was typed; `list` says in words what that looks through.
    ///
    /// # Errors
    /// Those of `known`; when none of them, or more than one begins so.
    pub fn among(&self, list: &str, known: impl FnOnce() -> Result<Vec<T>, Failure>) -> Result<T, Failure> {
        self.whole.map_or_else(|| self.among_all(list, known), Ok)
    }

    /// The same, where a whole id is looked for, too.
    ///
    /// # Errors
    /// As [`TypedId::among`].
    pub fn among_all(&self, list: &str, known: impl FnOnce() -> Result<Vec<T>, Failure>) -> Result<T, Failure> {
        let known = known()?;
        let found: BTreeSet<T> = known.iter().copied().filter(|id| id.begins(&self.digits)).collect();
        let mut candidates = found.iter();
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => Ok(*only),
            (None, _) => {
                let message = format!("no id begins with {} among {list}", self.digits);
                let of_another = known.iter().find_map(|id| id.names_another(&self.digits));
                let other =
                    if self.is_whole() { "look where it is shown" } else { "type the whole id if it is another's" };
                let hint = of_another.unwrap_or(other);
                Err(Failure::new(Exit::Usage, UNKNOWN_ID, message).hint(hint))
            }
            _ => Err(self.ambiguous(&found)),
        }
    }

    fn ambiguous(&self, found: &BTreeSet<T>) -> Failure {
        let listed: Vec<String> = found.iter().take(LISTED).map(ToString::to_string).collect();
        let more = found.len().saturating_sub(LISTED);
        let and = if more > 0 { format!(", and {more} more") } else { String::new() };
        let message = format!("{} is the start of {} ids", self.digits, found.len());
        Failure::new(Exit::Usage, "ambiguous-id", message)
            .hint(format!("type more digits of one: {}{and}", listed.join(", ")))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] =
        ["d691abec051d92ce628c1da6748575dd", "d691abff051d92ce628c1da6748575dd", "0000abec051d92ce628c1da6748575dd"];

    fn found(text: &str) -> Result<String, Failure> {
        let typed: TypedId<RequestorId> = text.parse().unwrap();
        let known = || Ok(KNOWN.map(|id| id.parse().unwrap()).to_vec());
        typed.among("yours", known).map(|id| id.to_string())
    }

    #[test]
    fn a_start_that_one_id_has_is_enough() {
        assert_eq!(found("0000").unwrap(), KNOWN[2]);
        assert_eq!(found("D691ABEC…").unwrap(), KNOWN[0]);
        // Whole ids are not looked for.
        assert_eq!(found("ffffffffffffffffffffffffffffffff").unwrap(), "f".repeat(32));
    }

    #[test]
    fn a_start_of_several_lists_them_and_one_of_none_says_so() {
        let failure = found("d691ab").unwrap_err();
        assert_eq!((failure.code(), failure.exit()), ("ambiguous-id", Exit::Usage));
        assert_eq!(failure.to_string(), "d691ab is the start of 2 ids");
        assert_eq!(found("abcd").unwrap_err().to_string(), "no id begins with abcd among yours");
    }

    #[test]
    fn too_few_digits_too_many_and_other_characters_are_no_start() {
        for wrong in ["", "abc", "…", "xyzw", &"0".repeat(33)] {
            assert!(wrong.parse::<TypedId<RequestorId>>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_side_block_is_found_by_the_digits_that_are_shown_of_it() {
        let id = |own: &str| format!("0081fb90aaaaaaaaaaaaaaaaaaaaaaaa{own}00000000000000000000000").parse().unwrap();
        let known: [SideBlockId; 2] = [id("0020db561"), id("00d331e01")];
        let found = |text: &str| text.parse::<TypedId<SideBlockId>>().unwrap().among("it", || Ok(known.to_vec()));
        assert_eq!(found("0020db56…").unwrap(), known[0]);
        assert_eq!(found(&known[1].to_string()).unwrap(), known[1]);
        let of_parent = found("0081fb90").unwrap_err();
        assert_eq!(of_parent.code(), "unknown-id", "it is the parent's half");
        assert!(of_parent.document().to_string().contains("digits of the block that it stands under"));
        assert!("0020".parse::<TypedId<SideBlockId>>().is_err(), "two of them are zeros");
    }

    #[test]
    fn zeros_of_the_proof_of_work_do_not_count_as_digits_of_a_block() {
        for few in ["0030", "00", "000000000000", "00d69", "0000d69", &"0".repeat(65)] {
            let error = few.parse::<TypedId<BlockId>>().unwrap_err();
            assert!(error.ends_with("first 4 or more behind the zeros that it begins with"), "{error}");
        }
        for enough in ["00d691", "d691", "0000d6910…", &"0".repeat(64)] {
            enough.parse::<TypedId<BlockId>>().unwrap();
        }
        assert!(!"00d691".parse::<TypedId<BlockId>>().unwrap().is_whole());
        assert!("0".repeat(64).parse::<TypedId<BlockId>>().unwrap().is_whole());
    }
}
