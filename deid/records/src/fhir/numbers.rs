//! Numbers as they were written.
//!
//! FHIR's decimals tell their precision: 0.700 is not 0.7. Read, a number becomes a double that stands for it; written again, it is the
//! text that the double stands for. In one resource no double stands for two texts: the second gets one beside its own value.

use std::collections::HashMap;
use std::io;

use memchr::memchr2;
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

/// Most characters of a number that is kept as it was written; FHIR's have 18 digits. Longer ones are written as doubles.
const MAX_WRITTEN: usize = 64;
/// From here on, the next double is looked for below.
const NEARLY_INFINITE: f64 = 1e308;

/// Texts of the numbers in one resource that would be written otherwise, by the bits of the doubles that stand for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers(HashMap<u64, String>);

impl Numbers {
    /// The numbers of a line that was parsed, and the resource with the doubles that stand for them.
    #[must_use]
    pub fn of(line: &[u8], resource: Value) -> (Value, Self) {
        let read = Read::of(line);
        let again = read.text.and_then(|text| serde_json::from_slice(&text).ok());
        (again.unwrap_or(resource), read.numbers)
    }

    /// Appends a resource as JSON.
    pub fn write(&self, resource: &Value, out: &mut impl io::Write) -> io::Result<()> {
        use serde::Serialize as _;
        resource.serialize(&mut Serializer::with_formatter(out, AsWritten(self))).map_err(io::Error::from)
    }
}

/// Parses a line, also where a number is larger than any double.
pub(super) fn parse(line: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(line).or_else(|error| match Read::of(line).text {
        Some(text) => serde_json::from_slice(&text),
        None => Err(error),
    })
}

struct AsWritten<'n>(&'n Numbers);

impl Formatter for AsWritten<'_> {
    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        match self.0.0.get(&value.to_bits()) {
            Some(text) => writer.write_all(text.as_bytes()),
            None => CompactFormatter.write_f64(writer, value),
        }
    }
}

/// What was read of a line.
#[derive(Default)]
struct Read {
    numbers: Numbers,
    /// The line with other numbers, where some need others to stand for them.
    text: Option<Vec<u8>>,
}

impl Read {
    fn of(line: &[u8]) -> Self {
        let written = numbers_in(line);
        if written.iter().all(|number| is_plain(number.text)) {
            return Self::default();
        }
        let mut read = Self::default();
        let mut standing: HashMap<u64, &str> = HashMap::new();
        let mut changed: Vec<(&Written<'_>, f64)> = Vec::new();
        for number in written.iter().filter(|number| is_json(number.text) && number.text.len() <= MAX_WRITTEN) {
            // What serde_json reads as an integer stands for itself.
            if number.text != "-0" && (number.text.parse::<u64>().is_ok() || number.text.parse::<i64>().is_ok()) {
                continue;
            }
            let Ok(own) = number.text.parse::<f64>() else { continue };
            let own_finite = own.clamp(f64::MIN, f64::MAX);
            let mut stands = own_finite;
            while standing.get(&stands.to_bits()).is_some_and(|other| *other != number.text) {
                stands = beside(stands);
            }
            standing.insert(stands.to_bits(), number.text);
            if own.to_bits() != stands.to_bits() {
                changed.push((number, stands));
            }
            if serde_json::to_string(&stands).is_ok_and(|told| told != number.text) {
                read.numbers.0.insert(stands.to_bits(), number.text.to_owned());
            }
        }
        if !changed.is_empty() {
            let (mut text, mut end) = (Vec::with_capacity(line.len() + 64), 0);
            for (number, stands) in changed {
                text.extend_from_slice(line.get(end..number.at).unwrap_or_default());
                text.extend_from_slice(format!("{stands:?}").as_bytes());
                end = number.at + number.text.len();
            }
            text.extend_from_slice(line.get(end..).unwrap_or_default());
            read.text = Some(text);
        }
        read
    }
}

/// The double beside another, away from zero.
fn beside(double: f64) -> f64 {
    match (double.is_sign_negative(), double.abs() < NEARLY_INFINITE) {
        (false, true) | (true, false) => double.next_up(),
        (true, true) | (false, false) => double.next_down(),
    }
}

/// A number in a line.
struct Written<'l> {
    at: usize,
    text: &'l str,
}

