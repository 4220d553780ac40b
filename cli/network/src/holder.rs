//! Which node of this machine listens at an address.

use crate::process::started_with;
use medshare_cli_terminal::shell;
use medshare_genesis::config::NodeConfig;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The addresses at which a node listens, as far as they can be told without a name server.
pub fn addresses(config: &NodeConfig) -> Vec<SocketAddr> {
    let peers = [&config.consensus_listen, &config.exchange_listen];
    peers.into_iter().filter_map(|address| of_multiaddress(address)).chain([config.http_listen]).collect()
}

/// The address in `/ip4/127.0.0.1/tcp/27000`, also with IPv6.
fn of_multiaddress(text: &str) -> Option<SocketAddr> {
    let mut parts = text.strip_prefix('/')?.split('/');
    let (family, ip, transport, port) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_known = ["ip4", "ip6"].contains(&family) && transport == "tcp";
    Some(SocketAddr::new(ip.parse::<IpAddr>().ok().filter(|_| is_known)?, port.parse().ok()?))
}

/// The home of the node that takes this address. Only processes of the same user are looked at: others' could name any file to be read.
pub fn holder(address: SocketAddr) -> Option<PathBuf> {
    let own = rustix::process::geteuid().as_raw();
    let processes = std::fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let own = processes.filter(|process| process.metadata().is_ok_and(|process| process.uid() == own));
    let homes = own.filter_map(|process| {
        let home = home_of(&std::fs::read(process.path().join("cmdline")).ok()?)?;
        // what it was told is meant from where it stands
        Some(std::fs::read_link(process.path().join("cwd")).ok()?.join(home))
    });
    homes.into_iter().find(|home| listens(home, address))
}

/// The home in the command line of a node's process.
fn home_of(command: &[u8]) -> Option<PathBuf> {
    let words: Vec<&[u8]> = command.split(|byte| *byte == 0).collect();
    let behind = words.windows(4).find(|words| words.starts_with(&started_with()))?;
    Some(PathBuf::from(String::from_utf8(behind.last()?.to_vec()).ok()?))
}

fn listens(home: &Path, address: SocketAddr) -> bool {
    let config = home.join("config.toml");
    let config = config.is_file().then(|| NodeConfig::load(&config).ok()).flatten();
    config.is_some_and(|config| addresses(&config).iter().any(|own| meet(*own, address)))
}

/// Whether who listens at one of the two keeps others from the other: one that is all of a machine's takes every one of them.
fn meet(one: SocketAddr, other: SocketAddr) -> bool {
    let takes = |one: SocketAddr, other: SocketAddr| one.ip().is_unspecified() && (one.is_ipv6() || other.is_ipv4());
    one.port() == other.port() && (one.ip() == other.ip() || takes(one, other) || takes(other, one))
}

/// How to end the node of this home: with its network, where it stands among the homes of one.
pub fn ended(home: &Path) -> String {
    match home.parent().filter(|nodes| nodes.ends_with("nodes")).and_then(Path::parent) {
        Some(network) => format!("`medshare network stop {}` ends its network", shell::path(network)),
        None => "end its process, `medshare node start`".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
    use super::*;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    #[test]
    fn a_node_is_known_by_how_its_process_was_started() {
        let command = |words: &[&str]| home_of(words.join("\0").as_bytes());
        let home = Some(PathBuf::from("/net/nodes/NORTH"));
        assert_eq!(command(&["/bin/medshare", "node", "start", "--home", "/net/nodes/NORTH", ""]), home);
        assert_eq!(command(&["/bin/medshare", "network", "start", "/net"]), None);
        assert_eq!(command(&["medshare", "node", "start", "--home"]), None);
        assert_eq!(command(&[]), None);
    }

    #[test]
    fn the_node_of_another_home_that_takes_an_address_is_found_wherever_it_was_started() {
        let network = tempfile::tempdir().unwrap();
        let home = network.path().canonicalize().unwrap().join("nodes/NORTH");
        std::fs::create_dir_all(&home).unwrap();
        let config = "name = \"A\"\nconsensus_listen = \"/ip4/127.0.0.1/tcp/1\"\nexchange_listen = \"/ip4/127.0.0.1/tcp/2\"\n\
                      http_listen = \"127.0.0.1:65533\"\n";
        std::fs::write(home.join("config.toml"), config).unwrap();
        // a shell that waits for a line, under the words of a node
        let mut node = Command::new("sh");
        node.args(["-c", "read line", "node", "start", "--home"]).arg("nodes/NORTH").stdin(Stdio::piped());
        node.current_dir(network.path());
        let mut node = node.spawn().unwrap();
        // a process that has just begun has no words yet
        let looks = std::iter::repeat_with(|| std::thread::sleep(Duration::from_millis(10))).take(500);
        let first = looks.map(|()| holder(at("127.0.0.1:65533"))).find(Option::is_some).flatten();
        let found = (first, holder(at("127.0.0.1:65532")), holder(at("127.0.0.2:65533")));
        node.kill().unwrap();
        node.wait().unwrap();
        assert_eq!(found, (Some(home), None, None));
    }

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    #[test]
    fn an_address_of_all_takes_each_of_its_port() {
        for (one, other, is_taken) in [
            ("127.0.0.1:1", "127.0.0.1:1", true),
            ("127.0.0.1:1", "127.0.0.1:2", false),
            ("127.0.0.1:1", "127.0.0.2:1", false),
            ("0.0.0.0:1", "127.0.0.2:1", true),
            ("[::]:1", "127.0.0.2:1", true),
            ("0.0.0.0:1", "[::1]:1", false),
            ("0.0.0.0:1", "127.0.0.1:2", false),
        ] {
            assert_eq!((meet(at(one), at(other)), meet(at(other), at(one))), (is_taken, is_taken), "{one} {other}");
        }
    }

    #[test]
    fn addresses_of_machines_are_read_and_names_are_left_to_the_node() {
        let told = |text| of_multiaddress(text).map(|address| address.to_string());
        assert_eq!(told("/ip4/127.0.0.1/tcp/27000").as_deref(), Some("127.0.0.1:27000"));
        assert_eq!(told("/ip6/::1/tcp/27000").as_deref(), Some("[::1]:27000"));
        for unknown in ["/dns4/north.example/tcp/1", "/ip4/127.0.0.1/udp/1", "/ip4/127.0.0.1", "", "127.0.0.1:1"] {
            assert_eq!(told(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn how_a_node_is_ended_names_its_network_where_it_has_one() {
        assert!(ended(Path::new("/a b/nodes/NORTH")).contains("network stop '/a b'"));
        assert!(ended(Path::new("/srv/north")).contains("end its process"));
    }
}
