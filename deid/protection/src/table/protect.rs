//! Protects a table: removes direct identifiers, columns of names and unclassified columns, generalises quasi-identifiers, scrubs the rest.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::category::Category;
use crate::config::{DeidConfig, Method, Role};
use crate::naming::Names;
use crate::outcome::{Failure, Generalisation, Outcome};
use medshare_deid_anon::{Attribute, Goal, Problem, ProblemError, SearchError, Sensitive, mondrian, search};
use medshare_deid_records::{Column, Table};

use super::formula::defused;
use super::generalise::{hierarchy_for, joined_range, may_be_joined, range_label};
use super::meaning::{Meaning, ValueKind};
use super::measure::singles_out;
use super::names::{Suspicion, are_names};
use super::own_names::{is_telling, table_name};
use super::people::{People, person_column, without_nobody};
use super::people_requirements::leave_out_failing;
use super::person_dates::{is_moved, moved};
use super::scan::ordered_codes;
use super::strangers::without_strangers;
use super::told::is_of_somebody;
use super::values::bound_above;
use super::years::Years;

/// A protected table and what was done.
pub(crate) struct ProtectedTable {
    pub(crate) table: Table,
    pub(crate) outcome: Outcome,
    pub(crate) removed: Vec<(String, Category, u64)>,
    /// People before and after; rows where no column tells people apart.
    pub(crate) subjects: (usize, usize),
    /// Rows of which nobody knows whose they are.
    pub(crate) of_nobody: u64,
}

