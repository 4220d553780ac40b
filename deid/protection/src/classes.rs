//! Classes of subjects that are equal on some columns.

use std::collections::HashMap;

use medshare_deid_records::Column;

/// The class of each row, and the classes' sizes.
pub(crate) fn classes_of<'a>(columns: impl Iterator<Item = &'a Column>, rows: usize) -> (Vec<u32>, Vec<u32>) {
    let mut class_of_row = vec![0u32; rows];
    let mut sizes = vec![rows as u32];
    for column in columns {
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        sizes.clear();
        for (class, code) in class_of_row.iter_mut().zip(column.codes()) {
            let next = sizes.len() as u32;
            *class = *known.entry((*class, *code)).or_insert(next);
            match sizes.get_mut(*class as usize) {
                Some(size) => *size += 1,
                None => sizes.push(1),
            }
        }
    }
    sizes.retain(|size| *size > 0);
    (class_of_row, sizes)
}
