//! The homes of a network's nodes.

use anyhow::{Result, bail};
use medshare_cli_terminal::{Exit, Failure, io_words, with_causes};
use medshare_genesis::config::NodeConfig;
use medshare_genesis::generate::Layout;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The home of a node.
#[derive(Debug)]
pub struct Home {
    /// Name of the node.
    pub name: String,
    /// Its folder, wherever the command is.
    pub folder: PathBuf,
    /// Its configuration, or in words why it has none.
    pub config: Result<NodeConfig, String>,
}

/// The homes of this network: every folder in its `nodes/` that has a configuration or keys, also where its node cannot start.
///
/// # Errors
/// When the folder is no network.
pub fn homes(folder: &Path) -> Result<Vec<Home>> {
    let nodes = Layout::new(std::path::absolute(folder)?).nodes();
    let entries = std::fs::read_dir(&nodes).map_err(|error| {
        let message = match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => format!("{} is no network's folder", folder.display()),
            _ => format!("cannot read {}: {}", nodes.display(), io_words(&error)),
        };
        Failure::new(Exit::Failure, "no-network", message).hint("`medshare network create` founds a network")
    })?;
    let folders = entries.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    let mut homes: Vec<Home> = folders.filter_map(home).collect();
    homes.sort_by(|one, other| one.name.cmp(&other.name));
    if homes.is_empty() {
        bail!("{} holds no nodes", nodes.display());
    }
    Ok(homes)
}

/// What is hidden, or has neither a configuration nor keys, is no node's: a file system keeps such folders for itself.
fn home(folder: PathBuf) -> Option<Home> {
    let name = folder.file_name()?.to_string_lossy().into_owned();
    let config = folder.join("config.toml");
    let is_home = !name.starts_with('.') && (config.exists() || folder.join("keys").exists());
    let config = NodeConfig::load(&config).map_err(|error| with_causes(&error));
    is_home.then_some(Home { name, folder, config })
}

/// Refuses homes of which a node cannot start, all of them named.
///
/// # Errors
/// When there are such.
pub fn all_can_start(homes: &[Home]) -> Result<(), Failure> {
    let broken = homes.iter().filter_map(|home| Some(format!("{}: {}", home.name, home.config.as_ref().err()?)));
    let broken: Vec<_> = broken.collect();
    if broken.is_empty() {
        return Ok(());
    }
    let message = format!("nothing was started, because a node could not start: {}", broken.join("; "));
    let failure = Failure::new(Exit::Failure, "broken-home", message);
    Err(failure.hint("mend its config.toml, or move its folder out of nodes/ to start the others without it"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use crate::start::start;
    use crate::started::Started;

    #[test]
    fn a_home_whose_node_cannot_start_is_named_and_no_other_is_started() {
        let network = tempfile::tempdir().unwrap();
        let nodes = Layout::new(network.path()).nodes();
        for name in ["NORTH/keys", "SOUTH", ".snapshot/keys", "lost+found"] {
            std::fs::create_dir_all(nodes.join(name)).unwrap();
        }
        std::fs::write(nodes.join("SOUTH/config.toml"), "name = 3\n").unwrap();
        std::fs::write(nodes.join("notes.txt"), "not a home").unwrap();
        let names: Vec<_> = homes(network.path()).unwrap().into_iter().map(|home| home.name).collect();
        assert_eq!(names, ["NORTH", "SOUTH"]);
        let refused = start(network.path(), &Started::default(), &|_| {}).unwrap_err().to_string();
        for told in ["nothing was started", "NORTH: cannot read", "SOUTH: ", "config.toml is not valid"] {
            assert!(refused.contains(told), "{refused}");
        }
        assert_eq!(std::fs::read_dir(nodes.join("NORTH")).unwrap().count(), 1);
    }
}
