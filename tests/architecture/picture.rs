//! The picture of the crates in the README, drawn from the manifests.

use crate::{FLOORS, Room};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const BOX_HEIGHT: usize = 30;
const ROW_HEIGHT: usize = 74;
const LETTER_WIDTH: usize = 8;
const GAP: usize = 22;
const MARGIN: usize = 24;

/// Left edge, top and width of a crate's box.
#[derive(Clone, Copy)]
struct Place {
    x: usize,
    y: usize,
    width: usize,
}

fn box_width(folder: &str) -> usize {
    folder.len() * LETTER_WIDTH + 18
}

fn row_width(step: &[&str]) -> usize {
    step.iter().map(|folder| box_width(folder)).sum::<usize>() + step.len().saturating_sub(1) * GAP
}

fn wing_width(wing: &[&[&str]]) -> usize {
    wing.iter().map(|step| row_width(step)).max().unwrap_or(0)
}

fn floor_width(floor: &[&[&[&str]]]) -> usize {
    floor.iter().map(|wing| wing_width(wing)).sum::<usize>() + floor.len().saturating_sub(1) * GAP
}

/// Where every crate stands, with the width and the height of the sheet. The highest floor is on top.
fn layout(left_out: &str) -> (BTreeMap<&'static str, Place>, usize, usize) {
    let drawn =
        |floor: &&&[&[&[&str]]]| !floor.iter().flat_map(|wing| wing.iter()).any(|step| step.contains(&left_out));
    let floors: Vec<_> = FLOORS.iter().rev().filter(drawn).collect();
    let width = floors.iter().map(|floor| floor_width(floor)).max().unwrap_or(0) + 2 * MARGIN;
    let mut places = BTreeMap::new();
    let mut y = MARGIN;
    for floor in floors {
        let rows = floor.iter().map(|wing| wing.len()).max().unwrap_or(0);
        let mut wing_x = (width - floor_width(floor)) / 2;
        for wing in *floor {
            for (step, row) in wing.iter().rev().zip(0..) {
                let mut x = wing_x + (wing_width(wing) - row_width(step)) / 2;
                for folder in *step {
                    places.insert(*folder, Place { x, y: y + row * ROW_HEIGHT, width: box_width(folder) });
                    x += box_width(folder) + GAP;
                }
            }
            wing_x += wing_width(wing) + GAP;
        }
        y += rows * ROW_HEIGHT;
    }
    (places, width, y - ROW_HEIGHT + BOX_HEIGHT + MARGIN)
}

/// Whether the crate is used by one of these, at once or through others.
fn is_reached<'a>(used: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str, to: &str) -> bool {
    used.get(from).is_some_and(|next| next.contains(to) || next.iter().any(|one| is_reached(used, one, to)))
}

/// The picture, as SVG. An arrow that others imply is left out.
pub fn draw(rooms: &[Room], left_out: &str) -> String {
    let used: BTreeMap<&str, BTreeSet<&str>> = rooms
        .iter()
        .filter(|room| room.folder != left_out)
        .map(|room| (room.folder.as_str(), room.ours.iter().map(String::as_str).collect()))
        .collect();
    let (places, width, height) = layout(left_out);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" font-size=\"13\">\n\
         <title>The crates of MeDShare: an arrow points from a crate to one that it uses</title>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\">\
         <path d=\"M0 0L8 4L0 8z\" fill=\"#567\"/></marker></defs>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    for (from, ours) in &used {
        for to in ours {
            let implied = ours.iter().any(|other| other != to && is_reached(&used, other, to));
            let (false, Some(a), Some(b)) = (implied, places.get(from), places.get(to)) else { continue };
            let (x1, y1, x2, y2) = (a.x + a.width / 2, a.y + BOX_HEIGHT, b.x + b.width / 2, b.y);
            let bend = (y2 - y1) / 2;
            writeln!(
                svg,
                "<path d=\"M{x1} {y1}C{x1} {} {x2} {} {x2} {y2}\" fill=\"none\" stroke=\"#89a\" marker-end=\"url(#head)\"/>",
                y1 + bend,
                y2 - bend
            )
            .unwrap();
        }
    }
    for (folder, Place { x, y, width }) in &places {
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{BOX_HEIGHT}\" rx=\"5\" fill=\"#eef4fb\" stroke=\"#567\"/>\
             <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{folder}</text>",
            x + width / 2,
            y + BOX_HEIGHT / 2 + 4
        )
        .unwrap();
    }
    svg.push_str("</svg>\n");
    svg
}
