//! The homes of a network's nodes.

use anyhow::{Context as _, Result, bail};
use medshare_genesis::generate::Layout;
use std::path::Path;

/// Names of the nodes that have a home in this network.
///
/// # Errors
/// When the folder is no network.
pub fn node_names(folder: &Path) -> Result<Vec<String>> {
    let nodes = Layout::new(folder).nodes();
    let entries = std::fs::read_dir(&nodes)
        .with_context(|| format!("{} is not a network; `medshare network create` founds one", folder.display()))?;
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
