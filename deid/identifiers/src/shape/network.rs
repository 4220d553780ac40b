//! E-mail and web addresses, accounts at services, and addresses of machines.

use std::net::Ipv6Addr;

use super::Shape;

/// Top-level domains after which two labels are enough.
const TOP: [&str; 9] = ["com", "org", "net", "edu", "gov", "info", "eu", "biz", "int"];

/// Characters in which the domain of a spelt address is looked for.
const LONGEST_SPELT: usize = 60;

/// Whether a text holds an e-mail address, however its `@` is written.
pub(super) fn has_email(text: &str) -> bool {
    let spelt = [" (at) ", "(at)", " [at] ", "[at]", " (@) ", " at "];
    let written = |at: &str| {
        text.match_indices(at).any(|(start, found)| {
            let tail = text.get(start + found.len()..).unwrap_or("");
            let end = tail.char_indices().nth(LONGEST_SPELT).map_or(tail.len(), |(end, _)| end);
            let domain = tail.get(..end).unwrap_or("");
            let dotted = domain.contains("(dot)") || domain.contains("[dot]") || domain.contains(" dot ");
            ends_with_word(text.get(..start)) && (dotted || (!at.trim().eq("at") && is_domain(domain)))
        })
    };
    text.match_indices('@').any(|(at, _)| {
        let domain = text.get(at + 1..).unwrap_or("");
        ends_with_word(text.get(..at)) && (is_domain(domain) || is_local(domain))
    }) || (text.contains("at") || text.contains("(@)")) && spelt.into_iter().any(written)
}

fn ends_with_word(before: Option<&str>) -> bool {
    before
        .and_then(|before| before.chars().next_back())
        .is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '+' | '-'))
}

/// A name of at least two labels in front of what is no name.
fn is_domain(text: &str) -> bool {
    let end = text.find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or("").trim_end_matches(['.', '-']);
    name.rsplit_once('.').is_some_and(|(head, top)| !head.is_empty() && top.chars().any(char::is_alphabetic))
        || text.starts_with('[')
}

fn is_local(domain: &str) -> bool {
    let end = domain.find(|c: char| !c.is_alphanumeric()).unwrap_or(domain.len());
    matches!(domain.get(..end), Some("localhost" | "localdomain"))
}

/// Whether a text is nothing but the name of an account: `@somebody`.
pub(super) fn is_account(text: &str) -> bool {
    text.trim().strip_prefix('@').is_some_and(|name| {
        (4..=30).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
    })
}

/// Whether a text holds a web address, with its scheme or without.
pub(super) fn has_url(text: &str) -> bool {
    let bytes = text.as_bytes();
    let contains = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window.eq_ignore_ascii_case(needle));
    (text.contains("://")
        && (contains(b"http://") || contains(b"https://") || contains(b"ftp://") || contains(b"sftp://")))
        || contains(b"www.")
        || (text.contains('.') && text.split([' ', '\t', '\n', ',', ';', '<', '>', '(', ')', '"']).any(is_bare_address))
}

/// `example.org`, `people.example.de/somebody`: labels of letters, the first of at least three.
fn is_bare_address(word: &str) -> bool {
    let (host, path) = word.split_once('/').map_or((word, None), |(host, path)| (host, Some(path)));
    let host = host.trim_end_matches(['.', ':', '!', '?']);
    let labels = || host.split('.');
    let plain = labels()
        .all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
    let (count, top) = (labels().count(), labels().next_back().unwrap_or(""));
    let first = labels().next().unwrap_or("");
    let letters = |label: &str| label.bytes().filter(u8::is_ascii_alphabetic).count();
    let known = TOP.contains(&top.to_ascii_lowercase().as_str());
    let country = top.len() == 2 && letters(top) == 2 && (path.is_some_and(|path| path.len() > 2) || count >= 3);
    plain && count >= 2 && letters(first) >= 3 && (known || country && labels().all(|label| label.len() >= 2))
}

