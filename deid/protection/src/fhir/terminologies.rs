//! Which code systems are known, by their URLs (FHIR R4, "Terminologies: using codes") and OIDs, and which codes they have.
//!
//! Of HL7's own systems `hl7_codes.txt` has all codes of R4 (4.0.1, CC0): one line per system, `t:` for
//! `http://terminology.hl7.org/CodeSystem/`, `f:` for `http://hl7.org/fhir/`, `d:` for DICOM's. Of the others the form of a code decides.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use medshare_deid_identifiers::shapes_in;

use super::code_forms::CodeForm;

const HL7_CODES: &str = include_str!("hl7_codes.txt");

/// Longest code of a system that only the owner knows.
const LONGEST_CODE: usize = 40;

const HL7_SYSTEMS: &str = "http://terminology.hl7.org/CodeSystem/";
const FHIR_SYSTEMS: &str = "http://hl7.org/fhir/";
const DICOM_SYSTEMS: &str = "http://dicom.nema.org/resources/ontology/";

/// Units of measure.
pub(super) const UCUM: &str = "http://unitsofmeasure.org";

/// Systems with a form of their own.
const FORMS: [(&str, CodeForm); 47] = [
    ("http://snomed.info/sct", CodeForm::Snomed),
    ("urn:oid:2.16.840.1.113883.6.96", CodeForm::Snomed),
    ("http://loinc.org", CodeForm::Loinc),
    ("urn:oid:2.16.840.1.113883.6.1", CodeForm::Loinc),
    ("http://hl7.org/fhir/sid/icd-10", CodeForm::Icd10),
    ("urn:oid:2.16.840.1.113883.6.3", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-cm", CodeForm::Icd10),
    ("urn:oid:2.16.840.1.113883.6.90", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-de", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-nl", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-uk", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-am", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-ca", CodeForm::Icd10),
    ("http://hl7.org/fhir/sid/icd-10-gm", CodeForm::Icd10),
    ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", CodeForm::Icd10),
    ("http://fhir.de/CodeSystem/dimdi/icd-10-gm", CodeForm::Icd10),
    ("http://id.who.int/icd/release/10", CodeForm::Icd10),
    ("http://www.cms.gov/Medicare/Coding/ICD10", CodeForm::Icd10Procedure),
    ("http://hl7.org/fhir/sid/icd-10-pcs", CodeForm::Icd10Procedure),
    ("urn:oid:2.16.840.1.113883.6.4", CodeForm::Icd10Procedure),
    ("http://hl7.org/fhir/sid/icd-9", CodeForm::Icd9),
    ("http://hl7.org/fhir/sid/icd-9-cm", CodeForm::Icd9),
    ("http://hl7.org/fhir/sid/icd-9-cm/diagnosis", CodeForm::Icd9),
    ("http://hl7.org/fhir/sid/icd-9-cm/procedure", CodeForm::Icd9),
    ("http://terminology.hl7.org/CodeSystem/icd9", CodeForm::Icd9),
    ("http://terminology.hl7.org/CodeSystem/icd9cm", CodeForm::Icd9),
    ("urn:oid:2.16.840.1.113883.6.42", CodeForm::Icd9),
    ("urn:oid:2.16.840.1.113883.6.103", CodeForm::Icd9),
    ("urn:oid:2.16.840.1.113883.6.104", CodeForm::Icd9),
    ("http://hl7.org/fhir/sid/icd-o-3", CodeForm::IcdOncology),
    ("http://hl7.org/fhir/sid/icd-o", CodeForm::IcdOncology),
    ("http://terminology.hl7.org/CodeSystem/icd-o-3", CodeForm::IcdOncology),
    ("urn:oid:2.16.840.1.113883.6.43.1", CodeForm::IcdOncology),
    ("http://id.who.int/icd11/mms", CodeForm::Icd11),
    ("http://id.who.int/icd/release/11/mms", CodeForm::Icd11),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", CodeForm::RxNorm),
    ("urn:oid:2.16.840.1.113883.6.88", CodeForm::RxNorm),
    ("http://www.whocc.no/atc", CodeForm::Atc),
    ("http://fhir.de/CodeSystem/bfarm/atc", CodeForm::Atc),
    ("urn:oid:2.16.840.1.113883.6.73", CodeForm::Atc),
    ("http://hl7.org/fhir/sid/cvx", CodeForm::Cvx),
    ("urn:oid:2.16.840.1.113883.12.292", CodeForm::Cvx),
    ("http://hl7.org/fhir/sid/ndc", CodeForm::Ndc),
    ("urn:oid:2.16.840.1.113883.6.69", CodeForm::Ndc),
    ("http://www.ama-assn.org/go/cpt", CodeForm::Procedure5),
    ("urn:oid:2.16.840.1.113883.6.12", CodeForm::Procedure5),
    ("urn:ietf:bcp:47", CodeForm::Language),
];

/// Systems of what tells people apart: a code of theirs says by itself which attribute it is.
const OF_PEOPLE: [&str; 8] = [
    "v2-0002",
    "v2-0005",
    "v2-0006",
    "v2-0189",
    "v3-Ethnicity",
    "v3-MaritalStatus",
    "v3-Race",
    "v3-ReligiousAffiliation",
];

/// Those of HL7 version 3 that have an OID of their own in records: behind `urn:oid:2.16.840.1.113883.5.`.
const V3_OIDS: [(&str, &str); 16] = [
    ("1", "v3-AdministrativeGender"),
    ("4", "v3-ActCode"),
    ("6", "v3-ActClass"),
    ("7", "v3-ActPriority"),
    ("8", "v3-ActReason"),
    ("14", "v3-ActStatus"),
    ("25", "v3-Confidentiality"),
    ("63", "v3-ObservationValue"),
    ("83", "v3-ObservationInterpretation"),
    ("84", "v3-ObservationMethod"),
    ("89", "v3-ParticipationMode"),
    ("90", "v3-ParticipationType"),
    ("110", "v3-RoleClass"),
    ("111", "v3-RoleCode"),
    ("112", "v3-RouteOfAdministration"),
    ("1008", "v3-NullFlavor"),
];

static FORM_OF: LazyLock<HashMap<&'static str, CodeForm>> = LazyLock::new(|| FORMS.into_iter().collect());

static LISTED: LazyLock<HashMap<String, HashSet<&'static str>>> = LazyLock::new(|| {
    let system = |key: &str| {
        let (kind, name) = key.split_once(':')?;
        let base = match kind {
            "t" => HL7_SYSTEMS,
            "f" => FHIR_SYSTEMS,
            _ => DICOM_SYSTEMS,
        };
        Some(format!("{base}{name}"))
    };
    let line = |line: &'static str| {
        let mut fields = line.split('\t');
        Some((system(fields.next()?)?, fields.collect()))
    };
    let of_people = |system: &str| OF_PEOPLE.iter().any(|name| system.strip_prefix(HL7_SYSTEMS) == Some(name));
    HL7_CODES.lines().filter_map(line).filter(|(system, _)| !of_people(system)).collect()
});

