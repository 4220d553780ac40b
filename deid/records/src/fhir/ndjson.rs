//! FHIR resources as newline-delimited JSON, one resource per line.

use serde_json::Value;

use super::numbers::parse;

/// Why a line is not a FHIR resource.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// The line is not JSON. The position is kept, the text is not: it may hold personal data.
    #[error("not JSON (column {column}): {problem}; expected one FHIR resource per line")]
    Json {
        /// The column, counted from 1.
        column: usize,
        /// The kind of problem.
        problem: &'static str,
    },
    /// The line is JSON but not an object with a `resourceType`.
    #[error("no resourceType; expected a FHIR resource")]
    NotAResource,
    /// The line is a JSON list.
    #[error("a list of resources, which is not read; expected one FHIR resource per line, or a Bundle")]
    List,
    /// The line is in UTF-16, or the end of one.
    #[error(
        "not UTF-8 but UTF-16; expected FHIR JSON, which is UTF-8: save it so, for instance with `iconv -f UTF-16 -t UTF-8`"
    )]
    Utf16,
    /// The line is not UTF-8.
    #[error("not UTF-8 (byte {offset}); expected FHIR JSON, which is UTF-8")]
    NotUtf8 {
        /// Offset of the first wrong byte in the line.
        offset: usize,
    },
}

/// The type of a resource, if it is one.
pub fn resource_type(resource: &Value) -> Option<&str> {
    resource
        .get("resourceType")?
        .as_str()
        .filter(|name| !name.is_empty() && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Reads one line.
///
/// # Errors
/// Says what is wrong with the line without repeating it.
pub fn read_resource(line: &[u8]) -> Result<Value, ResourceError> {
    if is_utf_16(line) {
        return Err(ResourceError::Utf16);
    }
    if let Err(error) = std::str::from_utf8(line) {
        return Err(ResourceError::NotUtf8 { offset: error.valid_up_to() });
    }
    let value: Value = parse(line).map_err(|error| ResourceError::Json {
        column: error.column(),
        problem: match error.classify() {
            serde_json::error::Category::Eof => "the line ends too early",
            _ if is_too_deep(line) => "nested more than 127 deep",
            _ => "unexpected character or value",
        },
    })?;
    match resource_type(&value) {
        Some(_) => Ok(value),
        None if value.is_array() => Err(ResourceError::List),
        None => Err(ResourceError::NotAResource),
    }
}

/// Whether a line begins with a mark of UTF-16, or with a character of JSON in two bytes. No JSON holds a NUL.
fn is_utf_16(line: &[u8]) -> bool {
    let json = |byte: u8| byte.is_ascii_whitespace() || byte == b'{';
    match line {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [0, byte, ..] | [byte, 0, ..] => json(*byte),
        _ => false,
    }
}

/// Whether brackets are open at one place of a text that nobody reads so deep.
fn is_too_deep(line: &[u8]) -> bool {
    const DEEPEST: usize = 127;
    let (mut depth, mut is_text, mut escaped) = (0usize, false, false);
    line.iter().any(|byte| {
        match (is_text, byte) {
            (true, b'"') if !escaped => is_text = false,
            (true, _) => {
                escaped = *byte == b'\\' && !escaped;
                return false;
            }
            (false, b'"') => is_text = true,
            (false, b'{' | b'[') => depth += 1,
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = false;
        depth > DEEPEST
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn what_is_no_resource_is_told_by_its_kind() {
        let deep = |depth: usize| {
            format!("{{\"resourceType\":\"Patient\",\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth)).into_bytes()
        };
        let utf_16: Vec<u8> = "{\"resourceType\":\"Patient\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let cases: [(Vec<u8>, &str); 8] = [
            (b"[{\"resourceType\":\"Patient\"}]".to_vec(), "a list of resources, which is not read"),
            (deep(200), "nested more than 127 deep"),
            (deep(10_000), "nested more than 127 deep"),
            (b"{\"x\":\"[[[[\"".to_vec(), "ends too early"),
            (utf_16.clone(), "UTF-16"),
            ([b"\xff\xfe".as_slice(), &utf_16].concat(), "UTF-16"),
            ([b"\0".as_slice(), &utf_16].concat(), "UTF-16"),
            (b"{\"resourceType\":\"\xfc\"}".to_vec(), "not UTF-8 (byte 17)"),
        ];
        for (line, expected) in cases {
            let said = read_resource(&line).unwrap_err().to_string();
            assert!(said.contains(expected), "{expected}: {said}");
        }
        assert!(read_resource(&deep(100)).is_ok());
        assert!(read_resource(b"{\"resourceType\":\"Observation\",\"value\":1e400}").is_ok());
    }
}
