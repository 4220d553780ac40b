//! Profiles that HL7 has, by name: of R4, of US Core, of the International Patient Summary. A URL of which only the beginning is HL7's may be
//! anybody's.

use serde_json::Value;

use medshare_deid_records::fhir::Model;

use super::terminologies::bare;

/// R4's own, beside those that are named as resources are.
const R4: &str = "actualgroup bmi bodyheight bodytemp bodyweight bp catalog cdshooksguidanceresponse cdshooksrequestgroup cdshooksserviceplandefinition cholesterol \
clinicaldocument computableplandefinition cqf-questionnaire cqllibrary devicemetricobservation diagnosticreport-genetics ebmrecommendation ehrsrle-auditevent \
ehrsrle-provenance elementdefinition-de familymemberhistory-genetic groupdefinition hdlcholesterol headcircum heartrate hlaresult ldlcholesterol lipidprofile \
metadataresource MoneyQuantity observation-genetics oxygensat picoelement provenance-relevant-history resprate servicerequest-genetics shareableactivitydefinition shareablecodesystem \
shareablelibrary shareablemeasure shareableplandefinition shareablevalueset SimpleQuantity synthesis triglyceride vitalsigns vitalspanel";

/// US Core's, versions 3 to 7.
const US_CORE: &str = "head-occipital-frontal-circumference-percentile pediatric-bmi-for-age pediatric-weight-for-height us-core-adi-documentreference us-core-allergyintolerance \
us-core-average-blood-pressure us-core-blood-pressure us-core-bmi us-core-body-height us-core-body-temperature us-core-body-weight us-core-care-experience-preference us-core-careplan us-core-careteam \
us-core-condition us-core-condition-encounter-diagnosis us-core-condition-problems-health-concerns us-core-coverage us-core-diagnosticreport-lab us-core-diagnosticreport-note \
us-core-documentreference us-core-encounter us-core-goal us-core-head-circumference us-core-heart-rate us-core-immunization us-core-implantable-device us-core-location us-core-medication \
us-core-medicationdispense us-core-medicationrequest us-core-observation-clinical-result us-core-observation-clinical-test us-core-observation-imaging us-core-observation-lab \
us-core-observation-occupation us-core-observation-pregnancyintent us-core-observation-pregnancystatus us-core-observation-screening-assessment us-core-observation-sdoh-assessment \
us-core-observation-sexual-orientation us-core-observation-social-history us-core-observation-survey us-core-organization us-core-patient us-core-practitioner us-core-practitionerrole \
us-core-procedure us-core-provenance us-core-pulse-oximetry us-core-questionnaireresponse us-core-relatedperson us-core-respiratory-rate us-core-servicerequest us-core-simple-observation \
us-core-smokingstatus us-core-specimen us-core-treatment-intervention-preference us-core-vital-signs";

/// Those of the International Patient Summary.
const IPS: &str = "AllergyIntolerance-uv-ips Bundle-uv-ips Composition-uv-ips Condition-uv-ips Device-observer-uv-ips Device-uv-ips DeviceUseStatement-uv-ips DiagnosticReport-uv-ips \
ImagingStudy-uv-ips Immunization-uv-ips Medication-uv-ips MedicationRequest-uv-ips MedicationStatement-uv-ips Observation-alcoholuse-uv-ips Observation-pregnancy-edd-uv-ips Observation-pregnancy-outcome-uv-ips \
Observation-pregnancy-status-uv-ips Observation-results-laboratory-uv-ips Observation-results-pathology-uv-ips Observation-results-radiology-uv-ips Observation-results-uv-ips Observation-tobaccouse-uv-ips Organization-uv-ips Patient-uv-ips Practitioner-uv-ips PractitionerRole-uv-ips Procedure-uv-ips Specimen-uv-ips";

/// The profile to tell: one of HL7's, without query and version.
pub(super) fn profile(value: &Value) -> Option<Value> {
    let (url, _) = bare(value.as_str()?);
    let url = url.split_once('|').map_or(url, |(url, _)| url);
    let (guide, name) = url.strip_prefix("http://hl7.org/fhir/")?.split_once("StructureDefinition/")?;
    let is_among = |names: &str| names.split_ascii_whitespace().any(|known| known == name);
    let is_known = match guide {
        "" => Model::r4().resource(name).is_some() || is_among(R4),
        "us/core/" => is_among(US_CORE),
        "uv/ips/" => is_among(IPS),
        _ => false,
    };
    is_known.then(|| Value::from(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_are_those_that_hl7_has() {
        let tells = |url: &str| profile(&Value::from(url)).is_some();
        assert!(tells("http://hl7.org/fhir/StructureDefinition/Observation"));
        assert!(tells("http://hl7.org/fhir/StructureDefinition/vitalsigns|4.0.1"));
        assert!(tells("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"));
        assert!(tells("http://hl7.org/fhir/uv/ips/StructureDefinition/Condition-uv-ips"));
        for other in [
            "http://hl7.org/fhir/StructureDefinition/Brandvold-Wendela",
            "http://hl7.org/fhir/us/core/StructureDefinition/us-core-brandvold",
            "http://hl7.org/fhir/ward/brandvold/StructureDefinition/Observation",
            "http://hl7.org/fhir/StructureDefinition/",
            "http://terminology.hl7.org/StructureDefinition/Observation",
        ] {
            assert!(!tells(other), "{other}");
        }
    }
}
