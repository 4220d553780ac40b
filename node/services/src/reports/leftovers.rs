//! Words of reports that were taken in and not decided: they go once it is late, unless the ledger has that report.

use super::settled::{LATE_MS, settle};
use crate::services::Services;
use medshare_node_chain::clock::now;
use medshare_node_processing::blocking::blocking;
use medshare_node_refusal::Refusal;
use std::sync::Arc;
use std::time::Duration;

/// How often is looked.
const INTERVAL: Duration = Duration::from_secs(10 * 60);

/// Looks for ever, beginning when this node knows what was decided.
pub async fn follow(services: Arc<Services>) {
    services.others.confirmed().await;
    loop {
        let looking = Arc::clone(&services);
        if let Err(refusal) = blocking(move || sweep(&looking, now().0)).await {
            tracing::warn!(%refusal, "words of reports that were not decided could not be looked through");
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

/// One that cannot be looked at hinders none of the others.
pub(super) fn sweep(services: &Services, now_ms: u64) -> Result<(), Refusal> {
    for (hash, report) in services.private.waiting_reports()? {
        if report.received.0.saturating_add(LATE_MS) >= now_ms {
            continue;
        }
        let settled = settle(services, &hash, &report).and_then(|is_settled| {
            if is_settled { Ok(()) } else { Ok(services.private.forget_words(&hash, &report)?) }
        });
        if let Err(refusal) = settled {
            tracing::warn!(%refusal, "whether a report was decided could not be seen, or its words not be removed");
        }
    }
    Ok(())
}
