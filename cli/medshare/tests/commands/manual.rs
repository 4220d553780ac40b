//! `medshare man`: a page for every noun and verb.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::binary::Folder;

#[test]
fn every_noun_and_verb_has_a_page_that_is_a_manual_page() {
    let folder = Folder::new();
    let said = folder.json("man --out pages");
    let names: BTreeSet<String> = fs::read_dir(folder.path().join("pages"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(said.get("pages").and_then(|pages| pages.as_array()).map(Vec::len), Some(names.len()));
    for name in [
        "medshare.1",
        "medshare-request.1",
        "medshare-request-submit.1",
        "medshare-abe-version-raise.1",
        "medshare-man.1",
    ] {
        assert!(names.contains(name), "{name}");
    }
    assert!(!names.contains("medshare-bench.1"), "what help hides has no page");
    for name in &names {
        let page = String::from_utf8(folder.read(&format!("pages/{name}"))).unwrap();
        for section in [".TH medshare", ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH \"EXIT STATUS\""] {
            assert!(page.contains(section), "{name}: {section}");
        }
    }
    let page = String::from_utf8(folder.read("pages/medshare-request.1")).unwrap();
    assert!(page.contains("\n.SH EXAMPLES\n.nf\n  medshare request submit"), "{page}");
    // The formatter, where it is there, has nothing to complain about.
    let mut format = Command::new("groff");
    format.args(["-man", "-Tutf8", "-ww"]).args(names.iter().map(|name| format!("pages/{name}")));
    if let Ok(output) = format.current_dir(folder.path()).output() {
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("medshare package open alice.package --key alice.key"));
    }
}

#[test]
fn without_a_folder_the_page_of_the_program_is_printed() {
    let folder = Folder::new();
    let page = folder.done("man");
    assert!(page.contains(".TH medshare 1") && page.contains("a violation that was refused and reported"), "{page}");
    folder.write("file", "");
    folder.refused("man --out file/pages", "cannot write file/pages");
}

#[test]
fn a_link_under_a_pages_name_is_replaced_and_what_it_leads_to_stays() {
    let folder = Folder::new();
    folder.write("precious", "precious");
    fs::create_dir(folder.path().join("pages")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("precious"), folder.path().join("pages/medshare.1")).unwrap();
    folder.json("man --out pages");
    assert_eq!(folder.read("precious"), b"precious");
    assert!(!folder.path().join("pages/medshare.1").is_symlink());
}
