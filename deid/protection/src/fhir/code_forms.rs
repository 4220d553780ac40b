//! The forms of codes, with their check digits.
//!
//! A code that has not the form of its terminology is something else: a name, or a number of somebody's. Forms from the terminologies'
//! own documents: SNOMED CT Release File Specification (SCTID, Verhoeff), LOINC Users' Guide (Luhn), WHO and CMS for ICD, WHO Collaborating
//! Centre for ATC, CDC for CVX, NLM for RxNorm, FDA for NDC.

use medshare_deid_identifiers::{luhn, verhoeff};

/// The form of a terminology's codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodeForm {
    Snomed,
    Loinc,
    Icd10,
    Icd10Procedure,
    Icd9,
    IcdOncology,
    Icd11,
    RxNorm,
    Atc,
    Cvx,
    Ndc,
    Procedure5,
    Language,
}

impl CodeForm {
    /// Whether a text has the form.
    pub(super) fn fits(self, code: &str) -> bool {
        let bytes = code.as_bytes();
        match self {
            CodeForm::Snomed => is_concept(bytes),
            CodeForm::Loinc => is_loinc(code),
            CodeForm::Icd10 => is_icd10(bytes),
            CodeForm::Icd10Procedure => bytes.len() == 7 && bytes.iter().all(|byte| is_procedure_letter(*byte)),
            CodeForm::Icd9 => is_icd9(code),
            CodeForm::IcdOncology => is_morphology(code) || is_icd10(bytes),
            CodeForm::Icd11 => code.split(['&', '/']).all(is_icd11) && code.len() <= 60,
            CodeForm::RxNorm => (1..=8).contains(&bytes.len()) && digits(bytes) && !code.starts_with('0'),
            CodeForm::Atc => is_atc(bytes),
            CodeForm::Cvx => (1..=3).contains(&bytes.len()) && digits(bytes),
            CodeForm::Ndc => is_ndc(code),
            CodeForm::Procedure5 => {
                bytes.len() == 5 && digits(bytes.get(1..4).unwrap_or_default()) && bytes.iter().all(is_upper_or_digit)
            }
            CodeForm::Language => is_language(code),
        }
    }
}

fn digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

