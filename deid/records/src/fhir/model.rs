//! The element types of FHIR R4 (release R4B 4.3.0, which repeats R4 for all clinical resources), HL7, CC0.
//!
//! `model.txt` has one line per type: `Name<Base element:type element:type*!?=codes`. `*` marks lists, `!` elements that must be present
//! (of a choice, each of those of which one must), `?` modifiers, which change what the rest means, and `=codes` names the only codes that an element may have, told in `codes.txt` with one
//! line per set. Elements are inherited from the base.

use std::collections::HashMap;
use std::sync::LazyLock;

const SOURCE: &str = include_str!("model.txt");

const CODES: &str = include_str!("codes.txt");

/// A primitive type of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// `boolean`
    Boolean,
    /// `integer`, `positiveInt`, `unsignedInt`
    Integer,
    /// `decimal`
    Decimal,
    /// `string`
    String,
    /// `markdown`
    Markdown,
    /// `xhtml`
    Xhtml,
    /// `code`
    Code,
    /// `uri`, `url`, `canonical`, `oid`, `uuid`
    Uri,
    /// `id`
    Id,
    /// `date`
    Date,
    /// `dateTime`
    DateTime,
    /// `instant`
    Instant,
    /// `time`
    Time,
    /// `base64Binary`
    Base64,
}

/// The type of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A primitive value.
    Primitive(Primitive),
    /// A structure of the model.
    Complex(TypeId),
    /// A whole resource: `contained` and `Bundle.entry.resource`.
    Resource,
}

/// Index of a type in the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeId(u16);

impl TypeId {
    /// The index, below [`Model::type_count`].
    #[inline]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// One element of a type.
#[derive(Clone, Debug)]
pub struct Element {
    /// The element's name in JSON; choices such as `value[x]` appear once per type.
    pub name: &'static str,
    /// The element's type.
    pub kind: Kind,
    /// The name of the element's type as FHIR writes it.
    pub type_name: &'static str,
    /// Whether FHIR requires it, or one of the choice that it is of.
    pub required: bool,
    /// Whether it is a list.
    pub is_list: bool,
    /// Whether it changes what the rest of its structure means.
    pub is_modifier: bool,
    /// The only codes that it may have, sorted; none where FHIR leaves them open.
    pub codes: Option<&'static [&'static str]>,
}

/// One type: a resource, a data type or a part of a resource.
#[derive(Debug)]
pub struct Type {
    /// The type's name, parts of resources as `PatientContact`.
    pub name: &'static str,
    /// Whether it is a resource.
    pub is_resource: bool,
    elements: Vec<Element>,
}

impl Type {
    /// The position of an element among the type's elements, sorted by name.
    #[inline]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.elements.binary_search_by(|element| element.name.cmp(name)).ok()
    }

    /// The element at a position.
    #[inline]
    pub fn element(&self, position: usize) -> Option<&Element> {
        self.elements.get(position)
    }

    /// All elements, sorted by name.
    #[inline]
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }
}

/// All types.
#[derive(Debug)]
pub struct Model {
    types: Vec<Type>,
    by_name: HashMap<&'static str, TypeId>,
}

static MODEL: LazyLock<Model> = LazyLock::new(|| Model::parse(SOURCE));

/// Sets of codes by name.
static CODE_SETS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let set = |line: &'static str| line.split_once(' ').map(|(name, codes)| (name, codes.split(' ').collect()));
    CODES.lines().filter_map(set).collect()
});

