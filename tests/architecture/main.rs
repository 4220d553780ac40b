//! Dependencies between crates point down, heavy libraries stay behind the wall of one crate, licences are permissive, no other TLS is locked, and
//! tests that are named and messages that are quoted exist.
#![allow(clippy::unwrap_used, reason = "a test that cannot read the workspace should stop there")]

mod licences;
mod lock;
mod named_tests;
mod picture;
mod quoted;

use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders of our crates, floor by floor from the lowest. A floor has wings that know nothing of each other; a wing has steps,
/// again from the lowest, of crates that know nothing of each other. A crate uses what lies on lower floors, and on lower steps of
/// its own wing.
const FLOORS: &[&[&[&[&str]]]] = &[
    &[&[&["contracts/abi"]], &[&["crypto"]], &[&["lookup"]], &[&["own-files"]]],
    &[&[&["ledger"]]],
    &[&[&["exchange"]]],
    &[
        &[&["contracts/host"], &["genesis"]],
        &[&["deid/identifiers", "deid/records"], &["deid/anon", "deid/cohort", "deid/pathrules"], &["deid/protection"]],
    ],
    &[
        &[
            &["node/causes", "node/net", "node/sources", "node/store"],
            &["node/chain", "node/consensus"],
            &["node/refusal"],
            &["node/authenticator", "node/submission"],
            &["node/processing"],
            &["node/services"],
        ],
        &[&["agent"]],
    ],
    &[&[
        &["cli/terminal"],
        &["cli/deid", "cli/network", "cli/node", "cli/schemes", "cli/sharing"],
        &["cli/trials"],
        &["cli/medshare"],
    ]],
    &[&[&["tests/loopback"], &["tests"]]],
];

/// Libraries by the beginning of their names, and the only crates that may name them.
const WALLS: &[(&str, &[&str])] = &[
    ("arc-malachitebft-", &["node/consensus"]),
    ("ractor", &["node/consensus"]),
    ("libp2p-identity", &["genesis"]),
    ("libp2p", &["node/net"]),
    ("sled", &["node/store"]),
    ("cedar-policy", &["node/authenticator"]),
    ("axum", &["node/services"]),
    ("parquet", &["cli/deid"]),
    ("prometheus-client", &["node/services"]),
    ("wasm", &["contracts/host"]),
    ("sfv", &["exchange"]),
    ("jmt", &["ledger"]),
    ("blst", &["crypto"]),
    ("hickory-", &["lookup"]),
];

/// A crate by its folder, with what it names.
struct Room {
    folder: String,
    ours: Vec<String>,
    libraries: Vec<String>,
}

/// Floor, wing and step.
type Place = (usize, usize, usize);

fn place(folder: &str) -> Option<Place> {
    let wings =
        FLOORS.iter().enumerate().flat_map(|(f, floor)| floor.iter().enumerate().map(move |(w, wing)| (f, w, wing)));
    let mut steps = wings.flat_map(|(f, w, wing)| wing.iter().enumerate().map(move |(s, step)| ((f, w, s), *step)));
    steps.find(|(_, step)| step.contains(&folder)).map(|(place, _)| place)
}

fn lies_below(lower: Place, upper: Place) -> bool {
    lower.0 < upper.0 || (lower.0 == upper.0 && lower.1 == upper.1 && lower.2 < upper.2)
}

/// A sentence for every crate without a place and every dependency that does not point down.
fn crossed_floors(rooms: &[Room]) -> Vec<String> {
    let mut found = Vec::new();
    for Room { folder, ours, .. } in rooms {
        let Some(upper) = place(folder) else {
            found.push(format!(
                "the crate {folder} has no place: add it to FLOORS in tests/architecture/main.rs, above what it uses"
            ));
            continue;
        };
        let up = |used: &&String| place(used).is_some_and(|lower| !lies_below(lower, upper));
        found.extend(ours.iter().filter(up).map(|used| {
            format!("{folder} uses {used}, which does not lie below it: let {folder} be handed what it needs, or move it to where its concept lives")
        }));
    }
    found
}

