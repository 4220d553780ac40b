//! Takes the place of `wasmprinter`, with which the WebAssembly engine writes adapters of components to its trace log.
//!
//! Contracts are core modules, so there are no adapters (docs/adr/0010-what-is-not-built.md).

#![forbid(unsafe_code)]

/// Why nothing is printed.
#[derive(Debug)]
pub struct NotPrinted;

impl std::fmt::Display for NotPrinted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the printer of WebAssembly is not part of this build")
    }
}

impl std::error::Error for NotPrinted {}

/// Refuses.
///
/// # Errors
///
/// Always: the printer is not part of this build.
pub fn print_bytes(_: impl AsRef<[u8]>) -> Result<String, NotPrinted> {
    Err(NotPrinted)
}
