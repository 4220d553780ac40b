//! Nodes that take a question and do not answer it.

use super::*;
use crate::fake_node::dripping;

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

#[test]
fn a_node_that_drips_its_answer_is_given_up_when_the_time_for_it_is_over() {
    let drips = dripping(vec![b' '; 100_000], 1);
    let client = NodeClient::new(vec![drips.clone()]).unwrap().until(soon());
    let told = client.side_blocks(BlockId::from_bytes([0; 32]), 1, |_| {}).unwrap_err();
    assert!(told.is_unreachable(), "{told}");
    assert_eq!(client.hung(), [drips], "others are asked first from then on");
}

#[test]
fn a_file_that_drips_is_had_of_the_next_node_and_of_the_last_one_however_slow_its_line_is() {
    let bundle = b"whatever a node stores of a requestor".to_vec();
    let drips = dripping(bundle.clone(), 1);
    let sent = bundle.clone();
    let node = FakeNode::start(move |_| Answer::bytes(sent.clone()));
    for (nodes, hung) in [(vec![drips.clone(), node.url()], 1), (vec![drips], 0)] {
        let client = NodeClient::new(nodes).unwrap().at_pace(Duration::from_millis(100), u64::MAX, 1);
        let mut received = Vec::new();
        client.download_bundle(RequestorId::from_bytes([7; 16]), &mut received).unwrap();
        assert_eq!((received, client.hung().len()), (bundle.clone(), hung));
    }
    assert_eq!(node.asked().len(), 1);
}

#[test]
fn a_list_whose_pages_drip_goes_on_at_the_next_node() {
    let page = |next: Option<&str>| {
        let next = next.map(str::to_owned);
        Answer::json(&ThreadView { requestor: String::new(), count: 0, blocks: vec![], next })
    };
    let slow = FakeNode::start(move |_| {
        std::thread::sleep(Duration::from_millis(30));
        page(Some("behind"))
    });
    let node = FakeNode::start(move |_| page(None));
    let client = NodeClient::new(vec![slow.url(), node.url()]).unwrap();
    let client = client.at_pace(Duration::from_millis(20), u64::MAX, 1);
    client.thread(RequestorId::from_bytes([0; 16])).unwrap();
    let targets = |node: &FakeNode| node.asked().into_iter().map(|asked| asked.target).collect::<Vec<_>>();
    assert_eq!((targets(&slow).len(), targets(&node).len()), (1, 1));
    assert!(targets(&node)[0].ends_with("cursor=behind"));
}