/// A sentence for every library that is named outside its wall.
fn broken_walls(rooms: &[Room]) -> Vec<String> {
    let named = rooms.iter().flat_map(|room| room.libraries.iter().map(move |library| (&room.folder, library)));
    let broken = named.filter_map(|(folder, library)| {
        let (_, homes) = WALLS.iter().find(|(beginning, _)| library.starts_with(beginning))?;
        (!homes.contains(&folder.as_str())).then(|| {
            format!("{folder} names {library}, which only {} may: use what that crate offers", homes.join(" and "))
        })
    });
    broken.collect()
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// None for what every build takes.
    kind: Option<String>,
    /// Only of our own crates.
    path: Option<PathBuf>,
}

/// The crates of this workspace as their manifests describe them; what only their tests use is left out.
fn rooms() -> Vec<Room> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    let asked = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let output = Command::new(env!("CARGO")).args(asked).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Metadata = serde_json::from_slice(&output.stdout).unwrap();
    let room = |package: Package| {
        let used = package.dependencies.into_iter().filter(|one| one.kind.as_deref() != Some("dev"));
        let (ours, libraries): (Vec<_>, Vec<_>) = used.partition(|one| one.path.is_some());
        Room {
            folder: folder(package.manifest_path.parent().unwrap()),
            ours: ours.iter().filter_map(|one| one.path.as_deref()).map(folder).collect(),
            libraries: libraries.into_iter().map(|one| one.name).collect(),
        }
    };
    metadata.packages.into_iter().map(room).collect()
}

fn room(folder: &str, ours: &[&str], libraries: &[&str]) -> Room {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Room { folder: folder.to_owned(), ours: owned(ours), libraries: owned(libraries) }
}

#[test]
fn dependencies_between_crates_point_down() {
    assert_eq!(crossed_floors(&rooms()), Vec::<String>::new());
}

#[test]
fn heavy_libraries_stay_behind_their_walls() {
    assert_eq!(broken_walls(&rooms()), Vec::<String>::new());
}

#[test]
fn every_place_is_taken() {
    let rooms = rooms();
    let empty = |folder: &&&str| !rooms.iter().any(|room| room.folder == **folder);
    let places = FLOORS.iter().flat_map(|floor| floor.iter()).flat_map(|wing| wing.iter()).flat_map(|step| step.iter());
    assert_eq!(places.filter(empty).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn what_points_up_or_across_is_named() {
    for (folder, used) in
        [("ledger", "exchange"), ("agent", "node/store"), ("node/chain", "node/consensus"), ("crypto", "crypto")]
    {
        let sentences = crossed_floors(&[room(folder, &[used], &[])]);
        assert!(sentences.len() == 1 && sentences.concat().contains(&format!("{folder} uses {used}")), "{sentences:?}");
    }
    for (folder, used) in [("node/chain", "node/store"), ("cli/sharing", "agent"), ("node/services", "crypto")] {
        assert_eq!(crossed_floors(&[room(folder, &[used], &[])]), Vec::<String>::new());
    }
    let unknown = crossed_floors(&[room("attic", &[], &[])]);
    assert!(unknown.concat().contains("the crate attic has no place: add it to FLOORS"), "{unknown:?}");
}

#[test]
fn a_library_outside_its_wall_is_named() {
    let broken = broken_walls(&[room("node/chain", &[], &["arc-malachitebft-sync", "tokio"])]);
    assert!(broken.len() == 1 && broken.concat().contains("node/chain names arc-malachitebft-sync"), "{broken:?}");
    assert_eq!(
        broken_walls(&[room("node/net", &[], &["libp2p"]), room("genesis", &[], &["libp2p-identity"])]),
        Vec::<String>::new()
    );
}

/// The README shows it. `MEDSHARE_DRAW=1 cargo test -p medshare-scenarios --test architecture` draws it anew.
#[test]
fn the_picture_in_the_readme_shows_the_crates_as_they_are() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/crates.svg");
    let drawn = picture::draw(&rooms(), "tests");
    if std::env::var_os("MEDSHARE_DRAW").is_some() {
        std::fs::write(&file, &drawn).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == drawn, "docs/crates.svg is not what the manifests say: draw it anew with MEDSHARE_DRAW=1");
}
