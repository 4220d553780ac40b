//! Identifiers of people: what they look like, and what may stand in their place.
//!
//! Identifying texts are known by their [`Shape`]; ids become [`Pseudonyms`] under the secret of one package; ZIP codes become areas, or
//! nothing where an area is too small ([`RestrictedZips`]).
#![forbid(unsafe_code)]

mod pseudonym;
mod shape;
mod zip;

pub use pseudonym::{
    MAX_SHIFT_DAYS, PSEUDONYM_LEN, PackageKey, Pseudonyms, hex, is_pseudonym, push_pseudonym, reads_as_pseudonym,
};
pub use shape::{CountedDates, Shape, as_seen, counted_dates, is_month_name, is_zip, luhn, shapes_in, verhoeff};
pub use zip::{RestrictedZips, WITHHELD_AREA};
