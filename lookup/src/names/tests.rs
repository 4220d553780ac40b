#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
use super::*;
use hickory_resolver::config::NameServerConfig;
use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use hickory_resolver::proto::rr::{RData, Record, RecordType, rdata};
use hickory_resolver::proto::xfer::Protocol;
use std::net::UdpSocket;

const WITHIN: Duration = Duration::from_secs(10);

/// A name server on loopback that knows `node.hospital.example` and nothing else.
fn name_server(is_silent: bool) -> ResolverConfig {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, asker)) = socket.recv_from(&mut buffer) {
            if is_silent {
                continue;
            }
            let question = Message::from_vec(&buffer[..length]).unwrap();
            let query = question.queries()[0].clone();
            let mut answer = Message::new();
            answer.set_id(question.id()).set_message_type(MessageType::Response).add_query(query.clone());
            if query.name().to_ascii() == "node.hospital.example." {
                if query.query_type() == RecordType::A {
                    let address = RData::A(rdata::A::new(192, 0, 2, 7));
                    answer.add_answer(Record::from_rdata(query.name().clone(), 60, address));
                }
            } else {
                answer.set_response_code(ResponseCode::NXDomain);
            }
            socket.send_to(&answer.to_vec().unwrap(), asker).unwrap();
        }
    });
    let mut config = ResolverConfig::new();
    config.add_name_server(NameServerConfig::new(address, Protocol::Udp));
    config
}

#[test]
fn what_needs_no_name_server_asks_none() {
    let table: [(&str, &[&str]); 6] = [
        ("127.0.0.1", &["127.0.0.1"]),
        ("2001:db8::1", &["2001:db8::1"]),
        ("[::1]", &["::1"]),
        ("localhost", &["127.0.0.1", "::1"]),
        ("LocalHost.", &["127.0.0.1", "::1"]),
        ("node.localhost", &["127.0.0.1", "::1"]),
    ];
    for (host, expected) in table {
        let expected: Vec<IpAddr> = expected.iter().map(|address| address.parse().unwrap()).collect();
        assert_eq!(addresses(host, WITHIN).unwrap(), expected, "{host}");
    }
}

#[test]
fn name_server_is_asked_also_from_within_a_runtime() {
    let look = || ask("node.hospital.example", name_server(false), ResolverOpts::default(), WITHIN).unwrap();
    let expected: Vec<IpAddr> = vec!["192.0.2.7".parse().unwrap()];
    assert_eq!(look(), expected);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(async { look() }), expected);
}

#[test]
fn name_that_nobody_knows_is_unknown() {
    for host in ["elsewhere.hospital.example", "node.hospital.example.test"] {
        let error = ask(host, name_server(false), ResolverOpts::default(), WITHIN).unwrap_err();
        assert!(matches!(error, LookupError::Unknown), "{host}: {error}");
    }
}

#[test]
fn name_server_that_is_silent_costs_no_more_than_the_time_given() {
    let within = Duration::from_millis(300);
    let error = ask("node.hospital.example", name_server(true), ResolverOpts::default(), within).unwrap_err();
    assert!(matches!(error, LookupError::Silent { .. }), "{error}");
}

#[test]
fn without_name_servers_the_reason_says_what_is_missing() {
    let error = in_hosts_file("node.hospital.example", WITHIN).unwrap_err();
    assert!(matches!(error, LookupError::NoNameServers), "{error}");
    assert!(error.to_string().contains("/etc/resolv.conf"));
}

#[test]
fn what_is_no_name_is_an_error() {
    for host in ["", "..", "a b", &"x".repeat(300)] {
        assert!(addresses(host, WITHIN).is_err(), "{host:?}");
    }
}
