//! Packages that their owner took back.

use super::*;
use medshare_ledger::id::NodeId;

/// Two packages, of the requests with these nonces, that are on the ledger and were taken back.
struct TakenBack {
    /// Their home is there for as long.
    parties: Parties,
    chain: Chain,
    packages: Packages,
    of: [UnsealedPackage; 2],
}

impl TakenBack {
    fn new() -> Self {
        let parties = Parties::new();
        let chain = parties.ready_chain();
        let packages = Packages::open(parties.home.path()).unwrap();
        let mut previous = medshare_crypto::hash::Hash32::ZERO;
        let of = [1, 2].map(|nonce| {
            let unsealed = draft_of(nonce, &packages, &parties, &chain).unwrap();
            packages.store(&unsealed).unwrap();
            let mut block = parties.parent_block(&parties.request(nonce), previous);
            block.details.package = unsealed.id;
            let block = block.relink(previous, Timestamp(T0), parties.facts.network(), &parties.nodes[0]);
            previous = block.id.as_hash();
            (unsealed, block)
        });
        let mut blocks = Blocks::of(parties.node(0));
        let mut remove = || {
            blocks.read_on(&chain).unwrap();
            packages.remove_retrieved(&chain, &blocks).unwrap()
        };
        assert_eq!(remove(), Swept::default(), "they are not decided yet");
        for (_, block) in &of {
            parties.decide(&chain, vec![Entry::ParentBlock(Box::new(block.clone()))]);
        }
        assert_eq!(remove(), Swept::default());
        for (_, block) in &of {
            let decision = OwnerDecision {
                network: parties.facts.network(),
                owner: parties.owner(0),
                parent: block.id,
                sequence: 0,
                judged: medshare_crypto::hash::Hash32::ZERO,
                decision: Decision::Retrieve,
                at: Timestamp(T0 + 4_000),
            };
            let signature = parties.owners[0].sign(&decision);
            parties.decide(&chain, vec![Entry::OwnerDecision(decision, signature)]);
        }
        Self { of: of.map(|(unsealed, _)| unsealed), parties, chain, packages }
    }

    fn remove(&self) -> Swept {
        self.remove_as(self.parties.node(0))
    }

    /// What a node of this name removes.
    fn remove_as(&self, node: NodeId) -> Swept {
        let mut blocks = Blocks::of(node);
        blocks.read_on(&self.chain).unwrap();
        self.packages.remove_retrieved(&self.chain, &blocks).unwrap()
    }

    /// Where a package's head is kept when its data is gone.
    fn kept(&self, package: usize) -> std::path::PathBuf {
        self.packages.path(&self.of[package].id).with_extension("manifest")
    }

    /// Whether any byte of its data is on the disk.
    fn has_data(&self, package: usize) -> bool {
        let package = &self.of[package];
        let files = [self.packages.path(&package.id), self.packages.path(&package.id).with_extension("manifest")];
        let longest = files.iter().filter_map(|path| path.metadata().ok()).filter(|of| of.is_file()).map(|of| of.len());
        longest.max().is_some_and(|length| length >= package.manifest.payload_length)
    }

    fn manifest(&self, package: usize) -> Manifest {
        self.packages.manifest(&self.of[package].id).unwrap().unwrap()
    }
}

#[test]
fn of_a_package_that_was_taken_back_the_head_stays_and_the_data_goes() {
    let taken_back = TakenBack::new();
    assert_eq!(taken_back.remove(), Swept { removed: 2, left: 0 });
    assert_eq!(taken_back.remove(), Swept::default());
    for package in [0, 1] {
        assert!(!taken_back.packages.path(&taken_back.of[package].id).exists());
        assert!(!taken_back.has_data(package));
        assert_eq!(taken_back.manifest(package), taken_back.of[package].manifest);
    }
    // builds before kept the manifest alone
    let alone = medshare_ledger::codec::encode(&taken_back.of[0].manifest);
    std::fs::write(taken_back.kept(0), alone).unwrap();
    assert_eq!(taken_back.manifest(0), taken_back.of[0].manifest);
}

