//! The text of a table, in whichever encoding its program wrote it.
//!
//! Read: UTF-8 and UTF-16 with or without a byte order mark, and Windows-1252, of which ISO 8859-1 is a part. Anything else is refused by
//! name: text that is read in a wrong encoding looks like no identifier any more.

use std::borrow::Cow;

use crate::table_error::TableError;

/// Units of two bytes by which UTF-16 without a mark is known.
const SAMPLE_UNITS: usize = 4096;
/// Of these, one in so many is of ASCII at least (separators, line ends, digits), all on the same side; where no byte is anything else,
/// nearly all are.
const LEAST_ASCII: usize = 8;

/// How files of other kinds begin, and what they are.
const OTHER_FILES: [(&[u8], &str); 6] = [
    (b"PK\x03\x04", "a packed file, such as a spreadsheet (.xlsx, .ods); save the sheet as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "a spreadsheet of an old kind (.xls); save the sheet as CSV in UTF-8"),
    (b"\x1f\x8b", "a file packed with gzip; let its name end in .csv.gz"),
    (b"PAR1", "a Parquet file; let its name end in .parquet"),
    (b"%PDF", "a PDF; export the table as CSV in UTF-8"),
    (b"SQLite format 3\0", "a database of SQLite; export a table of it as CSV in UTF-8"),
];

/// Windows-1252 from 0x80 to 0x9f; what it leaves undefined is a NUL here.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\0', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}', '\u{2030}',
    '\u{160}', '\u{2039}', '\u{152}', '\0', '\u{17d}', '\0', '\0', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}',
    '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\0', '\u{17e}',
    '\u{178}',
];

/// Bytes that are letters in code pages of DOS and of the Macintosh, and quotes or a capital in Windows-1252: never inside a word.
const NOT_INSIDE_WORDS: [u8; 6] = [0x82, 0x84, 0x8b, 0x93, 0x94, 0x9f];

/// The text of a file, without its byte order mark.
///
/// # Errors
/// Says in which line something else than text stands, what it seems to be, and what to do.
pub fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    if let Some((_, kind)) = OTHER_FILES.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(TableError { line: 1, problem: format!("no table as text, but {kind}") });
    }
    match bytes {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => {
            Err(TableError { line: 1, problem: "the text is in UTF-32; save it as UTF-8".to_owned() })
        }
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => of_bytes(rest),
        _ => without_mark(bytes),
    }
}

