//! Packages whose attribute block holds points that are none: made by a node that means ill, with hashes and a seal that fit.

use super::*;
use medshare_crypto::hash::tagged_hash;

/// Length of a ciphertext's head, and of what stands in it before the hash of policy and rows.
const HEAD: (usize, usize) = (97, 65);
/// Where C2 stands in a row.
const C2: std::ops::Range<usize> = 584..632;

/// A key block with the neutral element in the place of C2, and a hash that fits.
fn with_a_neutral_point(block: &[u8]) -> Vec<u8> {
    let (head, body) = block.split_at(HEAD.0);
    let (length, body) = body.split_at(2);
    let (policy, rows) = body.split_at(ATTRIBUTE.len());
    let mut rows = rows.to_vec();
    rows[C2].fill(0);
    rows[C2.start] = 0xc0;
    let hash = tagged_hash("medshare/abe/rows/v1", &[policy, &rows]);
    [&head[..HEAD.1], hash.as_bytes(), length, policy, &rows].concat()
}

#[tokio::test]
async fn an_attribute_block_with_a_point_that_is_none_is_refused_and_leaves_no_opening_behind() {
    let parties = of_now();
    let services = holding_her_key(&parties, Vec::new());
    let mut bad = manifest(&parties, 1);
    bad.attribute_block = with_a_neutral_point(&bad.attribute_block);
    let refusal = open(&services, asked(&parties, &services, 1, &bad)).await.unwrap_err();
    assert_eq!(refusal.code, Code::Malformed);
    assert!(refusal.message.contains(&format!("C2 of the row for {ATTRIBUTE} is not a valid group element")));
    assert!(services.chain.mempool.is_empty(), "nothing of it waits to be recorded");
}

#[tokio::test]
async fn an_attribute_block_whose_rows_are_not_those_of_its_head_is_refused() {
    let parties = of_now();
    let services = holding_her_key(&parties, Vec::new());
    let mut bad = manifest(&parties, 1);
    *bad.attribute_block.last_mut().unwrap() ^= 1;
    let refusal = open(&services, asked(&parties, &services, 1, &bad)).await.unwrap_err();
    assert_eq!(refusal.code, Code::Malformed);
    assert!(refusal.message.contains("the rows are not those that the header names"));
}
