//! Tables as Parquet files.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use medshare_deid::Table;
use medshare_deid::records::{Column, ColumnBuilder};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::Field;
use parquet::schema::types::Type;

/// Rows per group of a Parquet file.
const ROW_GROUP: usize = 100_000;

/// Reads every column of a Parquet file as text.
pub fn read(path: &Path, name: &str) -> Result<Table> {
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
            };
        }
    }
    Table::new(name, builders.into_iter().map(ColumnBuilder::finish).collect()).with_context(problem)
}

/// Writes every column as text, missing values as null.
pub fn write(path: &Path, table: &Table) -> Result<()> {
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
