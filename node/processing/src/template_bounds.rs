//! How large a template may be that one node checks for another. Both know it, so that the owner's node says so before it asks.

use medshare_deid::Template;
use medshare_deid::records::RecordBounds;
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
