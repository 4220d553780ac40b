//! A first configuration, guessed from the records.

use medshare_deid_records::Records;

use crate::config::DeidConfig;
use crate::table::{latest_event_year, propose};

impl DeidConfig {
    /// A configuration proposed from the records: FHIR defaults, or roles of columns guessed from their names and content.
    pub fn default_for(records: &Records) -> Self {
        match records {
            Records::Fhir(_) => DeidConfig::default(),
            Records::Table(own) => {
                let table = propose(own);
                DeidConfig { reference_year: latest_event_year(own, &table), table, ..DeidConfig::default() }
            }
        }
    }
}
