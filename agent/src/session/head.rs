//! How far an opening has come.

use medshare_crypto::hash::Hash32;
use medshare_ledger::opening_proof::OpeningStanding;

/// How many reports there are under an opening, and the hash of the last one; zero where there is none.
pub(super) type Head = (u32, Hash32);

/// How many side-blocks the package of an opening is proven to have.
pub(super) fn side_blocks_of(standing: &OpeningStanding) -> u64 {
    standing.permission.map_or(0, |permission| u64::from(permission.openings) + u64::from(permission.reports))
}

/// How far an opening is proven to have come; none where it is not recorded.
pub(super) fn head_of(standing: &OpeningStanding) -> Option<Head> {
    standing.lease.as_ref().map(|record| (record.reports(), record.last_report))
}
