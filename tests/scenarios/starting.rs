//! Nodes that cannot start, and networks that cannot be founded: exit code 1, what to mend, and nothing half-made.

mod whole_networks;

use whole_networks::networks_on_one_machine_start_and_stop_as_a_whole_and_keep_to_themselves;

use medshare_scenarios::disk::SmallDisk;
use medshare_scenarios::network::{Network, RECORDS, dataset};
use medshare_scenarios::program::{run, run_plain};
use medshare_scenarios::scenarios;
use std::net::TcpListener;
use std::path::Path;

const BASE_PORT: u16 = 30_380;
/// Behind it nobody listens: for networks that never run.
const FREE: &str = "30520";

fn found() -> Network {
    Network::found(BASE_PORT, vec![dataset(RECORDS)])
}

scenarios!(found:
    a_taken_port_is_named_with_what_to_change,
    a_network_is_not_founded_over_other_files,
    ports_that_do_not_exist_are_refused,
    a_network_is_not_founded_on_records_that_are_broken_and_nothing_is_left,
    a_network_that_does_not_fit_on_its_disk_leaves_nothing,
    a_home_with_another_networks_genesis_does_not_start,
    a_damaged_configuration_is_named_with_its_line,
    a_damaged_genesis_is_named_with_what_is_wrong,
    a_damaged_node_key_is_named,
    certificates_that_no_client_accepts_are_named,
    networks_on_one_machine_start_and_stop_as_a_whole_and_keep_to_themselves,
    a_home_that_is_none_is_named,
    what_could_not_start_has_written_nothing_and_starts_once_mended,
    a_home_is_for_one_process_and_for_one_network,
);

/// Starts the first node, which must end by itself with code 1 and these words.
#[track_caller]
fn does_not_start(network: &mut Network, words: &[&str]) {
    let before = network.log(0).len();
    network.spawn(0);
    let status = network.wait_for_end(0);
    let log = network.log(0)[before..].to_owned();
    assert_eq!(status.code(), Some(1), "{log}");
    for word in words {
        assert!(log.contains(word), "expected “{word}” in “{log}”");
    }
    assert!(!log.contains("panicked"), "{log}");
}

/// Changes a file of the first node's home for as long as the node is tried.
#[track_caller]
fn with_file(network: &mut Network, file: &str, change: impl Fn(&str) -> String, words: &[&str]) {
    let path = network.home(0).join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let changed = change(&text);
    assert_ne!(changed, text, "the change changes something");
    std::fs::write(&path, changed).unwrap();
    does_not_start(network, words);
    std::fs::write(&path, text).unwrap();
}

fn a_taken_port_is_named_with_what_to_change(network: &mut Network) {
    for (offset, field) in [(0, "consensus_listen"), (1, "exchange_listen"), (2, "http_listen")] {
        let port = BASE_PORT + offset;
        let taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
        does_not_start(network, &[&port.to_string(), "taken", field]);
        drop(taken);
    }
}

fn a_network_is_not_founded_over_other_files(network: &mut Network) {
    let folder = network.desk().join("mine");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("thesis.txt"), "precious").unwrap();
    let said = run(["network", "create", folder.to_str().unwrap()], &[]);
    said.failed(1, "output", "is not empty; choose another folder");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert_eq!(std::fs::read_to_string(folder.join("thesis.txt")).unwrap(), "precious");
    let network = network.layout().genesis();
    let said = run(["network", "create", network.parent().unwrap().to_str().unwrap()], &[]);
    said.failed(1, "output", "is not empty; choose another folder");
}

fn ports_that_do_not_exist_are_refused(network: &mut Network) {
    let folder = network.desk().join("high");
    let folder = folder.to_str().unwrap();
    let said = run(["network", "create", folder, "--base-port", "65530", "--patients", "5"], &[]);
    said.failed(2, "usage", "choose a lower base port");
    let run = |args: &[&str]| run(args.iter().copied().chain(["--base-port", FREE]), &[]);
    let said = run(&["network", "create", folder, "--validators", "3", "--patients", "5"]);
    said.failed(2, "usage", "four are the fewest that tolerate a fault");
    let said = run(&["network", "create", folder, "--policy", "DOCTOR@NOBODY", "--patients", "5"]);
    said.failed(2, "usage", "names the authority NOBODY, which is not listed");
    let said = run(&["network", "create", folder, "--organisation", "A", "--organisation", "A"]);
    said.failed(2, "usage", "the organisation A is named twice");
    let said = run(&["network", "create", folder, "--organisation", "St. Mary"]);
    said.failed(2, "usage", "St. Mary cannot be a name here");
    let said = run(&["network", "create", folder, "--k", "1"]);
    said.failed(2, "usage", "expected --k of at least 2");
    let said = run(&["network", "create", folder, "--patients", "4"]);
    said.failed(2, "usage", "expected at least 5 patients, got 4");
    assert!(!Path::new(folder).exists());
}

