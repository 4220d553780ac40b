//! Diagnosis codes as hierarchies: code, category of three characters, chapter.
//!
//! ICD-10 chapters of the WHO (2019) and ICD-9-CM chapters (1979-2015); clinical modifications only add digits.

/// Last category of each ICD-10 chapter and the chapter's label.
const ICD10_CHAPTERS: [(&str, &str); 22] = [
    ("B99", "A00-B99"),
    ("D49", "C00-D49"),
    ("D89", "D50-D89"),
    ("E90", "E00-E90"),
    ("F99", "F00-F99"),
    ("G99", "G00-G99"),
    ("H59", "H00-H59"),
    ("H95", "H60-H95"),
    ("I99", "I00-I99"),
    ("J99", "J00-J99"),
    ("K95", "K00-K95"),
    ("L99", "L00-L99"),
    ("M99", "M00-M99"),
    ("N99", "N00-N99"),
    ("O99", "O00-O99"),
    ("P96", "P00-P96"),
    ("Q99", "Q00-Q99"),
    ("R99", "R00-R99"),
    ("T98", "S00-T98"),
    ("U99", "U00-U99"),
    ("Y99", "V01-Y99"),
    ("Z99", "Z00-Z99"),
];

/// Last category of each numeric ICD-9-CM chapter and the chapter's label.
const ICD9_CHAPTERS: [(u32, &str); 17] = [
    (139, "001-139"),
    (239, "140-239"),
    (279, "240-279"),
    (289, "280-289"),
    (319, "290-319"),
    (389, "320-389"),
    (459, "390-459"),
    (519, "460-519"),
    (579, "520-579"),
    (629, "580-629"),
    (679, "630-679"),
    (709, "680-709"),
    (739, "710-739"),
    (759, "740-759"),
    (779, "760-779"),
    (799, "780-799"),
    (999, "800-999"),
];

/// The category of a code: what stands before the point, or its first three characters.
pub(super) fn category(code: &str) -> String {
    let trimmed = code.trim();
    let head = trimmed.split('.').next().unwrap_or_default();
    let starts_with_letter = head.starts_with(|c: char| c.is_ascii_alphabetic());
    let length =
        if starts_with_letter && head.starts_with('E') && head.len() == 4 && is_digits(head.get(1..)) { 4 } else { 3 };
    head.chars().take(length).collect::<String>().to_ascii_uppercase()
}

/// The ICD-10 chapter of a code; other texts stay as they are.
pub(super) fn icd10_chapter(code: &str) -> String {
    let category = category(code);
    let is_code = category.len() == 3
        && category.starts_with(|c: char| c.is_ascii_uppercase())
        && category.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    let chapter = ICD10_CHAPTERS.iter().find(|(last, label)| {
        *last >= category.as_str() && label.get(..3).is_some_and(|first| first <= category.as_str())
    });
    match chapter {
        Some((_, label)) if is_code => (*label).to_owned(),
        _ => code.to_owned(),
    }
}

/// The ICD-9-CM chapter of a code; other texts stay as they are.
pub(super) fn icd9_chapter(code: &str) -> String {
    let category = category(code);
    if let Some(letter @ ('E' | 'V')) = category.chars().next()
        && is_digits(category.get(1..))
    {
        return format!("{letter} codes");
    }
    let number = category.parse::<u32>().ok().filter(|number| *number > 0);
    let chapter = number.and_then(|number| ICD9_CHAPTERS.iter().find(|(last, _)| number <= *last));
    chapter.map_or_else(|| code.to_owned(), |(_, label)| (*label).to_owned())
}

/// The first and the last category of a chapter: `E00-E90`, `240-279`.
pub(crate) fn chapter_bounds(label: &str) -> Option<(&str, &str)> {
    let is_label = |known: &str| known == label;
    let is_chapter = ICD10_CHAPTERS.iter().any(|(_, known)| is_label(known))
        || ICD9_CHAPTERS.iter().any(|(_, known)| is_label(known));
    label.split_once('-').filter(|_| is_chapter)
}

fn is_digits(text: Option<&str>) -> bool {
    text.is_some_and(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fall_into_their_chapters() {
        for (code, chapter) in
            [("E11.9", "E00-E90"), ("C50", "C00-D49"), ("D50.1", "D50-D89"), ("T98.3", "S00-T98"), ("?", "?")]
        {
            assert_eq!(icd10_chapter(code), chapter);
        }
        for (code, chapter) in
            [("250.83", "240-279"), ("V27", "V codes"), ("E884.2", "E codes"), ("8", "001-139"), ("?", "?")]
        {
            assert_eq!(icd9_chapter(code), chapter);
        }
        assert_eq!(category("250.83"), "250");
    }
}
