//! Requirements about sensitive columns, where people have several rows.
//!
//! The search takes one value of each person: of hers the one that most people have. Which one an attacker would guess depends on the
//! class, and classes are known afterwards. So they are looked at again, and those that fail are left out.

use crate::classes::classes_of;
use crate::config::{DeidConfig, Role};
use medshare_deid_anon::{SearchError, Unreachable};
use medshare_deid_records::Column;

use super::people::People;
use super::scan::classes_that_fail;

/// Who stays, by who stayed, and the number and the least size of the classes.
pub(super) struct Staying {
    pub(super) keep: Vec<bool>,
    pub(super) classes: usize,
    pub(super) smallest_class: u32,
}

/// Leaves out the classes of people in which a requirement fails, up to as many people as `most`.
pub(super) fn leave_out_failing(
    people: &People,
    mut keep: Vec<bool>,
    (quasi, kept): (&[Column], &[(Role, Column)]),
    config: &DeidConfig,
    most: usize,
) -> Result<Staying, SearchError> {
    loop {
        let (staying, rows) = (people.kept(&keep), people.rows_of(&keep));
        let columns: Vec<Column> = quasi.iter().map(|column| column.retain(&keep)).collect();
        let (class_of_person, sizes) = classes_of(columns.iter(), staying.count());
        let mut fails = vec![false; sizes.len()];
        let mut failing = Vec::new();
        for model in &config.privacy {
            let own = kept.iter().find(|(_, column)| model.attribute() == Some(column.name()));
            let Some((_, column)) = own else { continue };
            let classes = classes_that_fail(model, &column.retain(&rows), Some(&staying), &class_of_person, 0.0);
            if !classes.is_empty() {
                failing.push(model.to_string());
            }
            for class in classes {
                if let Some(fails) = fails.get_mut(class as usize) {
                    *fails = true;
                }
            }
        }
        if failing.is_empty() {
            let smallest_class = sizes.iter().copied().min().unwrap_or_default();
            return Ok(Staying { keep, classes: sizes.len(), smallest_class });
        }
        let mut classes = class_of_person.into_iter();
        for keep in keep.iter_mut().filter(|keep| **keep) {
            let class = classes.next().unwrap_or_default();
            *keep = !fails.get(class as usize).copied().unwrap_or_default();
        }
        let suppressed = keep.iter().filter(|keep| !**keep).count();
        if suppressed > most {
            return Err(SearchError::Unreachable(Unreachable { small_classes: Vec::new(), failing, suppressed }));
        }
    }
}