fn a_network_is_not_founded_on_records_that_are_broken_and_nothing_is_left(network: &mut Network) {
    let (source, folder) = (network.desk().join("records"), network.desk().join("broken"));
    let create = |more: &[&str]| {
        let folder = folder.to_str().unwrap();
        let args = ["network", "create", folder, "--source", source.to_str().unwrap(), "--base-port", FREE];
        run(args.into_iter().chain(more.iter().copied()), &[])
    };
    let refused = |file: &str, bytes: &[u8], words: &str| {
        std::fs::create_dir(&source).unwrap();
        std::fs::write(source.join(file), bytes).unwrap();
        let message = create(&[]).failed(1, "source", words);
        assert_eq!(message.matches(words).count(), 1, "said once: {message}");
        std::fs::remove_dir_all(&source).unwrap();
        assert!(!folder.exists(), "nothing is left after {words}");
    };
    create(&[]).failed(2, "usage", "records");
    refused("readme.txt", b"no records here", "expected .ndjson or .csv files");
    let patient = b"{\"resourceType\":\"Patient\",\"id\":\"p\"}\n".repeat(8);
    refused("Patient.ndjson", &[&patient, &b"{\"resourceType\":"[..]].concat(), "Patient.ndjson, line 9: not JSON");
    refused("Patient.ndjson.gz", &patient, "Patient.ndjson.gz is damaged behind line 0");
    refused("table.csv", b"age,disease\n40,flu\n41\n", "table.csv, line 3: the row has 1 fields; expected 2");
    refused("table.csv", b"c1,c2\n7,1\n7,2\n7,1\n7,1\n7,1\n7,1\n", "table.csv, line 1: no column is known");
    refused("Patient.ndjson", &patient[..2 * patient.len() / 8], "with k = 5 no package of them could leave");
    refused("Patient.ndjson", &patient, "no package could be made of the records");
    // a folder that was there stays, as empty as it was; then the mended records are taken
    std::fs::create_dir(&folder).unwrap();
    std::fs::create_dir(&source).unwrap();
    std::fs::write(source.join("table.csv"), "c1,c2\n".to_owned() + &"7,1\n".repeat(6)).unwrap();
    create(&[]).failed(1, "source", "line 1");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    let config = network.desk().join("table.deid.toml");
    std::fs::write(&config, "[table]\nkeep = [\"c1\", \"c2\", \"c3\"]\n").unwrap();
    create(&["--deid", config.to_str().unwrap()]).failed(1, "source", "c3");
    std::fs::write(&config, "[table]\nquasi_identifiers = [\"c1\"]\nkeep = [\"c2\"]\n").unwrap();
    let founded = create(&["--deid", config.to_str().unwrap()]).done();
    assert_eq!(founded["source"]["records"], 6, "{founded}");
    let home = std::fs::read_to_string(folder.join("nodes/HOSPITAL-A/config.toml")).unwrap();
    assert!(home.contains("table.deid.toml"), "{home}");
}

fn a_network_that_does_not_fit_on_its_disk_leaves_nothing(network: &mut Network) {
    let mount = network.desk().join("small");
    std::fs::create_dir(&mount).unwrap();
    // too small for the keys, then for the cohort
    for bytes in [32 * 1024, 512 * 1024] {
        let Some(disk) = SmallDisk::mount(&mount, bytes) else { return };
        let said = run(["network", "create", mount.join("net").to_str().unwrap(), "--base-port", FREE], &[]);
        said.failed(1, "failed", "the disk is full");
        assert_eq!(std::fs::read_dir(&mount).unwrap().count(), 0, "with {bytes} bytes");
        drop(disk);
    }
}