impl Model {
    /// The model of R4.
    #[inline]
    pub fn r4() -> &'static Model {
        &MODEL
    }

    /// Number of types.
    pub fn type_count(&self) -> usize {
        self.types.len()
    }

    /// All types, in the order of their indices.
    pub fn types(&self) -> impl Iterator<Item = &Type> {
        self.types.iter()
    }

    /// A type by index.
    #[inline]
    pub fn get(&self, id: TypeId) -> Option<&Type> {
        self.types.get(id.index())
    }

    /// A type by name.
    pub fn find(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// A resource type by name.
    pub fn resource(&self, name: &str) -> Option<TypeId> {
        self.find(name).filter(|id| self.get(*id).is_some_and(|found| found.is_resource))
    }

    fn parse(source: &'static str) -> Model {
        let lines: HashMap<&'static str, (&'static str, &'static str)> =
            source.lines().filter_map(split_line).collect();
        let mut names: Vec<&'static str> = lines.keys().copied().collect();
        names.sort_unstable();
        let by_name: HashMap<&'static str, TypeId> =
            names.iter().enumerate().map(|(index, name)| (*name, TypeId(index as u16))).collect();
        let types = names
            .iter()
            .map(|name| {
                let mut elements = Vec::new();
                let mut is_resource = false;
                let mut current = Some(*name);
                while let Some((base, declared)) = current.and_then(|name| lines.get(name)) {
                    elements.extend(declared.split_ascii_whitespace().filter_map(|text| element(text, &by_name)));
                    is_resource |= current == Some("Resource");
                    current = Some(base);
                }
                elements.sort_by(|a, b| a.name.cmp(b.name));
                elements.dedup_by(|a, b| a.name == b.name);
                Type { name, is_resource, elements }
            })
            .collect();
        Model { types, by_name }
    }
}

fn split_line(line: &'static str) -> Option<(&'static str, (&'static str, &'static str))> {
    let (name, rest) = line.split_once('<')?;
    let (base, elements) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((name, (base, elements)))
}

fn element(text: &'static str, by_name: &HashMap<&'static str, TypeId>) -> Option<Element> {
    let (name, rest) = text.split_once(':')?;
    let (rest, codes) = rest.split_once('=').map_or((rest, None), |(rest, set)| (rest, CODE_SETS.get(set)));
    let type_name = rest.trim_end_matches(['*', '!', '?']);
    let marks = rest.get(type_name.len()..)?;
    let kind = match (primitive(type_name), type_name) {
        (Some(primitive), _) => Kind::Primitive(primitive),
        (None, "Resource") => Kind::Resource,
        (None, _) => Kind::Complex(*by_name.get(type_name)?),
    };
    Some(Element {
        name,
        kind,
        type_name,
        required: marks.contains('!'),
        is_list: marks.contains('*'),
        is_modifier: marks.contains('?'),
        codes: codes.map(Vec::as_slice),
    })
}

fn primitive(name: &str) -> Option<Primitive> {
    Some(match name {
        "boolean" => Primitive::Boolean,
        "integer" | "positiveInt" | "unsignedInt" => Primitive::Integer,
        "decimal" => Primitive::Decimal,
        "string" => Primitive::String,
        "markdown" => Primitive::Markdown,
        "xhtml" => Primitive::Xhtml,
        "code" => Primitive::Code,
        "uri" | "url" | "canonical" | "oid" | "uuid" => Primitive::Uri,
        "id" => Primitive::Id,
        "date" => Primitive::Date,
        "dateTime" => Primitive::DateTime,
        "instant" => Primitive::Instant,
        "time" => Primitive::Time,
        "base64Binary" => Primitive::Base64,
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn patient_has_its_own_and_inherited_elements() {
        let model = Model::r4();
        let patient = model.get(model.resource("Patient").unwrap()).unwrap();
        let kind = |name: &str| patient.element(patient.position(name).unwrap()).unwrap().kind;
        assert_eq!(kind("birthDate"), Kind::Primitive(Primitive::Date));
        assert_eq!(kind("id"), Kind::Primitive(Primitive::Id));
        assert_eq!(kind("name"), Kind::Complex(model.find("HumanName").unwrap()));
        assert_eq!(kind("contained"), Kind::Resource);
        assert!(model.resource("HumanName").is_none());
    }

    #[test]
    fn lists_modifiers_and_codes_are_known() {
        let model = Model::r4();
        let observation = model.get(model.resource("Observation").unwrap()).unwrap();
        let element = |name: &str| observation.element(observation.position(name).unwrap()).unwrap();
        assert!(element("category").is_list && !element("code").is_list && element("code").required);
        assert!(element("status").is_modifier && element("status").required && element("code").codes.is_none());
        assert!(element("status").codes.unwrap().binary_search(&"entered-in-error").is_ok());
    }
}
