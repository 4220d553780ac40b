//! Nodes that take a question and do not answer it.

use super::*;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(1)
}

#[test]
fn a_hung_node_is_left_for_the_next_one_and_asked_last_from_then_on() {
    let (_listener, hung) = mute();
    let node = FakeNode::start(|_| Answer::error(404, "unknown"));
    let client = NodeClient::new(vec![hung.clone(), node.url()]).unwrap();
    let nobody = RequestorId::from_bytes([0; 16]);
    assert_eq!(client.clone().until(soon()).identity(nobody).unwrap(), None);
    assert_eq!(client.hung(), std::slice::from_ref(&hung));
    assert_eq!(client.order(), [node.url(), hung]);
    // with no end in sight, and not kept waiting
    assert_eq!(client.identity(nobody).unwrap(), None);
}

#[test]
fn nodes_that_all_hang_end_with_the_time_that_there_is() {
    let ((_one, first), (_other, second)) = (mute(), mute());
    let client = NodeClient::new(vec![first.clone(), second.clone()]).unwrap().until(soon());
    let error = client.send_request_bytes(b"request").unwrap_err();
    assert!(error.is_unreachable() && error.may_have_arrived());
    let reason = "no answer in time";
    assert_eq!(error.to_string(), format!("no node answers: {first} ({reason}), {second} ({reason})"));
    assert!(!client.status().unwrap_err().may_have_arrived(), "there is no time left to ask");
}

#[test]
fn a_node_that_stops_in_the_middle_of_its_answer_is_left_for_the_next_one() {
    let (listener, hung) = mute();
    let stopped = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{").unwrap();
        (listener, stream)
    });
    let node = FakeNode::start(|_| Answer::error(404, "unknown"));
    let client = NodeClient::new(vec![hung.clone(), node.url()]).unwrap().until(soon());
    assert_eq!(client.identity(RequestorId::from_bytes([0; 16])).unwrap(), None);
    assert_eq!(client.hung(), [hung]);
    drop(stopped.join());
}
