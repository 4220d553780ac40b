//! What happened to an invented patient: visits, diagnoses, measurements, prescriptions.

use medshare_deid_records::date::PartialDate;
use serde_json::{Value, json};

use crate::LAST_YEAR;
use crate::draw::Draw;
use crate::person::Person;

const SNOMED: &str = "http://snomed.info/sct";
const LOINC: &str = "http://loinc.org";
const RXNORM: &str = "http://www.nlm.nih.gov/research/umls/rxnorm";
const UNITS: &str = "http://unitsofmeasure.org";

/// A diagnosis with the youngest age at which it is drawn and the medicine that goes with it.
struct Disease {
    code: &'static str,
    display: &'static str,
    from_age: i64,
    medicine: Option<(&'static str, &'static str)>,
}

const DISEASES: [Disease; 10] = [
    Disease {
        code: "59621000",
        display: "Hypertension",
        from_age: 35,
        medicine: Some(("314076", "lisinopril 10 MG Oral Tablet")),
    },
    Disease {
        code: "44054006",
        display: "Diabetes mellitus type 2",
        from_age: 40,
        medicine: Some(("860975", "metformin hydrochloride 500 MG Oral Tablet")),
    },
    Disease {
        code: "195967001",
        display: "Asthma",
        from_age: 18,
        medicine: Some(("745752", "albuterol 0.09 MG/ACTUAT Metered Dose Inhaler")),
    },
    Disease {
        code: "55822004",
        display: "Hyperlipidemia",
        from_age: 40,
        medicine: Some(("259255", "atorvastatin 40 MG Oral Tablet")),
    },
    Disease {
        code: "35489007",
        display: "Depressive disorder",
        from_age: 18,
        medicine: Some(("312938", "sertraline 50 MG Oral Tablet")),
    },
    Disease {
        code: "53741008",
        display: "Coronary heart disease",
        from_age: 50,
        medicine: Some(("309362", "clopidogrel 75 MG Oral Tablet")),
    },
    Disease { code: "444814009", display: "Viral sinusitis", from_age: 18, medicine: None },
    Disease { code: "10509002", display: "Acute bronchitis", from_age: 18, medicine: None },
    Disease {
        code: "396275006",
        display: "Osteoarthritis",
        from_age: 50,
        medicine: Some(("849574", "naproxen sodium 220 MG Oral Tablet")),
    },
    Disease { code: "271737000", display: "Anemia", from_age: 18, medicine: None },
];

/// A measurement: LOINC code, display, unit, lowest and highest value in tenths.
const MEASUREMENTS: [(&str, &str, &str, i64, i64); 6] = [
    ("8867-4", "Heart rate", "/min", 520, 1020),
    ("29463-7", "Body weight", "kg", 480, 1240),
    ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%", 48, 98),
    ("2339-0", "Glucose [Mass/volume] in Blood", "mg/dL", 680, 2100),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 1000, 1750),
    ("2093-3", "Cholesterol [Mass/volume] in Serum or Plasma", "mg/dL", 1300, 2900),
];

/// A patient's resources, but the patient.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) conditions: Vec<Value>,
    pub(crate) encounters: Vec<Value>,
    pub(crate) prescriptions: Vec<Value>,
    pub(crate) observations: Vec<Value>,
}

/// Draws three to five visits, each with its findings.
pub(crate) fn history(person: &Person, draw: &mut Draw) -> History {
    let mut history = History::default();
    let subject = json!({"reference": person.reference});
    for _ in 0..draw.between(3, 5) {
        let day = PartialDate {
            year: LAST_YEAR - draw.between(0, 5) as i32,
            month: Some(draw.between(1, 12) as u8),
            day: Some(draw.between(1, 28) as u8),
        };
        let (hour, minute) = (draw.between(8, 16), draw.between(0, 59));
        let at = format!("{day}T{hour:02}:{minute:02}:00+00:00");
        let until = format!("{day}T{:02}:{minute:02}:00+00:00", hour + 1);
        let id = draw.uuid();
        let encounter = json!({"reference": format!("Encounter/{id}")});
        history.encounters.push(json!({
            "resourceType": "Encounter", "id": id, "status": "finished",
            "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"},
            "type": [{"coding": [{"system": SNOMED, "code": "185349003", "display": "Encounter for check up"}], "text": "Encounter for check up"}],
            "subject": subject, "period": {"start": at, "end": until},
        }));
        for _ in 0..draw.between(1, 2) {
            history.observations.push(observation(&subject, &encounter, &at, draw));
        }
        if draw.chance(60) {
            diagnose(person, &subject, &encounter, &at, draw, &mut history);
        }
    }
    history
}

fn observation(subject: &Value, encounter: &Value, at: &str, draw: &mut Draw) -> Value {
    let [first, rest @ ..] = &MEASUREMENTS;
    let (code, display, unit, low, high) = *draw.one(first, rest);
    let value = draw.between(low, high) as f64 / 10.0;
    json!({
        "resourceType": "Observation", "id": draw.uuid(), "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code, "display": display}], "text": display},
        "subject": subject, "encounter": encounter, "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": unit, "system": UNITS, "code": unit},
    })
}

fn diagnose(person: &Person, subject: &Value, encounter: &Value, at: &str, draw: &mut Draw, history: &mut History) {
    let [first, rest @ ..] = &DISEASES;
    let drawn = draw.one(first, rest);
    let disease = if person.age >= drawn.from_age { drawn } else { rest.get(5).unwrap_or(first) };
    let id = draw.uuid();
    let active =
        json!({"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "active"}]});
    history.conditions.push(json!({
        "resourceType": "Condition", "id": id, "clinicalStatus": active,
        "code": {"coding": [{"system": SNOMED, "code": disease.code, "display": disease.display}], "text": disease.display},
        "subject": subject, "encounter": encounter, "onsetDateTime": at, "recordedDate": at,
        "note": [{"text": format!("Told {} by telephone.", if person.woman { "her" } else { "him" })}],
    }));
    let Some((code, display)) = disease.medicine else {
        return;
    };
    history.prescriptions.push(json!({
        "resourceType": "MedicationRequest", "id": draw.uuid(), "status": "active", "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code, "display": display}], "text": display},
        "subject": subject, "encounter": encounter, "authoredOn": at,
        "reasonReference": [{"reference": format!("Condition/{id}")}],
    }));
}
