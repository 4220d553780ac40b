//! Project Wycheproof's AES-GCM cases, against the cipher underneath `stream`, with the key and nonce sizes that it uses.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use wycheproof::TestResult;
use wycheproof::aead::{TestName, TestSet};

#[test]
fn every_case_of_our_sizes_comes_out_as_wycheproof_says() {
    let mut cases = 0;
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for case in group.tests {
            cases += 1;
            let key = UnboundKey::new(&AES_256_GCM, &case.key).unwrap();
            let key = LessSafeKey::new(key);
            let nonce = || Nonce::try_assume_unique_for_key(&case.nonce).unwrap();
            let mut opened = [case.ct.as_ref(), case.tag.as_ref()].concat();
            let result = key.open_in_place(nonce(), Aad::from(case.aad.as_ref()), &mut opened);
            match case.result {
                TestResult::Invalid => assert!(result.is_err(), "case {}", case.tc_id),
                TestResult::Valid | TestResult::Acceptable => {
                    let expected: &[u8] = case.pt.as_ref();
                    assert_eq!(result.unwrap(), expected, "case {}", case.tc_id);
                    let mut sealed = case.pt.to_vec();
                    let aad = Aad::from(case.aad.as_ref());
                    key.seal_in_place_append_tag(nonce(), aad, &mut sealed).unwrap();
                    assert_eq!(sealed, [case.ct.as_ref(), case.tag.as_ref()].concat());
                }
            }
        }
    }
    assert!(cases > 30, "{cases}");
}
