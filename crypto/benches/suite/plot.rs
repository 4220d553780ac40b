//! The two plots: what user and owner wait for, against the number of attributes. Times are on a logarithmic axis.
//!
//! Ours with nodes are paths, from bytes to bytes; whole decryptions and encryptions, ours and others', are bare steps.

use std::fmt::Write as _;
use std::path::Path;

use super::measure::Results;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 240.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const LINE_HEIGHT: f64 = 14.0;
/// Decades of the axis, in ms: 10^-2 to 10^4.
const DECADES: std::ops::RangeInclusive<i32> = -2..=4;

/// Attributes at the right end.
const WIDEST: f64 = 100.0;

type Curve<'a> = (&'a str, &'a str, &'a str, &'a str);

pub fn draw(results: &Results, folder: &Path) -> std::io::Result<()> {
    let user: [Curve<'_>; 5] = [
        ("medshare", "user_path", "medshare with a node, path", "#1b7837"),
        ("medshare", "full_decrypt", "medshare, alone, bare", "#5aae61"),
        ("charm-rw15-ss512", "full_decrypt", "charm RW15 (80-bit), bare", "#2166ac"),
        ("rabe-bsw", "full_decrypt", "rabe BSW (broken), bare", "#b2abd2"),
        ("rabe-aw11", "full_decrypt", "rabe AW11 (broken), bare", "#762a83"),
    ];
    let owner = [
        ("medshare", "owner_path", "medshare from a pool, path", "#1b7837"),
        ("medshare", "full_encrypt", "medshare, alone, bare", "#5aae61"),
        ("charm-rw15-ss512", "full_encrypt", "charm RW15 (80-bit), bare", "#2166ac"),
        ("rabe-bsw", "full_encrypt", "rabe BSW (broken), bare", "#b2abd2"),
        ("rabe-aw11", "full_encrypt", "rabe AW11 (broken), bare", "#762a83"),
    ];
    let user = svg(results, "User decryption (paths and bare steps), processor time", &user);
    std::fs::write(folder.join("crypto-user-decryption.svg"), user)?;
    let owner = svg(results, "Owner encryption (paths and bare steps), processor time", &owner);
    std::fs::write(folder.join("crypto-owner-encryption.svg"), owner)
}

fn x(attributes: f64) -> f64 {
    LEFT + attributes / WIDEST * (WIDTH - LEFT - RIGHT)
}

fn y(ms: f64) -> f64 {
    let (low, high) = (f64::from(*DECADES.start()), f64::from(*DECADES.end()));
    let share = (ms.log10() - low) / (high - low);
    HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)
}

fn svg(results: &Results, title: &str, curves: &[Curve<'_>]) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
<text x="{LEFT}" y="24" font-size="16">{title}, ms, by attributes</text>
"##
    );
    for decade in DECADES {
        let (height, label) = (y(10_f64.powi(decade)), 10_f64.powi(decade));
        writeln!(
            svg,
            r##"<path d="M{LEFT} {height:.1}H{:.1}" stroke="#dddddd"/><text x="{}" y="{:.1}" text-anchor="end">{label}</text>"##,
            x(WIDEST),
            LEFT - 8.0,
            height + 4.0
        )
        .unwrap();
    }
    for attributes in (0..=100).step_by(20) {
        let (place, base) = (x(f64::from(attributes)), HEIGHT - BOTTOM + 18.0);
        writeln!(svg, r#"<text x="{place:.1}" y="{base}" text-anchor="middle">{attributes}</text>"#).unwrap();
    }
    let mut labels = Vec::new();
    for (system, case, label, colour) in curves {
        let mut points = results.curve(system, case);
        points.retain(|(attributes, _)| *attributes <= WIDEST);
        let Some((_, last)) = points.last() else {
            continue;
        };
        labels.push((y(*last) + 4.0, format!("{label}: {last:.2}"), colour));
        let line: Vec<String> =
            points.iter().map(|(attributes, ms)| format!("{:.1},{:.1}", x(*attributes), y(*ms))).collect();
        let line = line.join(" ");
        writeln!(svg, r#"<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>"#).unwrap();
    }
    // From the top down, each label at least a line below the one before.
    labels.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (place, mut lowest) = (x(WIDEST) + 8.0, f64::MIN);
    for (height, label, colour) in labels {
        lowest = height.max(lowest + LINE_HEIGHT);
        writeln!(svg, r#"<text x="{place:.1}" y="{lowest:.1}" fill="{colour}">{label}</text>"#).unwrap();
    }
    svg.push_str("</svg>\n");
    svg
}
