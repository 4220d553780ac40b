//! Numbers that are given to people, by country: how they are written, and what makes one of them.
//!
//! In a form, `0` is a digit, `A` a letter, and `~` one and the same of a space, a dash, a dot or nothing throughout; everything else is
//! itself. Where no other text has the form, it is enough: whoever mistypes a number tells of a person all the same. Check digits decide
//! where clinical values could look alike. Sources: the offices that give the numbers; python-stdnum has their rules together.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Shape;
use super::check_digits::{
    australian_medicare, austrian, begins_with_date, chilean, dea, irish, luhn, nhs, singaporean, spanish, vehicle,
    verhoeff,
};

/// What a text of a form must pass, its letters (as capitals) and digits given.
type Proof = fn(&[u8]) -> bool;

/// Forms, shape, proof.
type Row = (&'static [&'static str], Shape, Proof);

const NUMBERS: &[Row] = &[
    // United States: social security and taxpayer's numbers, Medicare, prescribers, vehicles
    (&["000-00-0000", "000 00 0000", "000.00.0000", "000-000000"], Shape::SocialSecurityNumber, any),
    (&["0AA0~AA0~AA00", "0A00~AA0~AA00", "0AA0~A00~AA00", "0A00~A00~AA00"], Shape::NationalNumber, any),
    (&["AA0000000"], Shape::NationalNumber, dea),
    // United Kingdom: NHS, National Insurance, driving licence
    (&["000~000~0000", "000 0000000"], Shape::NationalNumber, nhs),
    (&["AA 00 00 00 A", "AA-00-00-00-A", "AA 000000 A", "AA000000 A", "AA000000A"], Shape::NationalNumber, any),
    (&["AAAAA000000AA0AA", "AAAAA~000000~AA0AA", "AAAA0000000AA0AA", "AAA00000000AA0AA"], Shape::NationalNumber, any),
    // Germany: health insurance (as Taiwan's), pension insurance, tax
    (&["A000000000", "A 000000000", "A000 000 000", "A 000 000 000", "A000-000-000"], Shape::NationalNumber, not_mesh),
    (&["00~000000~A~000", "00000000 A 000", "00 000000 A000"], Shape::NationalNumber, pension_insurance),
    (&["00~000~000~000", "00 000 000 000"], Shape::NationalNumber, irregular),
    // France: NIR with and without its key, Corsica too
    (&["0~00~00~00~000~000~00", "0 00 00 00 000 000", "0 00 00 00 000 000-00"], Shape::NationalNumber, french),
    (&["0~00~00~0A~000~000~00", "0~00~00~0A~000~000", "000000A000000 00"], Shape::NationalNumber, french),
    (&["0 00 00 00 000 000 / 00", "0000000000000 00", "0 00 00 00 000000 00"], Shape::NationalNumber, french),
    // Switzerland: AHV
    (&["000~0000~0000~00"], Shape::NationalNumber, any),
    // The Netherlands, Portugal, Canada, Poland (tax), Hungary, Australia (tax): nine digits
    (&["000 000 000", "000-000-000", "0000.00.000", "0000 00 000"], Shape::NationalNumber, irregular),
    (
        &["000-000-00-00", "000 000 000A", "00000000 0 AA0", "00000000 0AA0", "000000000AA0"],
        Shape::NationalNumber,
        irregular,
    ),
    // Brazil: CPF, CNPJ, RG
    (&["000.000.000-00", "000 000 000 00", "00.000.000/0000-00", "00.000.000-0"], Shape::NationalNumber, any),
    // India: Aadhaar, PAN, health account; Japan
    (&["0000 0000 0000", "0000-0000-0000"], Shape::NationalNumber, four_by_four),
    (&["AAAAA0000A", "00-0000-0000-0000"], Shape::NationalNumber, any),
    // China
    (&["00000000000000000A", "000000 00000000 0000", "000000 00000000 000A"], Shape::NationalNumber, any),
    (&["000000-00000000-0000", "000000-00000000-000A"], Shape::NationalNumber, any),
    // Spain: DNI, NIE, social security
    (
        &["00000000~A", "A0000000A", "A-0000000-A", "A 0000000 A", "A0000000-A", "A-0000000A"],
        Shape::NationalNumber,
        letter,
    ),
    (&["00.000.000-A", "00.000.000 A", "00.000.000A", "00 000 000 A"], Shape::NationalNumber, letter),
    (&["00~00000000~00", "00/00000000/00", "00/0000000000"], Shape::NationalNumber, any),
    // Italy: codice fiscale
    (&["AAAAAA00A00A000A", "AAA~AAA~00A00~A000A", "AAAAAA 00A00 A000A"], Shape::NationalNumber, any),
    // Belgium
    (
        &["00.00.00-000.00", "00~00~00~000~00", "000000-000-00", "000000-000.00", "000000 000 00"],
        Shape::NationalNumber,
        dated,
    ),
    // Austria
    (&["0000 000000", "0000-000000", "0000/000000", "0000 00 00 00", "0000 00.00.00"], Shape::NationalNumber, svnr),
    // Canada: health cards
    (
        &["0000~000~000~AA", "0000-000-000", "0000 000 000AA", "0000000000AA", "AAAA00000000"],
        Shape::NationalNumber,
        irregular,
    ),
    // Australia: Medicare
    (
        &["0000~00000~0", "0000 00000 0-0", "0000 00000 0/0", "0000 00000 00"],
        Shape::NationalNumber,
        australian_medicare,
    ),
    // Northern and Baltic countries, Czechia, Slovakia, South Korea, Malaysia: a date of birth and a number
    (&["000000-0000", "00000000-0000", "000000+0000", "000000 0000", "00000000 0000"], Shape::NationalNumber, dated),
    (&["000000 00000", "000000-00000", "000000-000A", "000000A000A", "000000A0000"], Shape::NationalNumber, dated),
    (&["000000/0000", "000000/000", "000000-0000000", "000000-00-0000"], Shape::NationalNumber, dated),
    // Ireland: PPS; Singapore and Hong Kong
    (&["0000000A", "0000000AA"], Shape::NationalNumber, irish),
    (&["A000000(0)", "AA000000(0)", "A000000(A)"], Shape::NationalNumber, any),
    // Russia: SNILS; Thailand; Argentina; Chile; Pakistan; the Emirates; the Philippines; Mexico
    (&["000-000-000 00", "000-000-000-00", "0-0000-00000-00-0", "00-00000000-0"], Shape::NationalNumber, any),
    (&["00.000.000-0", "00.000.000-A", "0.000.000-0", "00000000-0", "00000000-A"], Shape::NationalNumber, rut),
    (&["00000-0000000-0", "000-0000-0000000-0", "0000-0000000-0"], Shape::NationalNumber, any),
    (&["AAAA000000AAAAAA00", "AAAA000000AAAAAAA0"], Shape::NationalNumber, any),
    // Cards
    (
        &["0000~0000~0000~0000", "0000~000000~00000", "0000 000000 0000", "0000 0000 0000 0000 000"],
        Shape::PaymentCard,
        luhn,
    ),
];

