//! What a resource is known by: type and id, or its full URL where a server is told.

use medshare_deid_records::fhir::{Model, is_id};

/// A resource's name among all records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key<'k> {
    /// Of these records: type and id.
    Typed(&'k str, &'k str),
    /// By URL.
    Url(&'k str),
}

impl<'k> Key<'k> {
    /// The key of a resource of this type with this id, which is a URL for what came in a server's bundle.
    pub(crate) fn of(resource_type: &'k str, id: &'k str) -> Self {
        if id.contains("://") || id.starts_with("urn:") { Key::Url(id) } else { Key::Typed(resource_type, id) }
    }

    /// The key that a literal reference names, if it names one.
    pub(super) fn named(reference: &'k str) -> Option<Self> {
        let bare = reference.split("/_history/").next()?;
        if bare.starts_with('#') || bare.contains(char::is_whitespace) {
            return None;
        }
        if bare.starts_with("urn:") {
            return (bare.len() > "urn:".len()).then_some(Key::Url(bare));
        }
        let (rest, id) = bare.rsplit_once('/')?;
        if !is_id(id) {
            return None;
        }
        if bare.contains("://") {
            return Some(Key::Url(bare));
        }
        Model::r4().resource(rest).is_some().then_some(Key::Typed(rest, id))
    }

    /// The literal reference to what has the key.
    pub(super) fn literal(self) -> String {
        match self {
            Key::Typed(name, id) => format!("{name}/{id}"),
            Key::Url(url) => url.to_owned(),
        }
    }

    /// The type of what the key names, where it tells.
    pub(super) fn resource_type(self) -> Option<&'k str> {
        let name = match self {
            Key::Typed(name, _) => name,
            Key::Url(url) => url.rsplit('/').nth(1)?,
        };
        Model::r4().resource(name).is_some().then_some(name)
    }
}

/// What pseudonyms are made of: short, so that one block of the hash takes a type and a UUID. A type is two signs of capital letters and
/// digits, which no URL begins with.
impl std::fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Typed(name, id) => match Model::r4().resource(name) {
                Some(kind) => write!(f, "{}{}{id}", sign(kind.index() / SIGNS), sign(kind.index() % SIGNS)),
                None => write!(f, "{name}/{id}"),
            },
            Key::Url(url) => f.write_str(url),
        }
    }
}

/// What the pseudonym of a resource of this type with this id is made of; the id is a URL for what came in a server's bundle.
#[must_use]
pub fn pseudonym_source(resource_type: &str, id: &str) -> String {
    Key::of(resource_type, id).to_string()
}

/// How many signs there are: ten digits and 26 letters. There are fewer types than pairs of them.
const SIGNS: usize = 36;

fn sign(number: usize) -> char {
    char::from_digit(number as u32, SIGNS as u32).unwrap_or_default().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_what_they_lead_to() {
        let cases = [
            ("Patient/p_1", Some(Key::Typed("Patient", "p_1"))),
            ("Patient/1/_history/3", Some(Key::Typed("Patient", "1"))),
            ("https://a.example/r4/Patient/1/_history/3", Some(Key::Url("https://a.example/r4/Patient/1"))),
            ("urn:oid:1.2.3", Some(Key::Url("urn:oid:1.2.3"))),
            ("Patient?identifier=urn:x|7", None),
            ("#inside", None),
            ("Wendela Brandvold", None),
            ("Ward/7", None),
            ("7", None),
        ];
        for (reference, key) in cases {
            assert_eq!(Key::named(reference), key, "{reference}");
        }
        assert_eq!(Key::Url("https://a.example/r4/Patient/1").resource_type(), Some("Patient"));
        assert_eq!(Key::Url("urn:oid:1.2.3").resource_type(), None);
    }

    #[test]
    fn no_two_types_have_one_sign() {
        let names = Model::r4().types().filter(|own| own.is_resource).map(|own| own.name);
        let signs: Vec<String> = names.map(|name| Key::Typed(name, "").to_string()).collect();
        let distinct: std::collections::HashSet<&String> = signs.iter().collect();
        assert!(
            distinct.len() == signs.len() && signs.iter().all(|sign| sign.len() == 2 && sign.to_uppercase() == *sign)
        );
    }
}
