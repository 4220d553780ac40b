//! How large a question may be that one node judges for another. Both know it, so that the owner's node says so once, when it prepares its
//! records, and asks nobody in vain.

use super::packed::pack;
use super::sealed::sent_bytes;
use crate::package_key::fresh_key;
use medshare_deid::prepared::TemplateFile;
use medshare_deid::records::{RecordBounds, RecordsError};
use medshare_deid::{DeidConfig, Prepared, Records, Rendered, SlotValue, Template};
use medshare_exchange::manifest::MAX_FILES;
use medshare_node_net::Protocol;
use medshare_node_refusal::{Code, Refusal};
use std::io::Write;

/// Most bytes of a question without its template.
pub(super) const MAX_QUESTION_BYTES: usize = 32 * 1024 * 1024;
/// Of these, of the configuration that its records were de-identified under.
pub(super) const MAX_CONFIG_BYTES: usize = 4 * 1024 * 1024;
/// Most bytes of records.
const MAX_RECORDS_BYTES: usize = 256 * 1024 * 1024;
/// Most bytes of a file's name.
const MAX_NAME_BYTES: usize = 128;
/// Most bytes of a template when unpacked, and while it is decoded: what [`check_bounds`] lets through, with the lengths before each part.
pub(super) const MAX_TEMPLATE_BYTES: usize = MAX_RECORDS_BYTES
    + MAX_FILES * (size_of::<TemplateFile>() + MAX_NAME_BYTES + 3 * size_of::<u64>())
    + size_of::<u64>();
/// Most bytes of a question beside its values and its configuration: digests, lengths.
const AROUND_BYTES: usize = 256;
const _: () = assert!(AROUND_BYTES + MAX_CONFIG_BYTES < MAX_QUESTION_BYTES);
const _: () = assert!(sent_bytes(MAX_QUESTION_BYTES, 0) < Protocol::ValidatePackage.max_request_bytes());

/// What records may hold that another node wrote. With [`MAX_RECORDS_BYTES`] it bounds what one question takes in memory while it is judged.
pub(super) const RECORDS: RecordBounds = RecordBounds {
    line_bytes: 4 * 1024 * 1024,
    // FHIR R4 has some 150.
    types: 256,
    columns: 16 * 1024,
    values: 8 * 1024 * 1024,
};

/// Whether other nodes judge packages of these records of one's own: whatever they refuse for its size. Returns the bytes that a question
/// about a package takes in memory, without its template.
///
/// # Errors
/// [`Refusal`] says of what there is too much.
pub(crate) fn check_question(prepared: &Prepared, config: &DeidConfig) -> Result<usize, Refusal> {
    let template = prepared.template();
    check_bounds(template)?;
    // Some values stand for those of any package: they differ in what they say, not in how many there are.
    let values = prepared.values(&fresh_key());
    let config = serde_json::to_string(config).map_err(|e| Refusal::fault(&e))?;
    let bytes = question_bytes(values.len(), config.len())?;
    check_records(&template.render(&values).map_err(|e| Refusal::fault(&e))?)?;
    check_packed(template, bytes)?;
    Ok(bytes)
}

/// The bytes that a question with so many values, the last of which is the order of the records, takes in memory. That is more than it is long, and the decoder counts it so.
pub(super) fn question_bytes(values: usize, config_bytes: usize) -> Result<usize, Refusal> {
    if config_bytes > MAX_CONFIG_BYTES {
        return refuse(format!(
            "the configuration of de-identification takes {config_bytes} bytes; at most {MAX_CONFIG_BYTES} are validated: name fewer columns in it"
        ));
    }
    let around = AROUND_BYTES + config_bytes;
    let most = (MAX_QUESTION_BYTES - around) / size_of::<SlotValue>();
    if values > most {
        return refuse(format!(
            "the de-identified records hold {} different identifiers and dates; at most {} are validated: divide the data set",
            values.saturating_sub(1),
            most.saturating_sub(1)
        ));
    }
    Ok(around + values * size_of::<SlotValue>())
}

/// Whether a question of so many bytes can be sent with its template.
fn check_packed(template: &Template, question: usize) -> Result<(), Refusal> {
    let most = Protocol::ValidatePackage.max_request_bytes();
    let fits = |packed: usize| sent_bytes(question, packed) <= most;
    let unpacked = template.occupied_len();
    // What does not shrink when it is packed grows by less than that.
    if fits(unpacked.saturating_add(unpacked / 64 + 1024)) {
        return Ok(());
    }
    let Counted(packed) = pack(Counted(0), template)?;
    if fits(packed) {
        return Ok(());
    }
    let room = most.saturating_sub(sent_bytes(question, 0));
    refuse(format!(
        "the de-identified records take {packed} bytes when they are packed; at most {room} are validated: divide the data set"
    ))
}

