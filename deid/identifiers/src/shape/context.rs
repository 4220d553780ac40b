//! Numbers that a word in front of them tells: `MRN#0070318245`, `Fallnr. 4711-0815`, `tel. 555 0142`, `plate AB12 CDE`.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::Shape;
use super::atoms::{Atom, Kind};
use super::plates::is_plate;
use super::stretches::is_cjk;

/// Words that name what follows; what it is; digits that it has at the least.
const NAMED: &[(&str, Shape, usize)] = &[
    (
        "mrn mrno hcn uhid empi medrec patientid patid caseid chartno fallnr fallnummer fallid patnr patientennummer patientennr \
patientenid aufnahmenummer aktenzeichen aktennummer ipp dossiernummer patiëntnummer patientnummer prontuário prontuario 病历号 住院号 \
门诊号 病案号",
        Shape::RecordNumber,
        4,
    ),
    (
        "ssn nhs nino kvnr svnr avs insee bsn cpf cnpj aadhaar tfn ppsn nif nie dni curp cuit rut pesel egn cnp 身份证 身份证号 医保号 社保号 \
personnummer steuerid idnr versichertennummer versicherungsnummer sozialversicherungsnummer rentenversicherungsnummer utente passport \
reisepass personalausweis passeport pasaporte passaporto paspoort passaporte 护照 护照号 npi",
        Shape::NationalNumber,
        6,
    ),
    ("acct konto kontonummer kontonr iban", Shape::BankAccount, 4),
    (
        "tel telephone phone mobile fax telefax telefon telefonnummer handy handynummer rufnummer durchwahl tél téléphone portable móvil movil \
teléfono telefono celular cellulare telefone telemóvel telefoon 电话 手机 电话号码 手机号 هاتف تلفون جوال",
        Shape::Telephone,
        6,
    ),
    ("plz postleitzahl zip zipcode postcode postal postale cep pincode 邮编 邮政编码", Shape::Postcode, 4),
];

/// Words that name a number only with a word for a number behind them.
const RECORDS: &str = "patient pat medical record chart case fall account file dossier folder member subject encounter visit admission \
accession specimen hospital insurance policy certificate licence license identity paciente historia expediente cartella ricovero \
processo patiënt opname 病人 患者";
const NUMBERS: &str = "no nr num number nummer numero número numéro id 号 号码 编号";
/// What may stand between such words and the number.
const BETWEEN: &str = "is ist est es at was card clínica clinica";
/// Words before plates of vehicles.
const PLATES: &str =
    "plate plates registration kennzeichen kfz immatriculation matrícula matricula targa kenteken placa 车牌 车牌号";

/// Atoms of the longest number that a word names.
const LONGEST: usize = 30;

/// What a word says of what is behind it.
#[derive(Clone, Copy, Debug)]
enum Says {
    /// A number of this shape, with so many digits.
    Shape(Shape, usize),
    /// A number of a record, if a word or sign for a number follows.
    Record,
    /// That a number follows.
    Number,
    Nothing,
    Plate,
}

fn meaning(word: &str) -> Option<Says> {
    static SAYS: OnceLock<HashMap<&str, Says>> = OnceLock::new();
    let words = |list: &'static str, says: Says| list.split_whitespace().map(move |word| (word, says));
    let all = SAYS.get_or_init(|| {
        let named = NAMED.iter().flat_map(|(list, shape, least)| words(list, Says::Shape(*shape, *least)));
        let others =
            [(RECORDS, Says::Record), (NUMBERS, Says::Number), (BETWEEN, Says::Nothing), (PLATES, Says::Plate)];
        others.into_iter().flat_map(|(list, says)| words(list, says)).chain(named).collect()
    });
    all.get(word).copied()
}

