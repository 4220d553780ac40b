//! Whether what a command printed is what its guide shows.
//!
//! Text must be the same. What differs from one run to the next is compared by its shape:
//!
//! | in the guide | stands for |
//! |---|---|
//! | `…` | anything within a line; alone on its line: any number of lines |
//! | an id: 8 hexadecimal digits or more | as many; where the guide names it again, or one that begins like it, so does what is printed, and where not, not |
//! | a UUID, a date with its time | another |
//! | a number with a unit, with a fraction, or of two digits and more that stands alone | another |
//! | a height; a number in a column of heights, lags, peers or indexes | another |
//! | two spaces and more | one and more, since columns are as wide as what they hold |

use regex::{Captures, Regex, escape};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::LazyLock;

static VARYING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)
        (?P<any> … )
        | (?P<uuid> \b [0-9a-f]{8} (?: - [0-9a-f]{4} ){3} - [0-9a-f]{12} \b )
        | (?P<time> \b \d{4}-\d\d-\d\d \x20 \d\d:\d\d (?: :\d\d )? )
        | (?P<quantity> \b \d[\d,]* (?: \.\d+ )? (?P<unit> \x20? % | \x20 (?: ms | s | bytes | kB | MB ) \b ) )
        | (?P<height> \b height \x20 \d+ \b )
        | (?P<id> \b [0-9a-f]{8,} \b )
        | (?P<number> \d+ (?: \.\d+ )? )
        | (?P<space> \x20{2,} )",
    )
    .unwrap()
});

/// Fewest digits of an id.
const FEWEST_DIGITS: usize = 8;

/// Columns whose numbers differ from one run to the next: words between at least two spaces.
static HEADS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:^|\x20\x20)(?:height|lag|peers|index)\b").unwrap());

/// The ids of a guide and what they are in this run.
#[derive(Clone, Debug, Default)]
pub struct Ids(Vec<(String, String)>);

impl Ids {
    /// A command of the guide as it must be typed in this run.
    ///
    /// # Errors
    /// An id that nothing has shown before: nobody could know it.
    pub fn substitute(&self, command: &str) -> Result<String, String> {
        self.replace(command, |id| self.actual(id).ok_or_else(|| format!("nothing has shown the id {id} before")))
    }

    /// What this run printed, with the guide's ids; ids that are new to the guide become its own.
    pub fn as_in_guide(&mut self, line: &str) -> String {
        let turned = Self(self.0.iter().map(|(guide, actual)| (actual.clone(), guide.clone())).collect());
        let in_guide = |id: &str| {
            let begun = turned.beginning(id);
            Ok::<_, String>(begun.to_owned() + &id[begun.len()..])
        };
        let written = self.replace(line, in_guide).unwrap();
        let new: Vec<(String, String)> = VARYING
            .captures_iter(line)
            .zip(VARYING.captures_iter(&written))
            .filter_map(|(actual, guide)| Some((id(&guide)?, id(&actual)?)))
            .collect();
        self.0.extend(new);
        written
    }

    fn replace<E>(&self, text: &str, with: impl Fn(&str) -> Result<String, E>) -> Result<String, E> {
        let mut replaced = String::new();
        let mut behind = 0;
        for token in VARYING.captures_iter(text) {
            if let Some(found) = id(&token) {
                let place = token.get(0).unwrap();
                replaced += &text[behind..place.start()];
                replaced += &with(&found)?;
                behind = place.end();
            }
        }
        Ok(replaced + &text[behind..])
    }

    /// What the guide's id, or the beginning of one, is in this run.
    fn actual(&self, guide: &str) -> Option<String> {
        let longer = self.0.iter().find(|(known, _)| known.starts_with(guide));
        longer.map(|(_, actual)| actual[..guide.len()].to_owned())
    }

    /// What the beginning of the guide's id is in this run, as far as an id that is known begins like it: single digits do by chance.
    fn beginning(&self, guide: &str) -> &str {
        let common = |known: &str| known.bytes().zip(guide.bytes()).take_while(|(a, b)| a == b).count();
        let begun = self.0.iter().map(|(known, actual)| &actual[..common(known) / FEWEST_DIGITS * FEWEST_DIGITS]);
        begun.max_by_key(|begun| begun.len()).unwrap_or_default()
    }

    /// Takes an id of the guide and what it is in this run. Not where the one begins like another that is known and the other does not:
    /// then the guide has two ids for one thing, or one for two.
    fn bind(&mut self, guide: String, actual: &str) -> bool {
        let shared = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count() / FEWEST_DIGITS;
        let fits = self.0.iter().all(|(known, is)| shared(known, &guide) == shared(is, actual));
        self.0.push((guide, actual.to_owned()));
        fits
    }

    /// A pattern for the guide's id: what is known of it, and digits.
    fn pattern(&self, guide: &str) -> String {
        if let Some(actual) = self.actual(guide) {
            return actual;
        }
        let begun = self.beginning(guide);
        format!("({begun}[0-9a-f]{{{}}})", guide.len() - begun.len())
    }

