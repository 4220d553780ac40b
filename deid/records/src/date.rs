//! Dates as FHIR and ISO 8601 write them: year, month and day as far as given.
//!
//! Day arithmetic on the proleptic Gregorian calendar, in days since 1970-01-01 (the algorithm of H. Hinnant,
//! "chrono-compatible low-level date algorithms").

/// The day of a month's middle.
const MIDDLE_DAY: u8 = 15;

/// The month whose first day is a year's middle.
const MIDDLE_MONTH: u8 = 7;

/// A date of year, month or day precision; the time of day is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartialDate {
    /// The year, 1 to 9999.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: Option<u8>,
    /// The day, 1 to 31.
    pub day: Option<u8>,
}

impl PartialDate {
    /// Reads `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, the last with any time after `T` or a space.
    pub fn parse(text: &str) -> Option<Self> {
        let date = text.split(['T', ' ']).next()?;
        let has_time = date.len() < text.len();
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4).filter(|year| *year > 0)?;
        let month = match parts.next() {
            Some(part) => Some(number(part, 2).filter(|month| (1..=12).contains(month))?),
            None => None,
        };
        let day = match parts.next() {
            Some(part) => {
                let last = days_in_month(year, month?);
                Some(number(part, 2).filter(|day| (1..=last).contains(day))?)
            }
            None => None,
        };
        if parts.next().is_some() || (has_time && day.is_none()) {
            return None;
        }
        Some(PartialDate { year, month: month.map(|month| month as u8), day: day.map(|day| day as u8) })
    }

    /// Whether more than the year is given.
    #[inline]
    pub fn is_finer_than_year(self) -> bool {
        self.month.is_some()
    }

    /// Days since 1970-01-01, for a date of day precision.
    pub fn to_days(self) -> Option<i64> {
        let (year, month, day) = (i64::from(self.year), i64::from(self.month?), i64::from(self.day?));
        let shifted_year = if month <= 2 { year - 1 } else { year };
        let era = shifted_year.div_euclid(400);
        let year_of_era = shifted_year.rem_euclid(400);
        let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(era * 146_097 + day_of_era - 719_468)
    }

    /// The date that many days after 1970-01-01.
    pub fn from_days(days: i64) -> Self {
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        PartialDate { year: year as i32, month: Some(month as u8), day: Some(day as u8) }
    }

    /// Moved into the past, as exact as before: a month or a year goes where its middle goes.
    #[must_use]
    pub fn shifted_back(self, days: i64) -> Self {
        self.of_days(self.middle() - days)
    }

    /// Days since 1970-01-01 of the date, or of the middle of the month or year that it is.
    pub fn middle(self) -> i64 {
        let month = self.month.unwrap_or(MIDDLE_MONTH);
        let day = self.day.unwrap_or(if self.month.is_some() { MIDDLE_DAY } else { 1 });
        PartialDate { year: self.year, month: Some(month), day: Some(day) }.to_days().unwrap_or_default()
    }

    /// That many days after 1970-01-01, as exact as this date.
    #[must_use]
    pub fn of_days(self, days: i64) -> Self {
        let whole = PartialDate::from_days(days);
        PartialDate {
            year: whole.year,
            month: whole.month.filter(|_| self.month.is_some()),
            day: whole.day.filter(|_| self.day.is_some()),
        }
    }
}

impl std::fmt::Display for PartialDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(f, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(f, "-{day:02}")?;
        }
        Ok(())
    }
}

fn number(text: &str, width: usize) -> Option<i32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_four_centuries_survives_the_round_trip() {
        for days in -150_000..150_000 {
            let date = PartialDate::from_days(days);
            assert_eq!(date.to_days(), Some(days));
            assert_eq!(PartialDate::parse(&date.to_string()), Some(date));
        }
    }

    #[test]
    fn shifting_crosses_years_and_leap_days() {
        let shifted = |text: &str, days| PartialDate::parse(text).unwrap().shifted_back(days).to_string();
        assert_eq!(shifted("2000-03-01", 1), "2000-02-29");
        assert_eq!(shifted("2019-01-01T10:00:00Z", 1), "2018-12-31");
        assert_eq!((shifted("2019-05", 3), shifted("2019-05", 20)), ("2019-05".to_owned(), "2019-04".to_owned()));
        assert_eq!((shifted("2019", 100), shifted("2019", 200)), ("2019".to_owned(), "2018".to_owned()));
    }

    #[test]
    fn texts_that_are_no_dates_are_not_read() {
        for text in ["", "19", "1990-13", "1990-02-30", "1990-1-1", "0000", "1990-01-01-01", "1990T10:00"] {
            assert_eq!(PartialDate::parse(text), None, "{text}");
        }
    }
}
