//! The end of the story: a lost disk, an audit with the network stopped, and what is left to play with.

use super::cast::{Cast, Researcher};
use super::record::{Detail, ensure};
use anyhow::Result;
use medshare_cli_network::{Started, start, stop};
use medshare_cli_terminal::shell;
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;

/// Bytes of a bundle that are flipped, one at a time.
const FLIPS: usize = 40;
/// Position of the node that loses its disk.
const WIPED: usize = 1;

/// A validator loses log and views, and comes back.
///
/// # Errors
/// When it does not reach the others' state.
pub fn resynchronise(cast: &Cast) -> Result<((), Vec<Detail>)> {
    let name = cast.node(WIPED)?;
    cast.kill(&name)?;
    cast.wipe(&name)?;
    cast.restart(&name)?;
    let (height, one, other) = cast.same_height(&name, &cast.owner())?;
    ensure(one == other, "the state roots differ")?;
    Ok((
        (),
        vec![Detail::new("wiped", name), Detail::words("state root", format!("{one} at height {height}, at both"))],
    ))
}

/// An auditor verifies a bundle with the network stopped, then the same with flipped bytes.
///
/// # Errors
/// When the bundle does not verify, or a flipped one does.
pub fn audit(cast: &Cast, alice: &Researcher) -> Result<((), Vec<Detail>)> {
    let bundle = cast.desk.join("alice.bundle");
    let export: Vec<OsString> = vec![
        "audit".into(),
        "export".into(),
        "--requestor".into(),
        alice.rid.clone().into(),
        "--out".into(),
        bundle.clone().into_os_string(),
    ];
    cast.at_owner.succeed(export)?;
    let memory = cast.peak_memory()?;
    stop(&cast.founded.folder)?;
    let verify = |file: &Path| vec![OsString::from("audit"), "verify".into(), file.as_os_str().to_owned()];
    let report = cast.at_owner.succeed(verify(&bundle))?;
    let bytes = std::fs::read(&bundle)?;
    let flipped = cast.desk.join("flipped.bundle");
    let mut example = String::new();
    for i in 0..FLIPS {
        let position = i * bytes.len() / FLIPS;
        let mut changed = bytes.clone();
        if let Some(byte) = changed.get_mut(position) {
            *byte ^= 1;
        }
        std::fs::write(&flipped, &changed)?;
        let said = cast.at_owner.run(verify(&flipped))?;
        ensure(said.code == 5, "a bundle with a flipped byte verifies")?;
        example = format!("byte {position}: {}", said.reason());
    }
    let details = vec![
        Detail::words("bundle", format!("{} bytes", bytes.len())),
        Detail::words("verified offline", summary(&report)),
        Detail::new("peak memory in MB", memory),
        Detail::words("flipped bytes found", format!("{FLIPS} of {FLIPS}; the last: {example}")),
    ];
    Ok(((), details))
}

fn summary(report: &Value) -> String {
    let get = |name: &str| report.pointer(name).map(ToString::to_string).unwrap_or_default();
    format!(
        "{} entries, {} state proofs, {} signers, up to height {}",
        get("/entries"),
        get("/state_proofs"),
        get("/signers"),
        get("/height")
    )
}

/// Starts the network again, with a researcher to whom nothing has happened yet, and says how to play with it.
///
/// # Errors
/// When it does not start, or she cannot be registered.
pub fn left_running(cast: &Cast) -> Result<((), Vec<Detail>)> {
    start(&cast.founded.folder, &Started::default(), &|_| ())?;
    let owner = cast.owner();
    let carol = cast.researcher("carol", &owner)?;
    cast.issue("UNIVERSITY", "RESEARCHER", &carol, 0)?;
    cast.issue("ETHICS-BOARD", "APPROVED", &carol, 0)?;
    let typed = |inside: &str| shell::path(&cast.founded.folder.join(inside));
    let (folder, dataset) = (shell::path(&cast.founded.folder), &cast.founded.dataset);
    let lines = [
        format!("cd {}", typed("desk")),
        format!("export MEDSHARE_GENESIS={} MEDSHARE_NODE={}", typed("genesis.toml"), cast.founded.urls.join(",")),
        format!(
            "medshare request submit --owner {owner} --dataset {dataset} --purpose HRESCH --key carol.key --out carol.package"
        ),
        "medshare package open carol.package --key carol.key".to_owned(),
        format!("medshare audit thread {}", carol.rid),
        format!("medshare owner requests --key {}", typed(&format!("keys/owners/{owner}.key"))),
        format!("medshare network stop {folder}"),
    ];
    let details = vec![
        Detail::words("third researcher", format!("{} with RESEARCHER@UNIVERSITY, APPROVED@ETHICS-BOARD", carol.rid)),
        Detail::words("try", lines.map(Value::from).to_vec()),
    ];
    Ok(((), details))
}
