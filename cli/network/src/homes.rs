//! The homes of a network's nodes.

use anyhow::{Result, bail};
use medshare_cli_terminal::{Exit, Failure, io_words};
use medshare_genesis::generate::Layout;
use std::io::ErrorKind;
use std::path::Path;

/// Names of the nodes that have a home in this network.
///
/// # Errors
/// When the folder is no network.
pub fn node_names(folder: &Path) -> Result<Vec<String>> {
    let nodes = Layout::new(folder).nodes();
    let entries = std::fs::read_dir(&nodes).map_err(|error| {
        let message = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => format!("{} is no network's folder", folder.display()),
            _ => format!("cannot read {}: {}", nodes.display(), io_words(&error)),
        };
        Failure::new(Exit::Failure, "no-network", message).hint("`medshare network create` founds a network")
    })?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|e| e.path().join("config.toml").is_file())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    if names.is_empty() {
        bail!("{} holds no nodes", nodes.display());
    }
    Ok(names)
}
