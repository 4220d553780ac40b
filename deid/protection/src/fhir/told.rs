//! What is told of a structure whose elements only mean something together.

use serde_json::{Map, Value};

use crate::category::Category;

/// What may be told, and what was lost: elements and why.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The structure, or none where nothing of it may be told.
    pub(super) value: Option<Map<String, Value>>,
    /// The elements that are not told as they were.
    pub(super) lost: Vec<(&'static str, Category)>,
}

impl Told {
    /// Nothing, because of one element.
    pub(super) fn nothing(element: &'static str, why: Category) -> Self {
        Told { value: None, lost: vec![(element, why)] }
    }
}
