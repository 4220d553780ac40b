//! Numbers as they are typed.

use std::ops::RangeInclusive;

/// Takes a whole number of a unit, such as hours, within a range; what else is typed is told with both.
pub fn whole(
    unit: &'static str,
    range: RangeInclusive<u64>,
) -> impl Fn(&str) -> Result<u64, String> + Clone + Send + Sync + 'static {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.ok_or_else(|| match (range.start(), range.end()) {
            (least, &u64::MAX) => format!("expected whole {unit}, {least} or more"),
            (least, most) => format!("expected whole {unit}, from {least} to {most}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_whole_number_of_the_range_is_told_with_unit_and_range() {
        let hours = whole("hours", 1..=720);
        assert_eq!((hours("1"), hours("720")), (Ok(1), Ok(720)));
        for wrong in ["0", "0.5", "-1", "721", "", "two", "99999999999999999999"] {
            assert_eq!(hours(wrong), Err("expected whole hours, from 1 to 720".to_owned()), "{wrong}");
        }
        assert_eq!(whole("seconds", 0..=u64::MAX)("-1"), Err("expected whole seconds, 0 or more".to_owned()));
    }
}
