//! `medshare signature`: "somebody with these attributes signed this file".

mod authority;
mod issue;
mod mediator;
mod message;
mod sign;
mod verify;

use clap::{Args, Subcommand};
use medshare_cli_terminal::Failure;

use crate::scheme::Noun;

/// Sign files as "somebody with these attributes", with the help of a mediator.
///
/// Whoever verifies learns that the claim holds, and nothing else about the signer. A mediator has a part of every signer's key: without it nobody signs,
/// so that the mediator ends somebody's signing at once by deleting that part. The mediator learns who signs what, by the file's hash.
/// Works on files, without a network.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare signature create HOSPITAL-A --mediator ACTIVE@CLOUD-C
  medshare signature issue --key HOSPITAL-A.signing.key \\
      --public HOSPITAL-A.signing.public --user bob \\
      --attribute DOCTOR@HOSPITAL-A --mediator ACTIVE@CLOUD-C \\
      --party HOSPITAL-A.party.key --to bob.party \\
      --to-mediator CLOUD-C.party --out bob
  medshare party accept --party bob.party.key --from HOSPITAL-A.party \\
      bob.signer.letter --out bob.signer
  medshare party accept --party CLOUD-C.party.key --from HOSPITAL-A.party \\
      bob.mediator.letter --out bob.mediator
  medshare signature begin --key bob.signer \\
      --public HOSPITAL-A.signing.public \\
      --claim DOCTOR@HOSPITAL-A --mediator ACTIVE@CLOUD-C \\
      --party bob.party.key --to CLOUD-C.party \\
      report.pdf --out report.request --pending report.pending
  medshare signature mediate --key bob.mediator \\
      --public HOSPITAL-A.signing.public \\
      --party CLOUD-C.party.key report.request --out report.row
  medshare signature finish --public HOSPITAL-A.signing.public \\
      --pending report.pending --row report.row report.pdf --out report.sig
  medshare signature verify --public HOSPITAL-A.signing.public \\
      report.pdf report.sig")]
pub struct SignatureCommand {
    #[command(flatten)]
    noun: Noun<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an authority for signing: NAME.signing.key is its secret, NAME.signing.public is for everybody who verifies.
    Create(authority::CreateArgs),
    /// Write the public file anew, with other mediators. Signatures with one that is no longer named stop to count, those made before too.
    Publish(authority::PublishArgs),
    /// Give a signer its attributes, and the mediator its part: two letters.
    ///
    /// Both are accepted with `medshare party accept`. The mediator answers the party to whom the signer's part was issued, and nobody else.
    Issue(issue::IssueArgs),
    /// The signer's first step: everything but the mediator's part, and a letter to the mediator.
    Begin(sign::BeginArgs),
    /// The mediator's step: add its part, if the signer may still sign.
    ///
    /// Prints for whom it is, the claim, and the SHA-256 of the file: record them.
    Mediate(mediator::MediateArgs),
    /// The signer's last step: put both parts together.
    Finish(sign::FinishArgs),
    /// Check signatures, any number at once: DOCUMENT SIGNATURE DOCUMENT SIGNATURE …
    ///
    /// Prints what each signature claims. A wrong one among them is named, and makes the command fail.
    Verify(verify::VerifyArgs),
    /// At the mediator: delete its part of a signer's key. That signer signs nothing any more, from this moment.
    Revoke(mediator::RevokeArgs),
}

/// Runs `medshare signature …`.
///
/// # Errors
/// [`Failure`].
pub fn run(command: SignatureCommand) -> Result<(), Failure> {
    command.noun.run(|action, secrets, output| match action {
        Action::Create(args) => authority::create(&args, secrets, output),
        Action::Publish(args) => authority::publish(&args, secrets, output),
        Action::Issue(args) => issue::run(&args, secrets, output),
        Action::Begin(args) => sign::begin(&args, secrets, output),
        Action::Mediate(args) => mediator::mediate(&args, secrets, output),
        Action::Finish(args) => sign::finish(&args, output),
        Action::Verify(args) => verify::run(&args, output),
        Action::Revoke(args) => mediator::revoke(&args, output),
    })
}
