//! A first configuration, guessed from the records.

use medshare_deid_records::Records;

use crate::config::DeidConfig;
use crate::table::propose;

impl DeidConfig {
    /// A configuration proposed from the records: FHIR defaults, or roles of columns guessed from their names and content.
    pub fn default_for(records: &Records) -> Self {
        match records {
            Records::Fhir(_) => DeidConfig::default(),
            Records::Table(own) => DeidConfig { table: propose(own), ..DeidConfig::default() },
        }
    }
}
