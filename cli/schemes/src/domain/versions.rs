//! Versions of labels.

use std::collections::BTreeMap;

use medshare_crypto::policy::AttributeName;

/// Labels, each with a version.
pub type Versions = BTreeMap<AttributeName, u32>;