/// Protects a table whose configuration was validated.
pub(crate) fn protect(whole: &Table, config: &DeidConfig, names: &dyn Names) -> Result<ProtectedTable, Failure> {
    let (mut removed, years) = (Vec::new(), Years::of(whole, config));
    let somebodys = without_nobody(whole, config);
    let of_nobody = somebodys.as_ref().map_or(0, |(_, gone)| *gone);
    let table = somebodys.as_ref().map_or(whole, |(table, _)| table);
    let people = People::of(table, config);
    let subjects = people.as_ref().map_or(table.row_count(), People::count);
    let mut kept: Vec<(Role, Column)> = Vec::new();
    // Dates that move are as many as there are, and in a template stand-ins for dates.
    let mut moving: HashSet<&str> = HashSet::new();
    for column in table.columns() {
        let role = config.table.role(column.name());
        let rows = table.row_count() as u64;
        match role {
            Role::DirectIdentifier => removed.push((column.name().to_owned(), Category::Identifier, rows)),
            Role::Unclassified => removed.push((column.name().to_owned(), Category::Unclassified, rows)),
            _ if is_telling(column.name()) => removed.push((column.name().to_owned(), Category::Identifier, rows)),
            Role::Person => kept.push((role, column.map_values(|number| names.id(number.trim())))),
            Role::Sensitive | Role::Keep if is_of_somebody(column.name()) => {
                removed.push((column.name().to_owned(), Category::Identifier, rows));
            }
            _ if are_names(column.dictionary(), Suspicion::High) => {
                removed.push((column.name().to_owned(), Category::Name, rows));
            }
            _ => {
                let meaning = Meaning::of(column.name(), column.dictionary(), &config.table);
                let mut base = |column: &Column| base_column(column, meaning, config, years, &mut removed);
                let told = match person_column(table, config) {
                    Some(persons) if meaning.is_of_events() && is_moved(column.name(), role, config) => {
                        moving.insert(column.name());
                        moved(column, persons, years, names, base)
                    }
                    _ => base(column),
                };
                let may_single_out = role == Role::QuasiIdentifier || moving.contains(column.name());
                if !may_single_out && singles_out(&told, config.k) {
                    removed.push((column.name().to_owned(), Category::Identifier, rows));
                } else {
                    kept.push((role, told));
                }
            }
        }
    }
    let named = config.privacy.iter().filter_map(|model| model.attribute());
    if let Some(gone) = named.into_iter().find(|name| kept.iter().all(|(_, column)| column.name() != *name)) {
        return Err(Failure::NotThere(gone.to_owned()));
    }
    let quasi = kept.iter().filter(|(role, _)| *role == Role::QuasiIdentifier);
    let (kinds, quasi): (Vec<ValueKind>, Vec<Cow<'_, Column>>) = quasi
        .map(|(_, column)| {
            let values = table.column(column.name()).unwrap_or(column).dictionary();
            let meaning = Meaning::of(column.name(), values, &config.table);
            (meaning.kind, told_of(column, meaning, config, people.as_ref(), &mut removed))
        })
        .unzip();
    let (mut attributes, mut codes) = (Vec::new(), Vec::new());
    for (column, kind) in quasi.iter().zip(&kinds) {
        let failure = |error| Failure::Hierarchy(column.name().to_owned(), error);
        let own = config.table.hierarchies.get(column.name());
        let hierarchy = hierarchy_for(*kind, column.dictionary(), own).map_err(failure)?;
        codes.push(hierarchy.encode(column).map_err(failure)?);
        attributes.push(Attribute { name: column.name().to_owned(), hierarchy });
    }
    let quasi_names: Vec<&str> = quasi.iter().map(|column| column.name()).collect();
    let goal = config.goal(&quasi_names, subjects);
    let columns: Vec<&[u32]> = codes.iter().map(Vec::as_slice).collect();
    let (sensitive, sensitive_columns) = sensitive_of(&kept, config, people.as_ref());
    let sensitive_codes: Vec<&[u32]> = sensitive_columns.iter().map(Vec::as_slice).collect();
    let problem = Problem::new(attributes, &columns, sensitive, &sensitive_codes, subjects)?;
    let (mut recoded, mut keep, mut outcome) = match config.method {
        Method::FullDomain => full_domain(&problem, &goal, &codes)?,
        Method::Mondrian => local(&problem, &goal, &kinds, subjects)?,
    };
    drop(quasi);
    if let Some(people) = &people {
        let staying = leave_out_failing(people, keep, (&recoded, &kept), config, goal.max_suppressed)?;
        (outcome.classes, outcome.smallest_class) = (staying.classes, staying.smallest_class);
        keep = staying.keep;
    }
    let after = keep.iter().filter(|keep| **keep).count();
    if let Some(people) = &people {
        recoded.iter_mut().for_each(|column| *column = people.in_rows(column));
        keep = people.rows_of(&keep);
    }
    let mut recoded = recoded.into_iter();
    let columns = kept.into_iter().filter_map(|(role, column)| {
        let column = if role == Role::QuasiIdentifier { recoded.next()? } else { column };
        Some((role, column.retain(&keep)))
    });
    let measured = |(role, column): (Role, Column)| {
        if !matches!(role, Role::Sensitive | Role::Keep) || moving.contains(column.name()) {
            return (role, column);
        }
        let meaning = Meaning::of(column.name(), column.dictionary(), &config.table);
        let (column, gone) = without_strangers(column, meaning);
        if gone > 0 {
            note(&mut removed, column.name(), Category::FreeText, gone);
        }
        (role, column)
    };
    let mut columns: Vec<(Role, Column)> = columns.map(measured).collect();
    // With rows, the values may have gone that made a column seem to hold no names, or that many shared.
    columns.retain(|(role, column)| {
        let may_single_out = matches!(role, Role::QuasiIdentifier | Role::Person) || moving.contains(column.name());
        let singles_out = !may_single_out && singles_out(column, config.k);
        let identifies = if singles_out { Some(Category::Identifier) } else { None };
        let identifies =
            identifies.or_else(|| are_names(column.dictionary(), Suspicion::Low).then_some(Category::Name));
        removed.extend(identifies.map(|kind| (column.name().to_owned(), kind, column.codes().len() as u64)));
        identifies.is_none()
    });
    let columns = columns.into_iter().map(|(_, column)| column);
    let columns = columns.map(|column| defused(column, &mut removed)).collect();
    let table = Table::new(table_name(&whole.name), columns).ok_or(ProblemError::Inconsistent)?;
    Ok(ProtectedTable { table, outcome, removed, subjects: (subjects, after), of_nobody })
}

/// A quasi-identifier's values by subject.
fn told_of<'a>(
    column: &'a Column,
    meaning: Meaning,
    config: &DeidConfig,
    people: Option<&People>,
    removed: &mut Vec<(String, Category, u64)>,
) -> Cow<'a, Column> {
    let Some(people) = people else { return Cow::Borrowed(column) };
    // Classes that are formed one by one have ranges of their own, and a range of years may end behind the last year of all.
    let own = config.table.hierarchies.get(column.name());
    let is_of_years = meaning.is_birth || meaning.kind == ValueKind::Date;
    let has_ranges = config.method == Method::FullDomain && !is_of_years && may_be_joined(meaning.kind, own);
    let value = |code: &u32| column.dictionary().get(*code as usize).map_or("", String::as_str);
    let (told, gone) =
        people.told_of(column, |codes| if has_ranges { joined_range(codes.iter().map(value)) } else { None });
    if gone > 0 {
        note(removed, column.name(), Category::QuasiIdentifier, gone);
    }
    Cow::Owned(told)
}

