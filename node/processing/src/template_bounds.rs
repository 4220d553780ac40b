//! How large a template may be that one node checks for another. Both know it, so that the owner's node says so before it asks.

use medshare_deid::records::{RecordBounds, RecordsError};
use medshare_deid::{Records, Rendered, Template};
use medshare_exchange::manifest::MAX_FILES;
use medshare_node_refusal::{Code, Refusal};

/// Most bytes of records, and of a template when unpacked.
pub const MAX_RECORDS_BYTES: usize = 256 * 1024 * 1024;
/// Most bytes of a file's name.
const MAX_NAME_BYTES: usize = 128;

/// What records may hold that another node wrote. With [`MAX_RECORDS_BYTES`] it bounds what one question takes in memory while it is judged.
pub(crate) const RECORDS: RecordBounds = RecordBounds {
    line_bytes: 4 * 1024 * 1024,
    // FHIR R4 has some 150.
    types: 256,
    columns: 16 * 1024,
    values: 8 * 1024 * 1024,
};

/// Whether a template is one that nodes check for each other.
///
/// # Errors
/// [`Refusal`] says of what there is too much.
pub fn check_bounds(template: &Template) -> Result<(), Refusal> {
    let refuse = |message| Err(Refusal::new(Code::TooLarge, message));
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
pub(crate) fn check_records(own: &Rendered) -> Result<(), Refusal> {
    let beyond = match Records::from_files_within(&own.as_files(), &RECORDS) {
        Err(RecordsError::Beyond { beyond, .. }) => beyond.to_string(),
        // A table that this node wrote is one: it is beyond a bound.
        Err(RecordsError::Table { problem, .. }) => problem,
        // What else there is to say of records says who validates them.
        Ok(_) | Err(_) => return Ok(()),
    };
    Err(Refusal::new(Code::TooLarge, format!("the de-identified records are too large to be validated: {beyond}")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use medshare_deid::prepared::TemplateFile;

    fn checked(name: &str, text: String) -> Result<(), Code> {
        let file = TemplateFile { name: name.to_owned(), text: text.into_bytes(), slots: Vec::new() };
        let rendered = Template { files: vec![file] }.render(&[]).unwrap();
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