/// The numbers outside of texts.
fn numbers_in(line: &[u8]) -> Vec<Written<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' => at = after_text(line, at + 1),
            b'-' | b'0'..=b'9' => {
                let rest = line.get(at..).unwrap_or_default();
                let is_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E');
                let length = rest.iter().take_while(|byte| is_number(byte)).count();
                let text = rest.get(..length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
                // Few digits are an integer, as most numbers are.
                if length > 18 || text.bytes().any(|byte| !byte.is_ascii_digit()) {
                    found.push(Written { at, text });
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    found
}

/// Where a text ends, behind its quote.
fn after_text(line: &[u8], mut at: usize) -> usize {
    while let Some(next) = line.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += next;
        if line.get(at) == Some(&b'"') {
            return at + 1;
        }
        at += 2;
    }
    line.len()
}

/// Whether a number is one that is surely written as it was read: few digits of which the last is no zero, and no exponent.
fn is_plain(text: &str) -> bool {
    let Some((whole, part)) = text.split_once('.') else { return text.parse::<i64>().is_ok() && text != "-0" };
    let whole = whole.strip_prefix('-').unwrap_or(whole);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(part)
        && whole.len() + part.len() <= 15
        && (whole == "0" || !whole.starts_with('0'))
        && (part == "0" || !part.ends_with('0'))
        && !(whole == "0" && part.starts_with("000"))
}

/// Whether a text is a number in JSON (RFC 8259, section 6).
fn is_json(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at).unwrap_or_default(), text.get(at + 1..)),
        None => (text, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, part) = number.split_once('.').map_or((number, None), |(whole, part)| (whole, Some(part)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && part.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn again(line: &str) -> String {
        let (resource, numbers) = Numbers::of(line.as_bytes(), parse(line.as_bytes()).unwrap());
        let mut out = Vec::new();
        numbers.write(&resource, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_they_were_read() {
        for number in [
            "0.700",
            "0.7",
            "6",
            "6.0",
            "-2.00",
            "120",
            "1.2E+2",
            "1e-7",
            "1E5",
            "0.00001",
            "0.000001",
            "-0",
            "-0.0",
            "0.0",
            "0.00",
            "12345678901234567890",
            "123456789012345678901234567890",
            "0.12345678901234567890123",
            "100000000000000000000000.5",
            "9007199254740993",
            "1e400",
            "-1e400",
            "72.5",
            "1.0e0",
            "18446744073709551616",
        ] {
            let line = format!("{{\"a\":{number},\"b\":\"{number}\",\"c\":[{number}]}}");
            assert_eq!(again(&line), line);
        }
    }

    #[test]
    fn one_value_in_several_writings_keeps_each() {
        let line = r#"{"a":0.7,"b":0.700,"c":0.70,"d":7e-1,"e":1e400,"f":1e401,"g":-1e400,"h":0.00,"i":0.000,"j":0.0,"k":-0,"l":-0.0,"m":90.0,"n":90.00}"#;
        assert_eq!(again(line), line);
        let (resource, _) = Numbers::of(line.as_bytes(), parse(line.as_bytes()).unwrap());
        let double = |name: &str| resource.get(name).and_then(Value::as_f64).unwrap();
        assert!((double("b") - 0.7).abs() < 1e-15 && double("n") >= 90.0 && double("e") > 1e300);
        let apart = "{\"quote\":\"\\\"0.700\",\"a\":0.1000000000000000055511151231257827,\"b\":0.1000000000000000055511151231257828}";
        assert_eq!(again(&apart.replace("\"quote\"", "\"0\"")), apart.replace("\"quote\"", "\"0\""));
    }

    #[test]
    fn what_is_no_json_is_not_mended_and_endless_digits_are_cut() {
        for broken in
            ["{\"a\":1.,\"b\":1.0}", "{\"a\":01.0,\"b\":1.0}", "{\"a\":+1.00}", "{\"a\":1e,\"b\":1e400}", "{\"a\":.50}"]
        {
            assert!(parse(broken.as_bytes()).is_err(), "{broken}");
        }
        assert_eq!(again(&format!("[0.5{}1]", "0".repeat(100))), "[0.5]");
    }
}
