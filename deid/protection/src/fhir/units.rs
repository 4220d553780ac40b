//! Units of measure: those of UCUM and the words that laboratories and wards write instead.
//!
//! A unit is taken apart at its operators, brackets and braces; every part must be a number, a unit of UCUM with or without a prefix, or a
//! word of the list. A text that says anything else is no unit.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Longest unit.
const LONGEST: usize = 48;

/// Longest number in a unit: `1.73`, `10`, `1000`.
const LONGEST_NUMBER: usize = 4;

/// Most digits in a unit: `mL/min/{1.73_m2}` has four.
const MOST_DIGITS: usize = 6;

const ATOMS: &str = "m g s l L mol Pa J W V A K cd rad sr Hz N C F Ohm S Wb Cel T H lm lx Bq Gy Sv kat U h d wk mo a min bar eq osm Hg H2O cal \
B Np pH IU ppb ppm ppth deg degF degC Torr torr eV st t u ar Gal Ci R REM RAD atm Lmb P St Mx Oe G ph gf lbf M";

const PREFIXES: [&str; 18] =
    ["da", "Y", "Z", "E", "P", "T", "G", "M", "k", "h", "d", "c", "m", "u", "n", "p", "f", "a"];

const WORDS: &str = "score scores unit units count counts cell cells beat beats bpm breath breaths brpm copies copy titer titre index idx val value ratio \
percent percentage pct fraction tablet tablets tab tabs tbl cap caps capsule capsules puff puffs drop drops drp gtt dose doses spray sprays patch patches \
vial vials ampule ampoule ampul application applicator suppository lozenge sachet bottle pen syringe inhalation inhalations ml cc mcg mcl mgs tsp tbsp tbs teaspoon tablespoon \
sec secs second seconds minute minutes mins hr hrs hour hours day days week weeks wks month months mon mos year years yr yrs y inch inches in i ft foot feet yd mi br av oz ozs lb lbs pound \
pounds kgs kilogram kilograms gram grams gm gms milligram milligrams microgram micrograms liter liters litre litres milliliter milliliters millilitre meter meters metre cm mm mmHg mmhg meq mEq mosm \
mOsm mOsmol osmol RBC rbc WBC wbc HPF hpf LPF lpf field fields nominal ordinal T Z tscore zscore SD sd log10 log ln dB celsius fahrenheit kcal kilocalorie kilocalories calorie calories joule \
joules pack packs cig cigarettes drink drinks glass glasses time times per point points pt pts grade stage mutation mutations spore spores CFU cfu PFU pfu FFU TCID50 colony colonies parasites \
platelets INR OD AU BAU RLU MoM mom multiple median GPL MPL APL SGU ELISA elisa EIA S CO signal cutoff relative arb arbU tb tuberculin ehrlich EU EV knk mclg USP usp pr m2 bsa body surface area sq square cubic fL gestation creatinine \
creat hemoglobin Hb Hgb protein albumin urine serum plasma blood total volume vol wt weight mass dry fat kernel CAG repeats base pair pairs bp kb Mb nt reads read events event episodes \
pH none diop diopter diopters hd pca pfu mesh Ch Fr french gauge standard deviation steps step meal meals feeding feedings \
Jahr Jahre Jahren Monat Monate Woche Wochen Tag Tage Tagen Stunde Stunden Minute Minuten Tablette Tabletten Tropfen Punkt Punkte Stueck Einheit Einheiten Hub Schlaege an ans mois jour jours semaine semaines heure heures goutte gouttes \
comprime comprimes ano anos mes meses semana semanas dia dias hora horas gota gotas unidad unidades anno anni mese mesi settimana settimane giorno giorni ora ore goccia gocce jaar jaren maand maanden dag dagen uur stuk stuks eenheden";

