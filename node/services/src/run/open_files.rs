//! Open files: as many as the system lets this process have, and how many connections fit beside what a node needs itself.

use medshare_genesis::config::HttpConfig;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Files that a node needs beside HTTP: its log and stores, and its connections to other nodes.
const OWN_FILES: u64 = 512;
/// Files of a connection: itself, and a package that is read.
const FILES_PER_CONNECTION: u64 = 2;
/// Connections that a node takes whatever the limit is.
const FEWEST: u64 = 16;

/// Raises the soft limit to the hard one; the limit in force, without one if there is none.
pub(super) fn raise() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return limit.current;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }) {
        Ok(()) => limit.maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            limit.current
        }
    }
}

/// Connections that are taken, in all and of one address: as configured, as far as open files reach.
pub(super) fn connections(config: &HttpConfig, open_files: Option<u64>) -> (usize, usize) {
    let fitting =
        open_files.map_or(u64::MAX, |files| files.saturating_sub(OWN_FILES) / FILES_PER_CONNECTION).max(FEWEST);
    let fitting = usize::try_from(fitting).unwrap_or(usize::MAX);
    if fitting < config.connections {
        let needed = OWN_FILES.saturating_add(FILES_PER_CONNECTION.saturating_mul(config.connections as u64));
        tracing::warn!(
            open_files,
            needed,
            connections = fitting,
            "this process may open too few files for the connections that are configured, so it takes fewer: raise the hard limit (ulimit -Hn, or LimitNOFILE of its service)"
        );
    }
    let all = config.connections.min(fitting).max(1);
    (all, config.connections_per_address.clamp(1, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_in_force_is_the_hardest_that_the_system_allows() {
        let before = getrlimit(Resource::Nofile);
        let raised = raise();
        assert_eq!(raised, getrlimit(Resource::Nofile).current);
        // Where there is none, the system has one of its own.
        assert!(before.maximum.is_none() || raised == before.maximum, "{raised:?} of {before:?}");
    }

    #[test]
    fn connections_leave_room_for_the_nodes_own_files() {
        let config = HttpConfig::default();
        let usual = (config.connections, config.connections_per_address);
        assert_eq!(connections(&config, None), usual);
        assert_eq!(connections(&config, Some(1_048_576)), usual);
        assert_eq!(connections(&config, Some(1024)), (256, 256));
        assert_eq!(connections(&config, Some(100)), (16, 16), "a node that cannot be asked at all cannot say why");
        let few = HttpConfig { connections: 0, connections_per_address: 0, ..config };
        assert_eq!(connections(&few, None), (1, 1));
    }
}
