//! What takes the place of what identifies.

use medshare_deid_identifiers::Pseudonyms;
use medshare_deid_records::date::PartialDate;

/// What is written in place of identifiers and of dates that move.
pub(crate) trait Names: Sync {
    /// Instead of a resource's id.
    fn id(&self, original: &str) -> String;
    /// Instead of a date in a person's record, as exact as it is.
    fn moved(&self, date: PartialDate, person: &str) -> String;
}

impl Names for Pseudonyms {
    fn id(&self, original: &str) -> String {
        self.id(original)
    }

    fn moved(&self, date: PartialDate, person: &str) -> String {
        date.shifted_back(self.shift_days(person)).to_string()
    }
}
