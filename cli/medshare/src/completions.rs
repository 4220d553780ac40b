//! `medshare completions`: what a shell needs to finish words.

use clap::{Args, Command};
use clap_complete::Shell;
use medshare_cli_terminal::{Answer, Failure};

/// Print a script that lets your shell complete commands and options.
///
/// It is made from the commands as they are in this program: make it again after an update.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  medshare completions bash \\
      > ~/.local/share/bash-completion/completions/medshare
  medshare completions zsh > ~/.zfunc/_medshare
  medshare completions fish > ~/.config/fish/completions/medshare.fish
bash and zsh look there when they start; the folders may have to be made, and
zsh's be in its fpath.")]
pub struct CompletionsArgs {
    /// Your shell.
    shell: Shell,
}

/// The script of a shell for `command`.
///
/// # Errors
/// Never with the shells that there are.
pub fn run(args: &CompletionsArgs, mut command: Command) -> Result<Answer, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "medshare", &mut script);
    let text = String::from_utf8_lossy(&script).into_owned();
    Answer::raw(&serde_json::json!({"shell": args.shell.to_string(), "script": text}), script)
}