    /// Whether a line is as the guide shows it, given the table's varying columns; then with the ids that it tells, and with the times
    /// and heights of this run.
    fn line(&self, shown: &str, columns: &[Range<usize>], printed: &str) -> Option<(Self, String)> {
        let mut pattern = "^".to_owned();
        // where this run's value stands, with the guide's id where it is one
        let mut told: Vec<(Range<usize>, Option<String>)> = Vec::new();
        let mut behind = 0;
        for token in VARYING.captures_iter(shown) {
            let place = token.get(0).unwrap();
            let piece = if token.name("any").is_some() {
                ".*".to_owned()
            } else if token.name("uuid").is_some() {
                "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}".to_owned()
            } else if token.name("time").is_some() {
                told.push((place.range(), None));
                format!("({})", place.as_str().replace(|c: char| c.is_ascii_digit(), r"\d"))
            } else if let Some(unit) = token.name("unit") {
                format!(r"[\d,.]+{}", unit.as_str())
            } else if token.name("height").is_some() {
                told.push((place.range(), None));
                r"(height \d+)".to_owned()
            } else if let Some(id) = id(&token) {
                let piece = self.pattern(&id);
                if piece.starts_with('(') {
                    told.push((place.range(), Some(id)));
                }
                piece
            } else if token.name("number").is_some() && varies(shown, &place.range(), columns) {
                r"[\d.]+".to_owned()
            } else if token.name("space").is_some() {
                if place.start() == 0 { " *".to_owned() } else { " +".to_owned() }
            } else {
                escape(place.as_str())
            };
            write!(pattern, "{}{piece}", escape(&shown[behind..place.start()])).unwrap();
            behind = place.end();
        }
        write!(pattern, "{}$", escape(&shown[behind..])).unwrap();
        let found = Regex::new(&pattern).unwrap().captures(printed)?;
        let (mut ids, mut renewed, mut behind) = (self.clone(), String::new(), 0);
        for ((place, id), value) in told.into_iter().zip(found.iter().skip(1).flatten()) {
            let Some(id) = id else {
                renewed = renewed + &shown[behind..place.start] + value.as_str();
                behind = place.end;
                continue;
            };
            if !ids.bind(id, value.as_str()) {
                return None;
            }
        }
        Some((ids, renewed + &shown[behind..]))
    }

    /// Whether lines are as the guide shows them; then with the ids that they tell, and with the times and heights of this run.
    pub fn compare(&self, shown: &[String], printed: &[String]) -> Option<(Self, Vec<String>)> {
        self.compare_in_table(shown, &[], printed)
    }

    fn compare_in_table(
        &self,
        shown: &[String],
        columns: &[Range<usize>],
        printed: &[String],
    ) -> Option<(Self, Vec<String>)> {
        let Some((first, rest)) = shown.split_first() else {
            return printed.is_empty().then(|| (self.clone(), Vec::new()));
        };
        let before = |line: String, (ids, mut lines): (Self, Vec<String>)| {
            lines.insert(0, line);
            (ids, lines)
        };
        if first == "…" {
            let mut ends = (0..=printed.len()).map(|skipped| &printed[skipped..]);
            let rest = ends.find_map(|end| self.compare_in_table(rest, columns, end))?;
            return Some(before(first.clone(), rest));
        }
        let (line, others) = printed.split_first()?;
        let head = head(first);
        let columns = if head.is_empty() && !first.is_empty() { columns } else { &head };
        let (ids, renewed) = self.line(first, columns, line)?;
        Some(before(renewed, ids.compare_in_table(rest, columns, others)?))
    }
}

/// The heights that a line names.
pub fn heights(line: &str) -> Vec<u64> {
    let named = VARYING.captures_iter(line).filter_map(|token| token.name("height"));
    named.filter_map(|height| height.as_str().strip_prefix("height ")?.parse().ok()).collect()
}

/// Columns of a table whose numbers vary, by its head; none in other lines.
fn head(line: &str) -> Vec<Range<usize>> {
    HEADS.find_iter(line).map(|name| in_chars(line, &name.range())).collect()
}

fn in_chars(line: &str, bytes: &Range<usize>) -> Range<usize> {
    line[..bytes.start].chars().count()..line[..bytes.end].chars().count()
}

/// Whether a number stands in a varying column, or is long and stands alone.
fn varies(line: &str, place: &Range<usize>, columns: &[Range<usize>]) -> bool {
    let chars = in_chars(line, place);
    let is_space = |c: Option<char>| c.is_none_or(|c| c == ' ');
    let alone = is_space(line[..place.start].chars().next_back()) && is_space(line[place.end..].chars().next());
    alone && (place.len() > 1 || columns.iter().any(|column| column.start < chars.end && chars.start < column.end))
}

/// The id that a token is. One without letters or without digits is a number or a word.
fn id(token: &Captures<'_>) -> Option<String> {
    let id = token.name("id")?.as_str();
    let of = |kind: fn(&char) -> bool| id.chars().any(|c| kind(&c));
    (of(char::is_ascii_digit) && of(char::is_ascii_alphabetic)).then(|| id.to_owned())
}
