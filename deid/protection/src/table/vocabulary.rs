//! What a column's name says, in nine languages: the concepts whose words it is made of. The words are in `vocabulary/`.

use std::collections::HashMap;
use std::sync::OnceLock;

pub(super) use super::concept::Concept;
use super::concept::FILES;
use super::letters::{folded, is_chinese};
use super::words::{without_number, words_in_order};

const SMALL: &str = include_str!("../../vocabulary/small.txt");
const STEMS: &str = include_str!("../../vocabulary/stems.txt");

/// Words of the longest phrase.
const LONGEST_PHRASE: usize = 5;
/// Letters of the shortest part that a longer word is made of, but for those of `SHORT_PARTS`.
const LEAST_PART: usize = 3;
const SHORT_PARTS: [&str; 7] = ["id", "nr", "no", "dt", "cd", "yr", "bd"];
/// Letters of a drug's name at least.
const LEAST_DRUG: usize = 6;
/// Letters of a header whose parts are looked for at most.
const LONGEST_WORD: usize = 40;

/// A set of concepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Concepts(u32);

impl Concepts {
    pub(super) fn has(self, concept: Concept) -> bool {
        self.0 & bit(concept) != 0
    }

    pub(super) fn has_any(self, concepts: &[Concept]) -> bool {
        concepts.iter().any(|concept| self.has(*concept))
    }

    /// The first of these that is in it.
    pub(super) fn first(self, concepts: &[Concept]) -> Option<Concept> {
        concepts.iter().copied().find(|concept| self.has(*concept))
    }

    fn add(&mut self, other: Concepts) {
        self.0 |= other.0;
    }
}

fn bit(concept: Concept) -> u32 {
    1 << concept as u32
}

/// What a header says.
pub(super) fn concepts_of(name: &str) -> Concepts {
    let vocabulary = vocabulary();
    let mut found = Concepts::default();
    let folded = folded(name);
    if is_chinese(&folded) {
        found.add(vocabulary.chinese_in(folded));
    }
    let mut words = words_in_order(name);
    if words.iter().any(|word| !vocabulary.is_small(word)) {
        words.retain(|word| !vocabulary.is_small(word));
    }
    let whole = words.concat();
    if let Some(known) = vocabulary.phrases.get(&whole).or_else(|| vocabulary.phrases.get(without_number(&whole)?)) {
        found.add(*known);
        return found;
    }
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let longest = (1..=LONGEST_PHRASE.min(words.len() - at)).rev();
        let phrase =
            longest.filter_map(|length| Some((length, vocabulary.phrase(words.get(at..at + length)?)?))).next();
        match phrase {
            Some((length, known)) => {
                found.add(known);
                at += length;
            }
            None => {
                found.add(vocabulary.parts(word));
                at += 1;
            }
        }
    }
    found
}

/// Whether all words of a file of cells hold for a cell, folded.
pub(super) fn phrases_of(file: &str) -> Vec<String> {
    let lines = file.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(|line| line.split(',')).map(|phrase| folded(phrase.trim())).filter(|own| !own.is_empty()).collect()
}

struct Vocabulary {
    /// By the words without spaces.
    phrases: HashMap<String, Concepts>,
    /// Those in Chinese, the longest first.
    chinese: Vec<(String, Concepts)>,
    small: Vec<String>,
    stems: Vec<String>,
}

fn vocabulary() -> &'static Vocabulary {
    static VOCABULARY: OnceLock<Vocabulary> = OnceLock::new();
    VOCABULARY.get_or_init(|| {
        let mut own = Vocabulary {
            phrases: HashMap::new(),
            chinese: Vec::new(),
            small: phrases_of(SMALL),
            stems: phrases_of(STEMS),
        };
        for (concept, file) in FILES {
            for phrase in phrases_of(file) {
                let mut words = words_in_order(&phrase);
                if words.len() > 1 {
                    words.retain(|word| !own.is_small(word));
                }
                own.phrases.entry(words.concat()).or_default().add(Concepts(bit(concept)));
            }
        }
        own.chinese =
            own.phrases.iter().filter(|(phrase, _)| is_chinese(phrase)).map(|(a, b)| (a.clone(), *b)).collect();
        own.chinese.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        own
    })
}

impl Vocabulary {
    fn is_small(&self, word: &str) -> bool {
        self.small.iter().any(|small| small == word)
    }

    fn phrase(&self, words: &[String]) -> Option<Concepts> {
        let whole = words.concat();
        self.phrases.get(&whole).or_else(|| self.phrases.get(without_number(&whole)?)).copied()
    }

