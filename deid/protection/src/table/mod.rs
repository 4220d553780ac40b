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
mod people;
mod people_requirements;
mod person_dates;
mod person_proposal;
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

pub(crate) use codes::chapter_bounds;
pub use own_names::{Renamed, is_known_name, with_own_names};
pub(crate) use people::{People, equal_rows, people_count};
pub(crate) use person_proposal::overlooked_person;
pub(crate) use protect::protect;
pub use roles::{Guess, Withheld, guesses, propose, withheld};
pub(crate) use scan::{class_sizes, failing_models, scan};
pub(crate) use values::{is_missing, number_range};
pub(crate) use years::reference_year;
