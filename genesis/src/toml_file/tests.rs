#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use super::*;
use crate::config::NodeConfig;

const HOME: &str = "name = \"A\"\nconsensus_listen = \"/ip4/127.0.0.1/tcp/1\"\nexchange_listen = \"/ip4/127.0.0.1/tcp/2\"\n\
                    http_listen = \"127.0.0.1:3\"\n\n[[sources]]\ndataset = \"cohort\"\nfolder = \"/data\"\n";

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = parse::<NodeConfig>(Path::new("config.toml"), text).unwrap_err().to_string();
    assert_eq!(error, format!("config.toml is not valid: {words}"));
}

#[test]
fn what_is_wrong_is_told_by_line_and_key() {
    parse::<NodeConfig>(Path::new("config.toml"), HOME).unwrap();
    refused(
        &HOME.replace("exchange_listen", "exhange_listen"),
        "line 3: unknown key `exhange_listen`; did you mean `exchange_listen`?",
    );
    refused(&HOME.replace("folder", "fodler"), "line 8: unknown key `fodler`; did you mean `folder`?");
    refused(
        &HOME.replace("folder", "colour"),
        "line 8: unknown key `colour`; expected one of dataset, owner, folder, deid",
    );
    refused(&HOME.replace("name = \"A\"\n", ""), "the key `name` is missing");
    refused(&HOME.replace("folder = \"/data\"\n", ""), "line 6: the key `folder` is missing");
    refused(
        &HOME.replace("\"127.0.0.1:3\"", "\"localhost\""),
        "line 4: the key `http_listen`: invalid socket address syntax; expected an IP address with a port, such as 127.0.0.1:27002",
    );
    refused(&HOME.replace("\"A\"", "7"), "line 1: the key `name`: invalid type: integer `7`, expected a string");
}

#[test]
fn what_is_no_toml_is_told_by_its_line() {
    let error = parse::<NodeConfig>(Path::new("config.toml"), &format!("{HOME}[[peers")).unwrap_err().to_string();
    assert!(error.starts_with("config.toml is not valid: line 9: ") && !error.contains('\n'), "{error}");
}

#[test]
fn keys_of_entries_are_found() {
    let text = "key = 1\n\n[[a]]\nkey = 2\n[[b]]\nkey = 3\n[[a]] # second\nother = 4\nkey = 5\n";
    assert_eq!(line_of(text, "key"), Some(1));
    assert_eq!(line_in_entry(text, "a", 1, "key"), Some(4));
    assert_eq!(line_in_entry(text, "a", 2, "key"), Some(9));
    assert_eq!(line_in_entry(text, "a", 2, "absent"), Some(7));
    assert_eq!(line_in_entry(text, "a", 3, "key"), None);
}
