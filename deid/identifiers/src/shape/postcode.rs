//! Postcodes, where their form or their neighbours make them such.

use super::atoms::{Atom, Kind};

/// Areas of postcodes of the United Kingdom (Royal Mail).
const AREAS: &str = "AB AL B BA BB BD BF BH BL BN BR BS BT BX CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL \
GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH \
RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE";

/// States of the United States, with the district and the territories.
const STATES: &str = "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC \
SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP AE AP AA FM MH PW";

/// Units that follow numbers as letters of a postcode would.
const UNITS: &str = "MG ML IU IE UI KG UG MM CM NG PG DL MU KU GY CG BQ AM PM XL ME KE KJ IN";

/// Countries as they stand before a postcode.
const COUNTRIES: &str = "D A CH F I L B DK E P S N NL DE AT FR IT ES BE";

/// Whether a text holds a postcode.
pub(super) fn has_postcode(text: &str, atoms: &[Atom<'_>]) -> bool {
    let whole = text.trim();
    let is_one = |at: usize| {
        let place = Place { atoms, at, whole };
        place.begins() && (place.is_american() || place.is_overseas() || place.is_european())
    };
    is_british(whole) || (0..atoms.len()).any(is_one)
}

/// A place in a text at which a postcode may begin.
struct Place<'a> {
    atoms: &'a [Atom<'a>],
    at: usize,
    whole: &'a str,
}

impl Place<'_> {
    /// The text so many atoms on.
    fn text(&self, by: usize) -> &str {
        self.atoms.get(self.at + by).map_or("", |atom| atom.text)
    }

    fn before(&self, by: usize) -> Option<&Atom<'_>> {
        self.atoms.get(self.at.checked_sub(by)?)
    }

    fn is_number(&self, by: usize, length: usize) -> bool {
        self.atoms.get(self.at + by).is_some_and(|atom| atom.kind == Kind::Number && atom.text.len() == length)
    }

    fn begins(&self) -> bool {
        self.before(1).is_none_or(|atom| atom.is(" ,;\n\t(:"))
    }

    fn ends(&self, by: usize) -> bool {
        self.atoms.get(self.at + by).is_none_or(|atom| atom.is(" ,;.)\n\t"))
    }

    /// A town follows.
    fn has_town(&self, by: usize) -> bool {
        self.text(by) == " " && is_town(self.text(by + 1))
    }

    /// Two groups of digits with a mark between.
    fn is_pair(&self, by: usize, first: usize, mark: &str, second: usize) -> bool {
        self.is_number(by, first) && self.text(by + 1) == mark && self.is_number(by + 2, second)
    }

    /// The United States: Cambridge, MA 02139-4307; nine digits alone.
    fn is_american(&self) -> bool {
        let nine = |by: usize| self.is_pair(by, 5, "-", 4) && self.ends(by + 3);
        let five = self.is_number(2, 5) && self.ends(3);
        let in_state = listed(STATES, self.text(0)) && self.text(1) == " " && (five || nine(2));
        nine(0) || (in_state && self.before(2).is_none_or(|atom| atom.is(",") || is_town(atom.text)))
    }

    /// Brazil: 01310-100; Canada: K1A 0B1; Australia: NSW 2000.
    fn is_overseas(&self) -> bool {
        let told = self.whole.len() == 9 || self.has_town(3);
        let brazilian = self.is_pair(0, 5, "-", 3) && self.ends(3) && told;
        let state = matches!(self.text(0), "NSW" | "VIC" | "QLD" | "TAS");
        let australian = state && self.text(1) == " " && self.is_number(2, 4) && self.ends(3);
        brazilian || australian || (self.text(0).len() == 1 && self.ends(7) && is_canadian(&self.joined(7), self.whole))
    }

    /// 1012 AB Amsterdam; D-10115 Berlin; Gasse 1, 1010 Wien; 1000-205 Lisboa; 114 55 Stockholm; SW1A 1AA.
    fn is_european(&self) -> bool {
        let letters = self.text(2).len() == 2 && self.text(2).bytes().all(|byte| byte.is_ascii_uppercase());
        let lettered = self.is_number(0, 4) && !self.text(0).starts_with('0') && self.text(1) == " " && letters;
        let dutch =
            lettered && !listed(UNITS, self.text(2)) && (self.whole.len() == 7 || (self.has_town(3) && self.ends(3)));
        let country = listed(COUNTRIES, self.text(0)) && self.text(1) == "-";
        let prefixed =
            country && ((self.is_number(2, 5) && self.ends(3)) || (self.is_number(2, 4) && self.has_town(3)));
        let house = self.before(3).is_some_and(|atom| atom.kind == Kind::Number || atom.text.len() == 1);
        let street = house && self.before(2).is_some_and(|atom| atom.is(","));
        let addressed = street && (self.is_number(0, 5) || self.is_number(0, 4)) && self.has_town(1);
        let portuguese = self.is_pair(0, 4, "-", 3) && self.has_town(3);
        let swedish = self.is_pair(0, 3, " ", 2) && self.has_town(3);
        let british = matches!(self.text(0).len(), 1 | 2) && is_british(&self.joined(6));
        dutch || prefixed || addressed || portuguese || swedish || british
    }

    /// The text of so many atoms.
    fn joined(&self, count: usize) -> String {
        self.atoms.iter().skip(self.at).take(count).map(|atom| atom.text).collect()
    }
}

fn listed(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split(' ').any(|own| own == word)
}

/// A word that begins with a capital and goes on in small letters.
fn is_town(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && word.chars().count() >= 3 && chars.all(char::is_lowercase)
}

/// `SW1A 1AA` at the beginning of a text, or the whole of it without the space.
fn is_british(text: &str) -> bool {
    let (outward, inward) = match text.split_once(' ') {
        Some((outward, tail)) => (outward, tail),
        None if (5..=7).contains(&text.len()) && text.is_ascii() => text.split_at(text.len() - 3),
        None => return false,
    };
    let area: String = outward.chars().take_while(char::is_ascii_uppercase).collect();
    let district = outward.get(area.len()..).unwrap_or("");
    let mut signs = district.chars();
    let districts = signs.next().is_some_and(|c| c.is_ascii_digit())
        && signs.next().is_none_or(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        && signs.next().is_none();
    let mut own = inward.chars();
    let unit = own.next().is_some_and(|c| c.is_ascii_digit())
        && [own.next(), own.next()].iter().all(|c| c.is_some_and(|c| c.is_ascii_uppercase() && !"CIKMOV".contains(c)))
        && own.next().is_none_or(|c| !c.is_alphanumeric());
    let is_ordinal = matches!(inward.get(..3), Some("1ST" | "2ND" | "3RD" | "4TH" | "5TH" | "6TH" | "7TH"));
    listed(AREAS, &area) && districts && unit && !is_ordinal
}

/// `K1A 0B1` at the beginning of a text, or the whole of it without the space.
fn is_canadian(text: &str, whole: &str) -> bool {
    let sign = |c: char| match c {
        '0'..='9' => '0',
        'A'..='Z' => 'A',
        _ => c,
    };
    let form: String = text.chars().map(sign).collect();
    let spaced = form == "A0A 0A0";
    let glued = whole.len() == 6 && form == "A0A0A0";
    (spaced || glued) && !text.starts_with(['D', 'F', 'I', 'O', 'Q', 'U', 'W', 'Z'])
}
