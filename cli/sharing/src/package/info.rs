//! `medshare package info`.

use super::addressee::AddresseeArgs;
use crate::Context;
use crate::file_kind::told_apart;
use crate::names;
use crate::told::Told;
use clap::Args;
use medshare_agent::session::PackageFile;
use medshare_cli_terminal::file_kind::PACKAGE;
use medshare_cli_terminal::shown::line;
use medshare_cli_terminal::text::utc;
use medshare_cli_terminal::{Answer, Failure};
use medshare_contract_abi::{ActionSet, Sensitivity};
use medshare_exchange::api::PermissionView;
use medshare_exchange::manifest::Manifest;
use medshare_genesis::dataset::record_type_name;
use medshare_ledger::facts::NetworkFacts;
use serde::Serialize;
use std::path::PathBuf;

/// Show what a package says of itself, after verifying it.
///
/// Needs no key; with --key it fails unless the package was made for that key. With a node named, also where its permission stands on the
/// ledger.
#[derive(Debug, Args)]
pub struct InfoArgs {
    /// Package file.
    package: PathBuf,
    #[command(flatten)]
    addressee: AddresseeArgs,
}

#[derive(Serialize)]
struct Info {
    package: String,
    block: String,
    network: String,
    request: String,
    owner: String,
    owner_name: String,
    requestor: String,
    dataset: String,
    record_type: &'static str,
    purpose: &'static str,
    sensitivity: &'static str,
    policy: String,
    permitted: Vec<&'static str>,
    exempt: Vec<&'static str>,
    contract: String,
    standard_contract: bool,
    node: String,
    created: u64,
    expires: u64,
    files: usize,
    bytes: u64,
    permission: Option<PermissionView>,
}

pub fn run(args: &InfoArgs, context: &Context) -> Result<Answer, Failure> {
    let facts = context.facts()?;
    let verified = PackageFile::verify(&args.package, &facts);
    let package = verified.map_err(|error| told_apart(error.told(), &args.package, PACKAGE))?;
    args.addressee.check(&package)?;
    let permission = context.node_if_named()?.map(|node| node.permission(package.block()));
    let (permission, unknown) = match permission {
        None => (None, "not asked: no node is named".to_owned()),
        Some(Ok(permission)) => (Some(permission), String::new()),
        // The rest is known without one.
        Some(Err(error)) if error.is_unreachable() => (None, format!("not known: {}", line(&error.to_string()))),
        Some(Err(error)) => return Err(error.told()),
    };
    let info = Info::of(&package, &facts, permission);
    Answer::new(&info, info.text(&unknown))
}

impl Info {
    fn of(package: &PackageFile, facts: &NetworkFacts, permission: Option<PermissionView>) -> Self {
        let manifest = package.manifest();
        let contract = manifest.contract_hash();
        Self {
            package: package.id().to_string(),
            block: package.block().to_string(),
            network: manifest.network.to_string(),
            request: manifest.request.to_string(),
            owner: manifest.owner.to_string(),
            owner_name: names::owner_name(facts, manifest.owner),
            requestor: manifest.requestor.to_string(),
            dataset: manifest.dataset.to_string(),
            record_type: record_type_name(manifest.record_type),
            purpose: manifest.purpose.reason.code(),
            sensitivity: sensitivity(manifest),
            policy: manifest.policy.clone(),
            permitted: actions(manifest.permitted_mask),
            exempt: unreported(manifest.sensitivity(), manifest.exempt_mask),
            contract: contract.to_string(),
            standard_contract: contract == facts.genesis().usage_contract,
            node: manifest.node.to_string(),
            created: manifest.created.0,
            expires: manifest.expires.0,
            files: manifest.files.len(),
            bytes: manifest.files.iter().map(|file| file.length).sum(),
            permission,
        }
    }

    /// `unknown` stands where the permission would.
    fn text(&self, unknown: &str) -> String {
        let contract = if self.standard_contract { "the network's standard one" } else { "the owner's own" };
        let permission = self.permission.as_ref().map_or(unknown, |p| &p.status);
        let unreported = match self.sensitivity {
            "low" if self.exempt.is_empty() => "nothing".to_owned(),
            "low" => self.exempt.join(", "),
            _ => "nothing: at high sensitivity everything is reported".to_owned(),
        };
        let rows = [
            ("package", self.package.clone()),
            ("parent block", self.block.clone()),
            ("owner", format!("{} ({})", self.owner_name, self.owner)),
            ("requestor", self.requestor.clone()),
            ("data set", format!("{} ({})", self.dataset, self.record_type)),
            ("purpose", self.purpose.to_owned()),
            ("sensitivity", self.sensitivity.to_owned()),
            ("policy", self.policy.clone()),
            ("permitted", self.permitted.join(", ")),
            ("without report", unreported),
            ("contract", format!("{} ({contract})", self.contract)),
            ("made", utc(self.created)),
            ("expires", utc(self.expires)),
            ("files", format!("{}, {} bytes", self.files, self.bytes)),
            ("permission", permission.to_owned()),
        ];
        rows.map(|(name, value)| format!("{name:<15} {}", line(&value)).trim_end().to_owned()).join("\n")
    }
}

const fn sensitivity(manifest: &Manifest) -> &'static str {
    match manifest.sensitivity() {
        Some(Sensitivity::High) => "high",
        Some(Sensitivity::Low) => "low",
        None => "unknown",
    }
}

/// What is done without a report: at high sensitivity nothing, whatever the terms exempt at low.
fn unreported(sensitivity: Option<Sensitivity>, exempt_mask: u8) -> Vec<&'static str> {
    match sensitivity {
        Some(Sensitivity::Low) => actions(exempt_mask),
        _ => Vec::new(),
    }
}

fn actions(mask: u8) -> Vec<&'static str> {
    let set = ActionSet::from_bits(mask).unwrap_or_default();
    set.iter().map(|action| action.name()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use medshare_contract_abi::Action;

    #[test]
    fn nothing_is_exempt_where_everything_is_reported() {
        let mask = ActionSet::from_iter([Action::Read]).bits();
        assert_eq!(unreported(Some(Sensitivity::Low), mask), ["read"]);
        for reported in [Some(Sensitivity::High), None] {
            assert!(unreported(reported, mask).is_empty(), "{reported:?}");
        }
    }
}
