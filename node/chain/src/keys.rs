//! Every key of the chain's views, spelled in this file alone: one tag byte, then fields of fixed length.
//! Whatever changes here, or in the values, changes [`VIEWS_VERSION`].

use medshare_crypto::hash::Hash32;
use medshare_ledger::id::OwnerId;
use medshare_ledger::trail::Trail;

/// Form of the views. Views of another form are rebuilt from the log.
pub const VIEWS_VERSION: u32 = 4;

/// Version of what stands under these keys.
pub const VERSION: &[u8] = b"v";
/// The tip as of the last write; what the log has after it left no trace here.
pub const TIP: &[u8] = b"t";
/// Prefix of the state's values, by canonical state key.
pub const STATE: u8 = b's';
/// Prefix of the state tree's nodes.
pub const TREE: u8 = b'j';

/// Prefix of the places of batches' entries.
pub const PLACES: u8 = b'i';

/// What became of an entry, by its hash.
pub fn entry(hash: &Hash32) -> Vec<u8> {
    join(b'e', &[hash.as_bytes()])
}

/// Tile of the history, by its level and its place there.
pub fn tile(level: u32, index: u64) -> Vec<u8> {
    join(b'h', &[&level.to_be_bytes(), &index.to_be_bytes()])
}

/// Where the entries of a batch stand, by the history index of the first.
pub fn places(first: u64) -> Vec<u8> {
    join(PLACES, &[&first.to_be_bytes()])
}

/// Prefix of a trail's places.
pub fn trail(trail: Trail) -> Vec<u8> {
    join(b'r', &[&trail.to_bytes()])
}

/// Place of an applied entry in its trail, by its index in the history.
pub fn trail_place(of: Trail, index: u64) -> Vec<u8> {
    [trail(of).as_slice(), &index.to_be_bytes()].concat()
}

/// Prefix of the places of an owner's parent blocks.
pub fn owner(owner: OwnerId) -> Vec<u8> {
    join(b'o', &[owner.as_bytes()])
}

/// Place of a parent block under its owner, by its index in the history.
pub fn owner_place(of: OwnerId, index: u64) -> Vec<u8> {
    [owner(of).as_slice(), &index.to_be_bytes()].concat()
}

/// Prefix of the places of the requests for an owner's data.
pub fn requests(owner: OwnerId) -> Vec<u8> {
    join(b'q', &[owner.as_bytes()])
}

/// Place of a request under the owner who is asked, by its index in the history.
pub fn request_place(of: OwnerId, index: u64) -> Vec<u8> {
    [requests(of).as_slice(), &index.to_be_bytes()].concat()
}

/// Prefix of the places of the violations of an owner's packages.
pub fn violations(owner: OwnerId) -> Vec<u8> {
    join(b'x', &[owner.as_bytes()])
}

/// Place of a side-block with a violation under the package's owner, by its index in the history.
pub fn violation_place(of: OwnerId, index: u64) -> Vec<u8> {
    [violations(of).as_slice(), &index.to_be_bytes()].concat()
}

/// `tag` before a key that another component spells.
pub fn under(tag: u8, key: &[u8]) -> Vec<u8> {
    join(tag, &[key])
}

fn join(tag: u8, fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![tag];
    fields.iter().for_each(|field| bytes.extend_from_slice(field));
    bytes
}
