//! Protects a table: removes direct identifiers and unclassified columns, generalises quasi-identifiers, scrubs the rest.

use crate::anon::{Attribute, Problem, Solution, Unreachable, search};
use crate::category::Category;
use crate::config::{DeidConfig, Role};
use crate::records::{Column, Table};

use super::column::{ValueKind, base_value, hierarchy_for, kind_of};
use super::scan::identifying;

/// A protected table and what was done.
pub(crate) struct ProtectedTable {
    pub(crate) table: Table,
    pub(crate) problem: Problem,
    pub(crate) solution: Solution,
    pub(crate) removed: Vec<(String, Category, u64)>,
}

/// Protects a table whose configuration was validated.
pub(crate) fn protect(table: &Table, config: &DeidConfig) -> Result<ProtectedTable, Unreachable> {
    let mut removed = Vec::new();
    let mut kept: Vec<(Role, Column)> = Vec::new();
    for column in table.columns() {
        let role = config.table.role(column.name());
        let rows = table.row_count() as u64;
        match role {
            Role::DirectIdentifier => {
                removed.push((column.name().to_owned(), Category::Identifier, rows))
            }
            Role::Unclassified => {
                removed.push((column.name().to_owned(), Category::Unclassified, rows))
            }
            _ => kept.push((role, base_column(column, config, &mut removed))),
        }
    }
    let quasi: Vec<&(Role, Column)> = kept
        .iter()
        .filter(|(role, _)| *role == Role::QuasiIdentifier)
        .collect();
    let attributes: Vec<Attribute> = quasi
        .iter()
        .map(|(_, column)| {
            let original = table
                .column(column.name())
                .map_or(column.dictionary(), Column::dictionary);
            let hierarchy = hierarchy_for(kind_of(column.name(), original), column.dictionary());
            Attribute {
                name: column.name().to_owned(),
                hierarchy,
            }
        })
        .collect();
    let codes: Vec<Vec<u32>> = if quasi.is_empty() {
        Vec::new()
    } else {
        quasi
            .iter()
            .map(|(_, column)| column.codes().to_vec())
            .collect()
    };
    let nothing = || Unreachable {
        small_classes: Vec::new(),
    };
    let problem = Problem::new(attributes, &codes).ok_or_else(nothing)?;
    let solution = if quasi.is_empty() {
        trivial(table.row_count(), config.k)?
    } else {
        let limit = (config.suppression_limit * table.row_count() as f64).floor() as usize;
        search(&problem, config.k, limit)?
    };
    let keep: Vec<bool> = solution
        .suppressed
        .iter()
        .map(|suppressed| !suppressed)
        .collect();
    let mut next_attribute = 0;
    let columns = kept
        .into_iter()
        .map(|(role, column)| {
            let column = column.retain(&keep);
            if role != Role::QuasiIdentifier {
                return column;
            }
            let position = next_attribute;
            next_attribute += 1;
            generalise(&column, position, &problem, &solution)
        })
        .collect();
    let table = Table::new(&table.name, columns).ok_or_else(nothing)?;
    Ok(ProtectedTable {
        table,
        problem,
        solution,
        removed,
    })
}

/// Without quasi-identifiers all rows form one class.
fn trivial(rows: usize, k: u32) -> Result<Solution, Unreachable> {
    if rows < k as usize {
        return Err(Unreachable {
            small_classes: vec![rows as u32],
        });
    }
    let suppressed = vec![false; rows];
    Ok(Solution {
        levels: Vec::new(),
        loss: 0.0,
        suppressed,
        classes: 1,
        smallest_class: rows as u32,
    })
}

/// The column with every value as it is told at the least; values that still look like identifiers become empty.
fn base_column(
    column: &Column,
    config: &DeidConfig,
    removed: &mut Vec<(String, Category, u64)>,
) -> Column {
    let kind = kind_of(column.name(), column.dictionary());
    let frequencies = column.frequencies();
    let mut position = 0;
    column.map_values(|value| {
        let count = frequencies.get(position).copied().unwrap_or_default() as u64;
        position += 1;
        let base = base_value(kind, column.name(), value, &config.restricted_zips);
        if base != value {
            let category = match kind {
                ValueKind::Zip => Category::Address,
                ValueKind::Date => Category::Date,
                _ => Category::AgeOver89,
            };
            note(removed, column.name(), category, count);
        }
        match identifying(kind, &base).first() {
            Some(category) => {
                note(removed, column.name(), *category, count);
                String::new()
            }
            None => base,
        }
    })
}

fn note(removed: &mut Vec<(String, Category, u64)>, column: &str, category: Category, count: u64) {
    match removed
        .iter_mut()
        .find(|(name, kind, _)| name == column && *kind == category)
    {
        Some((_, _, total)) => *total += count,
        None => removed.push((column.to_owned(), category, count)),
    }
}

fn generalise(column: &Column, position: usize, problem: &Problem, solution: &Solution) -> Column {
    let Some(attribute) = problem.attributes().get(position) else {
        return column.clone();
    };
    let level = solution.levels.get(position).copied().unwrap_or_default();
    let leaves = attribute.hierarchy.labels(0);
    let label: std::collections::HashMap<&str, &str> = leaves
        .iter()
        .enumerate()
        .filter_map(|(leaf, text)| {
            Some((
                text.as_str(),
                attribute.hierarchy.label(leaf as u32, level)?,
            ))
        })
        .collect();
    column.map_values(|value| {
        label
            .get(value)
            .copied()
            .unwrap_or(crate::anon::ANY)
            .to_owned()
    })
}
