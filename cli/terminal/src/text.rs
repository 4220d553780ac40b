//! Ids and times for people.

use crate::shown;

/// Fewest digits that are shown of an id.
const MIN_DIGITS: usize = 8;
/// Fewest of them behind the zeros that it begins with: so many have to be typed of it.
const MIN_TELLING: usize = 4;

/// The first digits of an id, as many as can be typed in its place.
pub fn short(id: &str) -> String {
    let id = shown::line(id);
    match id.char_indices().nth(fewest_digits(&id)) {
        Some((end, _)) => format!("{}…", id.get(..end).unwrap_or_default()),
        None => id,
    }
}

/// The start of a side-block's own half of its id; the first half is its parent's.
pub fn short_tail(id: &str) -> String {
    short(own_half(id))
}

/// The half of a side-block's id that is its own.
#[must_use]
pub fn own_half(id: &str) -> &str {
    id.get(id.len() / 2..).unwrap_or(id)
}

/// So many digits of an id can be typed in its place.
pub(crate) fn fewest_digits(id: &str) -> usize {
    MIN_DIGITS.max(id.len() - id.trim_start_matches('0').len() + MIN_TELLING)
}

/// A time in UTC to the second; `never` for zero.
pub fn utc(ms: u64) -> String {
    if ms == 0 {
        return "never".to_owned();
    }
    let seconds = ms / 1000;
    let (year, month, day) = civil(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

/// A time in UTC to the minute, without the word; `never` for zero.
pub fn minute(ms: u64) -> String {
    let text = utc(ms);
    text.get(..16).map_or_else(|| text.clone(), str::to_owned)
}

/// The days from 1970-01-01 to a day; `None` where there is no such day, or it is earlier.
#[must_use]
pub fn days_of(year: u64, month: u64, day: u64) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Of the same source: years begin in March.
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted_year / 400, shifted_year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day.checked_sub(1)?;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    (civil(days) == (year, month, day)).then_some(days)
}

/// Year, month and day of a day after 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
const fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        assert_eq!(utc(0), "never");
        assert_eq!(utc(951_782_400_000), "2000-02-29 00:00:00 UTC");
        assert_eq!(utc(1_767_225_599_999), "2025-12-31 23:59:59 UTC");
    }

    #[test]
    fn ids_are_shortened_and_words_are_not() {
        assert_eq!(short("0123456789abcdef"), "01234567…");
        assert_eq!(short("000000d691abec05"), "000000d691…", "zeros tell nothing");
        assert_eq!(short("opened"), "opened");
        assert_eq!(short("ä\nöüäöüäö"), "ä\\nöüäöü…");
    }

    #[test]
    fn a_minute_is_the_start_of_a_time() {
        assert_eq!(minute(1_767_225_599_999), "2025-12-31 23:59");
        assert_eq!(minute(0), "never");
    }

    #[test]
    fn days_are_counted_as_they_are_told() {
        for days in [0, 58, 59, 11_016, 11_017, 20_453, 30_000] {
            let (year, month, day) = civil(days);
            assert_eq!(days_of(year, month, day), Some(days));
        }
        assert_eq!(days_of(2023, 2, 29), None);
        assert_eq!(days_of(2024, 4, 31), None);
        assert_eq!(days_of(2024, 4, 0), None);
    }
}