type Recoded = (Vec<Column>, Vec<bool>, Outcome);

fn full_domain(problem: &Problem, goal: &Goal, codes: &[Vec<u32>]) -> Result<Recoded, SearchError> {
    let solution = search(problem, goal)?;
    let columns = problem.attributes().iter().zip(codes).zip(&solution.levels).filter_map(|((own, codes), level)| {
        let generalised = own.hierarchy.codes(*level);
        let codes = codes.iter().filter_map(|leaf| generalised.get(*leaf as usize).copied()).collect();
        Column::from_codes(&own.name, own.hierarchy.labels(*level).to_vec(), codes)
    });
    let keep = solution.suppressed.iter().map(|suppressed| !suppressed).collect();
    Ok((columns.collect(), keep, Outcome::of(problem, &solution)))
}

fn local(problem: &Problem, goal: &Goal, kinds: &[ValueKind], rows: usize) -> Result<Recoded, SearchError> {
    let recoding = mondrian(problem, &goal.privacy, &goal.weights)?;
    let columns = problem.attributes().iter().zip(kinds).enumerate().map(|(index, (own, kind))| {
        let range = |ranges: &Vec<(u32, u32)>| ranges.get(index).copied().unwrap_or_default();
        let labels = recoding.ranges.iter().map(range).map(|(low, high)| range_label(*kind, &own.hierarchy, low, high));
        let labels: Vec<String> = labels.collect();
        let label = |class: &u32| labels.get(*class as usize).map_or("", String::as_str);
        Column::from_values(&own.name, recoding.class_of_row.iter().map(label))
    });
    let columns = columns.collect();
    let outcome = Outcome {
        loss: recoding.loss,
        classes: recoding.ranges.len(),
        smallest_class: recoding.smallest_class,
        generalised: problem
            .attributes()
            .iter()
            .zip(&recoding.attribute_losses)
            .map(|(own, loss)| Generalisation {
                attribute: own.name.clone(),
                level: None,
                highest: own.hierarchy.height() - 1,
                loss: *loss,
            })
            .collect(),
    };
    Ok((columns, vec![true; rows], outcome))
}

/// The sensitive attributes that the privacy models name, with codes in the order of the values.
fn sensitive_of(
    kept: &[(Role, Column)],
    config: &DeidConfig,
    people: Option<&People>,
) -> (Vec<Sensitive>, Vec<Vec<u32>>) {
    let named = |column: &Column| config.privacy.iter().any(|model| model.attribute() == Some(column.name()));
    let columns = kept.iter().filter(|(role, column)| *role != Role::QuasiIdentifier && named(column));
    columns
        .map(|(_, column)| {
            let (codes, values) = ordered_codes(column);
            let codes = match people {
                Some(people) => people.guessed(&vec![0; people.count()], &codes),
                None => codes,
            };
            (Sensitive { name: column.name().to_owned(), values }, codes)
        })
        .unzip()
}

/// The column with every value as it is told at the least; values that still look like identifiers become empty.
fn base_column(
    column: &Column,
    meaning: Meaning,
    config: &DeidConfig,
    years: Years,
    removed: &mut Vec<(String, Category, u64)>,
) -> Column {
    let frequencies = column.frequencies();
    let mut position = 0;
    column.map_values(|value| {
        let count = frequencies.get(position).copied().unwrap_or_default() as u64;
        position += 1;
        let base = meaning.base(value, &config.restricted_zips, years);
        // An age that was written with its unit is told as a number, and no other.
        let is_same_age = meaning.kind == ValueKind::Age && !base.is_empty() && bound_above(&base).is_none();
        if base != value && !is_same_age {
            note(removed, column.name(), meaning.category(), count);
        }
        match meaning.identifying(&base, years.oldest).first() {
            Some(category) => {
                note(removed, column.name(), *category, count);
                String::new()
            }
            None => base,
        }
    })
}

fn note(removed: &mut Vec<(String, Category, u64)>, column: &str, category: Category, count: u64) {
    match removed.iter_mut().find(|(name, kind, _)| name == column && *kind == category) {
        Some((_, _, total)) => *total += count,
        None => removed.push((column.to_owned(), category, count)),
    }
}
