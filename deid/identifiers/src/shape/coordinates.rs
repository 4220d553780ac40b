//! Coordinates: decimals in pairs, degrees and minutes, plus codes.

use super::atoms::{Atom, Kind};

/// Whether a text holds coordinates: two long decimals, degrees with minutes or with a point of the compass, or a plus code.
pub(super) fn has_coordinates(text: &str, atoms: &[Atom<'_>]) -> bool {
    (text.contains('.') && has_pair(text))
        || (text.contains('\u{B0}') && has_degrees(atoms))
        || (text.contains('+') && has_plus_code(text))
}

/// A decimal number: its value, digits behind the point, whether it has a sign, and where it ends.
struct Decimal {
    value: f64,
    places: usize,
    signed: bool,
    start: usize,
    end: usize,
}

fn decimals(text: &str) -> Vec<Decimal> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let count = digits(at);
        if count == 0 {
            at += 1;
            continue;
        }
        let places = if bytes.get(at + count) == Some(&b'.') { digits(at + count + 1) } else { 0 };
        let end = at + count + if places > 0 { places + 1 } else { 0 };
        let signed = at > 0 && matches!(bytes.get(at - 1), Some(b'-' | b'+'));
        let value = text.get(at..end).and_then(|own| own.parse().ok()).unwrap_or(f64::INFINITY);
        if places > 0 {
            found.push(Decimal { value, places, signed, start: if signed { at - 1 } else { at }, end });
        }
        at = end;
    }
    found
}

fn has_pair(text: &str) -> bool {
    let found = decimals(text);
    found.windows(2).any(|pair| {
        let [a, b] = pair else { return false };
        let between = text.get(a.end..b.start).unwrap_or("x");
        let lower = between.to_ascii_lowercase();
        let compass = |place: &str| place.contains(['N', 'S', 'E', 'W', 'O']);
        let named = ["lon", "lng", "l\u{E4}ng", "\u{7ECF}"].iter().any(|name| lower.contains(name));
        let near = between.len() <= 16 && (named || between.chars().all(|c| " ,;/|\u{B0}NSEWO".contains(c)));
        let on_earth = a.value.min(b.value) <= 90.0 && a.value.max(b.value) <= 180.0;
        let places = a.places.min(b.places);
        // Two probabilities are no place, nor are two small numbers.
        let apart = a.value >= 3.0 || b.value >= 3.0;
        let pointed = compass(between) || text.get(..a.start).is_some_and(|before| before.ends_with(['N', 'S']));
        let clear =
            places >= 5 || (places >= 3 && (a.signed || b.signed) && apart) || (places >= 2 && (named || pointed));
        near && !between.is_empty() && on_earth && clear && (apart || places >= 6)
    })
}

/// `42°22'25"N`, `42.37° N`.
fn has_degrees(atoms: &[Atom<'_>]) -> bool {
    atoms.iter().enumerate().any(|(at, atom)| {
        let ahead = |by: usize| atoms.get(at + by);
        let spaced = usize::from(ahead(1).is_some_and(|next| next.is(" ")));
        let minutes = ahead(1 + spaced).is_some_and(|next| next.kind == Kind::Number);
        let mut behind =
            atoms.get(at + 2 + spaced..at + 6 + spaced).unwrap_or(atoms.get(at + 2 + spaced..).unwrap_or(&[])).iter();
        let compass =
            ahead(1 + spaced).is_some_and(|next| matches!(next.text, "N" | "S" | "E" | "W" | "O" | "north" | "south"));
        let decimal = at.checked_sub(2).and_then(|before| atoms.get(before)).is_some_and(|before| before.is("."));
        atom.is("\u{B0}") && ((minutes && behind.any(|mark| mark.is("'"))) || (compass && decimal))
    })
}

/// `87JC9VFQ+CX` (Open Location Code).
fn has_plus_code(text: &str) -> bool {
    let is_sign = |c: char| "23456789CFGHJMPQRVWX".contains(c);
    text.match_indices('+').any(|(at, _)| {
        let before = text.get(..at).unwrap_or("").chars().rev().take_while(|c| is_sign(*c)).count();
        let behind = text.get(at + 1..).unwrap_or("").chars().take_while(|c| is_sign(*c)).count();
        before == 8 && (2..=3).contains(&behind)
    })
}