/// Counts what is written.
struct Counted(usize);

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Whether a template is one that nodes check for each other.
///
/// # Errors
/// [`Refusal`] says of what there is too much.
pub(super) fn check_bounds(template: &Template) -> Result<(), Refusal> {
    let (files, bytes) = (template.files.len(), template.max_rendered_len());
    if files > MAX_FILES {
        return refuse(format!("the de-identified records are {files} files; at most {MAX_FILES} are validated"));
    }
    if template.files.iter().any(|file| file.name.len() > MAX_NAME_BYTES) {
        return refuse(format!("a file's name is longer than {MAX_NAME_BYTES} bytes; shorten it"));
    }
    if bytes > MAX_RECORDS_BYTES {
        return refuse(format!(
            "the de-identified records take {bytes} bytes; at most {MAX_RECORDS_BYTES} are validated: divide the data set"
        ));
    }
    Ok(())
}

/// Whether de-identified records of one's own are such that other nodes read them: they read what they did not write within [`RECORDS`].
///
/// # Errors
/// [`Refusal`] says of what there is too much.
fn check_records(own: &Rendered) -> Result<(), Refusal> {
    let beyond = match Records::from_files_within(&own.as_files(), &RECORDS) {
        Err(RecordsError::Beyond { beyond, .. }) => beyond.to_string(),
        // A table that this node wrote is one: it is beyond a bound.
        Err(RecordsError::Table { problem, .. }) => problem,
        // What else there is to say of records says who validates them.
        Ok(_) | Err(_) => return Ok(()),
    };
    refuse(format!("the de-identified records are too large to be validated: {beyond}"))
}

fn refuse<T>(message: String) -> Result<T, Refusal> {
    Err(Refusal::new(Code::TooLarge, message))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use rand::RngCore as _;

    fn template_of(text: Vec<u8>) -> Template {
        Template { files: vec![TemplateFile { name: "table.csv".to_owned(), text, slots: Vec::new() }] }
    }

    #[test]
    fn what_cannot_be_sent_with_its_template_is_too_large() {
        let question = Protocol::ValidatePackage.max_request_bytes() - 1_000_000;
        let mut noise = vec![0; 1_000_000];
        rand::thread_rng().fill_bytes(&mut noise);
        let code = |text: &[u8]| check_packed(&template_of(text.to_vec()), question).map_err(|refusal| refusal.code);
        assert_eq!(code(&noise), Err(Code::TooLarge));
        assert_eq!((code(&noise[..900_000]), code(&[b'a'; 1_000_000])), (Ok(()), Ok(())));
    }

    #[test]
    fn every_template_within_the_bounds_is_unpacked_and_decoded() {
        let mut template = template_of(vec![b'a'; MAX_RECORDS_BYTES / MAX_FILES]);
        template.files = vec![TemplateFile { name: "n".repeat(MAX_NAME_BYTES), ..template.files.remove(0) }; MAX_FILES];
        check_bounds(&template).unwrap();
        let bytes = medshare_ledger::codec::encode(&template);
        assert!(bytes.len() > MAX_RECORDS_BYTES);
        medshare_ledger::codec::decode_up_to::<Template, MAX_TEMPLATE_BYTES>(&bytes).unwrap();
    }

    fn checked(name: &str, text: String) -> Result<(), Code> {
        let mut template = template_of(text.into_bytes());
        template.files[0].name = name.to_owned();
        let rendered = template.render(&[]).unwrap();
        check_records(&rendered).map_err(|refusal| refusal.code)
    }

    #[test]
    fn the_owners_node_says_what_second_nodes_would_not_read() {
        let table = |columns: usize| {
            let names: Vec<String> = (0..columns).map(|column| format!("c{column}")).collect();
            format!("{}\n{}\n", names.join(","), vec!["1"; columns].join(","))
        };
        assert_eq!(checked("table.csv", table(RECORDS.columns)), Ok(()));
        assert_eq!(checked("table.csv", table(RECORDS.columns + 1)), Err(Code::TooLarge));
        let line = |bytes| format!("{{\"resourceType\":\"Patient\",\"note\":\"{}\"}}\n", "a".repeat(bytes));
        assert_eq!(checked("Patient.ndjson", line(1_000)), Ok(()));
        assert_eq!(checked("Patient.ndjson", line(RECORDS.line_bytes)), Err(Code::TooLarge));
    }
}