/// Words of other scripts, each a unit by itself.
const OTHERS: [&str; 20] = [
    "\u{5c81}",
    "\u{6b72}",
    "\u{6b73}",
    "\u{5e74}",
    "\u{6708}",
    "\u{65e5}",
    "\u{5929}",
    "\u{6b21}",
    "\u{5206}",
    "\u{79d2}",
    "\u{5468}",
    "\u{7247}",
    "\u{7c92}",
    "\u{6ef4}",
    "\u{633}\u{646}\u{629}",
    "\u{633}\u{646}\u{648}\u{627}\u{62a}",
    "\u{634}\u{647}\u{631}",
    "\u{64a}\u{648}\u{645}",
    "a\u{f1}os",
    "a\u{f1}o",
];

static KNOWN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let atoms: Vec<&str> = ATOMS.split_ascii_whitespace().collect();
    let with_prefix =
        PREFIXES.iter().flat_map(|prefix| atoms.iter().map(move |atom| format!("{prefix}{atom}").to_lowercase()));
    let words = WORDS.split_ascii_whitespace().chain(atoms.iter().copied()).map(str::to_lowercase);
    with_prefix.chain(words).chain(OTHERS.map(str::to_owned)).collect()
});

/// Units that need no taking apart, since most quantities have one of them.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    const UNITS: &str = "% /min 10*3/uL 10*6/uL 10*9/L 10*12/L Cel U/L cm fL g/L g/dL kg kg/m2 mL mL/min mL/min/{1.73_m2} mg mg/L mg/dL mg/g mm[Hg] \
mmol/L ng/mL pg pg/mL ug/L umol/L {score} a mo d h";
    UNITS.split_ascii_whitespace().collect()
});

/// Whether a text is a unit.
pub(super) fn is_unit(text: &str) -> bool {
    if COMMON.contains(text) {
        return true;
    }
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if text.is_empty() || text.chars().count() > LONGEST || digits > MOST_DIGITS {
        return false;
    }
    let separates = |c: char| c.is_whitespace() || "/.*()[]{}^_'%#+-\u{b0}\u{2030}\u{b2}\u{b3}\u{b7},:".contains(c);
    text.split(separates).filter(|part| !part.is_empty()).all(is_part)
}

fn is_part(part: &str) -> bool {
    if part.bytes().all(|byte| byte.is_ascii_digit()) {
        return part.len() <= LONGEST_NUMBER;
    }
    let folded = part.replace(['\u{b5}', '\u{3bc}'], "u").to_lowercase();
    if KNOWN.contains(&folded) {
        return true;
    }
    // `m2`, `s1`, `x10`, `10E3`.
    let bare = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let exponent = folded.len() - bare.len();
    let bare = bare.trim_start_matches(|c: char| c.is_ascii_digit());
    exponent <= 2
        && folded.len() - exponent - bare.len() <= LONGEST_NUMBER
        && (matches!(bare, "x" | "e" | "x10e") || KNOWN.contains(bare))
}

