//! ZIP codes under HIPAA Safe Harbor, 45 CFR 164.514(b)(2)(i)(B).
//!
//! The first three digits may stay unless the area they name has 20,000 inhabitants or fewer; those become `000`.

use serde::{Deserialize, Serialize};

const CENSUS_2000: [&str; 17] = [
    "036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890",
    "893",
];

const CENSUS_2010: [&str; 18] = [
    "036", "059", "102", "202", "203", "204", "205", "369", "556", "692", "753", "772", "821", "823", "878", "879",
    "884", "893",
];

/// What replaces a restricted area.
pub const WITHHELD_AREA: &str = "000";

/// The published lists of three-digit ZIP areas with at most 20,000 inhabitants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestrictedZips {
    /// Census 2000: the 17 areas named in the guidance of the HHS Office for Civil Rights.
    Census2000,
    /// Census 2010: 18 areas.
    Census2010,
    /// Both lists together, the default.
    #[default]
    Both,
    /// A list of one's own.
    List(Vec<String>),
}

impl RestrictedZips {
    /// Whether a three-digit area must not be named.
    pub fn contains(&self, area: &str) -> bool {
        match self {
            RestrictedZips::Census2000 => CENSUS_2000.contains(&area),
            RestrictedZips::Census2010 => CENSUS_2010.contains(&area),
            RestrictedZips::Both => CENSUS_2000.contains(&area) || CENSUS_2010.contains(&area),
            RestrictedZips::List(list) => list.iter().any(|zip| zip == area),
        }
    }

    /// The area of a ZIP code, `000` if restricted; nothing if the text does not begin with three digits.
    pub fn area_of(&self, zip: &str) -> Option<String> {
        let area = zip.trim().get(..3).filter(|area| area.bytes().all(|byte| byte.is_ascii_digit()))?;
        Some(if self.contains(area) { WITHHELD_AREA.to_owned() } else { area.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_areas_become_000_and_others_three_digits() {
        let both = RestrictedZips::Both;
        assert_eq!(both.area_of("01940").as_deref(), Some("019"));
        assert_eq!(both.area_of("03601-1234").as_deref(), Some("000"));
        assert_eq!(both.area_of("K1A"), None);
        assert_eq!(RestrictedZips::Census2010.area_of("06390").as_deref(), Some("063"));
        assert_eq!(RestrictedZips::Census2000.area_of("06390").as_deref(), Some("000"));
        assert_eq!(RestrictedZips::List(vec!["019".into()]).area_of("01940").as_deref(), Some("000"));
    }
}
