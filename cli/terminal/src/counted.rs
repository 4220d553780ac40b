//! Numbers of things, in the words that go with them.

use std::fmt::Display;

/// So many of something: `1 file`, `2 files`.
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, one: &str, several: &str) -> String {
    let word = if count == N::from(1) { one } else { several };
    format!("{count} {word}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_of_something_is_not_told_as_several() {
        assert_eq!(counted(1_u32, "entry", "entries"), "1 entry");
        assert_eq!(
            (counted(0_usize, "file", "files"), counted(2_u64, "file", "files")),
            ("0 files".into(), "2 files".into())
        );
    }
}
