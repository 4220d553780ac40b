//! How the columns of a table share the width that there is.

/// Narrower, text says nothing.
const MIN_TEXT: usize = 8;
const GAP: &str = "  ";

/// A column as it is printed.
pub struct Drawn {
    pub head: String,
    pub cells: Vec<String>,
    /// Whether its cells may be cut.
    pub is_text: bool,
}

impl Drawn {
    /// How wide it is.
    pub fn width(&self) -> usize {
        let cells = self.cells.iter().chain([&self.head]);
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    }

    /// How narrow it may become.
    fn least(&self) -> usize {
        if self.is_text { self.head.chars().count().max(MIN_TEXT) } else { self.width() }
    }
}

/// Takes from the widest text what is too much.
pub fn narrow(columns: &[Drawn], widths: &mut [usize], available: usize) {
    loop {
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        if widths.iter().sum::<usize>() + gaps <= available {
            return;
        }
        let shrinkable = widths.iter_mut().zip(columns).filter(|(width, column)| **width > column.least());
        let Some((widest, _)) = shrinkable.max_by_key(|(width, _)| **width) else { return };
        *widest -= 1;
    }
}

/// A line of cells, each in the width of its column.
pub fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let cells = cells.zip(widths).map(|(cell, &width)| format!("{:width$}", cut(cell, width)));
    cells.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}