fn is_upper_or_digit(byte: &u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// The identifier of a concept: 6 to 18 digits, a partition for concepts, a check digit (Verhoeff 1969).
fn is_concept(code: &[u8]) -> bool {
    let partition = code.len().checked_sub(3).and_then(|at| code.get(at..at + 2));
    (6..=18).contains(&code.len())
        && !code.starts_with(b"0")
        && matches!(partition, Some(b"00" | b"10"))
        && verhoeff(code)
}

/// A term of LOINC: digits, a dash and a check digit (Luhn). Parts, lists and answers have letters before, and another check digit.
fn is_loinc(code: &str) -> bool {
    let part = ["LA", "LP", "LL", "LG"].iter().find_map(|kind| code.strip_prefix(kind));
    let is_term = part.is_none();
    let code = part.unwrap_or(code);
    let Some((number, check)) = code.split_once('-') else { return false };
    if !(1..=7).contains(&number.len()) || !digits(number.as_bytes()) || check.len() != 1 {
        return false;
    }
    if is_term { luhn(&[number, check].concat().into_bytes()) } else { digits(check.as_bytes()) }
}

/// A letter, two or three digits, and up to four more behind a point that may be missing; the marks of the WHO at the end.
fn is_icd10(code: &[u8]) -> bool {
    let code =
        code.strip_suffix(b"*").or_else(|| code.strip_suffix(b"+")).or_else(|| code.strip_suffix(b"!")).unwrap_or(code);
    let [letter, first, second, rest @ ..] = code else { return false };
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    let rest = rest.strip_suffix(b"-").unwrap_or(rest);
    letter.is_ascii_uppercase()
        && first.is_ascii_digit()
        && is_upper_or_digit(second)
        && rest.len() <= 4
        && rest.iter().all(is_upper_or_digit)
}

fn is_procedure_letter(byte: u8) -> bool {
    is_upper_or_digit(&byte) && byte != b'I' && byte != b'O'
}

fn is_icd9(code: &str) -> bool {
    let (head, rest) = code.split_once('.').map_or((code, None), |(head, rest)| (head, Some(rest)));
    let number = head.strip_prefix(['V', 'E']).unwrap_or(head);
    (2..=3).contains(&number.len())
        && digits(number.as_bytes())
        && rest.is_none_or(|rest| (1..=2).contains(&rest.len()) && digits(rest.as_bytes()))
}

fn is_morphology(code: &str) -> bool {
    code.split_once('/').is_some_and(|(histology, behaviour)| {
        histology.len() == 4
            && digits(histology.as_bytes())
            && (1..=2).contains(&behaviour.len())
            && digits(behaviour.as_bytes())
    })
}

fn is_icd11(code: &str) -> bool {
    let (stem, rest) = code.split_once('.').map_or((code, None), |(stem, rest)| (stem, Some(rest)));
    (4..=6).contains(&stem.len())
        && stem.bytes().all(|byte| is_upper_or_digit(&byte))
        && stem.bytes().any(|byte| byte.is_ascii_digit())
        && stem.bytes().any(|byte| byte.is_ascii_uppercase())
        && rest.is_none_or(|rest| (1..=3).contains(&rest.len()) && rest.bytes().all(|byte| is_upper_or_digit(&byte)))
}

/// One of the five levels of an Anatomical Therapeutic Chemical code: `C`, `C10`, `C10A`, `C10AA`, `C10AA05`.
fn is_atc(code: &[u8]) -> bool {
    let forms: [fn(&u8) -> bool; 7] = [
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_digit,
        u8::is_ascii_uppercase,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_digit,
    ];
    matches!(code.len(), 1 | 3 | 4 | 5 | 7) && code.iter().zip(forms).all(|(byte, is)| is(byte))
}

/// A drug code of eleven digits, or labeller, product and package with dashes.
fn is_ndc(code: &str) -> bool {
    let parts: Vec<&str> = code.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    parts.iter().all(|part| digits(part.as_bytes()))
        && matches!(lengths.as_slice(), [11] | [4, 4, 2] | [5, 3, 2] | [5, 4, 1] | [5, 4, 2] | [5, 4] | [4, 4])
}

/// `en`, `pt-BR`, `zh-Hant`.
fn is_language(code: &str) -> bool {
    let mut parts = code.split('-');
    let main = parts
        .next()
        .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    main && parts
        .next()
        .is_none_or(|part| matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_fit_the_form_of_their_terminology_and_other_numbers_do_not() {
        use CodeForm::*;
        let good = [
            (Snomed, "22298006"),
            (Snomed, "44054006"),
            (Snomed, "162864005"),
            (Snomed, "1119304009"),
            (Snomed, "449868002"),
            (Loinc, "2345-7"),
            (Loinc, "8302-2"),
            (Loinc, "30525-0"),
            (Loinc, "LA6576-8"),
            (Icd10, "I21"),
            (Icd10, "I21.9"),
            (Icd10, "E119"),
            (Icd10, "S72.001A"),
            (Icd10, "C4A.0"),
            (Icd10, "A17.0+"),
            (Icd10Procedure, "0DTJ4ZZ"),
            (Icd9, "250.00"),
            (Icd9, "V45.81"),
            (Icd9, "E880.9"),
            (Icd9, "36.12"),
            (IcdOncology, "8140/3"),
            (IcdOncology, "C50.9"),
            (Icd11, "5A11"),
            (Icd11, "BA41.Z"),
            (RxNorm, "860975"),
            (Atc, "C10AA05"),
            (Atc, "N02"),
            (Cvx, "207"),
            (Ndc, "0002-8215-01"),
            (Ndc, "00002821501"),
            (Procedure5, "99213"),
            (Procedure5, "J1100"),
            (Language, "de"),
            (Language, "pt-BR"),
        ];
        for (form, code) in good {
            assert!(form.fits(code), "{form:?} {code}");
        }
        let bad = [
            (Snomed, "989451234"),
            (Snomed, "22298007"),
            (Snomed, "0070318245"),
            (Snomed, "Brandvold"),
            (Loinc, "2345-8"),
            (Loinc, "987-62-4314"),
            (Icd10, "989451234"),
            (Icd10, "Brandvold"),
            (Icd10, "P0048151"),
            (Icd9, "989-45"),
            (Icd9, "19890"),
            (RxNorm, "989451234"),
            (RxNorm, "6175550142"),
            (Atc, "Wendela"),
            (Cvx, "19890"),
            (Ndc, "617-555-0142"),
            (Procedure5, "Adele"),
            (Language, "Brandvold"),
            (Icd11, "BRANDVOLD"),
        ];
        for (form, code) in bad {
            assert!(!form.fits(code), "{form:?} {code}");
        }
    }
}
