//! Check digits and check letters, by the rules of those who give the numbers.
//!
//! Every function takes the letters and digits alone, without what separates them. Sources: ISO 7064 and ISO/IEC 7812, the rules of the
//! offices named at each; python-stdnum has them together.

/// The values of digits; letters count from 10.
fn values(text: &[u8]) -> impl Iterator<Item = i32> {
    text.iter().map(|byte| match byte {
        b'0'..=b'9' => i32::from(byte - b'0'),
        b'A'..=b'Z' => i32::from(byte - b'A') + 10,
        _ => -1,
    })
}

fn sum(text: &[u8], weights: &[i32]) -> i32 {
    values(text).zip(weights).map(|(value, weight)| value * weight).sum()
}

fn digit(text: &[u8], place: usize) -> Option<i32> {
    values(text.get(place..=place)?).next()
}

/// Luhn (ISO/IEC 7812-1): cards, Canada's SIN, Sweden's personnummer, Israel, LOINC.
#[must_use]
pub fn luhn(text: &[u8]) -> bool {
    let total: i32 = text
        .iter()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let value = i32::from(byte.wrapping_sub(b'0'));
            if place % 2 == 1 { value * 2 / 10 + value * 2 % 10 } else { value }
        })
        .sum();
    text.iter().all(u8::is_ascii_digit) && total % 10 == 0
}

/// Verhoeff (1969): Aadhaar, SNOMED CT.
#[must_use]
pub fn verhoeff(text: &[u8]) -> bool {
    const PERMUTED: [i32; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let mut state = 0;
    for (place, byte) in text.iter().rev().enumerate() {
        let value = i32::from(byte.wrapping_sub(b'0'));
        let moved = (0..place % 8).fold(value, |own, _| PERMUTED.get(own as usize).copied().unwrap_or(0));
        state = in_dihedral_group(state, moved);
    }
    text.iter().all(u8::is_ascii_digit) && state == 0
}

/// The product in the group of the pentagon's symmetries: rotations 0 to 4, reflections 5 to 9.
fn in_dihedral_group(a: i32, b: i32) -> i32 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 - b).rem_euclid(5),
        (false, false) => (a - b).rem_euclid(5),
    }
}

/// Identifiers of SNOMED CT: a check digit by Verhoeff behind two digits that tell a concept, a description or a relationship. Those of
/// national editions have a namespace before them, which begins with 1000.
pub(super) fn snomed_ct(text: &[u8]) -> bool {
    let part = |from: usize, to: usize| text.get(text.len().checked_sub(from)?..text.len().checked_sub(to)?);
    let known = match part(3, 1) {
        Some(b"00" | b"01" | b"02") => (6..=10).contains(&text.len()) || text.starts_with(b"900000000000"),
        Some(b"10" | b"11" | b"12") => (11..=18).contains(&text.len()) && part(10, 6) == Some(b"1000"),
        _ => false,
    };
    known && !text.starts_with(b"0") && verhoeff(text)
}

/// The remainder by 97 of a number of digits and letters (ISO 7064 MOD 97-10).
pub(super) fn remainder_97(text: impl Iterator<Item = u8>) -> u32 {
    text.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        b'A'..=b'Z' => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        _ => rest,
    })
}

/// ISO 7064 MOD 11,10: Germany's tax number, Croatia's OIB.
fn hybrid_11_10(text: &[u8]) -> bool {
    let Some((last, head)) = text.split_last() else { return false };
    let product = values(head).fold(10, |product, value| {
        let rest = (product + value) % 10;
        (if rest == 0 { 10 } else { rest }) * 2 % 11
    });
    i32::from(last.wrapping_sub(b'0')) == (11 - product) % 10
}

