//! What an interrupted trial leaves: no process, and files only where they were to be kept.

use medshare_cli_terminal::interrupt::{HalfDone, undo_if_interrupted};
use std::io::Write as _;
use std::path::Path;

/// Stops a network and removes a temporary folder, when this process is interrupted before the answer is dropped.
pub fn withdraw_if_interrupted(network: &Path, temporary: Option<&Path>) -> HalfDone {
    let (network, temporary) = (network.to_owned(), temporary.map(Path::to_owned));
    undo_if_interrupted(move || {
        let mut said = match medshare_cli_network::stop(&network) {
            Ok(stopped) if stopped.is_empty() => "interrupted; no node was running".to_owned(),
            Ok(stopped) => format!("interrupted; stopped {}", stopped.join(", ")),
            // before the network is founded there is nothing to stop
            Err(_) => "interrupted".to_owned(),
        };
        if let Some(folder) = temporary.filter(|folder| std::fs::remove_dir_all(folder).is_err()) {
            said = format!("{said}; {} could not be removed", folder.display());
        }
        // with standard error closed there is nobody left to tell
        drop(writeln!(std::io::stderr(), "error: {said}"));
    })
}
