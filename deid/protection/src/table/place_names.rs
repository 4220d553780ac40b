//! Names of columns that have none which may leave: their places.

use medshare_deid_records::place_name;

/// Larger numbers are no places.
const MOST_PLACES: usize = 100_000;

/// Whether a name is one of our making: a place.
pub(super) fn is_place_name(name: &str) -> bool {
    let place = name.trim_end_matches('_').strip_prefix("column_").and_then(|place| place.parse::<usize>().ok());
    place
        .and_then(|place| place.checked_sub(1))
        .is_some_and(|place| place < MOST_PLACES && name.trim_end_matches('_') == place_name(place))
}