fn without_mark(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    if memchr::memchr(0, bytes).is_none() {
        return of_bytes(bytes);
    }
    let (mut little, mut big, mut units) = (0, 0, 0);
    for unit in bytes.chunks_exact(2).take(SAMPLE_UNITS) {
        units += 1;
        little += usize::from(matches!(unit, [1..=0x7f, 0]));
        big += usize::from(matches!(unit, [0, 1..=0x7f]));
    }
    let is_ascii = bytes.iter().take(2 * SAMPLE_UNITS).all(u8::is_ascii);
    let least = if is_ascii { units - units / LEAST_ASCII } else { units.div_ceil(LEAST_ASCII) };
    let holds = |own: usize, other: usize| own >= least && own > other * LEAST_ASCII;
    if holds(little, big) {
        utf_16(bytes, u16::from_le_bytes)
    } else if holds(big, little) {
        utf_16(bytes, u16::from_be_bytes)
    } else {
        of_bytes(bytes)
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, TableError> {
    let pairs = bytes.chunks_exact(2);
    let damaged = |text: &str| TableError {
        line: lines(text.as_bytes()),
        problem: "the text is in UTF-16, and damaged here; write it again, in UTF-8".to_owned(),
    };
    let cut_off = !pairs.remainder().is_empty();
    let units = pairs.filter_map(|pair| pair.first_chunk::<2>().copied().map(unit));
    let mut text = String::with_capacity(bytes.len() / 2);
    for decoded in char::decode_utf16(units) {
        text.push(decoded.map_err(|_| damaged(&text))?);
    }
    if cut_off {
        return Err(damaged(&text));
    }
    without_nul(text.as_bytes())?;
    Ok(Cow::Owned(text))
}

fn of_bytes(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    without_nul(bytes)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => windows_1252(bytes, error.valid_up_to()).map(Cow::Owned),
    }
}

fn without_nul(bytes: &[u8]) -> Result<(), TableError> {
    let Some(at) = memchr::memchr(0, bytes) else { return Ok(()) };
    let problem = "the line holds characters that no text has; expected a table as text, in UTF-8, UTF-16 or \
                   Windows-1252: no spreadsheet and no packed file";
    Err(TableError { line: lines(bytes.get(..at).unwrap_or_default()), problem: problem.to_owned() })
}

/// The line in which a text ends.
fn lines(before: &[u8]) -> u64 {
    1 + before.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// Text of one byte per character. In it, what is not ASCII mostly stands alone between what is; in code pages of other scripts, in UTF-8
/// and in those of two bytes per character it stands together.
fn windows_1252(bytes: &[u8], first_other: usize) -> Result<String, TableError> {
    let refused = |at: usize, problem: &str| TableError {
        line: lines(bytes.get(..at).unwrap_or_default()),
        problem: problem.to_owned(),
    };
    let (mut alone, mut together, mut unicode) = (0usize, 0usize, 0usize);
    let mut at = 0;
    for run in bytes.split(u8::is_ascii) {
        let here = at;
        at += run.len() + 1;
        match run.len() {
            0 => continue,
            1 => alone += 1,
            _ if std::str::from_utf8(run).is_ok() => unicode += 1,
            _ => together += 1,
        }
        let letter =
            |place: Option<usize>| place.and_then(|place| bytes.get(place)).is_some_and(u8::is_ascii_alphabetic);
        let inside_word = letter(here.checked_sub(1)) && letter(Some(here + run.len()));
        let undefined = |byte: &u8| (0x80..0xa0).contains(byte) && as_character(*byte) == '\0';
        if run.iter().any(undefined) || (inside_word && run.iter().any(|byte| NOT_INSIDE_WORDS.contains(byte))) {
            return Err(refused(here, OTHER_CODE_PAGE));
        }
    }
    if unicode > alone + together {
        return Err(refused(first_other, "the line is not UTF-8, and others are; save the whole table as UTF-8"));
    }
    if together + unicode > alone {
        return Err(refused(first_other, OTHER_CODE_PAGE));
    }
    Ok(bytes.iter().map(|byte| as_character(*byte)).collect())
}

const OTHER_CODE_PAGE: &str = "the text is neither UTF-8 nor Windows-1252, but in another code page (such as GBK, \
Shift-JIS, Windows-1251, or one of DOS); save it as UTF-8, for instance with `iconv -f CODEPAGE -t UTF-8`";

fn as_character(byte: u8) -> char {
    let own = byte.checked_sub(0x80).and_then(|place| WINDOWS_1252.get(usize::from(place)).copied());
    own.unwrap_or(char::from(byte))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn utf_16_of(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    fn problem(bytes: &[u8]) -> String {
        decoded(bytes).unwrap_err().to_string()
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark_and_a_last_line_end() {
        for text in
            ["age\tsex\n40\tm\n", "age\tcity\n40\tM\u{fc}nchen", "\u{5e74}\u{9f61},\u{6027}\r\n40,\u{7537}\n41,m\n"]
        {
            for unit in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes = utf_16_of(text, unit);
                let marked = [unit(0xfeff).as_slice(), &bytes].concat();
                assert_eq!((decoded(&bytes).unwrap(), decoded(&marked).unwrap()), (text.into(), text.into()));
                assert!(problem(marked.get(..marked.len() - 1).unwrap()).contains("UTF-16, and damaged"), "{text}");
            }
        }
    }

    #[test]
    fn western_text_of_one_byte_per_character_is_read() {
        for (bytes, text) in [
            (b"Z\xfcrich,caf\xe9\n".as_slice(), "Z\u{fc}rich,caf\u{e9}\n"),
            (b"O\x92Neill,\x80 5,\xab\x96\xbb x\n", "O\u{2019}Neill,\u{20ac} 5,\u{ab}\u{2013}\u{bb} x\n"),
            (b"cr\xe9\xe9e,p\xe8re,\xe0\n", "cr\u{e9}\u{e9}e,p\u{e8}re,\u{e0}\n"),
        ] {
            assert_eq!(decoded(bytes).unwrap(), text);
        }
    }

    #[test]
    fn other_code_pages_and_other_files_are_refused_by_name() {
        let cases: [(&[u8], &str); 9] = [
            (b"name,city\n\xd5\xc5\xc8\xfd,\xb1\xb1\xbe\xa9\n", "line 2: the text is neither UTF-8 nor Windows-1252"),
            (b"a\n\xc8\xe2\xe0\xed\xee\xe2\n", "another code page"),
            (b"city\nM\x81nchen\n", "line 2: the text is neither"),
            (b"city\nK\x94ln\n", "another code page"),
            (b"city\nM\xc3\xbcnchen\nK\xc3\xb6ln\nZ\xfcrich\n", "line 4: the line is not UTF-8, and others are"),
            (b"PK\x03\x04\x14\0,\x08\n1,2\n", "a spreadsheet (.xlsx"),
            (b"\x1f\x8b\x08\0", "let its name end in .csv.gz"),
            (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
            (b"a,b\n1,\0\n", "line 2: the line holds characters that no text has"),
        ];
        for (bytes, expected) in cases {
            let said = problem(bytes);
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}
