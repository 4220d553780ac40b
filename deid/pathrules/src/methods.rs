//! What a rule's method makes of one value.

use aes::cipher::{BlockEncrypt, KeyInit};
use base64::Engine as _;
use hmac::{Hmac, Mac};
use serde_json::{Number, Value};
use sha2::Sha256;

use medshare_deid_identifiers::RestrictedZips;
use medshare_deid_identifiers::{PackageKey, Pseudonyms, hex};
use medshare_deid_records::date::PartialDate;
use medshare_deid_records::fhir::Primitive;

use crate::settings::Parameters;

/// Oldest age that may be told.
const AGE_LIMIT: i32 = 89;

/// The two numbers of the date shift that Microsoft's tool uses: multiplier and half the range in days.
const MICROSOFT_SEED: i64 = 131;
const MICROSOFT_RANGE: i64 = 50;

/// A value where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// The id of the resource.
    pub(crate) resource: &'a str,
    /// The patient that the resource is about; the resource itself if about nobody.
    pub(crate) subject: &'a str,
    /// The type that holds the value, e.g. `Address`.
    pub(crate) owner: &'a str,
    /// The value's name.
    pub(crate) name: &'a str,
    /// The value's type.
    pub(crate) primitive: Primitive,
    /// The name of the value's type as FHIR writes it.
    pub(crate) type_name: &'a str,
}

/// Keys and settings of the methods.
pub(crate) struct Toolbox {
    pub(crate) parameters: Parameters,
    pub(crate) today: Option<PartialDate>,
    hash: Hmac<Sha256>,
    pseudonyms: Pseudonyms,
    encrypt_key: Vec<u8>,
}

impl Toolbox {
    /// Keys that the configuration leaves empty are derived from the package's.
    pub(crate) fn new(parameters: Parameters, key: &PackageKey, today: Option<PartialDate>) -> Option<Self> {
        let derived = Pseudonyms::new(key);
        let or_derived = |given: &str, tag: &str| {
            if given.is_empty() { derived.value(tag).into_bytes() } else { given.as_bytes().to_vec() }
        };
        let shift = or_derived(&parameters.date_shift_key, "date shift");
        let mut shift_key = <Hmac<Sha256> as Mac>::new_from_slice(&shift).ok()?;
        shift_key.update(b"medshare-deid/date-shift\0");
        Some(Toolbox {
            hash: Mac::new_from_slice(&or_derived(&parameters.crypto_hash_key, "crypto hash")).ok()?,
            pseudonyms: Pseudonyms::new(&PackageKey::new(shift_key.finalize().into_bytes().into())),
            encrypt_key: or_derived(&parameters.encrypt_key, "encrypt"),
            parameters,
            today,
        })
    }

    /// Removes a value, or keeps the part that Safe Harbor allows where the parameters ask for it.
    pub(crate) fn redact(&self, value: &Value, place: Place<'_>) -> Option<Value> {
        let parameters = &self.parameters;
        match place.primitive {
            Primitive::Date | Primitive::DateTime if parameters.enable_partial_dates_for_redact => {
                let date = PartialDate::parse(value.as_str()?)?;
                (!self.tells_old_age(date)).then(|| Value::from(format!("{:04}", date.year)))
            }
            Primitive::Decimal
                if place.owner == "Age" && place.name == "value" && parameters.enable_partial_ages_for_redact =>
            {
                value.as_f64().filter(|age| *age <= f64::from(AGE_LIMIT)).map(|_| value.clone())
            }
            Primitive::String if place.name == "postalCode" && parameters.enable_partial_zip_codes_for_redact => {
                Some(Value::from(postal_area(value.as_str()?, &parameters.restricted)))
            }
            _ => None,
        }
    }

    /// Shifts a date of day precision; others are redacted.
    pub(crate) fn shift(&self, value: &Value, place: Place<'_>) -> Option<Value> {
        let text = value.as_str()?;
        if !matches!(place.primitive, Primitive::Date | Primitive::DateTime | Primitive::Instant) {
            return Some(value.clone());
        }
        let date = PartialDate::parse(text)?;
        if date.day.is_none() || self.tells_old_age(date) {
            return self.redact(value, place);
        }
        let days_back = if self.parameters.microsoft_date_shift {
            -microsoft_offset(&format!("{}{}", place.resource, self.parameters.date_shift_key))
        } else {
            self.pseudonyms.shift_days(place.subject)
        };
        let shifted = date.shifted_back(days_back).to_string();
        let Some((_, time)) = text.split_once('T') else { return Some(Value::from(shifted)) };
        let zone = time.find(['Z', '+', '-']).and_then(|at| time.get(at..)).unwrap_or("Z");
        let zeros: String = time
            .get(..time.len() - zone.len())
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        Some(Value::from(format!("{shifted}T{zeros}{zone}")))
    }

    /// Replaces a value by its keyed hash; of a literal reference only the id.
    pub(crate) fn hash(&self, value: &Value, place: Place<'_>) -> Option<Value> {
        let text = plain_text(value)?;
        if (place.owner, place.name) == ("Reference", "reference") || place.name == "fullUrl" {
            let bare = text.split("/_history/").next().unwrap_or_default();
            let start = bare.rfind(['/', ':', '#']).map_or(0, |at| at + 1);
            let (head, id) = bare.split_at(start);
            return Some(Value::from(format!("{head}{}", self.digest(id))));
        }
        Some(Value::from(self.digest(&text)))
    }

