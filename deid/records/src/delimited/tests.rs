#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn own(bytes: &[u8]) -> Result<Table, TableError> {
    read_own_table("t", bytes, &TableText::default())
}

/// Names, then rows.
fn shown(table: &Table) -> Vec<String> {
    let names = table.column_names().collect::<Vec<_>>().join("|");
    let row = |row| table.columns().iter().map(|column| column.value(row).unwrap()).collect::<Vec<_>>().join("|");
    std::iter::once(names).chain((0..table.row_count()).map(row)).collect()
}

#[test]
fn a_table_that_somebody_else_wrote_keeps_within_its_bounds() {
    let bounds = RecordBounds { columns: 2, values: 4, ..RecordBounds::NONE };
    let read = |text: &str| read_table_within("t", text.as_bytes(), b',', &bounds);
    assert_eq!(read("a,b\n1,1\n2,1\n1,2\n").unwrap().row_count(), 3);
    let wide = read("a,b,c\n").unwrap_err();
    assert_eq!((wide.line, wide.problem.contains("at most 2")), (1, true), "{wide}");
    let varied = read("a,b\n1,1\n2,2\n3,1\n").unwrap_err();
    assert_eq!((varied.line, varied.problem.contains("more than 4 distinct values")), (4, true), "{varied}");
}

#[test]
fn what_nodes_write_is_read_to_the_letter() {
    let read = |bytes: &[u8]| read_table("t", bytes, b',');
    assert_eq!(shown(&read(b"sep=;\n1\n").unwrap()), ["sep=;", "1"]);
    for bytes in [b"a,\n1,2\n".as_slice(), b"a,b\n1,2,\n", b"city\nZ\xfcrich\n", b"a\0\0\n1\0\n"] {
        assert!(read(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn tables_are_read_as_the_programs_mean_them_that_write_them() {
    let cases: [(&[u8], &[&str]); 10] = [
        (b"sep=;\nage;sex\n40;m\n", &["age|sex", "40|m"]),
        (b"\xef\xbb\xbfSEP=\t\r\nage\tcity\r\n40\t\"a\r\nb\"\r\n", &["age|city", "40|a\r\nb"]),
        (b"sep=,\nage;x,sex\n40,m\n", &["age;x|sex", "40|m"]),
        (b",age,sex\n0,40,f\n1,30,f\n", &["column_1|age|sex", "0|40|f", "1|30|f"]),
        (b"age,,column_2\n40,x,1\n", &["age|column_2_|column_2", "40|x|1"]),
        (b"age,sex,\n40,m\n30,f,\n", &["age|sex", "40|m", "30|f"]),
        (b"age,sex\n40,m,\n30,f,,\n", &["age|sex", "40|m", "30|f"]),
        (b"Alter;weight\n40;79,60\n41;0,700\n", &["Alter|weight", "40|79,60", "41|0,700"]),
        (b"age,n\n-1,12345678901234567890123\ninf,0.700\n", &["age|n", "-1|12345678901234567890123", "inf|0.700"]),
        (b"\xff\xfea\0g\0e\0;\0x\0\n\x004\x000\0;\0\xfc\0", &["age|x", "40|\u{fc}"]),
    ];
    for (bytes, expected) in cases {
        assert_eq!(shown(&own(bytes).unwrap()), expected);
    }
}

#[test]
fn a_table_that_is_not_well_formed_is_refused_with_its_line_and_without_its_values() {
    let long = [b"a,b\n1,".as_slice(), &vec![b'x'; MAX_FIELD_BYTES + 1]].concat();
    let cases: [(&[u8], u64, &str); 8] = [
        (b"age,sex\n40,m\n30\n", 3, "the row has 1 fields; expected 2, as in the header"),
        (b"age,sex\n40,m,Ann\n", 2, "the row has 3 fields; expected 2, as in the header: each column with a name"),
        (b"age,weight\n40,79,6\n", 2, "as a decimal comma may"),
        (b"sep=;\nage;sex\n40;m\n30\n", 4, "the row has 1 fields"),
        (b"Ann,Ann\n1,2\n", 1, "columns 1 and 2 have the same name"),
        (b",,\n1,2,3\n", 1, "the line names no column"),
        (&long, 2, "a field has 1048577 bytes"),
        (b"age,sex\n40,\"m\n30,f\n", 2, "a quote in this row is never closed"),
    ];
    for (bytes, line, expected) in cases {
        let error = own(bytes).unwrap_err();
        assert_eq!((error.line, error.problem.contains(expected)), (line, true), "{error}");
        assert!(!error.problem.contains("Ann"), "{error}");
    }
}

#[test]
fn a_first_line_that_is_a_row_is_told_from_names() {
    let rows: [&[u8]; 6] = [
        b"1956-05-03,m,02139\n1975-12-18,m,02139\n1950-07-27,f,02139\n",
        b"03.05.1956;Ann\n18.12.1975;Ben\n",
        b"40,170.5\n41,171\n",
        b"f,yes,Boston\nm,yes,Salem\nf,no,Boston\n",
        b"987-62-4314\n987-62-4315\n",
        b"city,state\nBoston,MA\ncity,state\nSalem,MA\n",
    ];
    for bytes in rows {
        let error = own(bytes).unwrap_err();
        assert_eq!((error.line, error.problem.contains("--header no")), (1, true), "{error}");
        let read =
            |has_header| read_own_table("t", bytes, &TableText { has_header: Some(has_header), delimiter: None });
        let (with, without) = (read(true).unwrap(), read(false).unwrap());
        assert_eq!(without.row_count(), with.row_count() + 1);
        assert!(without.column_names().next().is_some_and(|name| name == "column_1"));
    }
    for names in [
        b"age,sex\n40,m\n".as_slice(),
        b"age,2019,2020\n40,1,2\n",
        b"gene,s1,s2\nBRCA1,4,8\n",
        b"age\n",
        b"birth,zip\n1956-05-03,02139\n",
    ] {
        own(names).unwrap();
    }
}
