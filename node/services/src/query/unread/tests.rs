#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use crate::query::connections::Connections;
use crate::query::server::{bind, serve};
use crate::rooms::Unread;
use crate::services::testing::services;
use crate::shares::Shares;
use axum_server::Handle;
use h2::client::{ResponseFuture, SendRequest};
use medshare_node_chain::testing::Parties;
use medshare_node_net::Subnet;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// A long answer that costs nothing to ask for.
const LONG: &str = "/v1/openapi.json";

/// A node whose unread answers have this room, at a port of its own.
async fn node(room: Arc<Shares>) -> (SocketAddr, Arc<Services>, JoinHandle<()>) {
    let parties = Parties::new();
    let mut services = services(&parties, parties.ready_chain());
    Arc::get_mut(&mut services).unwrap().unread = Unread(room);
    let listener = bind((Ipv4Addr::UNSPECIFIED, 0).into()).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (serving, handle) = (Arc::clone(&services), Handle::new());
    let server = tokio::spawn(async move {
        serve(listener, None, serving, Connections::new(64, 64), handle).await.unwrap();
        drop(parties);
    });
    ((Ipv4Addr::LOCALHOST, port).into(), services, server)
}

async fn connect(from: u8, node: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).unwrap();
    socket.connect(node).await.unwrap()
}

/// A connection of HTTP/2 from an address of this machine that lets so much of each answer through.
async fn speak(from: u8, node: SocketAddr, window: u32) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let stream = connect(from, node).await;
    let client = h2::client::Builder::new().initial_window_size(window).handshake(stream).await;
    let (asking, connection) = client.unwrap();
    (asking, tokio::spawn(connection))
}

async fn ask(asking: &SendRequest<Bytes>, node: SocketAddr) -> Result<ResponseFuture, h2::Error> {
    let request = axum::http::Request::get(format!("http://{node}{LONG}")).body(()).unwrap();
    Ok(asking.clone().ready().await?.send_request(request, true)?.0)
}

/// The whole answer to one who reads it.
async fn read(from: u8, node: SocketAddr) -> Result<usize, h2::Error> {
    let (asking, _connection) = speak(from, node, 65_535).await;
    let answer = ask(&asking, node).await?.await?;
    assert_eq!(answer.status(), 200);
    let (head, mut body) = answer.into_parts();
    let mut length = 0;
    while let Some(part) = body.data().await {
        let part = part?;
        length += part.len();
        body.flow_control().release_capacity(part.len())?;
    }
    assert_eq!(head.headers.get(CONTENT_LENGTH).unwrap().to_str().unwrap(), length.to_string());
    Ok(length)
}

fn subnet(last: u8) -> Subnet {
    Subnet::of(Ipv4Addr::new(127, 0, 0, last).into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_are_bounded_and_keep_nobody_out() {
    let (node, services, server) = node(Shares::new(4 * 1024 * 1024, 1024 * 1024, HELD_OF_STREAM)).await;
    let long = read(9, node).await.unwrap();
    assert!(long > 2 * PIECE, "{long}");
    let (mut silent, mut answers) = (Vec::new(), Vec::new());
    let mut asked = 0;
    for from in 2..=6 {
        for _ in 0..3 {
            // The window is shut: of an answer only its head comes.
            let (asking, connection) = speak(from, node, 0).await;
            for _ in 0..14 {
                let Ok(answer) = ask(&asking, node).await else { continue };
                let Ok(answer) = answer.await else { continue };
                asked += 1;
                answers.push(answer);
            }
            let (all, own) = services.unread.0.held(subnet(from));
            assert!(all <= 4 * 1024 * 1024 && own <= 1024 * 1024, "{all}, {own}");
            silent.push((asking, connection));
        }
    }
    assert!(asked >= 200, "{asked}");
    // What came later from the same address took the place of what came first.
    let (_asking, first) = silent.swap_remove(0);
    let ended = tokio::time::timeout(Duration::from_secs(10), first).await.unwrap();
    drop(ended);
    // What somebody behind the same address does is answered all the same, and whether the node is well; so is what is asked for, in the
    // place of what nobody reads.
    let (mut asking, _connection) = speak(2, node, 65_535).await;
    for (method, path, expected) in [("POST", "/v1/entries", 400), ("GET", "/v1/health/live", 200), ("GET", LONG, 200)]
    {
        let request =
            axum::http::Request::builder().method(method).uri(format!("http://{node}{path}")).body(()).unwrap();
        let (answer, _) = asking.send_request(request, true).unwrap();
        asking = asking.ready().await.unwrap();
        assert_eq!(answer.await.unwrap().status(), expected, "{method} {path}");
    }
    let answered = tokio::time::timeout(Duration::from_secs(10), read(7, node)).await.unwrap();
    assert_eq!(answered.unwrap(), long, "another address is answered");
    // Those who go on reading nothing are left.
    tokio::time::sleep(Duration::from_millis(5)).await;
    services.unread.0.take_what_stands_still(Duration::ZERO);
    assert_eq!(services.unread.0.held(subnet(2)).0, 0);
    let (_asking, connection) = silent.swap_remove(11);
    let ended = tokio::time::timeout(Duration::from_secs(10), connection).await.unwrap();
    drop((ended, answers));
    server.abort();
}
