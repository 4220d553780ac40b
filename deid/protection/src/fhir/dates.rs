//! How dates in FHIR are told.

use crate::config::{DateHandling, DeidConfig};
use crate::naming::Names;
use medshare_deid_identifiers::MAX_SHIFT_DAYS;
use medshare_deid_records::date::PartialDate;

/// Oldest age that is told; above it there is one class, "90 or older".
pub(crate) const OLDEST_AGE: i32 = 90;

/// How dates are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DatePolicy {
    /// Year or shifted.
    pub handling: DateHandling,
    /// Earlier years would tell an age of 90 or more.
    pub cap_year: Option<i32>,
    /// Later years are no dates of events.
    last: i32,
}

impl DatePolicy {
    /// Dates as the configuration asks, with ages counted in the reference year and in the release's.
    ///
    /// `latest_year` is the latest plausible one that the records tell.
    pub(crate) fn new(config: &DeidConfig, latest_year: Option<i32>) -> Self {
        let reference = counted_in(config, latest_year);
        DatePolicy {
            handling: config.dates,
            cap_year: reference.map(|year| year - OLDEST_AGE),
            last: config.last_plausible_year(),
        }
    }

    /// The date as it is told in a person's record, and whether to the day.
    ///
    /// A date that some shift would move to where it tells an age of 90 or more becomes a year whatever its shift is, so that the form of
    /// what is told does not depend on the package. So does an open end such as 9999-12-31: who knows it would know the shift.
    pub(super) fn tell(self, date: PartialDate, person: Option<&str>, names: &dyn Names) -> (String, bool) {
        let earliest = date.shifted_back(MAX_SHIFT_DAYS as i64);
        match person {
            Some(person)
                if self.handling == DateHandling::Shift
                    && date.year <= self.last
                    && self.cap_year.is_none_or(|cap| earliest.year >= cap) =>
            {
                (names.moved(date, person), date.day.is_some())
            }
            _ => (format!("{:04}", self.cap_year.map_or(date.year, |cap| date.year.max(cap))), false),
        }
    }
}

/// The year in which ages are counted: the latest of the configuration's, the records' and the release's. An earlier one in the configuration
/// makes nobody younger than she was when something happened.
pub(crate) fn counted_in(config: &DeidConfig, latest_year: Option<i32>) -> Option<i32> {
    config.reference_year.max(latest_year).max(config.release_year)
}
