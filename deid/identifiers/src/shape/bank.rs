//! International bank account numbers (ISO 13616).

use super::check_digits::remainder_97;
use super::stretches::is_cjk;

/// Countries and the length of their numbers (SWIFT's registry of IBANs).
const LENGTHS: &str = "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 \
ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 \
LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 \
SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

/// The bytes of an IBAN of its country's length, in groups or not, from and to. One of digits alone needs no right check digits: nothing
/// else has its form.
pub(super) fn iban(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    (0..bytes.len().saturating_sub(14)).find_map(|start| {
        let [a, b, c, d] = bytes.get(start..start + 4)? else { return None };
        let shaped = a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit();
        let length = (shaped && is_border(text, start)).then(|| length_of_iban(text.get(start..)?)).flatten()?;
        Some((start, start + length))
    })
}

/// Nothing that belongs to the number stands before it; `IBAN` may.
fn is_border(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or("");
    let named =
        start.checked_sub(4).and_then(|at| text.get(at..start)).is_some_and(|word| word.eq_ignore_ascii_case("iban"));
    named || before.chars().next_back().is_none_or(|c| !c.is_alphanumeric() || is_cjk(c))
}

fn length_of_iban(text: &str) -> Option<usize> {
    let country = text.get(..2)?.to_ascii_uppercase();
    let length = LENGTHS.split(' ').find_map(|entry| entry.strip_prefix(country.as_str())?.parse::<usize>().ok())?;
    let mut compact: Vec<u8> = Vec::with_capacity(length);
    let mut bytes = text.bytes().enumerate().peekable();
    let mut end = 0;
    while compact.len() < length {
        let (at, byte) = bytes.next()?;
        let goes_on = bytes.peek().is_some_and(|(_, next)| next.is_ascii_alphanumeric());
        match byte {
            _ if byte.is_ascii_alphanumeric() => compact.push(byte.to_ascii_uppercase()),
            b' ' | b'-' | b'.' if goes_on => {}
            _ => return None,
        }
        end = at + 1;
    }
    let ends = text.get(end..)?.chars().next().is_none_or(|c| !c.is_alphanumeric() || is_cjk(c));
    let (head, account) = (compact.get(..4)?, compact.get(4..)?);
    let right = remainder_97(account.iter().chain(head).copied()) == 1;
    (ends && (right || account.iter().all(u8::is_ascii_digit))).then_some(end)
}
