//! Purposes of use as codes: HL7 v3 ActReason for the request, GA4GH Data Use Ontology for research terms.

use bincode::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every code, in the order of its encoding.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as the standard spells it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Position in [`Self::ALL`], the number that contracts see.
            #[must_use]
            pub fn number(self) -> u16 {
                Self::ALL.iter().position(|c| *c == self).and_then(|i| u16::try_from(i).ok()).unwrap_or(u16::MAX)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.code()) }
        }

        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, UnknownCode> {
                Self::ALL.iter().copied().find(|c| c.code().eq_ignore_ascii_case(text)).ok_or_else(|| UnknownCode {
                    what: $what,
                    expected: Self::ALL.iter().map(|c| c.code()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

/// A code that is not of the closed list.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
#[error("unknown {what}; expected one of {expected}")]
pub struct UnknownCode {
    what: &'static str,
    expected: String,
}

coded!(
    /// Reason of use (HL7 v3 ActReason).
    ActReason, "purpose", {
        /// Healthcare research.
        HealthcareResearch = "HRESCH",
        /// Clinical trial research.
        ClinicalTrialResearch = "CLINTRCH",
        /// Disease-specific healthcare research.
        DiseaseSpecificResearch = "DSRCH",
        /// Public health.
        PublicHealth = "PUBHLTH",
        /// Treatment.
        Treatment = "TREAT",
        /// Emergency treatment.
        EmergencyTreatment = "ETREAT",
        /// Break the glass.
        BreakGlass = "BTG",
        /// Healthcare payment.
        HealthcarePayment = "HPAYMT",
        /// Healthcare operations.
        HealthcareOperations = "HOPERAT",
        /// Healthcare marketing.
        HealthcareMarketing = "HMARKT",
    }
);

coded!(
    /// Primary research permission (GA4GH DUO), from the widest to the narrowest.
    ResearchUse, "research use", {
        /// No restriction (DUO:0000004).
        NoRestriction = "NRES",
        /// General research use (DUO:0000042).
        GeneralResearch = "GRU",
        /// Health, medical or biomedical research (DUO:0000006).
        HealthMedicalBiomedical = "HMB",
        /// Disease-specific research (DUO:0000007).
        DiseaseSpecific = "DS",
        /// Population origins or ancestry research (DUO:0000011).
        PopulationOrigins = "POA",
    }
);

coded!(
    /// Condition on a research use (GA4GH DUO modifiers).
    UseModifier, "use modifier", {
        /// Ethics approval required (DUO:0000021).
        EthicsApproval = "IRB",
        /// Publication required (DUO:0000019).
        PublicationRequired = "PUB",
        /// Collaboration required (DUO:0000020).
        CollaborationRequired = "COL",
        /// Time limit on use (DUO:0000025).
        TimeLimit = "TS",
        /// Project-specific restriction (DUO:0000027).
        ProjectSpecific = "PS",
        /// Institution-specific restriction (DUO:0000028).
        InstitutionSpecific = "IS",
        /// Not for profit use only (DUO:0000018).
        NotForProfit = "NPU",
        /// Non-commercial use only (DUO:0000046).
        NonCommercial = "NCU",
        /// Return of results to the database (DUO:0000029).
        ReturnOfResults = "RTN",
        /// Publication moratorium (DUO:0000024).
        Moratorium = "MOR",
    }
);

/// DRP, the data request purpose: why, for which research, under which conditions.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Purpose {
    /// Reason of use.
    pub reason: ActReason,
    /// Research use, where the reason is research.
    pub research: Option<ResearchUse>,
    /// Conditions that the requestor accepts, ascending.
    pub accepts: Vec<UseModifier>,
}

/// What an owner allows a data set to be used for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct UseTerms {
    /// Allowed reasons, ascending.
    pub reasons: Vec<ActReason>,
    /// Widest allowed research use.
    pub research: Option<ResearchUse>,
    /// Conditions that a requestor must accept, ascending.
    pub requires: Vec<UseModifier>,
}

/// Why terms forbid a purpose.
#[derive(Debug, thiserror::Error, PartialEq, Eq, Clone)]
pub enum PurposeRefusal {
    /// The reason is not among those allowed.
    #[error("the data set's terms allow {allowed}, not {asked}")]
    Reason {
        /// Reason asked for.
        asked: ActReason,
        /// Codes allowed.
        allowed: String,
    },
    /// The research use is wider than, or other than, the one allowed.
    #[error("the data set's terms allow the research use {allowed}, not {asked}")]
    Research {
        /// Use asked for.
        asked: &'static str,
        /// Use allowed.
        allowed: &'static str,
    },
    /// A condition was not accepted.
    #[error("the data set's terms require the condition {0}, which the request does not accept")]
    Condition(UseModifier),
}

impl ResearchUse {
    /// Whether a permission for `self` covers a use for `asked` (DUO's hierarchy).
    #[must_use]
    pub const fn covers(self, asked: Self) -> bool {
        match self {
            Self::NoRestriction => true,
            Self::GeneralResearch => !matches!(asked, Self::NoRestriction),
            Self::HealthMedicalBiomedical => matches!(asked, Self::HealthMedicalBiomedical | Self::DiseaseSpecific),
            Self::DiseaseSpecific => matches!(asked, Self::DiseaseSpecific),
            Self::PopulationOrigins => matches!(asked, Self::PopulationOrigins),
        }
    }
}

impl UseTerms {
    /// Whether these terms allow `purpose`.
    ///
    /// # Errors
    /// [`PurposeRefusal`] names the first term that forbids it.
    pub fn allow(&self, purpose: &Purpose) -> Result<(), PurposeRefusal> {
        if !self.reasons.contains(&purpose.reason) {
            let allowed = self.reasons.iter().map(|r| r.code()).collect::<Vec<_>>().join(", ");
            return Err(PurposeRefusal::Reason { asked: purpose.reason, allowed });
        }
        if let Some(asked) = purpose.research {
            match self.research {
                Some(allowed) if allowed.covers(asked) => {}
                Some(allowed) => {
                    return Err(PurposeRefusal::Research { asked: asked.code(), allowed: allowed.code() });
                }
                None => return Err(PurposeRefusal::Research { asked: asked.code(), allowed: "none" }),
            }
        }
        match self.requires.iter().find(|m| !purpose.accepts.contains(m)) {
            Some(missing) => Err(PurposeRefusal::Condition(*missing)),
            None => Ok(()),
        }
    }
}
