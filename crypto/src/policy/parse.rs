//! Reading the policy language.
//!
//! ```text
//! or        = and *( "OR" and )
//! and       = primary *( "AND" primary )
//! primary   = "(" or ")" / number "of" "(" or *( "," or ) ")" / attribute
//! ```

use core::str::FromStr;

use super::attribute::{InvalidName, is_made, is_read};
use super::error::{PolicyError, PolicyErrorReason};
use super::{AttributeName, Gate, MAX_DEPTH, MAX_LEAVES, MAX_TEXT_LEN, Policy};

/// Whose policy it is, which decides what names may be in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Somebody has written it down: any name that was ever made.
    Read,
    /// Somebody types it: names that look like no other.
    Typed,
}

/// A policy that was written down, with any names that were ever made.
impl FromStr for Policy {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text, Names::Read)
    }
}

impl Policy {
    /// A policy that somebody types, or pastes: a name in it that looks like another one is refused.
    ///
    /// # Errors
    /// Says what is wrong, and where.
    pub fn typed(text: &str) -> Result<Self, PolicyError> {
        Self::parse(text, Names::Typed)
    }

    fn parse(text: &str, names: Names) -> Result<Self, PolicyError> {
        let at_start = |reason| PolicyError::new(text, 0, reason);
        if text.len() > MAX_TEXT_LEN {
            return Err(at_start(PolicyErrorReason::TooLong));
        }
        let mut parser = Parser { text, at: 0, leaves: 0, names };
        let gate = parser
            .disjunction(0)
            .and_then(|gate| parser.end().map(|()| gate))
            .map_err(|(at, reason)| PolicyError::new(text, at, reason))?;
        Self::new(gate).map_err(at_start)
    }
}

type Fault = (usize, PolicyErrorReason);

struct Parser<'a> {
    text: &'a str,
    /// Byte position of the next character.
    at: usize,
    leaves: usize,
    names: Names,
}

impl<'a> Parser<'a> {
    fn disjunction(&mut self, depth: usize) -> Result<Gate, Fault> {
        let mut of = vec![self.conjunction(depth)?];
        while self.keyword("OR") {
            of.push(self.conjunction(depth)?);
        }
        Ok(single_or(of, Gate::Or))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Gate, Fault> {
        let mut of = vec![self.primary(depth)?];
        while self.keyword("AND") {
            of.push(self.primary(depth)?);
        }
        Ok(single_or(of, Gate::And))
    }

    fn primary(&mut self, depth: usize) -> Result<Gate, Fault> {
        // Parentheses count here, gates in `Policy::new`; this bound keeps the recursion shallow.
        if depth >= 2 * MAX_DEPTH {
            return Err((self.at, PolicyErrorReason::TooDeep));
        }
        if self.symbol('(') {
            let gate = self.disjunction(depth + 1)?;
            self.expect(')', "AND, OR or a closing parenthesis")?;
            return Ok(gate);
        }
        match self.threshold_head()? {
            Some(needed) => self.threshold(needed, depth),
            None => self.attribute(),
        }
    }

    fn threshold(&mut self, needed: (usize, usize), depth: usize) -> Result<Gate, Fault> {
        let (at, needed) = needed;
        self.expect('(', "an opening parenthesis after \"of\"")?;
        let mut of = vec![self.disjunction(depth + 1)?];
        while self.symbol(',') {
            of.push(self.disjunction(depth + 1)?);
        }
        self.expect(')', "AND, OR, a comma or a closing parenthesis")?;
        let count = of.len();
        if needed == 0 || needed > count {
            return Err((at, PolicyErrorReason::UnsatisfiableThreshold { needed, count }));
        }
        Ok(Gate::Threshold { needed, of })
    }

    /// `number "of"`: the number and where it stands.
    fn threshold_head(&mut self) -> Result<Option<(usize, usize)>, Fault> {
        let start = self.skip_space();
        let word = self.word();
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        self.at += word.len();
        if !self.keyword("OF") {
            let expected = "\"of\" after a number";
            return Err((self.at, PolicyErrorReason::Expected { expected }));
        }
        let needed = word.parse().unwrap_or(usize::MAX);
        Ok(Some((start, needed)))
    }

    fn attribute(&mut self) -> Result<Gate, Fault> {
        let start = self.skip_space();
        let word = self.word();
        if word.is_empty() || is_keyword(word) {
            return Err((start, self.misplaced(start)));
        }
        let name = match self.names {
            Names::Read => word.parse(),
            Names::Typed => AttributeName::typed(word),
        };
        let name = name.map_err(|error| {
            let at = if error == InvalidName::InvalidCharacter { self.not_made(word) } else { 0 };
            (start + at, PolicyErrorReason::Name(error))
        })?;
        self.at += word.len();
        self.leaves += 1;
        if self.leaves > MAX_LEAVES {
            return Err((start, PolicyErrorReason::TooManyAttributes));
        }
        Ok(Gate::Attribute(name))
    }

    fn end(&mut self) -> Result<(), Fault> {
        let at = self.skip_space();
        if at == self.text.len() {
            return Ok(());
        }
        let reason = match self.misplaced(at) {
            PolicyErrorReason::Expected { .. } => {
                PolicyErrorReason::Expected { expected: "AND, OR or the end of the policy" }
            }
            other => other,
        };
        Err((at, reason))
    }

    fn misplaced(&self, at: usize) -> PolicyErrorReason {
        let next = self.text.get(at..).and_then(|rest| rest.chars().next());
        match next {
            Some(c) if !is_of_word(c) && !matches!(c, '(' | ')' | ',') => PolicyErrorReason::UnknownCharacter,
            _ => PolicyErrorReason::Expected {
                expected: "an attribute such as DOCTOR@HOSPITAL-A, or an opening parenthesis",
            },
        }
    }

    fn expect(&mut self, symbol: char, expected: &'static str) -> Result<(), Fault> {
        if self.symbol(symbol) {
            return Ok(());
        }
        let at = self.skip_space();
        Err(match self.misplaced(at) {
            PolicyErrorReason::UnknownCharacter => (at, PolicyErrorReason::UnknownCharacter),
            _ => (at, PolicyErrorReason::Expected { expected }),
        })
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.skip_space();
        let found = self.rest().starts_with(symbol);
        if found {
            self.at += symbol.len_utf8();
        }
        found
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        self.skip_space();
        let word = self.word();
        let found = word.eq_ignore_ascii_case(keyword);
        if found {
            self.at += word.len();
        }
        found
    }

    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Where in a word the first character stands that no name that is typed has; else its beginning.
    fn not_made(&self, word: &str) -> usize {
        let is_wrong = |c| self.names == Names::Typed && !is_made(c) && c != '@';
        word.find(is_wrong).unwrap_or_default()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_space(&mut self) -> usize {
        self.at = self.text.len() - self.rest().trim_start().len();
        self.at
    }
}

fn is_of_word(character: char) -> bool {
    is_read(character) || character == '@'
}

fn is_keyword(word: &str) -> bool {
    ["AND", "OR", "OF"].iter().any(|keyword| word.eq_ignore_ascii_case(keyword))
}

fn single_or(mut of: Vec<Gate>, many: impl Fn(Vec<Gate>) -> Gate) -> Gate {
    match of.pop() {
        Some(only) if of.is_empty() => only,
        Some(last) => {
            of.push(last);
            many(of)
        }
        None => many(of),
    }
}
