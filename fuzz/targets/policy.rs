//! The policy language: what parses prints back to itself; what does not is pointed at.
#![no_main]

use libfuzzer_sys::fuzz_target;
use medshare_crypto::policy::{Lsss, MAX_LEAVES, Policy};

fuzz_target!(|text: &str| {
    match text.parse::<Policy>() {
        Ok(policy) => {
            let canonical = policy.to_string();
            assert_eq!(canonical.parse::<Policy>().as_ref(), Ok(&policy));
            assert!(policy.leaf_count() <= MAX_LEAVES);
            assert!(Lsss::new(&policy).columns() <= policy.leaf_count());
            assert!(policy.reconstruct(|_| true).is_some());
            assert!(policy.reconstruct(|_| false).is_none());
            assert!(policy.satisfied_by(&policy.attributes()));
        }
        Err(error) => assert!(error.to_string().contains('^')),
    }
});
