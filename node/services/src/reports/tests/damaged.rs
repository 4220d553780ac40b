//! Packages whose files are damaged or lost, and contract keys that are.

use super::*;
use medshare_crypto::hash::sha256;
use medshare_crypto::seal::SealingPublicKey;
use medshare_crypto::stream::DataKey;
use medshare_exchange::package::write_package;
use medshare_genesis::keys::NodeKeys;
use medshare_ledger::parent_block::Details;
use std::io::Cursor;

impl Opened {
    /// Lays the package's file, with a contract of this code, without its last byte.
    fn lay_cut_file(&self, code: &[u8]) {
        self.lay(Manifest { contract: code.to_vec(), ..self.manifest.clone() });
    }

    /// Lays a file with this manifest in the package's place, without its last byte.
    fn lay(&self, manifest: Manifest) {
        let mut file = Cursor::new(Vec::new());
        write_package(manifest, &DataKey::from_bytes([7; 32].into()), b"", &mut file, &mut OsRng).unwrap();
        let mut bytes = file.into_inner();
        bytes.pop();
        std::fs::write(self.services.packages.path(&self.block.details.package), bytes).unwrap();
    }

    fn remove_file(&self) {
        std::fs::remove_file(self.services.packages.path(&self.block.details.package)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_is_recorded_whatever_became_of_its_packages_file() {
    let damages: [fn(&Opened); 3] = [
        |opened| opened.lay_cut_file(USAGE_WASM),
        |opened| std::fs::write(opened.services.packages.path(&opened.block.details.package), b"damaged").unwrap(),
        // the whole of `packages/` is lost
        |_| (),
    ];
    for damage in damages {
        let opened = Opened::new();
        damage(&opened);
        opened.record(opened.copied("on a stick")).await;
        assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
    }
}

#[tokio::test]
async fn a_contract_of_another_version_comes_out_of_its_package_and_no_other_does() {
    let opened = Opened::new();
    let details = Details { contract: sha256(b"of a version before"), ..opened.block.details.clone() };
    let code = || contract::code(&opened.services, &details);
    opened.lay_cut_file(b"of a version before");
    assert_eq!(code().unwrap().as_ref(), b"of a version before");
    opened.lay_cut_file(b"another");
    assert_eq!(code().unwrap_err().code, Code::PackageMissing);
    opened.remove_file();
    assert_eq!(code().unwrap_err().code, Code::PackageMissing);
    assert_eq!(contract::parameters(&opened.block.details), opened.manifest.usage_parameters());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_does_not_open_is_bad_only_where_the_package_names_this_nodes_key() {
    let opened = Opened::new();
    let mut unreadable = opened.copied("on a stick");
    unreadable.sealed[40] ^= 1;
    let commitment = report_commitment(&unreadable.sealed);
    let unreadable = opened.changed(unreadable, |report| report.commitment = commitment);
    let said = async || {
        let refusal = take(&opened.services, unreadable.clone()).await.unwrap_err();
        (refusal.code, refusal.code.class().is_final())
    };
    assert_eq!(said().await, (Code::PackageMissing, false));
    let path = opened.services.packages.path(&opened.block.details.package);
    std::fs::write(path, b"damaged").unwrap();
    assert_eq!(said().await, (Code::NodeFault, false));
    opened.lay(Manifest {
        contract_key: SealingPublicKey::from_bytes([7; SealingPublicKey::LEN]),
        ..opened.manifest.clone()
    });
    assert_eq!(said().await, (Code::ContractKeyMissing, false));
    opened.lay(opened.manifest.clone());
    assert_eq!(said().await, (Code::BadReport, true));
    // What opens is judged, whatever became of the package.
    opened.remove_file();
    let other = opened.changed(opened.copied("on a stick"), |report| report.kind = Action::Duplicate.code());
    assert_eq!(take(&opened.services, other).await.unwrap_err().code, Code::BadReport);
    assert!(opened.services.private.waiting_reports().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_violation_waits_with_its_agent_until_a_lost_contract_key_is_back() {
    let mut opened = Opened::new();
    opened.lay(opened.manifest.clone());
    let violation = opened.copied("on a stick");
    let lost = Arc::new(NodeKeys::generate(&mut OsRng));
    let kept = std::mem::replace(&mut Arc::get_mut(&mut opened.services).unwrap().keys, lost);
    let refusal = take(&opened.services, violation.clone()).await.unwrap_err();
    assert_eq!(refusal.code, Code::ContractKeyMissing, "{refusal}");
    assert_eq!(opened.services.private.words(&violation.report.hash()).unwrap(), None);
    while Arc::get_mut(&mut opened.services).is_none() {
        tokio::task::yield_now().await;
    }
    Arc::get_mut(&mut opened.services).unwrap().keys = kept;
    opened.record(violation).await;
    assert_eq!(opened.listed().await.as_deref(), Some("on a stick"));
}
