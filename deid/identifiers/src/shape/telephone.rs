//! Telephone and fax numbers: by the forms of North America and of countries without a prefix, behind `+` or `00`, behind the prefix `0`.

use super::stretches::Stretch;

/// Forms of national numbers, and digits with which they begin.
const FORMS: &[(&str, &str)] = &[
    ("000-000-0000", ""),
    ("000.000.0000", ""),
    ("000 000 0000", ""),
    ("000 000-0000", ""),
    ("(000) 000-0000", ""),
    ("(000)000-0000", ""),
    ("(000)000.0000", ""),
    ("(000) 000 0000", ""),
    ("(000) 000.0000", ""),
    ("000 (000) 0000", ""),
    ("000/000-0000", ""),
    ("000-0000000", "2345678"),
    ("000/000.0000", ""),
    ("0-000-000-0000", "1"),
    ("0 000 000 0000", "178"),
    ("0 000 000-0000", "17"),
    ("0.000.000.0000", "1"),
    ("0-000-0000000", "1"),
    ("0 (000) 000-0000", "17"),
    ("0 (000) 000 0000", "17"),
    ("0 (000) 000-00-00", "78"),
    ("0(000)000-0000", "17"),
    ("0-(000)-000-0000", "1"),
    ("00000 00000", "6789"),
    ("000 0000 0000", "1"),
    ("000-0000-0000", "1"),
    ("(00) 00000-0000", ""),
    ("(00) 0000-0000", ""),
    ("(00)00000-0000", ""),
    ("(00)0000-0000", ""),
    ("(000) 0000-0000", ""),
    ("(000) 00000-0000", ""),
    ("00 00000-0000", ""),
    ("00 0000-0000", ""),
    ("00 0000 0000", "123456789"),
    ("00 00000000", "6789"),
    ("000 00 00 00", "56789"),
    ("00 000 00 00", ""),
    ("00 000 0000", "2"),
    ("000 000 00 00", "5"),
    ("0000 000 000", "1345"),
    ("000 0000000", "3"),
];

/// Forms of drug codes (NDC), which begin with noughts too.
const DRUG_CODES: [&str; 4] = ["0000-0000-00", "00000-000-00", "00000-0000-0", "00000-0000-00"];

/// Digits of a number with its country (ITU-T E.164 allows 15), and with the noughts before it.
const INTERNATIONAL: std::ops::RangeInclusive<usize> = 8..=17;
/// Digits of a number behind the prefix `0`; eight are enough where the prefix stands apart.
const NATIONAL: std::ops::RangeInclusive<usize> = 9..=13;

/// Whether a stretch is written as a telephone number is.
pub(super) fn is_telephone(stretch: &Stretch<'_>) -> bool {
    let (form, text) = (stretch.form, stretch.text);
    let first = text.trim_start_matches(['(', '+']).chars().next().unwrap_or(' ');
    let national = FORMS.iter().any(|(known, firsts)| *known == form && (firsts.is_empty() || firsts.contains(first)));
    national || is_vanity(stretch) || is_international(stretch) || is_behind_nought(stretch)
}

fn is_international(stretch: &Stretch<'_>) -> bool {
    if stretch.form.contains('A') || !INTERNATIONAL.contains(&stretch.digits) {
        return false;
    }
    let country = stretch.text.trim_start_matches('(').strip_prefix('+').or_else(|| {
        let separated = stretch.form.len() > stretch.digits;
        let enough = stretch.digits >= if separated { 11 } else { 12 };
        stretch.text.strip_prefix("00").filter(|_| enough && !DRUG_CODES.contains(&stretch.form))
    });
    let first = country.and_then(|country| country.trim_start_matches(['-', ' ', '(']).chars().next());
    first.is_some_and(|c| ('1'..='9').contains(&c)) && are_groups(stretch.form, 7, 2)
}

fn is_behind_nought(stretch: &Stretch<'_>) -> bool {
    let mut own = stretch.text.trim_start_matches('(').chars();
    let starts = own.next() == Some('0') && own.next().is_some_and(|c| ('1'..='9').contains(&c));
    let separated = stretch.form.len() > stretch.digits;
    let most = if separated { *NATIONAL.end() } else { 12 };
    let apart = stretch.text.starts_with('(') || (stretch.form.contains('-') && stretch.form.contains(' '));
    let least = NATIONAL.start() - usize::from(apart);
    starts
        && !stretch.form.contains(['A', '+'])
        && (least..=most).contains(&stretch.digits)
        && !DRUG_CODES.contains(&stretch.form)
        && are_groups(stretch.form, 5, 0)
}

/// At most so many groups, of two digits and more but for some: the country 1, `(0)`. A single point would be one of a decimal number.
fn are_groups(form: &str, most: usize, most_single: usize) -> bool {
    let groups = || form.split(['+', ' ', '-', '.', '/', '(', ')']).filter(|group| !group.is_empty());
    let count = groups().count();
    let single = groups().filter(|group| group.len() < 2).count();
    count <= most && single <= most_single && form.matches('.').count() != 1
}

/// `1-800-FLOWERS`: free of charge in North America, with letters in place of digits.
fn is_vanity(stretch: &Stretch<'_>) -> bool {
    const FREE: [&str; 7] = ["800", "888", "877", "866", "855", "844", "833"];
    let compact = stretch.compact();
    let own = compact.strip_prefix(b"1").unwrap_or(&compact);
    own.len() == 10
        && FREE.iter().any(|free| own.starts_with(free.as_bytes()))
        && stretch.form.starts_with("0-000-")
        && stretch.form.contains('A')
}

/// A number of North America without separators: area and exchange begin with 2 to 9.
pub(super) fn is_north_american(digits: &[u8]) -> bool {
    let from_two = |at: usize| digits.get(at).is_some_and(|digit| (b'2'..=b'9').contains(digit));
    digits.len() == 10 && from_two(0) && from_two(3)
}

/// A mobile number of China, or one of North America with its country.
pub(super) fn is_of_eleven_digits(digits: &[u8]) -> bool {
    digits.len() == 11
        && digits.starts_with(b"1")
        && (digits.get(1).is_some_and(|digit| (b'3'..=b'9').contains(digit))
            || digits.get(1..).is_some_and(is_north_american))
}
