//! Writes results whole or not at all, and tables as Parquet.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use medshare_deid::records::{Column, ColumnBuilder};
use medshare_deid::{Records, Table};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::types::Type;

/// Rows per group of a Parquet file.
const ROW_GROUP: usize = 100_000;

/// Refuses a folder that holds anything.
pub(super) fn check_vacant(folder: &Path) -> Result<()> {
    if folder.exists()
        && std::fs::read_dir(folder).with_context(|| format!("{} is no folder", folder.display()))?.next().is_some()
    {
        bail!("{} is not empty; choose a new folder with --out", folder.display());
    }
    Ok(())
}

/// Writes to a folder beside the target and renames it when all is there.
pub(super) fn write_folder<T>(folder: &Path, write: impl FnOnce(&Path) -> Result<T>) -> Result<T> {
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).with_context(|| format!("cannot create {}", parent.display()))?;
    let partial = tempfile::Builder::new()
        .prefix(".deid-")
        .tempdir_in(parent)
        .with_context(|| format!("cannot write to {}", parent.display()))?;
    let written = write(partial.path())?;
    if folder.exists() {
        std::fs::remove_dir(folder).with_context(|| format!("cannot replace {}", folder.display()))?;
    }
    let partial = partial.keep();
    std::fs::rename(&partial, folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(written)
}

/// A file that is whole on the disk and has not got its name yet.
pub(super) struct Staged {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

/// Writes a file beside its place; [`Staged::publish`] gives it its name. Without that, nothing is left of it.
pub(super) fn stage(path: &Path, bytes: &[u8]) -> Result<Staged> {
    let problem = || format!("cannot write {}", path.display());
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // As for any other new file, the user's mask takes away what others may not.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.prefix(".deid-").tempfile_in(parent).with_context(problem)?;
    file.write_all(bytes).with_context(problem)?;
    file.as_file().sync_all().with_context(problem)?;
    Ok(Staged { file, path: path.to_owned() })
}

impl Staged {
    /// Gives the file its name.
    pub(super) fn publish(self) -> Result<()> {
        let path = self.path;
        self.file.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(())
    }
}

/// Writes records as their canonical files, or a table as Parquet.
pub(super) fn write_records(folder: &Path, records: &Records, as_parquet: bool) -> Result<()> {
    match records {
        Records::Table(table) if as_parquet => write_parquet(&folder.join(format!("{}.parquet", table.name)), table),
        _ => {
            for (name, bytes) in records.to_files() {
                std::fs::write(folder.join(&name), bytes).with_context(|| format!("cannot write {name}"))?;
            }
            Ok(())
        }
    }
}

/// Reads every column of a Parquet file as text.
pub(super) fn read_parquet(path: &Path, name: &str) -> Result<Table> {
    let problem = || format!("{} is no Parquet file that can be read", path.display());
    let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let reader = SerializedFileReader::new(file).with_context(problem)?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    if schema.columns().iter().any(|column| column.path().parts().len() != 1 || column.max_rep_level() > 0) {
        bail!("{}: nested columns; expected a flat table", path.display());
    }
    let mut builders: Vec<ColumnBuilder> =
        schema.columns().iter().map(|column| ColumnBuilder::new(column.name())).collect();
    for row in reader.get_row_iter(None).with_context(problem)? {
        let row = row.with_context(problem)?;
        for (builder, (_, field)) in builders.iter_mut().zip(row.get_column_iter()) {
            match field {
                Field::Null => builder.push(""),
                Field::Str(text) => builder.push(text),
                other => builder.push(&other.to_string()),
            }
        }
    }
    Table::new(name, builders.into_iter().map(ColumnBuilder::finish).collect()).with_context(problem)
}

/// Writes every column as text, missing values as null.
fn write_parquet(path: &Path, table: &Table) -> Result<()> {
    let problem = || format!("cannot write {}", path.display());
    let field = |column: &Column| {
        let kind = Type::primitive_type_builder(column.name(), Physical::BYTE_ARRAY);
        kind.with_logical_type(Some(LogicalType::String)).with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
    };
    let fields = table.columns().iter().map(field).collect::<Result<Vec<_>, _>>()?;
    let schema = Arc::new(Type::group_type_builder("schema").with_fields(fields).build()?);
    let properties = Arc::new(WriterProperties::builder().set_compression(Compression::SNAPPY).build());
    let file = std::fs::File::create(path).with_context(problem)?;
    let mut writer = SerializedFileWriter::new(file, schema, properties).with_context(problem)?;
    for start in (0..table.row_count().max(1)).step_by(ROW_GROUP) {
        let mut group = writer.next_row_group().with_context(problem)?;
        for column in table.columns() {
            let Some(mut own) = group.next_column().with_context(problem)? else { break };
            let values: Vec<&str> = column.values().skip(start).take(ROW_GROUP).collect();
            let levels: Vec<i16> = values.iter().map(|value| i16::from(!value.is_empty())).collect();
            let present: Vec<ByteArray> =
                values.into_iter().filter(|value| !value.is_empty()).map(ByteArray::from).collect();
            own.typed::<ByteArrayType>().write_batch(&present, Some(&levels), None).with_context(problem)?;
            own.close().with_context(problem)?;
        }
        group.close().with_context(problem)?;
    }
    writer.close().with_context(problem)?;
    Ok(())
}
