//! Marks that hold a slot's place while records are de-identified.
//!
//! A mark is 24 hexadecimal digits under the preparation's key, then eight that number the slot's value. Whoever wrote the records did not
//! know the key, so no text of theirs holds a mark but with a chance of 2⁻⁹⁶.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::naming::Names;
use medshare_deid_identifiers::{PackageKey, Pseudonyms};
use medshare_deid_records::date::PartialDate;

use super::template::{Slot, SlotValue, Template, TemplateFile};

/// Digits that all marks of a preparation begin with.
const PREFIX_DIGITS: usize = 24;
/// Digits that number a value.
const NUMBER_DIGITS: usize = 8;

/// What a slot's value is made from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// An identifier.
    Id(String),
    /// A date of a person, in days, and how exact it is.
    Date { person: String, days: i64, exact_to: Exactness },
}

/// How exact a date is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Exactness {
    Day,
    Month,
    Year,
}

impl Source {
    pub(super) fn value(&self, pseudonyms: &Pseudonyms) -> SlotValue {
        match self {
            Source::Id(original) => SlotValue::Pseudonym(pseudonyms.id_bytes(original)),
            Source::Date { person, days, exact_to } => {
                let days = days - pseudonyms.shift_days(person);
                match exact_to {
                    Exactness::Day => SlotValue::Date(days),
                    Exactness::Month => SlotValue::Month(days),
                    Exactness::Year => SlotValue::Year(days),
                }
            }
        }
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Source(original)")
    }
}

/// Gives out marks and remembers what they stand for.
pub(super) struct StandIns {
    prefix: String,
    numbers: Mutex<HashMap<Source, u32>>,
}

impl StandIns {
    pub(super) fn new(key: &PackageKey) -> Self {
        let mut prefix = Pseudonyms::new(key).value("stand-ins");
        prefix.truncate(PREFIX_DIGITS);
        StandIns { prefix, numbers: Mutex::default() }
    }

    fn mark(&self, source: Source) -> String {
        let mut numbers = self.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        let next = numbers.len() as u32;
        let number = *numbers.entry(source).or_insert(next);
        format!("{}{number:08x}", self.prefix)
    }

    /// Cuts all marks out of files. Values are numbered anew in the order in which they appear; what does not appear is forgotten.
    pub(super) fn cut(self, files: Vec<(String, Vec<u8>)>) -> (Template, Vec<Source>) {
        let numbers = self.numbers.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut sources: Vec<Option<Source>> = vec![None; numbers.len()];
        for (source, number) in numbers {
            if let Some(place) = sources.get_mut(number as usize) {
                *place = Some(source);
            }
        }
        let finder = memchr::memmem::Finder::new(self.prefix.as_bytes());
        let mut renumbered: HashMap<u32, u32> = HashMap::new();
        let mut kept = Vec::new();
        let mut cut = |bytes: &[u8]| {
            let (mut text, mut slots) = (Vec::with_capacity(bytes.len()), Vec::new());
            let (mut rest, mut last) = (bytes, 0);
            while let Some(at) = finder.find(rest) {
                let (before, marked) = rest.split_at(at);
                let (mark, after) = marked.split_at((PREFIX_DIGITS + NUMBER_DIGITS).min(marked.len()));
                let number = mark.get(PREFIX_DIGITS..).and_then(|digits| std::str::from_utf8(digits).ok());
                let number = number.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                text.extend_from_slice(before);
                if let Some(number) = number {
                    let value = *renumbered.entry(number).or_insert_with(|| {
                        kept.extend(sources.get_mut(number as usize).and_then(Option::take));
                        (kept.len() - 1) as u32
                    });
                    slots.push(Slot { gap: (text.len() - last) as u64, value });
                    last = text.len();
                }
                rest = after;
            }
            text.extend_from_slice(rest);
            (text, slots)
        };
        let cut_file = |(name, bytes): (String, Vec<u8>)| {
            let (text, slots) = cut(&bytes);
            TemplateFile { name, text, slots }
        };
        let files = files.into_iter().map(cut_file).collect();
        (Template { files }, kept)
    }
}

impl Names for StandIns {
    fn id(&self, original: &str) -> String {
        self.mark(Source::Id(original.to_owned()))
    }

    fn moved(&self, date: PartialDate, person: &str) -> String {
        let exact_to = match (date.month, date.day) {
            (Some(_), Some(_)) => Exactness::Day,
            (Some(_), None) => Exactness::Month,
            (None, _) => Exactness::Year,
        };
        self.mark(Source::Date { person: person.to_owned(), days: date.middle(), exact_to })
    }
}