/// What the words of a text say of the numbers behind them.
pub(super) fn named_numbers(atoms: &[Atom<'_>], is_taken: impl Fn(usize) -> bool) -> Vec<Shape> {
    let mut found = Vec::new();
    for (at, _) in atoms.iter().enumerate().filter(|(_, atom)| atom.kind == Kind::Word) {
        let Some((says, behind)) = word_at(atoms, at) else { continue };
        let value = value_behind(atoms, behind);
        if atoms.get(value.start).is_none_or(|first| is_taken(first.start)) {
            continue;
        }
        match says {
            Says::Shape(Shape::Postcode, _) if is_postcode(atoms, value.start) => found.push(Shape::Postcode),
            Says::Shape(Shape::Postcode, _) => {}
            Says::Shape(shape, least) if value.digits >= least => found.push(shape),
            Says::Record if value.numbered && value.digits >= 4 => found.push(Shape::RecordNumber),
            Says::Plate if is_plate(atoms, value.start) => found.push(Shape::Vehicle),
            _ => {}
        }
    }
    found
}

/// What the word at `at` says, and what is behind it. Chinese words are put together of up to four signs.
fn word_at(atoms: &[Atom<'_>], at: usize) -> Option<(Says, usize)> {
    let first = atoms.get(at)?;
    if !is_sign(first) {
        return Some((meaning(&first.lower())?, at + 1));
    }
    let signs: Vec<&str> =
        atoms.iter().skip(at).take(4).take_while(|atom| is_sign(atom)).map(|atom| atom.text).collect();
    let known = |count: usize| Some((meaning(&signs.get(..count)?.concat())?, at + count));
    (1..=signs.len()).rev().find_map(known)
}

fn is_sign(atom: &Atom<'_>) -> bool {
    atom.kind == Kind::Word && atom.text.chars().all(is_cjk)
}

/// A number behind a word.
struct Behind {
    /// The atom with which it begins.
    start: usize,
    digits: usize,
    /// A word for a number, or a sign, stands before it.
    numbered: bool,
}

/// The number behind the atom at `at`, over words for a number and what stands between.
fn value_behind(atoms: &[Atom<'_>], at: usize) -> Behind {
    let (mut next, mut numbered) = (at, false);
    while let Some(atom) = atoms.get(next).filter(|_| next < at + 9) {
        match meaning(&atom.lower()) {
            Some(Says::Number) => numbered = true,
            Some(Says::Nothing | Says::Record) => {}
            // n°
            None if matches!(atom.text, "n" | "N") && atoms.get(next + 1).is_some_and(|mark| mark.is("°º.")) => {
                numbered = true;
            }
            _ if atom.is("#№") => numbered = true,
            _ if atom.is(" .:=-_()\"'/°º\t") => {}
            _ => break,
        }
        next += 1;
    }
    let own = atoms.iter().skip(next).take(LONGEST).scan(0usize, |gap, atom| {
        *gap = if atom.kind == Kind::Mark { *gap + 1 } else { 0 };
        let letters = atom.text.len() <= 3 && atom.text.bytes().all(|byte| byte.is_ascii_uppercase());
        let belongs =
            atom.kind == Kind::Number || (atom.kind == Kind::Word && letters) || (atom.is(" -/()+.") && *gap <= 2);
        belongs.then_some(atom)
    });
    let own: Vec<&Atom<'_>> = own.collect();
    let points = own.iter().filter(|atom| atom.is(".")).count();
    let digits = own.iter().filter(|atom| atom.kind == Kind::Number).map(|atom| atom.text.len()).sum();
    // A decimal number names nothing.
    Behind { start: next, digits: if points == 1 && own.len() == 3 { 0 } else { digits }, numbered }
}

/// Four to eight digits that are no dose.
fn is_postcode(atoms: &[Atom<'_>], at: usize) -> bool {
    let unit = atoms.get(at + 2).is_some_and(|unit| matches!(unit.text, "mg" | "ml" | "g" | "IU" | "IE"));
    atoms.get(at).is_some_and(|atom| atom.kind == Kind::Number && (4..=8).contains(&atom.text.len())) && !unit
}
