//! Moments in the past, as people type them.

use crate::text::days_of;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A moment, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(pub u64);

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let moment = parse(text, u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        let expected =
            "expected a day such as 2026-11-21, a time (UTC) such as 2026-11-21T17:25, or how long ago: 30m, 12h, 7d";
        moment.map(Self).ok_or_else(|| expected.to_owned())
    }
}

fn parse(text: &str, now: u64) -> Option<u64> {
    let ago = |count: &str, unit: u64| Some(now.saturating_sub(count.parse::<u64>().ok()?.checked_mul(unit)?));
    if let Some(count) = text.strip_suffix('m') {
        return ago(count, MINUTE_MS);
    }
    if let Some(count) = text.strip_suffix('h') {
        return ago(count, 60 * MINUTE_MS);
    }
    if let Some(count) = text.strip_suffix('d') {
        return ago(count, DAY_MS);
    }
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let mut numbers = day.splitn(3, '-').map(|part| part.parse::<u64>().ok());
    let days = days_of(numbers.next()??, numbers.next()??, numbers.next()??)?;
    let (hours, minutes) = time.split_once(':')?;
    let (hours, minutes) = (hours.parse::<u64>().ok()?, minutes.parse::<u64>().ok()?);
    (hours < 24 && minutes < 60).then_some(days * DAY_MS + (60 * hours + minutes) * MINUTE_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_times_and_spans_are_understood_and_nothing_else() {
        let now = 1_795_281_959_000;
        for (text, ms) in [
            ("2026-11-21", 1_795_219_200_000),
            ("2026-11-21T17:25", 1_795_281_900_000),
            ("2026-11-21 17:25", 1_795_281_900_000),
            ("1970-01-01", 0),
            ("2000-02-29", 951_782_400_000),
            ("30m", now - 1_800_000),
            ("12h", now - 43_200_000),
            ("7d", now - 604_800_000),
            ("999999d", 0),
        ] {
            assert_eq!(parse(text, now), Some(ms), "{text}");
        }
        for wrong in
            ["", "d", "yesterday", "2026-13-01", "2026-02-29", "2026-11", "2026-11-21T25:00", "1969-12-31", "-1d"]
        {
            assert_eq!(parse(wrong, now), None, "{wrong}");
        }
    }
}