/// Addresses of machines (IPv4 with a port or a prefix, IPv6, MAC) and unique identifiers, each with the bytes from and to.
pub(super) fn machines(text: &str) -> Vec<(Shape, usize, usize)> {
    let (mut found, mut before, mut start) = (Vec::new(), "", 0);
    for word in text.split([' ', '\t', '\n', ',', ';', '<', '>', '(', ')', '"', '\'', '=', '|']) {
        let own = word.trim_end_matches(['.', ':', '!', '?', '-']);
        let own = own.strip_prefix("ip:").or_else(|| own.strip_prefix("IP:")).unwrap_or(own);
        if own.len() >= 7 && (is_ipv4(own, before) || is_ipv6(own) || is_mac(own)) {
            found.push((Shape::NetworkAddress, start, start + word.len()));
        } else if own.len() >= 16 && is_unique(own) {
            found.push((Shape::Uuid, start, start + word.len()));
        }
        (before, start) = (word, start + word.len() + 1);
    }
    found
}

fn is_ipv4(word: &str, before: &str) -> bool {
    let host = word.split(['/', ':']).next().unwrap_or(word);
    let host = if word.contains("://") { word.rsplit('/').next().unwrap_or("") } else { host };
    let mut parts = host.split('.');
    let own = [parts.next(), parts.next(), parts.next(), parts.next()];
    let numbers = own.map(|part| {
        let part =
            part.filter(|part| !part.is_empty() && part.len() <= 3 && (part.len() == 1 || !part.starts_with('0')));
        part.and_then(|part| part.parse::<u8>().ok())
    });
    let [Some(first), Some(second), Some(third), Some(fourth)] = numbers else { return false };
    // Versions and enzymes (EC 1.1.1.27) have small numbers.
    let large = first >= 10 || [second, third, fourth].iter().any(|number| *number >= 100);
    let lower = before.to_ascii_lowercase();
    let versioned = ["v", "version", "ver", "release", "ec", "rev"].contains(&lower.trim_end_matches([':', '.']));
    let addressed = lower.contains("ip") || lower.contains("host") || lower.contains("address");
    parts.next().is_none() && !versioned && (large || addressed)
}

fn is_ipv6(word: &str) -> bool {
    let word = word.trim_start_matches('[').split(['%', '/', ']']).next().unwrap_or(word);
    let groups = || word.split(':').filter(|group| !group.is_empty());
    word.bytes().filter(|byte| *byte == b':').count() >= 2
        && word.parse::<Ipv6Addr>().is_ok()
        && (groups().count() >= 3 || groups().any(|group| group.len() >= 3))
}

/// Six pairs of hexadecimal digits, or three groups of four.
fn is_mac(word: &str) -> bool {
    let grouped = |separator: char, count: usize, length: usize| {
        word.split(separator).count() == count
            && word
                .split(separator)
                .all(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    grouped(':', 6, 2) || grouped('-', 6, 2) || (grouped('.', 3, 4) && word.bytes().any(|byte| byte.is_ascii_digit()))
}

/// A UUID with dashes or without, sixteen and more hexadecimal digits, or the DICOM UID of one study or image.
fn is_unique(word: &str) -> bool {
    let own = word.trim_start_matches(['{', '[']).trim_end_matches(['}', ']']);
    let own = own.strip_prefix("urn:uuid:").or_else(|| own.strip_prefix("urn:oid:")).unwrap_or(own);
    let hex = own.len() >= 16 && own.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (digits, letters) = own.bytes().fold((0, 0), |(digits, letters), byte| {
        (digits + usize::from(byte.is_ascii_digit()), letters + usize::from(byte.is_ascii_alphabetic()))
    });
    is_uuid(own) || (hex && digits >= 3 && letters >= 2) || is_uid(own)
}

/// Roots under which code systems and value sets stand, not people's data.
const TERMINOLOGY: [&str; 6] = [
    "2.16.840.1.113883.",
    "2.16.840.1.113762.",
    "2.16.840.1.114222.",
    "1.2.840.10008.",
    "1.2.276.0.76.",
    "1.2.40.0.34.",
];

fn is_uid(word: &str) -> bool {
    let long = word.len() >= 20
        && word.bytes().filter(|byte| *byte == b'.').count() >= if word.starts_with("2.25.") { 2 } else { 7 };
    long && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && !TERMINOLOGY.iter().any(|root| word.starts_with(root))
}

/// Whether the whole text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
