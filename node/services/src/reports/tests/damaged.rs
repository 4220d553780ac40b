//! Packages whose files are damaged or lost.

use super::*;
use medshare_crypto::hash::sha256;
use medshare_crypto::stream::DataKey;
use medshare_exchange::package::write_package;
use medshare_ledger::parent_block::Details;
use std::io::Cursor;

impl Opened {
    /// Lays the package's file, with a contract of this code, without its last byte.
    fn lay_cut_file(&self, code: &[u8]) {
        let manifest = Manifest { contract: code.to_vec(), ..self.manifest.clone() };
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
