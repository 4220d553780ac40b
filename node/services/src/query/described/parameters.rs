//! Identifiers in paths, as the description tells them.

use utoipa::IntoParams;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $field:ident, $field_doc:literal, $pattern:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(IntoParams)]
        #[into_params(parameter_in = Path)]
        pub struct $name {
            #[doc = $field_doc]
            #[param(pattern = $pattern, example = $example)]
            pub $field: String,
        }
    };
}

identifier!(
    /// A requestor.
    OfRequestor, requestor, "RID.", "^[0-9a-fA-F]{32}$", "d691abec051d92ce628c1da6748575dd"
);
identifier!(
    /// A parent block.
    OfBlock, block, "Block id.", "^[0-9a-fA-F]{64}$", "0006464b1afecce919ddccccf4143957985eeb3873bb2c235e467b2a03994f79"
);
identifier!(
    /// An opening.
    OfLease, lease, "Lease id.", "^[0-9a-fA-F]{32}$", "7d21f0c4a9b8e6d35f4031a2c7b8d9e0"
);
identifier!(
    /// A data request.
    OfRequest, request, "Hash of the request.", "^[0-9a-fA-F]{64}$", "5a8bc1f0f6f5a1c0a07b8a3c2b1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d"
);
identifier!(
    /// An entry.
    OfEntry, hash, "Hash of the entry.", "^[0-9a-fA-F]{64}$", "9c1e5d7b3a2f4e6d8c0b1a3f5e7d9c2b4a6f8e0d1c3b5a7f9e2d4c6b8a0f1e3d"
);
identifier!(
    /// An attribute.
    OfAttribute, attribute, "`NAME@AUTHORITY`; in a path `@` may be escaped.", "^.{1,128}$", "RESEARCHER@UNIVERSITY"
);
