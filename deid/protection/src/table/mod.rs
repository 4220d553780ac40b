//! Tables: what each column is, and how it is protected.

mod ages;
mod cells;
mod codes;
mod concept;
mod formula;
mod generalise;
mod letters;
mod meaning;
mod measure;
mod names;
mod own_names;
mod place_names;
mod postcodes;
mod protect;
mod roles;
mod scan;
mod told;
mod values;
mod vocabulary;
mod words;
mod years;

pub use own_names::{Renamed, is_known_name, with_own_names};
pub(crate) use protect::protect;
pub use roles::{Guess, Withheld, guesses, propose, withheld};
pub(crate) use scan::{class_sizes, failing_models, scan};
pub(crate) use years::reference_year;
