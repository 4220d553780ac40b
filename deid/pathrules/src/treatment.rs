//! A value under the method of the rule that matched it.

use medshare_deid_records::date::PartialDate;
use medshare_deid_records::fhir::Primitive;
use serde_json::Value;

use crate::methods::{Place, Toolbox};
use crate::settings::Method;

impl Toolbox {
    /// What becomes of a value, and the label that tells so if it is not the same; or what was wrong with the value.
    pub(crate) fn treat(
        &self,
        method: Option<&Method>,
        value: &Value,
        place: Place<'_>,
    ) -> Result<(Option<Value>, &'static str), &'static str> {
        if value.is_null() {
            return Ok((None, ""));
        }
        let is_date = matches!(place.primitive, Primitive::Date | Primitive::DateTime | Primitive::Instant);
        Ok(match method {
            None | Some(Method::Keep | Method::Substitute(_)) => (Some(value.clone()), ""),
            Some(Method::Redact) => (self.redact(value, place), "REDACTED"),
            Some(Method::DateShift) => {
                if is_date && value.as_str().and_then(PartialDate::parse).is_none() {
                    return Err("expected a date of FHIR");
                }
                (self.shift(value, place), if is_date { "PERTURBED" } else { "" })
            }
            Some(Method::CryptoHash) => (self.hash(value, place), "CRYTOHASH"),
            Some(Method::Encrypt) => (self.encrypt(value, place), "ENCRYPT"),
            Some(Method::Perturb { span, proportional, round_to }) => {
                (self.perturb(value, place, *span, *proportional, *round_to), "PERTURBED")
            }
            Some(Method::Generalize { cases, keep_others }) => {
                let case = cases.iter().find(|(condition, _)| condition.is_true(value));
                let result = match case {
                    Some((_, target)) => Some(target.evaluate(value).to_json().ok_or("the case gives no value")?),
                    None => keep_others.then(|| value.clone()),
                };
                let numeric = matches!(place.primitive, Primitive::Integer | Primitive::Decimal);
                (
                    result.map(|result| if numeric { as_number(result) } else { as_text(result, place.primitive) }),
                    "GENERALIZED",
                )
            }
        })
    }
}

fn as_number(value: Value) -> Value {
    match value.as_str().and_then(|text| text.parse::<f64>().ok()).and_then(serde_json::Number::from_f64) {
        Some(number) => Value::Number(number),
        None => value,
    }
}

fn as_text(value: Value, primitive: Primitive) -> Value {
    match value {
        Value::Number(number) if primitive != Primitive::Boolean => Value::from(number.to_string()),
        other => other,
    }
}