    /// What the known words say that a word is made of, if it is, or a drug if it ends like one.
    fn parts(&self, word: &str) -> Concepts {
        let word = without_number(word).unwrap_or(word);
        if word.len() <= LONGEST_WORD
            && let Some(parts) = self.divided(word)
        {
            return parts;
        }
        let is_drug = word.len() >= LEAST_DRUG && self.stems.iter().any(|stem| word.ends_with(stem.as_str()));
        if is_drug { Concepts(bit(Concept::Drug)) } else { Concepts::default() }
    }

    /// The concepts of the words that a word is made of, the longest first part first.
    fn divided(&self, word: &str) -> Option<Concepts> {
        let length = word.len();
        // What the rest behind each place is made of.
        let mut behind: Vec<Option<Concepts>> = vec![None; length + 1];
        *behind.get_mut(length)? = Some(Concepts::default());
        for start in (0..length).rev().filter(|start| word.is_char_boundary(*start)) {
            for end in (start + 1..=length).rev().filter(|end| word.is_char_boundary(*end)) {
                let (Some(part), Some(Some(rest))) = (word.get(start..end), behind.get(end).copied()) else { continue };
                let long = part.chars().count() >= LEAST_PART || SHORT_PARTS.contains(&part);
                if let Some(known) = self.phrases.get(part).filter(|_| long) {
                    let mut all = rest;
                    all.add(*known);
                    *behind.get_mut(start)? = Some(all);
                    break;
                }
            }
        }
        *behind.first()?
    }

    fn chinese_in(&self, mut text: String) -> Concepts {
        let mut found = Concepts::default();
        for (phrase, known) in &self.chinese {
            if text.contains(phrase.as_str()) {
                found.add(*known);
                text = text.replace(phrase.as_str(), " ");
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Concept::{
        Age, Birth, Contact, Diagnosis, Drug, Laboratory, Name, Number, Origin, Place, Postcode, Sex, Social, Vital,
    };
    use super::*;

    #[test]
    fn headers_of_nine_languages_are_known() {
        let cases = [
            (Name, "Last_Name|GPName|Zuname|prénom2|Apellido materno|COGNOME|sobrenome|Achternaam|患者姓名|اسم المريض"),
            (
                Birth,
                "birthDt|DOB_SAS|Geb.-Datum|Date de naissance|FechaNacimiento|data_di_nascita|dtnasc|Geboortedatum|出生年月|تاريخ الميلاد",
            ),
            (Age, "patientage|AGE_AT_DX|Alter in Jahren|Âge|Edad|età|Idade (anos)|leeftijd|就诊年龄|العمر"),
            (Sex, "SEX_CD|genderCode|Geschlecht|sexe|Género|sesso|geslacht|性别|الجنس"),
            (Postcode, "patient_zip5|ZCTA5|PLZ_Wohnort|code_postal|cap|CEP|邮政编码"),
            (Place, "Wohnort|ville_residence|Municipio|comune|freguesia|woonplaats|所在城市|المدينة"),
            (Contact, "Tel.-Nr.|HomePhone|téléphone|correo|cellulare|telemóvel|mobiel|联系电话|رقم الهاتف"),
            (Social, "Beruf|profession_patient|ocupación|stato civile|escolaridade|beroep|职业|المهنة"),
            (Origin, "Staatsangehörigkeit|nationalité|religión|cittadinanza|raça|geloof|民族|الجنسية"),
            (Diagnosis, "Hauptdiagnose|diag_1|maladie|Diagnóstico|malattia|doença|ziekte|出院诊断|التشخيص"),
            (Laboratory, "HbA1c %|A1Cresult|Kreatinin|glycémie|glucosa|emoglobina|plaquetas|血糖|سكر الدم"),
            (Vital, "Herzfrequenz|heart_rate|pouls|presión arterial|polso|pressão arterial|bloeddruk|心率|ضغط الدم"),
            (Number, "MRN|Fallnummer|numéro de dossier|Historia clínica|codice fiscale|CPF|BSN|身份证号码|رقم الملف"),
        ];
        for (concept, headers) in cases {
            for header in headers.split('|') {
                assert!(concepts_of(header).has(concept), "{header}: {concept:?}");
            }
        }
    }

    #[test]
    fn the_longest_phrase_takes_its_words_and_unknown_words_say_nothing() {
        assert!(!concepts_of("birth_weight").has(Birth) && concepts_of("birth_weight").has(Vital));
        assert!(!concepts_of("Geburtsort").has(Birth) && concepts_of("Geburtsort").has(Place));
        assert!(concepts_of("atorvastatin").has(Drug) && concepts_of("glyburide-metformin").has(Drug));
        for unknown in ["xq", "shoe", "image", "stage2x", "column_3", "ilmarit", "Wonne", "v17"] {
            assert_eq!(concepts_of(unknown), Concepts::default(), "{unknown}");
        }
    }
}
