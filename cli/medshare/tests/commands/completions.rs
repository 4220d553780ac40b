//! `medshare completions`: a script for every shell, which the shells that are there read.

use std::process::Command;

use crate::binary::Folder;

#[test]
fn a_shell_reads_its_script_and_finds_verbs_and_options_in_it() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = folder.done(&format!("completions {shell}"));
        for word in ["submit", "passphrase-file", "completions"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        folder.write(shell, &script);
    }
    for shell in ["bash", "zsh", "fish"] {
        // A shell that is not here reads nothing; bash is wherever the program's other scripts run.
        match Command::new(shell).arg("-n").arg(folder.path().join(shell)).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => assert!(shell != "bash", "bash: {error}"),
        }
    }
    folder.refused("completions tcsh", "invalid value 'tcsh'");
}

#[test]
fn bash_completes_a_verb() {
    let folder = Folder::new();
    folder.write("script", folder.done("completions bash"));
    let ask = "source ./script; COMP_WORDS=(medshare request su); COMP_CWORD=2; _medshare medshare su request; echo ${COMPREPLY[@]}";
    let output = Command::new("bash").args(["-c", ask]).current_dir(folder.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "submit", "{}", String::from_utf8_lossy(&output.stderr));
}
