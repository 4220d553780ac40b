//! `medshare signature verify`, and files of signatures.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use medshare_cli_terminal::whole_file::write_new;
use medshare_cli_terminal::{Failure, file_kind};
use medshare_crypto::attribute_signature::{AttributeSignature, Claim, SignaturePublic, verify_batch};
use medshare_crypto::policy::{AttributeName, Policy};
use serde_json::json;

use super::authority::read_public;
use super::message::of_file;
use crate::scheme::failure::unverified;
use crate::scheme::names;
use crate::scheme::output::Output;
use crate::scheme::text_file::{TextFile, text_of};

const SIGNATURE: &str = "medshare-signature: 2";

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The authority's public file, NAME.signing.public.
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
    /// The claim that the signatures must make; without it, look at the claims that are printed.
    #[arg(long, value_name = "POLICY")]
    claim: Option<String>,
    /// Take names in it that are written so that others look the same, where builds before made them.
    #[arg(long, requires = "claim")]
    earlier_names: bool,
    /// The mediator without whom nobody may have signed, e.g. ACTIVE@CLOUD-C. Needed where the authority names several.
    #[arg(long)]
    mediator: Option<String>,
    /// Files and their signatures in turn.
    #[arg(required = true, value_names = ["DOCUMENT", "SIGNATURE"], num_args = 2..)]
    pairs: Vec<PathBuf>,
}

/// A signature with what it says.
pub struct SignatureFile {
    pub policy: String,
    pub mediator: String,
    pub signature: AttributeSignature,
}

impl SignatureFile {
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let signature = self.signature.to_bytes();
        let lines = [
            ("claim", self.policy.as_bytes()),
            ("mediator", self.mediator.as_bytes()),
            ("signature", signature.as_slice()),
        ];
        write_new(path, &text_of(SIGNATURE, lines))
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let file = TextFile::read(path, SIGNATURE)?.only(&["claim", "mediator", "signature"])?;
        Ok(Self {
            policy: file.text("claim")?,
            mediator: file.text("mediator")?,
            signature: file.one("signature", AttributeSignature::from_bytes)?,
        })
    }
}

/// Where the signature stands before its file, that is what is wrong.
fn perhaps_swapped(error: anyhow::Error, file: &Path, signature: &Path) -> anyhow::Error {
    if file_kind::of(file) != Some(file_kind::SIGNATURE) || file_kind::of(signature) == Some(file_kind::SIGNATURE) {
        return error;
    }
    let (first, second) = (file.display(), signature.display());
    Failure::argument(format!("{first} is a signature, and stands in the place of the file that it is about"))
        .hint(format!("the file comes first, then its signature: {second} {first}"))
        .into()
}

/// Whether the authority names this mediator.
///
/// # Errors
/// When it does not: a signature with its help is none.
pub fn is_named(public: &SignaturePublic, mediator: &AttributeName) -> anyhow::Result<()> {
    if public.mediators().contains(mediator) {
        return Ok(());
    }
    let names: Vec<_> = public.mediators().iter().map(AttributeName::as_str).collect();
    let message = format!("{mediator} is no mediator of this authority, which names {}", names.join(", "));
    bail!(unverified(message))
}

/// The mediator that every signature must be made with.
fn demanded(args: &VerifyArgs, public: &SignaturePublic) -> anyhow::Result<AttributeName> {
    if let Some(text) = &args.mediator {
        let mediator = names::attribute(text)?;
        is_named(public, &mediator)?;
        return Ok(mediator);
    }
    let mut named = public.mediators().iter();
    match (named.next(), named.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => bail!(unverified("the authority's public file names no mediator, so that no signature counts")),
        (Some(first), Some(_)) => {
            let names: Vec<_> = public.mediators().iter().map(AttributeName::as_str).collect();
            let message = format!("the authority names several mediators: {}", names.join(", "));
            bail!(Failure::argument(message).hint(format!("say which one must have agreed, e.g. --mediator {first}")))
        }
    }
}

/// The claim that stands in a file.
pub fn claim_of(policy: &str, mediator: &str) -> anyhow::Result<Claim> {
    let policy: Policy = policy.parse()?;
    Ok(Claim::new(&policy, &names::attribute(mediator)?)?)
}

struct Signed {
    name: String,
    message: Vec<u8>,
    claim: Claim,
    file: SignatureFile,
}

pub fn run(args: &VerifyArgs, output: Output) -> anyhow::Result<()> {
    let public = read_public(&args.public)?;
    let mediator = demanded(args, &public)?;
    let expected = args.claim.as_deref().map(|text| names::typed_claim(text, args.earlier_names)).transpose()?;
    let mut signed = Vec::with_capacity(args.pairs.len() / 2);
    for pair in args.pairs.chunks(2) {
        let [file, signature] = pair else {
            bail!(Failure::argument("expected a signature behind every document: DOCUMENT SIGNATURE …"))
        };
        let name = signature.display().to_string();
        let parsed = SignatureFile::read(signature).map_err(|error| perhaps_swapped(error, file, signature))?;
        let claim = claim_of(&parsed.policy, &parsed.mediator).with_context(|| format!("{name} makes no claim"))?;
        if let Some(expected) = &expected {
            let claimed = &parsed.policy;
            let is_expected = *claimed == expected.to_string();
            ensure!(is_expected, unverified(format!("{name} claims {claimed}, not {expected}")));
        }
        let with = claim.mediator();
        ensure!(*with == mediator, unverified(format!("{name} was made with {with}, not {mediator}")));
        signed.push(Signed { name, message: of_file(file, output)?, claim, file: parsed });
    }
    let batch: Vec<_> = signed.iter().map(|one| (&one.file.signature, one.message.as_slice(), &one.claim)).collect();
    if let Err(error) = verify_batch(&batch, &public) {
        // Which one it is shows only one by one.
        let wrong = signed.iter().find(|one| one.file.signature.verify(&one.message, &one.claim, &public).is_err());
        let name = wrong.map_or("one of the signatures", |one| one.name.as_str());
        return Err(error).with_context(|| name.to_owned());
    }
    names::tell_earlier(signed.iter().flat_map(|one| one.claim.policy().leaves()));
    let claims = signed.iter().map(|one| {
        let (signature, claim, mediator) = (&one.name, &one.file.policy, &one.file.mediator);
        let claimed = json!({"signature": signature, "claim": claim, "mediator": mediator});
        (format!("{signature}: {claim} with {mediator}"), claimed)
    });
    let shown = signed.iter().flat_map(|one| one.claim.policy().leaves()).chain([&mediator]).map(AttributeName::as_str);
    let results = names::told(shown, vec![("valid", json!(signed.len()))], output);
    output.print_with_rows(&results, "claims", claims.collect())
}