/// What is known of a code system.
#[derive(Clone, Copy, Debug)]
pub(super) enum CodeSystem {
    /// Its codes have a form.
    Formed(CodeForm),
    /// All its codes are known.
    Listed(&'static HashSet<&'static str>),
    /// The owner says that it may leave.
    Owned,
}

/// A code system by its URL, which must be bare: no query, no fragment, nobody's name.
pub(super) fn code_system(url: &str, owned: &[String]) -> Option<CodeSystem> {
    if let Some(form) = FORM_OF.get(url) {
        return Some(CodeSystem::Formed(*form));
    }
    let listed = LISTED.get(url).or_else(|| LISTED.get(&by_oid(url)?));
    if let Some(codes) = listed {
        return Some(CodeSystem::Listed(codes));
    }
    owned.iter().any(|own| own == url).then_some(CodeSystem::Owned)
}

impl CodeSystem {
    /// Whether a text is one of the system's codes.
    pub(super) fn has(self, code: &str) -> bool {
        match self {
            CodeSystem::Formed(form) => form.fits(code),
            CodeSystem::Listed(codes) => codes.contains(code),
            CodeSystem::Owned => is_short_code(code),
        }
    }
}

/// A URL without query, fragment and user, and whether there was any.
pub(super) fn bare(url: &str) -> (&str, bool) {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let (bare, rest) = url.split_at(end);
    (bare.strip_suffix('/').unwrap_or(bare), !rest.is_empty())
}

/// The URL of a system that is named by its OID: tables of version 2, and the usual ones of version 3.
fn by_oid(url: &str) -> Option<String> {
    let hl7 = url.strip_prefix("urn:oid:2.16.840.1.113883.")?;
    if let Some(table) = hl7.strip_prefix("12.") {
        let number: u16 = table.parse().ok().filter(|_| !table.starts_with(['0', '+']))?;
        return Some(format!("{HL7_SYSTEMS}v2-{number:04}"));
    }
    let arc = hl7.strip_prefix("5.")?;
    V3_OIDS.iter().find(|(known, _)| *known == arc).map(|(_, name)| format!("{HL7_SYSTEMS}{name}"))
}

/// A code of a system that the owner lists: short, without spaces, with no number in it that may be somebody's.
pub(super) fn is_short_code(code: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/' | b':' | b'+' | b'*');
    !code.is_empty() && code.len() <= LONGEST_CODE && code.bytes().all(plain) && shapes_in(code).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(url: &str, code: &str) -> bool {
        code_system(url, &["http://ward.example/codes".to_owned()]).is_some_and(|system| system.has(code))
    }

    #[test]
    fn codes_are_those_of_their_system() {
        assert!(has("http://snomed.info/sct", "22298006") && !has("http://snomed.info/sct", "Wendela Brandvold"));
        assert!(has("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"));
        assert!(!has("http://terminology.hl7.org/CodeSystem/v3-ActCode", "Brandvold"));
        assert!(has("http://terminology.hl7.org/CodeSystem/condition-ver-status", "entered-in-error"));
        assert!(has("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern"));
        assert!(has("http://ward.example/codes", "HB-7") && !has("http://ward.example/codes", "555-12-3456"));
        assert!(!has("http://other.example/codes", "HB-7"));
        assert!(
            !has("http://hl7.org/fhir/sid/us-ssn", "555-12-3456")
                && !has("http://hl7.org/fhir/sid/us-npi", "1234567893")
        );
        for other in [
            "http://hl7.org/fhir/patients/0048151",
            "http://hl7.org/fhir/ward/brandvold",
            "http://terminology.hl7.org/CodeSystem/brandvold",
            "urn:oid:2.16.840.1.113883.5.481516",
            "urn:oid:2.16.840.1.113883.12.9999",
            "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus",
        ] {
            assert!(code_system(other, &[]).is_none(), "{other}");
        }
        assert!(!has("http://hl7.org/fhir/us/core/CodeSystem/condition-category", "brandvold"));
        assert!(has("urn:oid:2.16.840.1.113883.5.83", "H") && has("urn:oid:2.16.840.1.113883.12.1", "F"));
    }

    #[test]
    fn urls_are_bared() {
        assert_eq!(bare("http://loinc.org?patient=4711"), ("http://loinc.org", true));
        assert_eq!(bare("http://loinc.org/"), ("http://loinc.org", false));
        assert_eq!(bare("http://snomed.info/sct#x"), ("http://snomed.info/sct", true));
    }
}
