//! Commit certificates: the engine's form and the ledger's.

use arc_malachitebft_app_channel::app::types::core as engine;
use medshare_ledger::certificate::CommitCertificate;

use super::context::{Address, Context, EngineHeight};

/// The ledger's form, signatures ordered by validator. A certificate is always of a round; the engine's type does not say so.
pub(super) fn to_ledger(certificate: &engine::CommitCertificate<Context>) -> CommitCertificate {
    let mut signatures: Vec<_> =
        certificate.commit_signatures.iter().map(|commit| (commit.address.0, commit.signature)).collect();
    signatures.sort();
    CommitCertificate {
        height: certificate.height.0,
        round: certificate.round.as_u32().unwrap_or_default(),
        value: certificate.value_id,
        signatures,
    }
}

/// The engine's form, without vote extensions.
pub(super) fn to_engine(certificate: CommitCertificate) -> engine::ExtendedCommitCertificate<Context> {
    let signature = |(node, signature)| engine::ExtendedCommitSignature::new(Address(node), signature, None);
    engine::ExtendedCommitCertificate {
        height: EngineHeight(certificate.height),
        round: engine::Round::new(certificate.round),
        value_id: certificate.value,
        commit_signatures: certificate.signatures.into_iter().map(signature).collect(),
    }
}
