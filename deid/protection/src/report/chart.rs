//! Two kinds of drawings: horizontal bars, and columns in pairs.

use std::fmt::Write;

use super::escape;

const WIDTH: f64 = 720.0;
const BEFORE: &str = "#8c959f";
const AFTER: &str = "#0969da";

/// One bar.
pub(super) struct Bar {
    pub(super) label: String,
    /// The length; bars are drawn relative to 1 or the longest, whichever is less.
    pub(super) value: f64,
    pub(super) text: String,
}

/// Horizontal bars with labels before and values behind.
pub(super) fn bars(all: &[Bar], colour: &str) -> String {
    const ROW: f64 = 26.0;
    const LABELS: f64 = 200.0;
    let longest = all.iter().map(|bar| bar.value).fold(0.0, f64::max);
    let scale = if longest > 0.0 { (WIDTH - LABELS - 80.0) / longest } else { 0.0 };
    let height = ROW * all.len() as f64 + 4.0;
    let mut svg = open(height, "bars by quasi-identifier");
    for (index, bar) in all.iter().enumerate() {
        let y = ROW * index as f64 + 4.0;
        let length = (bar.value * scale).max(1.0);
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"{LABELS}\" y=\"{y}\" width=\"{length:.1}\" height=\"18\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            LABELS - 8.0,
            y + 14.0,
            escape(&bar.label),
            LABELS + length + 6.0,
            y + 14.0,
            escape(&bar.text),
        );
    }
    svg + "</svg>"
}

/// Columns in pairs, before and after, over labels; a dashed line before the `k`-th pair.
pub(super) fn paired_columns(labels: &[String], before: &[f64], after: &[f64], k: usize) -> String {
    const PLOT: f64 = 220.0;
    const LEFT: f64 = 46.0;
    const TOP: f64 = 26.0;
    let step = (WIDTH - LEFT) / labels.len().max(1) as f64;
    let grid = nice_step(before.iter().chain(after).copied().fold(0.01, f64::max));
    let lines = (before.iter().chain(after).copied().fold(0.01, f64::max) / grid - 1e-9).ceil();
    let highest = grid * lines;
    let mut svg = open(TOP + PLOT + 40.0, "share of people by size of class, before and after");
    for share in (0..=lines as usize).map(|line| line as f64 * grid) {
        let y = TOP + PLOT - share / highest * PLOT;
        let _ = write!(
            svg,
            "<line x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"#d0d7de\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{} %</text>",
            LEFT - 6.0,
            y + 4.0,
            (share * 1e5).round() / 1e3,
        );
    }
    for (index, label) in labels.iter().enumerate() {
        let x = LEFT + step * index as f64;
        for (offset, shares, colour) in [(0.12, before, BEFORE), (0.5, after, AFTER)] {
            let height = shares.get(index).copied().unwrap_or_default() / highest * PLOT;
            let _ = write!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{colour}\"/>",
                x + step * offset,
                TOP + PLOT - height,
                step * 0.36,
            );
        }
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            x + step / 2.0,
            TOP + PLOT + 18.0,
            escape(label)
        );
    }
    if (2..=labels.len()).contains(&k) {
        let x = LEFT + step * (k - 1) as f64;
        let _ = write!(
            svg,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{}\" stroke=\"#cf222e\" stroke-dasharray=\"6 4\"/>",
            TOP + PLOT
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">size of class</text>\
         <rect x=\"{LEFT}\" y=\"2\" width=\"12\" height=\"12\" fill=\"{BEFORE}\"/><text x=\"{}\" y=\"13\">before</text>\
         <rect x=\"{}\" y=\"2\" width=\"12\" height=\"12\" fill=\"{AFTER}\"/><text x=\"{}\" y=\"13\">after</text>",
        LEFT + (WIDTH - LEFT) / 2.0,
        TOP + PLOT + 36.0,
        LEFT + 18.0,
        LEFT + 80.0,
        LEFT + 98.0,
    );
    svg + "</svg>"
}

/// The distance of lines that people can read: 1, 2 or 5 times a power of ten, at most five of them up to a share.
fn nice_step(highest: f64) -> f64 {
    let power = 10f64.powf((highest / 5.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| highest / step <= 5.0 + 1e-9).unwrap_or(highest)
}

fn open(height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         font-family=\"system-ui,sans-serif\" font-size=\"13\"><title>{title}</title>"
    )
}
