//! Words of commands that are printed to be typed: quoted so that a shell takes each as one word.

use std::path::Path;

/// A word as a shell reads it: as it is where nothing in it means anything to a shell, else between single quotes.
#[must_use]
pub fn word(text: &str) -> String {
    let harmless =
        |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | ',' | '@' | '%' | '=');
    // A first `=` means something to zsh.
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(harmless) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A path as an argument. One that begins like an option is told from one by `./`.
#[must_use]
pub fn path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.starts_with('-') { word(&format!("./{text}")) } else { word(&text) }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_what_means_something_to_a_shell_is_quoted() {
        for (given, typed) in [
            ("records.package", "records.package"),
            ("/tmp/a b", "'/tmp/a b'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("~", "'~'"),
            ("a\nb", "'a\nb'"),
            ("", "''"),
            ("=x", "'=x'"),
            ("Zoë", "Zoë"),
        ] {
            assert_eq!(word(given), typed);
        }
    }

    #[test]
    fn a_path_is_no_option() {
        assert_eq!(path(Path::new("-rf")), "./-rf");
        assert_eq!(path(Path::new("-r f")), "'./-r f'");
        assert_eq!(path(Path::new("a/-b")), "a/-b");
    }

    /// The shell that is there reads back what was quoted.
    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in ["a b", "it's", r#"a"b"#, r"back\slash", "$(x) `y` ; & | < > * ? [z] {a,b} !", "#no", "a\tb", "~/x"]
        {
            let script = format!("printf %s {}", word(text));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().expect("there is a shell");
            assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
