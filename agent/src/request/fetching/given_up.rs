//! Files of nodes that are given up before they are whole.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::giving::{ASKED, Giving, honest};
use super::*;
use crate::client::NodeUrl;
use crate::fake_node::{Answer, FakeNode, dripping};
use crate::fixture::{Fixture, Terms};
use medshare_ledger::codec;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// A file on a disk that has so much room.
struct Confined {
    path: PathBuf,
    file: File,
    room: usize,
    left: usize,
}

impl Confined {
    fn new(fixture: &Fixture, room: usize) -> Self {
        let path = fixture.folder.path().join("fetched");
        Self { file: File::create(&path).unwrap(), path, room, left: room }
    }

    /// What is had of these nodes; who was passed over; and what is in the file then.
    fn fetched(&mut self, fixture: &Fixture, node: &NodeClient) -> (Result<Fetched, FetchError>, Vec<String>, Vec<u8>) {
        let proof = Proof::Key(&fixture.keys.signing);
        let wanted = Wanted { facts: Some(&fixture.facts), request: ASKED, owner: None, proof };
        let (path, mut passed_over) = (self.path.clone(), Vec::new());
        let outcome = wanted.fetch(node, (&path, self), |error| passed_over.push(error.to_string()));
        (outcome, passed_over, std::fs::read(path).unwrap())
    }
}

impl Write for Confined {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.left);
        if count == 0 {
            return Err(ErrorKind::StorageFull.into());
        }
        self.left -= count;
        self.file.write_all(&bytes[..count])?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Destination for Confined {
    fn clear(&mut self) -> io::Result<()> {
        self.left = self.room;
        self.file.clear()
    }
}

/// What begins as a package that is longer than this one, and is none.
fn longer(fixture: &Fixture, package: &[u8]) -> Vec<u8> {
    let mut manifest = PackageFile::verify(&fixture.package, &fixture.facts).unwrap().manifest().clone();
    let encoded = codec::encode(&manifest);
    let start = package.windows(encoded.len()).position(|window| window == encoded).unwrap();
    let second = &mut manifest.files[1];
    second.length += 1 << 20;
    manifest.payload_length = medshare_crypto::stream::sealed_len(second.offset + second.length);
    let encoded = codec::encode(&manifest);
    let length = u32::try_from(encoded.len()).unwrap().to_be_bytes();
    [&package[..start - length.len()], &length, &encoded, &vec![0; 1 << 20]].concat()
}

fn both(nodes: [NodeUrl; 2]) -> NodeClient {
    NodeClient::new(nodes.to_vec()).unwrap()
}

#[test]
fn a_file_for_which_there_is_no_room_is_had_of_the_next_node_and_both_are_told() {
    let fixture = Fixture::new(Terms::high());
    let (giving, _) = honest(&fixture);
    let package = giving.package.clone();
    let (liar, honest) = (Giving { package: longer(&fixture, &package), ..giving.clone() }.start(), giving.start());
    let mut file = Confined::new(&fixture, package.len());
    let (outcome, passed_over, kept) = file.fetched(&fixture, &both([liar.url(), honest.url()]));
    assert_eq!(outcome.unwrap().bytes, package.len() as u64);
    assert!(kept == package);
    let expected = format!(
        "there is no room here for what {} gave, of which {} bytes were written: it is not kept",
        liar.url(),
        package.len()
    );
    assert_eq!(passed_over, [expected]);
    let (outcome, passed_over, kept) = file.fetched(&fixture, &both([liar.url(), liar.url()]));
    assert!(matches!(outcome, Err(FetchError::Node(ClientError::Store(_)))));
    assert_eq!((passed_over.len(), kept.len()), (2, 0));
}

#[test]
fn a_disk_without_any_room_is_no_nodes_failure() {
    let fixture = Fixture::new(Terms::high());
    let (giving, _) = honest(&fixture);
    let nodes = [(); 2].map(|()| giving.start());
    let node = both(nodes.each_ref().map(FakeNode::url));
    let (outcome, passed_over, _) = Confined::new(&fixture, 0).fetched(&fixture, &node);
    assert!(matches!(outcome, Err(FetchError::Node(ClientError::Store(_)))));
    assert_eq!((passed_over.len(), nodes[1].asked().len()), (0, 0));
}

#[test]
fn a_node_that_drips_its_file_is_left_for_the_next_one_and_waited_for_where_that_one_has_none() {
    let fixture = Fixture::new(Terms::high());
    let (giving, _) = honest(&fixture);
    let package = giving.package.clone();
    let piece = package.len() / 10;
    let (drips, gives) = (|| dripping(package.clone(), piece), giving.start());
    let refuses = FakeNode::start(move |asked| match (asked.target.contains("/proof?"), &giving.proof) {
        (true, Some(proof)) => Answer::bytes(proof.clone()),
        _ => Answer::error(404, "not-found"),
    });
    for (next, passed_over) in [(&gives, 1), (&refuses, 2)] {
        let node = both([drips(), next.url()]).at_pace(Duration::from_millis(50), u64::MAX, 1);
        let (outcome, told, kept) = Confined::new(&fixture, usize::MAX).fetched(&fixture, &node);
        assert_eq!((outcome.unwrap().bytes, told.len()), (package.len() as u64, passed_over), "{told:?}");
        assert!(kept == package && told[0].contains("it sends too slowly"), "{told:?}");
    }
}
