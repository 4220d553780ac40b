//! Keyed pseudonyms, date shifts and the secret of one package that they derive from.
//!
//! HMAC-SHA-256 (RFC 2104) under a key that is drawn anew for every package: inside a package the same identifier always becomes
//! the same pseudonym; between packages nothing can be linked, and without the key nothing can be tested against a guess.
//! Domain tags: `medshare-deid/id`, `medshare-deid/shift`, `medshare-deid/value`, `medshare-deid/order`, each followed by a zero byte.

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Dates are moved into the past by 1 to this many days, so that no date becomes later than the data.
pub const MAX_SHIFT_DAYS: u64 = 365;

/// Characters of a pseudonym.
pub const PSEUDONYM_LEN: usize = 36;

/// The secret of one package: 32 random bytes, never stored with the package.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PackageKey([u8; 32]);

impl std::fmt::Debug for PackageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PackageKey(secret)")
    }
}

impl PackageKey {
    /// A key from 32 secret bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        PackageKey(bytes)
    }
}

/// Makes the pseudonyms and shifts of one package.
#[derive(Clone)]
pub struct Pseudonyms {
    ids: Hmac<Sha256>,
    shifts: Hmac<Sha256>,
    values: Hmac<Sha256>,
    order: u64,
}

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pseudonyms(secret)")
    }
}

impl Pseudonyms {
    /// The pseudonyms under a package's key.
    pub fn new(key: &PackageKey) -> Self {
        Pseudonyms {
            ids: tagged(key, b"medshare-deid/id\0"),
            shifts: tagged(key, b"medshare-deid/shift\0"),
            values: tagged(key, b"medshare-deid/value\0"),
            order: first_number(mac(&tagged(key, b"medshare-deid/order\0"), "")),
        }
    }

    /// The pseudonym of a resource's id, in the form of a UUID (version 8, RFC 9562).
    pub fn id(&self, original: &str) -> String {
        let mut text = Vec::with_capacity(PSEUDONYM_LEN);
        push_pseudonym(&mut text, &self.id_bytes(original));
        String::from_utf8(text).unwrap_or_default()
    }

    /// The 16 bytes of that UUID.
    pub fn id_bytes(&self, original: &str) -> [u8; 16] {
        let mut bytes = leading(mac(&self.ids, original));
        let [.., g, _, i, _, _, _, _, _, _, _] = &mut bytes;
        (*g, *i) = ((*g & 0x0f) | 0x80, (*i & 0x3f) | 0x80);
        bytes
    }

    /// The pseudonym of any other value, 32 hexadecimal digits.
    pub fn value(&self, original: &str) -> String {
        hex(&leading(mac(&self.values, original)))
    }

    /// How many days the dates of this person move into the past: 1 to [`MAX_SHIFT_DAYS`].
    pub fn shift_days(&self, person: &str) -> i64 {
        (first_number(mac(&self.shifts, person)) % MAX_SHIFT_DAYS) as i64 + 1
    }

    /// From what the package's records are put in order. The second node gets to know it: it tells nothing of the key.
    pub fn order_seed(&self) -> u64 {
        self.order
    }
}

/// Whether 16 bytes are a UUID of version 8, as pseudonyms are.
#[inline]
pub fn is_pseudonym(bytes: &[u8; 16]) -> bool {
    let [.., g, _, i, _, _, _, _, _, _, _] = bytes;
    g >> 4 == 8 && i >> 6 == 2
}

/// Whether a text is one as [`push_pseudonym`] writes it, to the letter.
#[must_use]
pub fn reads_as_pseudonym(text: &str) -> bool {
    let text = text.as_bytes();
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let fits = |(place, byte): (usize, &u8)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        14 => *byte == b'8',
        19 => matches!(byte, b'8' | b'9' | b'a' | b'b'),
        _ => is_digit(*byte),
    };
    text.len() == PSEUDONYM_LEN && text.iter().enumerate().all(fits)
}

/// Writes a UUID's text: 8-4-4-4-12 hexadecimal digits.
#[inline]
pub fn push_pseudonym(text: &mut Vec<u8>, bytes: &[u8; 16]) {
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push(b'-');
        }
        text.extend_from_slice(&hex_digits(*byte));
    }
}

fn tagged(key: &PackageKey, tag: &[u8]) -> Hmac<Sha256> {
    let mut padded = [0u8; 64];
    for (slot, byte) in padded.iter_mut().zip(key.0) {
        *slot = byte;
    }
    let mut mac = <Hmac<Sha256> as hmac::digest::KeyInit>::new(&padded.into());
    padded.zeroize();
    mac.update(tag);
    mac
}

fn mac(keyed: &Hmac<Sha256>, message: &str) -> [u8; 32] {
    let mut mac = keyed.clone();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().into()
}

fn first_number(bytes: [u8; 32]) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = bytes;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

fn leading(bytes: [u8; 32]) -> [u8; 16] {
    let mut out = [0u8; 16];
    for (slot, byte) in out.iter_mut().zip(bytes) {
        *slot = byte;
    }
    out
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| hex_digits(*byte)).map(char::from).collect()
}

fn hex_digits(byte: u8) -> [u8; 2] {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    [digit(byte >> 4), digit(byte & 0x0f)]
}
