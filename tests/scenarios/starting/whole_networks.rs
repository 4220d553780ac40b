//! Networks that start, are interrupted, and stop as a whole.

use super::{BASE_PORT, tls};
use medshare_scenarios::network::{Network, eventually};
use medshare_scenarios::program::{Said, medshare, run, run_plain};
use serde_json::Value;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What `network` says to this verb about a folder, run without any mask: what is private is so by itself.
fn unmasked(args: &[&str]) -> Said {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(medshare()).arg("network").args(args).arg("--json");
    Said::of(&shell.output().unwrap())
}

/// The other network's nodes answer where this one's are expected; they must not be taken for it.
pub fn networks_on_one_machine_start_and_stop_as_a_whole_and_keep_to_themselves(network: &mut Network) {
    let [first, second] = ["first", "second"].map(|name| network.desk().join(name).to_str().unwrap().to_owned());
    let port = (BASE_PORT + 40).to_string();
    let founded =
        unmasked(&["create", &first, "--base-port", &port, "--patients", "5", "--organisation", "CHARITE"]).done();
    assert_eq!(founded["nodes"], serde_json::json!(["CHARITE", "HOSPITAL-B", "CLOUD-C", "CLOUD-D"]));
    unmasked(&["create", &second, "--base-port", &port, "--patients", "5"]).done();
    let _ending = [&first, &second].map(|folder| Ending(folder));
    let config = Path::new(&first).join("nodes/HOSPITAL-B/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + &tls("server.pem", "server.key")).unwrap();
    is_interrupted_while_it_starts(&first);
    let heights = |said: &Value| -> Vec<u64> {
        said["nodes"].as_array().unwrap().iter().filter_map(|node| node["status"]["height"].as_u64()).collect()
    };
    let started = unmasked(&["start", &first]).done();
    assert_eq!((heights(&started).len(), &started["quorum"]), (4, &Value::from(3)), "{started}");
    assert!(started.to_string().contains("https://127.0.0.1:"), "{started}");
    is_private(Path::new(&first));
    let said = unmasked(&["create", network.desk().join("third").to_str().unwrap(), "--base-port", &port]);
    said.failed(1, "port-taken", &format!("the port {port} and 11 others, which nodes would take, are in use"));
    let said = unmasked(&["start", &second]).failed(1, "port-taken", "nothing was started: the port");
    assert!(said.contains(&format!("by the node of {first}/nodes/")), "{said}");
    let round = run(["network", "status", &format!("{first}/nodes/..")], &[]).done();
    assert_eq!(heights(&round).len(), 4, "found by another path, too: {round}");
    let shown = run_plain(["network", "status", &first]).stdout;
    assert!(shown.lines().all(|line| line.chars().count() <= 80) && shown.lines().count() == 5, "{shown}");
    run(["network", "stop", &first], &[]).done();
    let shown = run_plain(["network", "status", &first]).stdout;
    assert!(shown.contains("no quorum: 3 nodes decide together, 0 answer; silent: CHARITE"), "{shown}");
    // what an older version left open is closed, and the log says so; started again, a network has gone on since
    let home = Path::new(&first).join("nodes/CHARITE");
    for open in ["", "private", "private/db", "keys/node.key", "node.log"] {
        let path = home.join(open);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        std::fs::set_permissions(&path, Permissions::from_mode(mode | 0o055)).unwrap();
    }
    let again = unmasked(&["start", &first]).done();
    assert!(heights(&again).iter().min() > heights(&started).iter().min());
    is_private(Path::new(&first));
    let log = std::fs::read_to_string(home.join("node.log")).unwrap();
    assert!(log.contains("other users could read files of this home") && log.contains("files=5"), "{log}");
    run(["network", "stop", &first], &[]).done();
    let log = std::fs::read_to_string(home.join("node.log")).unwrap();
    assert!(!log.contains("orchestrator"), "that its parts end is no warning where a node was told to: {log}");
    std::fs::remove_file(Path::new(&second).join("nodes/CLOUD-D/keys/node.key")).unwrap();
    let said = unmasked(&["start", &second]).failed(1, "failed", "the node CLOUD-D ended at once: ");
    assert!(!said.contains("error:"), "{said}");
    let said = run(["network", "status", &second], &[]);
    let state: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((said.code, heights(&state)), (1, vec![]));
    assert!(!said.stdout.contains("\"running\":true"), "what was started ends with what failed: {state}");
}

/// Ends the network of a folder, also where the test fails that started it.
struct Ending<'a>(&'a str);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        run(["network", "stop", self.0], &[]);
    }
}

/// Ctrl-C while the nodes come up: none goes on, and that is said.
fn is_interrupted_while_it_starts(folder: &str) {
    // also where whoever runs the tests ignores Ctrl-C
    let mut command = Command::new("env");
    let command = command
        .arg("--default-signal=INT")
        .arg(medshare())
        .args(["network", "start", folder])
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let starting = command.spawn().unwrap();
    let nodes = || std::fs::read_dir(Path::new(folder).join("nodes")).unwrap().map(|entry| entry.unwrap().path());
    eventually("a process of every node is started", || nodes().all(|home| home.join("node.pid").is_file()));
    let signalled = Command::new("kill").args(["-INT", &starting.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    let ended = starting.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted; stopped again: "), "{said}");
    let status = run(["network", "status", folder], &[]);
    assert!(!status.stdout.contains("\"running\":true"), "{said} {status:?}");
}

/// Homes, keys and records are their user's alone; what is handed out can be read by everybody, and written by nobody else.
#[track_caller]
fn is_private(folder: &Path) {
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(folder), mode(&folder.join("genesis.toml"))), (0o755, 0o644));
    let mut waiting = vec![folder.join("nodes"), folder.join("keys"), folder.join("source")];
    let mut files = 0;
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            assert_eq!(mode(&path), 0o700, "{}", path.display());
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            files += 1;
        }
    }
    assert!(files > 40, "{files} files are looked at");
}