/// NHS number (United Kingdom): weights 10 to 1, modulo 11.
pub(super) fn nhs(text: &[u8]) -> bool {
    text.len() == 10 && sum(text, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

/// A number of China or France that its date or its key tells: 18 digits, or 15.
pub(super) fn is_dated_or_keyed(text: &[u8]) -> bool {
    let chinese = text.len() == 18
        && matches!(text.get(6..8), Some(b"19" | b"20"))
        && text.get(8..).is_some_and(begins_with_date);
    let rest = text.get(..13).map(|head| (97 - remainder_97(head.iter().copied())) % 97);
    let french = text.len() == 15 && rest == text.get(13..).map(|key| remainder_97(key.iter().copied()));
    chinese || french
}

/// CPF (Brazil): two digits, modulo 11 and then 10.
fn cpf(text: &[u8]) -> bool {
    let own = |weights: &[i32]| sum(text, weights) * 10 % 11 % 10;
    Some(own(&[10, 9, 8, 7, 6, 5, 4, 3, 2])) == digit(text, 9)
        && Some(own(&[11, 10, 9, 8, 7, 6, 5, 4, 3, 2])) == digit(text, 10)
        && text.iter().any(|byte| Some(byte) != text.first())
}

/// PESEL (Poland): weights 1, 3, 7, 9, modulo 10.
fn pesel(text: &[u8]) -> bool {
    sum(text, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 == 0
        && (1..=31).contains(&(digit(text, 4).unwrap_or(0) * 10 + digit(text, 5).unwrap_or(0)))
}

/// Fødselsnummer (Norway): two sums, modulo 11.
fn norwegian(text: &[u8]) -> bool {
    sum(text, &[3, 7, 6, 1, 8, 9, 4, 5, 2, 1]) % 11 == 0 && sum(text, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

/// Rijksregisternummer (Belgium): 97 less the remainder of nine digits, with a 2 before them for those born since 2000.
fn belgian(text: &[u8]) -> bool {
    let (Some(head), Some(check)) = (text.get(..9), text.get(9..)) else { return false };
    let check = remainder_97(check.iter().copied());
    let month = digit(text, 2).unwrap_or(9) * 10 + digit(text, 3).unwrap_or(9);
    let rest = |first: &[u8]| 97 - remainder_97(first.iter().chain(head).copied());
    month % 20 <= 12 && [rest(b""), rest(b"2")].iter().any(|own| own % 97 == check)
}

/// T.C. kimlik numarası (Turkey).
fn turkish(text: &[u8]) -> bool {
    let first = (sum(text, &[7, -1, 7, -1, 7, -1, 7, -1, 7])).rem_euclid(10);
    !text.starts_with(b"0") && Some(first) == digit(text, 9) && Some(sum(text, &[1; 10]) % 10) == digit(text, 10)
}

/// CUIT and CUIL (Argentina), with the kind of person in front.
fn argentine(text: &[u8]) -> bool {
    matches!(text.get(..2), Some(b"20" | b"23" | b"24" | b"27" | b"30" | b"33" | b"34"))
        && sum(text, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0
}

/// Isikukood (Estonia), asmens kodas (Lithuania).
fn baltic(text: &[u8]) -> bool {
    let own = match sum(text, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) % 11 {
        10 => sum(text, &[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 11 % 10,
        rest => rest,
    };
    (b'1'..=b'6').contains(text.first().unwrap_or(&0)) && Some(own) == digit(text, 10)
}

/// A person's number of eleven digits in one of the countries that have such. Drug codes (NDC) begin with two zeros where the others do not.
pub(super) fn of_eleven_digits(text: &[u8]) -> bool {
    let dated = || day_first_or_last(text) && (pesel(text) || baltic(text) || luhn(text));
    let one_digit = || !text.starts_with(b"00") && (hybrid_11_10(text) || australian_medicare(text));
    text.len() == 11
        && (cpf(text) || norwegian(text) || belgian(text) || turkish(text) || argentine(text) || dated() || one_digit())
}

/// A day and a month at the beginning, in either order with a year of two digits, or behind a digit that tells the sex.
fn day_first_or_last(text: &[u8]) -> bool {
    begins_with_date(text) || text.get(1..).is_some_and(begins_with_date)
}

/// Six digits of a date of birth, year or day first. Months are told from others by 20, 40, 50, 60 or 80 more in some countries, and days by
/// 40.
pub(super) fn begins_with_date(text: &[u8]) -> bool {
    let two = |at: usize| text.get(at..at + 2).map(values).map(|pair| pair.fold(0, |all, value| all * 10 + value));
    let (Some(first), Some(month), Some(last)) = (two(0), two(2), two(4)) else { return false };
    let is_day = |day: i32| (1..=31).contains(&day) || (41..=71).contains(&day);
    let is_month = (1..=13).contains(&(month % 20)) || (1..=12).contains(&(month - 50));
    is_month && (is_day(first) || is_day(last))
}

/// Medicare card (Australia): weights 1, 3, 7, 9, modulo 10, in front of the number of the card and of the person.
pub(super) fn australian_medicare(text: &[u8]) -> bool {
    (10..=11).contains(&text.len())
        && (b'2'..=b'6').contains(text.first().unwrap_or(&0))
        && Some(sum(text, &[1, 3, 7, 9, 1, 3, 7, 9]) % 10) == digit(text, 8)
}

/// Sozialversicherungsnummer (Austria): the fourth digit checks the others, modulo 11.
pub(super) fn austrian(text: &[u8]) -> bool {
    text.len() == 10 && Some(sum(text, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]) % 11) == digit(text, 3)
}

/// DNI and NIE (Spain): the letter of the remainder by 23; X, Y, Z stand for 0, 1, 2.
pub(super) fn spanish(text: &[u8]) -> bool {
    let Some((letter, head)) = text.split_last() else { return false };
    let digits = head.iter().enumerate().map(|(place, byte)| match (place, byte) {
        (0, b'X'..=b'Z') => u32::from(byte - b'X'),
        _ => u32::from(byte.wrapping_sub(b'0')),
    });
    let number = digits.fold(0u32, |number, digit| number.wrapping_mul(10).wrapping_add(digit));
    head.len() == 8 && b"TRWAGMYFPDXBNJZSQVHLCKE".get((number % 23) as usize) == Some(letter)
}

/// PPS number (Ireland): modulo 23, a second letter counts nine times.
pub(super) fn irish(text: &[u8]) -> bool {
    let second = text.get(8).map_or(0, |letter| if *letter == b'W' { 0 } else { i32::from(letter.wrapping_sub(b'@')) });
    let own = (sum(text, &[8, 7, 6, 5, 4, 3, 2]) + second * 9) % 23;
    text.get(7).is_some_and(|letter| i32::from(letter.wrapping_sub(b'@')) % 23 == own)
}

/// NRIC and FIN (Singapore).
pub(super) fn singaporean(text: &[u8]) -> bool {
    let Some((first, tail)) = text.split_first() else { return false };
    let total = sum(tail, &[2, 7, 6, 5, 4, 3, 2]);
    let (letters, more) = match first {
        b'S' => (b"JZIHGFEDCBA".as_slice(), 0),
        b'T' => (b"JZIHGFEDCBA".as_slice(), 4),
        b'F' => (b"XWUTRQPNMLK".as_slice(), 0),
        b'G' => (b"XWUTRQPNMLK".as_slice(), 4),
        _ => return false,
    };
    letters.get(((total + more) % 11) as usize) == tail.last()
}

/// RUT (Chile): weights 2 to 7 from the right, modulo 11; K stands for 10.
pub(super) fn chilean(text: &[u8]) -> bool {
    let Some((check, head)) = text.split_last() else { return false };
    let total: i32 = values(head)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7].into_iter().cycle())
        .map(|(a, b)| a * b)
        .sum();
    b"0123456789K".get(((11 - total % 11) % 11) as usize) == Some(check)
}

/// DEA number (United States): one and two times every other digit, modulo 10.
pub(super) fn dea(text: &[u8]) -> bool {
    text.get(2..).is_some_and(|own| own.len() == 7 && Some(sum(own, &[1, 2, 1, 2, 1, 2]) % 10) == digit(own, 6))
}

/// Vehicle identification number (ISO 3779, 49 CFR 565): weights, modulo 11, X stands for 10.
pub(super) fn vehicle(text: &[u8]) -> bool {
    const WEIGHTS: [i32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let value = |byte: &u8| match byte {
        b'0'..=b'9' => i32::from(byte - b'0'),
        b'A'..=b'H' => i32::from(byte - b'A') + 1,
        b'J'..=b'R' => i32::from(byte - b'J') + 1,
        b'S'..=b'Z' => i32::from(byte - b'S') + 2,
        _ => 0,
    };
    let total: i32 = text.iter().map(value).zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    text.len() == 17
        && b"0123456789X".get((total % 11) as usize) == text.get(8)
        && !text.iter().any(|byte| b"IOQ".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples_are_right_and_with_another_digit_wrong() {
        type Check = fn(&[u8]) -> bool;
        let examples: [(Check, &str, &str); 14] = [
            (luhn, "4111111111111111", "4111111111111112"),
            (verhoeff, "2363", "2364"),
            (snomed_ct, "73211009", "73211008"),
            (nhs, "9434765919", "9434765918"),
            (of_eleven_digits, "12345678909", "12345678900"),
            (of_eleven_digits, "86095742719", "86095742710"),
            (pesel, "44051401359", "44051401358"),
            (austrian, "1237010180", "1238010180"),
            (spanish, "12345678Z", "12345678A"),
            (spanish, "X1234567L", "X1234567A"),
            (irish, "1234567T", "1234567A"),
            (chilean, "123456785", "123456784"),
            (dea, "AB1234563", "AB1234564"),
            (vehicle, "1HGCM82633A004352", "1HGCM82643A004352"),
        ];
        for (check, right, wrong) in examples {
            assert!(check(right.as_bytes()), "{right}");
            assert!(!check(wrong.as_bytes()), "{wrong}");
        }
        let iban = "370400440532013000DE89";
        assert_eq!(remainder_97(iban.bytes()), 1);
    }
}
