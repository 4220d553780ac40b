//! Columns whose numbers count days or seconds: spreadsheets' serial dates, and seconds or milliseconds since 1970.
//!
//! A number alone does not say that it is one; the column's name has to, and all numbers of the column have to be near one another.

/// What the numbers of a column of dates count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountedDates {
    /// Days since 1899-12-30, as spreadsheets have them; hours are decimals.
    Days,
    /// Seconds since 1970-01-01.
    Seconds,
    /// Milliseconds since 1970-01-01.
    Milliseconds,
}

/// Words of names of columns that hold dates, in nine languages.
const DATES: &str = "date dates dob birth birthdate born serial datum geburtsdatum geburtstag aufnahmedatum entlassdatum entlassungsdatum \
fecha nacimiento naissance nascita nascimento geboortedatum dt 日期 出生日期 入院日期 出院日期 تاريخ";
/// Words of names of columns that hold points in time.
const TIMES: &str =
    "timestamp time datetime ts epoch unix created updated modified recorded issued collected zeit zeitpunkt 时间";
/// Words that may stand beside them. With any other the number is one of something else, such as a count at admission.
const BESIDE: &str = "at of on de di da do d in the and utc ms s sec seconds millis local patient person bene first last start end from thru \
to admit admission admitted discharge discharged visit visited encounter event service claim clm onset death died order sample result \
aufnahme entlassung ingreso alta ricovero data internação opname ontslag hosp hospital icu ed";

/// Days from 1899-12-30 to 1970-01-01.
const DAYS_TO_1970: i64 = 25_569;
const SECONDS_A_DAY: i64 = 86_400;

impl CountedDates {
    /// At least half of the numbers lie here: from 1927 to 2064, from 2001 to 2033.
    fn usual(self) -> std::ops::Range<f64> {
        match self {
            CountedDates::Days => 10_000.0..60_000.0,
            CountedDates::Seconds => 1e9..2e9,
            CountedDates::Milliseconds => 1e12..2e12,
        }
    }

    /// Nearly all lie here, above whatever could be a year.
    fn possible(self) -> std::ops::Range<f64> {
        match self {
            CountedDates::Days => 2_201.0..80_000.0,
            CountedDates::Seconds => -2.3e9..4.2e9,
            CountedDates::Milliseconds => -2.3e12..4.2e12,
        }
    }

    /// The year of a value, if it is one of such a column.
    pub fn year_of(self, value: &str) -> Option<i32> {
        let number = number_of(value).filter(|number| self.possible().contains(number))?;
        if self != CountedDates::Days && number.abs() < 10_000.0 {
            return None;
        }
        let days = match self {
            CountedDates::Days => number as i64 - DAYS_TO_1970,
            CountedDates::Seconds => (number as i64).div_euclid(SECONDS_A_DAY),
            CountedDates::Milliseconds => (number as i64).div_euclid(1000 * SECONDS_A_DAY),
        };
        Some(year_of_day(days))
    }
}

/// What the numbers of a column count, if it is known to hold dates or its name's words (in lower case) tell of them, and nearly all values are
/// such numbers.
pub fn counted_dates<'a>(
    words: &[String],
    is_dated: bool,
    values: impl Iterator<Item = &'a str> + Clone,
) -> Option<CountedDates> {
    let is_in = |word: &String, list: &str| list.split_whitespace().any(|own| own == word);
    let dated = is_dated || words.iter().any(|word| is_in(word, DATES));
    let timed = is_dated || words.iter().any(|word| is_in(word, TIMES));
    let is_told = || words.iter().all(|word| [DATES, TIMES, BESIDE].iter().any(|list| is_in(word, list)));
    if !(dated || timed) || !(is_dated || is_told()) {
        return None;
    }
    let count = values.clone().count();
    let share = |range: std::ops::Range<f64>| {
        values.clone().filter(|value| number_of(value).is_some_and(|number| range.contains(&number))).count()
    };
    let counts = |counted: CountedDates| {
        (dated || counted != CountedDates::Days)
            && share(counted.usual()) * 2 >= count
            && share(counted.possible()) * 10 >= count * 9
    };
    let all = [CountedDates::Days, CountedDates::Seconds, CountedDates::Milliseconds];
    all.into_iter().find(|counted| count > 0 && counts(*counted))
}

fn number_of(value: &str) -> Option<f64> {
    let value = value.trim();
    let plain = value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    plain.then(|| value.parse().ok()).flatten()
}

/// The year of a day since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn year_of_day(days: i64) -> i32 {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    (year_of_era + era * 400 + i64::from(day_of_year >= 306)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(name: &str, values: &[&str]) -> Option<CountedDates> {
        let words: Vec<String> = name.split('_').map(str::to_owned).collect();
        counted_dates(&words, false, values.iter().copied())
    }

    #[test]
    fn numbers_are_dates_where_the_column_says_so() {
        assert_eq!(counted("dob", &["24084", "22125", "28761.5"]), Some(CountedDates::Days));
        assert_eq!(counted("created_at", &["1546719781", "1546501609"]), Some(CountedDates::Seconds));
        assert_eq!(counted("updated", &["1505919150079"]), Some(CountedDates::Milliseconds));
        for (name, values) in [
            ("platelets", ["24084", "22125"]),
            ("dob", ["1961", "1975"]),
            ("days_since_admission_date", ["24084", "22125"]),
            ("leukocytes_at_birth", ["24084", "22125"]),
            ("visit", ["24084", "22125"]),
            ("admission_type_id", ["24084", "22125"]),
            ("date", ["1", "2"]),
        ] {
            assert_eq!(counted(name, &values), None, "{name}");
        }
    }

    #[test]
    fn the_year_is_that_of_the_calendar() {
        assert_eq!(CountedDates::Days.year_of("24084"), Some(1965));
        assert_eq!(CountedDates::Days.year_of("43831"), Some(2020));
        assert_eq!(CountedDates::Days.year_of("43830"), Some(2019));
        assert_eq!(CountedDates::Seconds.year_of("1577836800"), Some(2020));
        assert_eq!(CountedDates::Milliseconds.year_of("1577836799999"), Some(2019));
        assert_eq!(CountedDates::Days.year_of("1961"), None);
    }
}
