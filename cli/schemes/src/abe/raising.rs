//! A raise of an attribute's version that is under way: what the authority's key file says of it from before the first change until after the last.
//!
//! The letter of a raise gives those who stay keys of the new version. So no other raise may lead to that version with others that stay, whoever ends the
//! command in its middle: the key file knows of the version, and of who stays, before there is a letter. Where it breaks off, the same command finishes it, or the
//! version is passed over.

use medshare_cli_terminal::Failure;
use medshare_crypto::abe::VerifiedRegistration;
use medshare_crypto::hash::{Hash32, tagged_hash};
use medshare_crypto::policy::AttributeName;

use crate::scheme::failure::refused;

/// The raise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raising {
    pub attribute: AttributeName,
    /// The version before, of which files and keys may be until the letter moves them.
    pub from: u32,
    pub to: u32,
    /// Names those who stay.
    staying: Hash32,
}

impl Raising {
    /// A raise of an attribute to its next version; none where it has no versions left.
    pub fn new(attribute: AttributeName, from: u32, staying: &[VerifiedRegistration]) -> Option<Self> {
        Some(Self { attribute, from, to: from.checked_add(1)?, staying: name_of(staying) })
    }

    /// Whether it raises this attribute, with these who stay.
    pub fn is(&self, attribute: &AttributeName, staying: &[VerifiedRegistration]) -> bool {
        self.attribute == *attribute && self.staying == name_of(staying)
    }

    /// That it is under way, for whoever does something else.
    pub fn words(&self) -> String {
        format!("a raise is under way, or broke off: that of {} to version {}", self.attribute, self.to)
    }

    /// How it ends.
    pub fn way_on(&self) -> String {
        let (attribute, next) = (&self.attribute, self.to.saturating_add(1));
        format!(
            "`medshare abe version raise` of {attribute} with the same --stay, and another file for --out, finishes it; `medshare abe authority attribute --version \
             {next}` passes it over: no letter moves files and keys of before then"
        )
    }

    /// What is told where it must be finished first.
    pub fn broke_off(&self) -> Failure {
        refused(self.words()).hint(self.way_on())
    }

    /// `u32 from ‖ who stays (32) ‖ name`.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.from.to_be_bytes().as_slice(), self.staying.as_bytes(), self.attribute.as_str().as_bytes()].concat()
    }

    /// The same, decoded; none where it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (from, rest) = bytes.split_first_chunk()?;
        let (staying, name) = rest.split_first_chunk::<32>()?;
        let from = u32::from_be_bytes(*from);
        let attribute = core::str::from_utf8(name).ok()?.parse().ok()?;
        Some(Self { attribute, from, to: from.checked_add(1)?, staying: Hash32::from_bytes(*staying) })
    }
}

/// Names people, in whatever order and however often they were named.
fn name_of(staying: &[VerifiedRegistration]) -> Hash32 {
    let mut hashes: Vec<[u8; 32]> = staying.iter().map(|registration| *registration.hash().as_bytes()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    tagged_hash("medshare/abe/raise/staying/v1", &hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
}