/// How many of a unit of time make a year, by the unit's name.
pub(super) fn per_year(unit: &str) -> Option<f64> {
    if COMMON.contains(unit) && !matches!(unit, "a" | "mo" | "d" | "h") {
        return None;
    }
    let unit = unit.trim().trim_end_matches('.').to_lowercase();
    let age = [" old", "-old", " of age"].into_iter().find_map(|end| unit.strip_suffix(end));
    let unit = age.unwrap_or(&unit);
    let joined;
    let unit = match unit.split_once(['(', '{']) {
        // `year(s)`, `Jahr(e)`, `a{age}`
        Some((unit, more)) if !unit.is_empty() && unit.chars().all(char::is_alphabetic) => {
            joined = if more.len() <= 3 { [unit, more.trim_end_matches([')', '}'])].concat() } else { unit.to_owned() };
            joined.as_str()
        }
        _ => unit,
    };
    let unit = unit.strip_prefix(['{', '[', '(']).map_or(unit, |inner| inner.trim_end_matches(['}', ']', ')']));
    Some(match unit {
        "a"
        | "y"
        | "yr"
        | "yrs"
        | "year"
        | "years"
        | "yo"
        | "y/o"
        | "y.o"
        | "a_j"
        | "a_g"
        | "a_t"
        | "jahr"
        | "jahre"
        | "jahren"
        | "j"
        | "an"
        | "ans"
        | "ann\u{e9}e"
        | "ann\u{e9}es"
        | "a\u{f1}o"
        | "a\u{f1}os"
        | "ano"
        | "anos"
        | "anno"
        | "anni"
        | "jaar"
        | "jaren"
        | "\u{5c81}"
        | "\u{6b72}"
        | "\u{6b73}"
        | "\u{5e74}"
        | "\u{633}\u{646}\u{629}"
        | "\u{633}\u{646}\u{648}\u{627}\u{62a}" => 1.0,
        "mo"
        | "mo_j"
        | "mo_s"
        | "mo_g"
        | "mon"
        | "mos"
        | "month"
        | "months"
        | "monat"
        | "monate"
        | "mois"
        | "mes"
        | "meses"
        | "mese"
        | "mesi"
        | "maand"
        | "maanden"
        | "\u{6708}"
        | "\u{634}\u{647}\u{631}" => 12.0,
        "wk" | "wks" | "week" | "weeks" | "woche" | "wochen" | "semaine" | "semaines" | "semana" | "semanas"
        | "settimana" | "settimane" | "\u{5468}" => 52.0,
        "d"
        | "day"
        | "days"
        | "tag"
        | "tage"
        | "tagen"
        | "jour"
        | "jours"
        | "dia"
        | "dias"
        | "d\u{ed}a"
        | "d\u{ed}as"
        | "giorno"
        | "giorni"
        | "dag"
        | "dagen"
        | "\u{65e5}"
        | "\u{5929}"
        | "\u{64a}\u{648}\u{645}" => 365.0,
        "h" | "hr" | "hrs" | "hour" | "hours" | "stunde" | "stunden" => 8_766.0,
        "min" | "minute" | "minutes" => 525_960.0,
        "s" | "sec" | "second" | "seconds" => 31_557_600.0,
        "10.a" | "decade" | "decades" => 0.1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_from_texts() {
        for unit in [
            "mg/dL",
            "mm[Hg]",
            "{score}",
            "(score)",
            "kg/m2",
            "%",
            "10*3/uL",
            "mL/min/{1.73_m2}",
            "{T-score}",
            "pH",
            "m[IU]/L",
            "K/uL",
            "ng/dl",
            "\u{b5}g/L",
            "\u{b0}C",
            "/min",
            "beats/min",
            "mmHg",
            "[in_i]",
            "[lb_av]",
            "10^9/L",
            "x10E3/uL",
            "mmol/mol",
            "g/24.h",
            "ug/kg/min",
            "[degF]",
            "tablet",
            "copies/mL",
            "{INR}",
            "U/L",
            "s-1",
            "kcal/(8.h)",
            "{copies}/mL",
            "log10 copies/mL",
            "\u{6b21}/\u{5206}",
            "Jahre",
            "mcg",
        ] {
            assert!(is_unit(unit), "{unit}");
        }
        for text in [
            "",
            "per Brandvold household",
            "Brandvold",
            "{Wendela Brandvold}",
            "mg/Brandvold",
            "987-62-4314",
            "6175550142",
            "{0070318245}",
            "4711815",
            "born 1961",
        ] {
            assert!(!is_unit(text), "{text}");
        }
        assert_eq!(
            (per_year("a"), per_year("Jahre"), per_year("mo"), per_year("mg")),
            (Some(1.0), Some(1.0), Some(12.0), None)
        );
        for years in ["years old", "{years}", "year(s)", "Jahr(e)", "a{age}", "year-old", "years of age", "yr(s)."] {
            assert_eq!(per_year(years), Some(1.0), "{years}");
        }
        assert_eq!(
            (per_year("month(s)"), per_year("mL/min/{1.73_m2}"), per_year("g{creat}")),
            (Some(12.0), None, None)
        );
    }
}
