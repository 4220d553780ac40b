//! Nodes that did not answer a command in time: the next commands ask them last, for a minute.
//!
//! A file of lines, `$XDG_STATE_HOME/medshare/hung`, each with the moment until which it counts and the node's address. It spares waiting
//! and nothing else: where it cannot be read or written, commands wait.

use crate::state_file::{PRIVATE, open_to_write, state_file};
use medshare_agent::client::NodeUrl;
use medshare_agent::clock;
use medshare_own_files::{Access, open};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// How long a node is asked last, in milliseconds.
const COUNTS_MS: u64 = 60_000;
/// Longest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The nodes that did not answer lately.
pub fn lately() -> Vec<NodeUrl> {
    let Some(path) = state_file("hung") else { return Vec::new() };
    counting(&read(&path), clock::now().0).into_iter().map(|(_, node)| node).collect()
}

/// Remembers nodes that did not answer just now; those of before count as long as they did.
pub fn remember(nodes: &[NodeUrl]) {
    let Some(path) = state_file("hung") else { return };
    let now = clock::now().0;
    let mut all = counting(&read(&path), now);
    let news = nodes.iter().filter(|node| all.iter().all(|(_, known)| known != *node)).cloned().collect::<Vec<_>>();
    if !news.is_empty() {
        all.extend(news.into_iter().map(|node| (now.saturating_add(COUNTS_MS), node)));
        let text = all.iter().map(|(until, node)| format!("{until} {node}\n")).collect::<String>();
        drop(write(&path, &text));
    }
}

/// The lines of the file that count at this moment.
fn counting(text: &str, now: u64) -> Vec<(u64, NodeUrl)> {
    let line = |line: &str| {
        let (until, node) = line.split_once(' ')?;
        Some((until.parse().ok()?, node.parse().ok()?))
    };
    // beyond what was ever written stands what a clock of before wrote
    let counts = |until: &u64| (now..=now.saturating_add(COUNTS_MS)).contains(until);
    text.lines().filter_map(line).filter(|(until, _)| counts(until)).collect()
}

/// What stands there; nothing where it is too long, or no file of text.
fn read(path: &Path) -> String {
    let text = open(path, Access::Read).and_then(|mut file| {
        let mut text = String::new();
        if file.metadata()?.len() <= MAX_BYTES {
            file.read_to_string(&mut text)?;
        }
        Ok(text)
    });
    text.unwrap_or_default()
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = open_to_write(path, Access::Keep(PRIVATE))?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;

    #[test]
    fn a_link_in_its_place_is_neither_read_nor_written() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("state/hung"), folder.path().join("other"));
        write(&path, "first, and longer").unwrap();
        write(&path, "second").unwrap();
        assert_eq!(read(&path), "second");
        std::fs::write(&other, "another's").unwrap();
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(&other, &path).unwrap();
        assert_eq!(read(&path), "");
        write(&path, "third").unwrap_err();
        assert_eq!(std::fs::read_to_string(&other).unwrap(), "another's");
    }

    #[test]
    fn a_node_counts_for_a_minute_whatever_the_clock_did() {
        let text = "1000 http://a:1\n61001 http://b:1\nbroken\n500 http://c:1\n2000 not a node\n";
        let counted = |now| counting(text, now).into_iter().map(|(_, node)| node.to_string()).collect::<Vec<_>>();
        assert_eq!(counted(1000), ["http://a:1"]);
        assert_eq!(counted(1001), ["http://b:1"]);
        assert!(counted(70_000).is_empty());
    }
}