fn a_home_with_another_networks_genesis_does_not_start(network: &mut Network) {
    let other = Network::found(BASE_PORT + 20, vec![dataset(RECORDS)]);
    let genesis = std::fs::read_to_string(other.layout().genesis()).unwrap();
    with_file(network, "genesis.toml", |_| genesis.clone(), &["is not a validator of this network's genesis"]);
}

fn a_damaged_configuration_is_named_with_its_line(network: &mut Network) {
    let file = "config.toml";
    with_file(network, file, |text| format!("{text}\n[[sources"), &["config.toml is not valid", "line"]);
    with_file(network, file, |text| format!("colour = \"red\"\n{text}"), &["config.toml is not valid", "colour"]);
    with_file(network, file, |text| text.replace("name = ", "nom = "), &["config.toml is not valid", "nom"]);
    let slip = |text: &str| text.replace("exchange_listen = ", "exhange_listen = ");
    with_file(network, file, slip, &["line 3: unknown key `exhange_listen`; did you mean `exchange_listen`?"]);
    with_file(network, file, |_| String::new(), &["config.toml is not valid", "the key `name` is missing"]);
    let no_address = |text: &str| text.replace("exchange_listen = \"/ip4", "exchange_listen = \"/ip9");
    with_file(network, file, no_address, &["line 3: the key `exchange_listen`: expected an address like", "/ip9"]);
}

fn a_damaged_genesis_is_named_with_what_is_wrong(network: &mut Network) {
    let file = "genesis.toml";
    with_file(network, file, |text| text[..text.len() / 2].to_owned(), &["genesis.toml is not valid"]);
    let key = |text: &str| text.replacen("key = \"", "key = \"zz", 1);
    with_file(network, file, key, &["genesis.toml is not valid: line ", "entry 1", "key"]);
    let owner = |text: &str| text.replace("owner = \"NORTH\"", "owner = \"NOBODY\"");
    with_file(network, file, owner, &["genesis.toml is not valid", "owner NOBODY is not among the owners"]);
}

fn a_damaged_node_key_is_named(network: &mut Network) {
    with_file(network, "keys/node.key", |text| text[..text.len() / 2].to_owned(), &["keys/node.key"]);
}

fn certificates_that_no_client_accepts_are_named(network: &mut Network) {
    let serving =
        |certificate: &'static str, key: &'static str| move |text: &str| format!("{text}{}", tls(certificate, key));
    let file = "config.toml";
    with_file(network, file, serving("authority.pem", "server.key"), &["authority.pem", "a certificate authority"]);
    with_file(network, file, serving("server.pem", "client.key"), &["client.key does not belong to", "server.pem"]);
    with_file(network, file, serving("absent.pem", "server.key"), &["cannot read the certificate", "absent.pem"]);
}

/// A part of config.toml with certificates that belong to the tests.
fn tls(certificate: &str, key: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../node/services/tests/certificates");
    format!("\n[tls]\ncertificate = \"{folder}/{certificate}\"\nkey = \"{folder}/{key}\"\n")
}

fn a_home_that_is_none_is_named(network: &mut Network) {
    let nowhere = network.desk().join("nowhere");
    let said = run_plain(["node", "start", "--home", nowhere.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("nowhere/config.toml"), "{said:?}");
    assert!(!Path::new(&nowhere).exists());
}

fn what_could_not_start_has_written_nothing_and_starts_once_mended(network: &mut Network) {
    // the taken ports were found out after the log was opened; nothing but an empty log may be there
    network.start_all();
    network.agree();
}

fn a_home_is_for_one_process_and_for_one_network(network: &mut Network) {
    let home = network.home(0);
    let said = run_plain(["node", "start", "--home", home.to_str().unwrap()]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.stderr.contains("another process (its id is ") && said.stderr.contains("stop it first"), "{said:?}");
    network.kill(0);
    let changed = |text: &str| text.replace("target_time_ms = 250", "target_time_ms = 300");
    let differs = "parameters.target_time_ms was 250, and is 300 here";
    let words = ["genesis.toml of this home is not the one", differs, "put back the one that"];
    with_file(network, "genesis.toml", changed, &words);
    let log = network.log(0);
    let told = log.lines().find(|line| line.contains(differs)).unwrap();
    assert!(!told.contains("views"), "{told}");
    network.restart(0);
    network.agree();
}
