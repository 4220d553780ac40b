//! The text that packages of the same records share, and the slots in it.

use std::collections::HashSet;

use bincode::{Decode, Encode};
use zeroize::Zeroize as _;

use medshare_deid_identifiers::{PSEUDONYM_LEN, is_pseudonym, push_pseudonym};
use medshare_deid_records::date::PartialDate;

/// Files with slots.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Template {
    /// The files, sorted by name.
    pub files: Vec<TemplateFile>,
}

/// One file without what its slots hold.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TemplateFile {
    /// Name of the file.
    pub name: String,
    /// The text around the slots.
    pub text: Vec<u8>,
    /// The slots, in the order of the text.
    pub slots: Vec<Slot>,
}

/// A place in a text where a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Slot {
    /// Bytes of text between the slot before, or the file's beginning, and this one.
    pub gap: u64,
    /// Number of the value.
    pub value: u32,
}

/// What goes into a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub enum SlotValue {
    /// A pseudonym, written as a UUID of version 8.
    Pseudonym([u8; 16]),
    /// A date, in days since 1970-01-01.
    Date(i64),
    /// A month, by a day in it.
    Month(i64),
    /// A year, by a day in it.
    Year(i64),
}

/// Why a template cannot be rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A slot asks for a value that is not there.
    #[error("a slot asks for value {value}, and there are {count}")]
    NoSuchValue {
        /// The value asked for.
        value: u32,
        /// Values that there are.
        count: usize,
    },
    /// A slot lies beyond the text.
    #[error("a slot lies beyond the end of its file")]
    BeyondText,
    /// A date that no calendar has.
    #[error("a date is outside the years 1 to 9999")]
    NoSuchDate,
}

/// The files of one package, one after another.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Rendered {
    bytes: Vec<u8>,
    files: Vec<(String, usize)>,
}

/// Not left to a type with a parameter: that would be compiled with whoever drops it, megabyte for megabyte as slow as that crate is built.
impl Drop for Rendered {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl Template {
    /// Most bytes that it can take when rendered.
    #[must_use]
    pub fn max_rendered_len(&self) -> usize {
        let of_file =
            |file: &TemplateFile| file.text.len().saturating_add(file.slots.len().saturating_mul(PSEUDONYM_LEN));
        self.files.iter().map(of_file).fold(0, usize::saturating_add)
    }

    /// Bytes that it takes in memory.
    #[must_use]
    pub fn occupied_len(&self) -> usize {
        let of_file = |file: &TemplateFile| {
            let slots = file.slots.capacity().saturating_mul(size_of::<Slot>());
            file.name.capacity().saturating_add(file.text.capacity()).saturating_add(slots)
        };
        let files = self.files.capacity().saturating_mul(size_of::<TemplateFile>());
        self.files.iter().map(of_file).fold(files, usize::saturating_add)
    }