fn any(_: &[u8]) -> bool {
    true
}

/// Groups of three that are not all round.
fn irregular(text: &[u8]) -> bool {
    !text.ends_with(b"000") && !text.chunks(3).all(|group| group.ends_with(b"0"))
}

fn dated(text: &[u8]) -> bool {
    begins_with_date(text)
        || (text.starts_with(b"19") || text.starts_with(b"20")) && text.get(2..).is_some_and(begins_with_date)
}

/// Identifiers of MeSH have the same form, with noughts behind the letter.
fn not_mesh(text: &[u8]) -> bool {
    !(matches!(text.first(), Some(b'C' | b'D' | b'M')) && text.get(1..4) == Some(b"000"))
}

fn pension_insurance(text: &[u8]) -> bool {
    text.get(2..).is_some_and(begins_with_date)
}

/// 1, 2, 7 or 8 for the sex, and a month (from 20 where it is unknown).
fn french(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'1' | b'2' | b'3' | b'4' | b'7' | b'8'))
}

fn svnr(text: &[u8]) -> bool {
    austrian(text) || text.get(4..).is_some_and(begins_with_date)
}

fn four_by_four(text: &[u8]) -> bool {
    verhoeff(text) || !text.chunks(4).all(|group| group.ends_with(b"0"))
}

/// A DNI or NIE, or a number of Singapore.
fn letter(text: &[u8]) -> bool {
    spanish(text) || singaporean(text)
}

/// A RUT, or Brazil's RG, which has no check digit that holds everywhere.
fn rut(text: &[u8]) -> bool {
    text.len() == 9 || chilean(text)
}

/// What a text of this form is, if it passes.
///
/// `text` is the letters and digits alone, the letters as capitals.
pub(super) fn number_of_form(form: &str, text: &[u8]) -> Option<Shape> {
    static BY_FORM: OnceLock<HashMap<String, Vec<(Shape, Proof)>>> = OnceLock::new();
    let by_form = BY_FORM.get_or_init(|| {
        let mut all: HashMap<String, Vec<(Shape, Proof)>> = HashMap::new();
        for (forms, shape, proof) in NUMBERS {
            for form in *forms {
                let separators: &[&str] = if form.contains('~') { &["", " ", "-", "."] } else { &[""] };
                for separator in separators {
                    all.entry(form.replace('~', separator)).or_default().push((*shape, *proof));
                }
            }
        }
        all
    });
    if form.len() == 17 && vehicle(text) {
        return Some(Shape::Vehicle);
    }
    by_form.get(form)?.iter().find(|(_, proof)| proof(text)).map(|(shape, _)| *shape)
}
