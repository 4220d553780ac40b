//! Licence plates of vehicles: those whose form says so, and others behind a word that does.

use super::atoms::{Atom, Kind};
use super::stretches::is_cjk;

/// Five to eight capitals and digits, both among them, in at most three groups.
pub(super) fn is_plate(atoms: &[Atom<'_>], at: usize) -> bool {
    let mut own = String::new();
    let (mut digits, mut letters) = (0, 0);
    for atom in atoms.iter().skip(at).take(6) {
        match atom.kind {
            Kind::Number => digits += atom.text.len(),
            Kind::Word if atom.text.chars().all(|c| c.is_uppercase() || is_cjk(c)) => {
                letters += atom.text.chars().count()
            }
            Kind::Mark if atom.is(" -·:") => continue,
            _ => break,
        }
        own.push_str(atom.text);
    }
    digits > 0 && letters > 0 && (5..=9).contains(&(digits + letters))
}

/// Plates that no other text looks like: `M-AB 1234`, `AA-123-BB`, `京A·12345`.
pub(super) fn has_plate(atoms: &[Atom<'_>]) -> bool {
    let capitals = |at: usize, from: usize, to: usize| {
        atoms.get(at).is_some_and(|atom| {
            atom.kind == Kind::Word
                && (from..=to).contains(&atom.text.chars().count())
                && atom.text.chars().all(char::is_uppercase)
        })
    };
    let number = |at: usize, from: usize, to: usize| {
        atoms.get(at).is_some_and(|atom| atom.kind == Kind::Number && (from..=to).contains(&atom.text.len()))
    };
    let mark = |at: usize, marks: &str| atoms.get(at).is_some_and(|atom| atom.is(marks));
    (0..atoms.len()).any(|at| {
        let border = at.checked_sub(1).and_then(|before| atoms.get(before)).is_none_or(|atom| atom.is(" ,;:("));
        let gene = atoms
            .get(at)
            .is_some_and(|atom| matches!(atom.text, "HLA" | "IL" | "CD" | "HIV" | "HPV" | "HCV" | "HBV" | "CA" | "NT"));
        let ends = |by: usize| atoms.get(by).is_none_or(|atom| atom.is(" ,;.)!?"));
        let german = capitals(at, 1, 3)
            && mark(at + 1, "-")
            && capitals(at + 2, 1, 2)
            && mark(at + 3, " ")
            && number(at + 4, 2, 4)
            && ends(at + 5);
        let french = capitals(at, 2, 2)
            && mark(at + 1, "-")
            && number(at + 2, 3, 3)
            && mark(at + 3, "-")
            && capitals(at + 4, 2, 2)
            && ends(at + 5);
        border && !gene && (german || french) || is_chinese_plate(atoms, at)
    })
}

/// A province, a letter and five or six signs.
fn is_chinese_plate(atoms: &[Atom<'_>], at: usize) -> bool {
    const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼";
    let province = atoms.get(at).is_some_and(|atom| atom.kind == Kind::Word && PROVINCES.contains(atom.text));
    let signs: String =
        atoms.iter().skip(at + 1).take(8).filter(|atom| !atom.is(" ·.-")).map(|atom| atom.text).collect();
    let own = signs.chars().take_while(char::is_ascii_alphanumeric).count();
    province && (6..=7).contains(&own) && signs.starts_with(|c: char| c.is_ascii_uppercase())
}