    /// The files with these values in their slots.
    ///
    /// # Errors
    /// When a slot does not fit its text or the values.
    pub fn render(&self, values: &[SlotValue]) -> Result<Rendered, TemplateError> {
        let bytes = Vec::with_capacity(self.max_rendered_len());
        let mut rendered = Rendered { bytes, files: Vec::with_capacity(self.files.len()) };
        let Rendered { bytes, files } = &mut rendered;
        for file in &self.files {
            let start = bytes.len();
            let mut rest = file.text.as_slice();
            for slot in &file.slots {
                let gap = usize::try_from(slot.gap).map_err(|_| TemplateError::BeyondText)?;
                let (before, after) = rest.split_at_checked(gap).ok_or(TemplateError::BeyondText)?;
                bytes.extend_from_slice(before);
                let value = values.get(slot.value as usize);
                value.ok_or(TemplateError::NoSuchValue { value: slot.value, count: values.len() })?.write(bytes)?;
                rest = after;
            }
            bytes.extend_from_slice(rest);
            files.push((file.name.clone(), bytes.len() - start));
        }
        Ok(rendered)
    }
}

impl SlotValue {
    fn write(&self, out: &mut Vec<u8>) -> Result<(), TemplateError> {
        match self {
            SlotValue::Pseudonym(bytes) => push_pseudonym(out, bytes),
            SlotValue::Date(days) | SlotValue::Month(days) | SlotValue::Year(days) => {
                // Years 1 to 9999, the range of a FHIR date.
                if !(-719_162..=2_932_896).contains(days) {
                    return Err(TemplateError::NoSuchDate);
                }
                let mut date = PartialDate::from_days(*days);
                date.day = date.day.filter(|_| matches!(self, SlotValue::Date(_)));
                date.month = date.month.filter(|_| !matches!(self, SlotValue::Year(_)));
                out.extend_from_slice(date.to_string().as_bytes());
            }
        }
        Ok(())
    }
}

/// Whether all values are pseudonyms and no two are equal. Then what a check says of a template rendered with some such values, it says of
/// the template with any: it judges the texts, the form of pseudonyms, and which of them are equal.
#[must_use]
pub fn are_distinct_pseudonyms(values: &[SlotValue]) -> bool {
    let mut seen = HashSet::with_capacity(values.len());
    values.iter().all(|value| matches!(value, SlotValue::Pseudonym(bytes) if is_pseudonym(bytes)) && seen.insert(value))
}

impl Rendered {
    /// All files' bytes, one after another.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The files with their names.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.files.iter().map(move |(name, length)| {
            let (file, after) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
            rest = after;
            (name.as_str(), file)
        })
    }

    /// The files, which stay where they are.
    #[must_use]
    pub fn as_files(&self) -> Vec<(String, &[u8])> {
        self.files().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use medshare_deid_identifiers::{PackageKey, Pseudonyms};

    fn template(slots: &[(u64, u32)]) -> Template {
        let slots = slots.iter().map(|(gap, value)| Slot { gap: *gap, value: *value }).collect();
        Template { files: vec![TemplateFile { name: "a".to_owned(), text: b"<><>".to_vec(), slots }] }
    }

    #[test]
    fn values_go_where_the_slots_are() {
        let pseudonyms = Pseudonyms::new(&PackageKey::new([1; 32]));
        let values = [SlotValue::Pseudonym(pseudonyms.id_bytes("x")), SlotValue::Date(0)];
        let rendered = template(&[(1, 0), (2, 1), (0, 0)]).render(&values).unwrap();
        let x = pseudonyms.id("x");
        let expected = format!("<{x}><1970-01-01{x}>");
        assert_eq!(rendered.as_files(), [("a".to_owned(), expected.as_bytes())]);
    }

    #[test]
    fn slots_that_fit_nothing_are_refused() {
        let date = [SlotValue::Date(0)];
        assert_eq!(template(&[(5, 0)]).render(&date), Err(TemplateError::BeyondText));
        assert_eq!(template(&[(u64::MAX, 0)]).render(&date), Err(TemplateError::BeyondText));
        assert_eq!(template(&[(1, 1)]).render(&date), Err(TemplateError::NoSuchValue { value: 1, count: 1 }));
        for days in [i64::MIN, -719_163, 2_932_897, i64::MAX] {
            assert_eq!(template(&[(1, 0)]).render(&[SlotValue::Date(days)]), Err(TemplateError::NoSuchDate));
        }
    }

    #[test]
    fn equal_values_dates_and_other_uuids_are_no_distinct_pseudonyms() {
        let pseudonyms = Pseudonyms::new(&PackageKey::new([1; 32]));
        let pseudonym = |id: &str| SlotValue::Pseudonym(pseudonyms.id_bytes(id));
        assert!(are_distinct_pseudonyms(&[pseudonym("a"), pseudonym("b")]));
        assert!(!are_distinct_pseudonyms(&[pseudonym("a"), pseudonym("a")]));
        assert!(!are_distinct_pseudonyms(&[pseudonym("a"), SlotValue::Date(0)]));
        assert!(!are_distinct_pseudonyms(&[SlotValue::Pseudonym([0; 16])]));
    }
}