#[test]
fn data_that_was_taken_back_goes_from_a_disk_that_takes_no_file_and_keeps_no_others() {
    for blocked in [0, 1] {
        let taken_back = TakenBack::new();
        // nothing is written in its place
        std::fs::create_dir_all(taken_back.kept(blocked).join("in the way")).unwrap();
        std::fs::create_dir(taken_back.kept(blocked).with_extension("new")).unwrap();
        assert_eq!(taken_back.remove(), Swept { removed: 1, left: 1 });
        assert_eq!([0, 1].map(|package| taken_back.has_data(package)), [false; 2]);
        // nor is anything missing that is needed once it can be handled
        assert_eq!(taken_back.manifest(blocked), taken_back.of[blocked].manifest);
        std::fs::remove_dir_all(taken_back.kept(blocked)).unwrap();
        assert_eq!(taken_back.remove(), Swept { removed: 1, left: 0 });
        assert_eq!(taken_back.manifest(blocked), taken_back.of[blocked].manifest);
        assert!(taken_back.kept(blocked).is_file());
    }
}

#[test]
fn a_package_that_was_taken_back_goes_wherever_the_node_fell_while_it_did() {
    // whole, cut in part, and cut
    for left in [None, Some(100), Some(0)] {
        let taken_back = TakenBack::new();
        let path = taken_back.packages.path(&taken_back.of[0].id);
        let head = taken_back.packages.head(&taken_back.of[0].id).unwrap().unwrap().head_bytes();
        if let Some(left) = left {
            File::options().write(true).open(&path).unwrap().set_len(head + left).unwrap();
        }
        assert_eq!(taken_back.remove(), Swept { removed: 2, left: 0 }, "{left:?}");
        assert!(!path.exists() && !taken_back.has_data(0));
    }
}

#[test]
fn data_that_was_taken_back_goes_also_where_its_head_is_damaged() {
    let damages: [fn(&mut Vec<u8>); 6] = [
        |bytes| bytes[0] ^= 1,
        |bytes| bytes[11] ^= 1,
        |bytes| bytes[8..12].fill(u8::MAX),
        |bytes| bytes[12..400].fill(u8::MAX),
        |bytes| bytes[12..].fill(0),
        // cut within the head
        |bytes| bytes.truncate(100),
    ];
    for damage in damages {
        let taken_back = TakenBack::new();
        let path = taken_back.packages.path(&taken_back.of[0].id);
        let mut bytes = std::fs::read(&path).unwrap();
        damage(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        taken_back.packages.head(&taken_back.of[0].id).unwrap_err();
        assert_eq!(taken_back.remove(), Swept { removed: 2, left: 0 });
        assert!(!path.exists() && !taken_back.has_data(0) && !taken_back.has_data(1));
        assert!(taken_back.packages.manifest(&taken_back.of[0].id).unwrap().is_none());
        assert_eq!(taken_back.manifest(1), taken_back.of[1].manifest);
    }
}

#[test]
fn data_that_was_taken_back_goes_also_where_its_head_names_another_request() {
    let taken_back = TakenBack::new();
    let package = &taken_back.of[0];
    let path = taken_back.packages.path(&package.id);
    let mut bytes = std::fs::read(&path).unwrap();
    let request = bytes.windows(32).position(|bytes| bytes == package.manifest.request.as_bytes()).unwrap();
    bytes[request] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(taken_back.remove(), Swept { removed: 2, left: 0 });
    assert!(!path.exists() && !taken_back.has_data(0));
    assert_eq!(taken_back.manifest(0).contract, package.manifest.contract, "what can be read of it stays");
}

#[test]
fn what_another_node_committed_to_is_not_taken_back_from_this_one() {
    let taken_back = TakenBack::new();
    assert_eq!(taken_back.remove_as(taken_back.parties.node(1)), Swept::default());
    assert!(taken_back.has_data(0) && taken_back.has_data(1));
}