    fn digest(&self, text: &str) -> String {
        let mut mac = self.hash.clone();
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// Replaces a value by its ciphertext: AES in CBC mode with PKCS #7 padding, the initialisation vector in front, in base 64.
    pub(crate) fn encrypt(&self, value: &Value, place: Place<'_>) -> Option<Value> {
        let text = plain_text(value)?;
        let seed = self.keyed(&[
            b"iv",
            place.resource.as_bytes(),
            place.owner.as_bytes(),
            place.name.as_bytes(),
            text.as_bytes(),
        ]);
        let mut previous: [u8; 16] = seed.get(..16)?.try_into().ok()?;
        let mut out = previous.to_vec();
        let mut plain = text.into_bytes();
        let padding = 16 - plain.len() % 16;
        plain.resize(plain.len() + padding, padding as u8);
        for chunk in plain.chunks_exact(16) {
            for (byte, own) in previous.iter_mut().zip(chunk) {
                *byte ^= own;
            }
            previous = self.encrypt_block(previous)?;
            out.extend_from_slice(&previous);
        }
        Some(Value::from(base64::engine::general_purpose::STANDARD.encode(out)))
    }

    fn encrypt_block(&self, block: [u8; 16]) -> Option<[u8; 16]> {
        let mut block = block.into();
        match self.encrypt_key.len() {
            16 => aes::Aes128::new_from_slice(&self.encrypt_key).ok()?.encrypt_block(&mut block),
            24 => aes::Aes192::new_from_slice(&self.encrypt_key).ok()?.encrypt_block(&mut block),
            _ => aes::Aes256::new_from_slice(&self.encrypt_key).ok()?.encrypt_block(&mut block),
        }
        Some(block.into())
    }

    /// Adds noise that is uniform over a span around the value.
    pub(crate) fn perturb(
        &self,
        value: &Value,
        place: Place<'_>,
        span: f64,
        proportional: bool,
        round_to: Option<i32>,
    ) -> Option<Value> {
        let whole = place.primitive == Primitive::Integer;
        if !whole && place.primitive != Primitive::Decimal {
            return Some(value.clone());
        }
        let original = value.as_f64()?;
        let width = if proportional { original * span } else { span };
        let text = value.to_string();
        let seed = self.keyed(&[
            b"noise",
            place.resource.as_bytes(),
            place.owner.as_bytes(),
            place.name.as_bytes(),
            text.as_bytes(),
        ]);
        let drawn = u64::from_be_bytes(seed.get(..8)?.try_into().ok()?) as f64 / u64::MAX as f64;
        let places = if whole { 0 } else { round_to.unwrap_or(2) };
        let scale = 10f64.powi(places);
        let mut result = ((original + (drawn - 0.5) * width) * scale).round() / scale;
        result = match place.type_name {
            "positiveInt" => result.max(1.0),
            "unsignedInt" => result.max(0.0),
            _ => result,
        };
        if whole || places == 0 {
            Some(Value::from(result as i64))
        } else {
            Number::from_f64(result).map(Value::Number)
        }
    }

    fn keyed(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.hash.clone();
        mac.update(b"medshare-deid/method\0");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Whether a person born then would be older than 89 by now; dates without a day count from the first.
    fn tells_old_age(&self, date: PartialDate) -> bool {
        self.today.is_some_and(|today| {
            let passed = (date.month.unwrap_or(1), date.day.unwrap_or(1))
                <= (today.month.unwrap_or(12), today.day.unwrap_or(31));
            today.year - date.year - i32::from(!passed) > AGE_LIMIT
        })
    }
}

fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The first three characters, then zeros for digits; all zeros for a restricted area.
fn postal_area(zip: &str, restricted: &RestrictedZips) -> String {
    let is_restricted = zip.get(..3).is_some_and(|area| restricted.contains(area));
    let kept = if is_restricted { 0 } else { 3 };
    zip.chars().enumerate().map(|(index, c)| if index >= kept && c.is_ascii_digit() { '0' } else { c }).collect()
}

/// The days that Microsoft's tool adds: a polynomial of the bytes of resource id and key, from -50 to 50. Not a keyed hash.
fn microsoft_offset(seed: &str) -> i64 {
    let range = 2 * MICROSOFT_RANGE + 1;
    seed.bytes().fold(0, |sum, byte| (sum * MICROSOFT_SEED + i64::from(byte)) % range) - MICROSOFT_RANGE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compatible_shift_is_the_published_polynomial() {
        // ((97 * 131 + 98) * 131 + 99) mod 101 - 50, worked out by hand with 131 = 30 and 97, 98, 99 as they are (mod 101).
        let by_hand = (((97 * 30 + 98) % 101) * 30 + 99) % 101 - 50;
        assert_eq!(microsoft_offset("abc"), by_hand);
    }

    #[test]
    fn postal_codes_keep_three_digits_unless_restricted() {
        let restricted = RestrictedZips::List(vec!["036".into()]);
        assert_eq!(postal_area("01940-1234", &restricted), "01900-0000");
        assert_eq!(postal_area("03601", &restricted), "00000");
    }
}
