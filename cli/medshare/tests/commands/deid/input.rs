//! Files as they come: broken, or written in another way than most.

use super::*;

#[test]
fn malformed_lines_are_named_counted_and_never_passed_on() {
    let patient = |id: usize| format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\",\"gender\":\"male\"}}\n");
    let good = |ids: std::ops::Range<usize>| ids.map(patient).collect::<String>();
    let broken = "{\"resourceType\":\"Patient\",\"name\":\"Secret\n\n[1]\n\u{0}\u{1}\n";
    let bad = good(0..6) + broken + &good(6..12);
    let folder = folder_with(&[
        ("P.ndjson", bad.as_bytes()),
        ("r.json", br#"{"fhirPathRules":[{"path":"Patient.name","method":"keep"}]}"#),
    ]);
    for way in [&["--out", "done"][..], &["--rules", "r.json", "--out", "by-rules"]] {
        let arguments: Vec<&str> = ["run", "P.ndjson"].iter().chain(way).copied().collect();
        let output = deid(folder.path(), &arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains("P.ndjson, line 7: not JSON")
                && said.contains("line 9")
                && said.contains("3 lines were set aside"),
            "{said}"
        );
        assert!(!said.contains("Secret"), "{said}");
    }
    assert!(!fs::read_to_string(folder.path().join("by-rules/P.ndjson")).unwrap().contains("Secret"));
    assert!(
        refused(folder.path(), 3, &["check", "P.ndjson"]).contains("lines that are no FHIR resource must not leave")
    );
}

#[test]
fn broken_tables_are_refused_with_their_line() {
    let cases: [(&[u8], &str); 6] = [
        (b"a,b\n1,2\n3\n", "line 3: the row has 1 fields; expected 2"),
        (b"a,a\n1,2\n", "columns 1 and 2 have the same name"),
        (b"a,\n1,2\n", "the row has 2 fields; expected 1, as in the header: each column with a name"),
        (b"", "the table is empty"),
        (b"age\n", "no records"),
        (b"age,smoker\n30,yes\n40,no\n", "5-anonymity cannot be reached"),
    ];
    for (bytes, expected) in cases {
        let folder = folder_with(&[("t.csv", bytes)]);
        let output = deid(folder.path(), &["run", "t.csv", "--yes-propose", "--out", "out"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(expected), "{expected}: {said}");
        assert!(!folder.path().join("out").exists());
    }
}

#[test]
fn what_is_missing_empty_or_no_records_is_told_in_a_sentence_and_never_ranked_as_harmless() {
    let noise: Vec<u8> = (0..4_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let folder = folder_with(&[
        ("empty.ndjson", b""),
        ("empty.json", b""),
        ("empty.csv.gz", b""),
        ("head.csv", b"age,sex\n"),
        ("noise.ndjson", &noise),
        ("noise.json", &noise),
        ("noise.csv", &noise),
        ("noise.csv.gz", &noise),
        ("noise.ndjson.gz", &noise),
        ("noise", &noise),
    ]);
    let cases = [
        ("nothing", "cannot open nothing: there is no such file or folder"),
        ("nothing.csv", "cannot open nothing.csv: there is no such file or folder"),
        ("empty.ndjson", "empty.ndjson: no records; expected at least one FHIR resource"),
        ("empty.json", "empty.json: no records"),
        ("empty.csv.gz", "cannot read empty.csv.gz: it ends too early"),
        ("head.csv", "head.csv: no records"),
        ("noise.ndjson", "noise.ndjson: no records"),
        ("noise.json", "noise.json: no records"),
        ("noise.csv", "noise.csv: line 1: the line holds characters that no text has"),
        ("noise.csv.gz", "cannot read noise.csv.gz: it is not packed with gzip as its name says"),
        ("noise.ndjson.gz", "cannot read noise.ndjson.gz: it is not packed with gzip as its name says"),
        ("noise", "noise: unknown kind of file; expected .csv, .parquet, .ndjson or .json"),
    ];
    for (file, expected) in cases {
        for verb in [&["scan", file][..], &["check", file], &["plan", file], &["run", file, "--out", "out"]] {
            let output = deid(folder.path(), verb);
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(!output.status.success() && said.contains(expected), "{verb:?}: {expected}: {said}");
            assert!(output.stdout.is_empty() && !folder.path().join("out").exists(), "{verb:?}");
        }
    }
}

#[test]
fn unusual_bytes_are_read_and_leave_as_utf_8() {
    let rows = "M\u{fc}nchen,30\r\n".repeat(6) + &"Z\u{fc}rich,31\n".repeat(6);
    let latin: Vec<u8> = format!("city,age\r\n{rows}").chars().map(|c| c as u8).collect();
    let marked: Vec<u8> =
        [b"\xef\xbb\xbf".as_slice(), format!("city,age\n{rows}{}", "\u{6771}\u{4eac},\n".repeat(6)).as_bytes()]
            .concat();
    for bytes in [latin, marked] {
        let folder = folder_with(&[("t.csv", &bytes)]);
        done(folder.path(), &["run", "t.csv", "--yes-propose", "--out", "out"]);
        let text = fs::read_to_string(folder.path().join("out/t.csv")).unwrap();
        assert!(text.starts_with("city,age\n") && text.contains("M\u{fc}nchen") && !text.contains('\r'), "{text}");
    }
}

#[test]
fn what_separates_fields_is_seen_and_a_quote_that_never_closes_is_named() {
    let rows = "30;yes\n".repeat(6);
    let folder = folder_with(&[
        ("t.csv", format!("age;smoker\n{rows}").as_bytes()),
        ("u.csv", b"age,smoker\n30,yes\n30,\"no\n30,yes\n30,yes\n"),
        ("q.csv", b"age,\"smoker, ever\"\n30,\"a \"\"b\"\"\nc\"\n"),
    ]);
    let path = folder.path();
    done(path, &["plan", "t.csv", "--out", "c.toml"]);
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "done"]);
    assert!(fs::read_to_string(path.join("done/t.csv")).unwrap().starts_with("age,smoker\n30,yes\n"));
    done(path, &["check", "done", "--config", "c.toml"]);
    done(path, &["report", "t.csv", "done", "--config", "c.toml", "--out", "r.html"]);
    assert!(
        refused(path, 1, &["run", "u.csv", "--out", "out"]).contains("line 3: a quote in this row is never closed")
    );
    assert!(done(path, &["plan", "q.csv"]).contains("smoker, ever"));
    assert!(
        refused(path, 2, &["run", "t.csv", "--delimiter", "\"", "--out", "out"])
            .contains("'--delimiter <CHAR>': expected")
    );
}

#[test]
fn a_separator_is_named_and_a_table_of_another_ending_is_told_how_it_is_read() {
    let table = "age\tsmoker, ever\n".to_owned() + &"30\tyes\n".repeat(6);
    let folder = folder_with(&[("t.csv", table.as_bytes()), ("t.tsv", table.as_bytes())]);
    let path = folder.path();
    for tab in ["tab", "\t", "\\t"] {
        let plan = done(path, &["plan", "t.csv", "--delimiter", tab]);
        assert!(plan.contains("\"smoker, ever\""), "{plan}");
    }
    for wrong in ["tabs", "", "\n", "\u{e9}"] {
        let said = refused(path, 2, &["scan", "t.csv", "--delimiter", wrong]);
        assert!(said.contains("expected comma, semicolon, tab or bar, or one ASCII character"), "{wrong:?}: {said}");
    }
    let said = refused(path, 2, &["scan", "t.tsv"]);
    assert!(said.contains("read where its name ends in .csv, whatever separates its fields"), "{said}");
}
