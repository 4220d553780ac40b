//! Tables and resources in whatever programs write them in: encodings, separators, names, numbers, and sizes that nobody expects.

use super::*;

const CONFIG: &str = "k = 2\n[table]\nquasi_identifiers = [\"age\"]\nkeep = [\"smoker\"]\n";

fn utf_16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

/// The header, and the rows in whatever order they leave.
fn told(text: &str) -> (String, Vec<String>) {
    let mut lines = text.lines().map(str::to_owned);
    let header = lines.next().unwrap_or_default();
    let mut rows: Vec<String> = lines.collect();
    rows.sort();
    (header, rows)
}

#[test]
fn one_table_leaves_the_same_from_whatever_it_was_written_in() {
    let rows = "30,oui \u{e9}t\u{e9}\n40,non\n".repeat(4);
    let plain = format!("age,smoker\n{rows}");
    let tabs = plain.replace(',', "\t");
    let written: [Vec<u8>; 10] = [
        plain.clone().into_bytes(),
        plain.chars().map(|c| c as u8).collect(),
        utf_16(&format!("\u{feff}{tabs}"), u16::to_le_bytes),
        utf_16(tabs.trim_end(), u16::to_be_bytes),
        utf_16(&plain, u16::to_le_bytes),
        format!("sep=;\r\n{}", plain.replace(',', ";").replace('\n', "\r\n")).into_bytes(),
        plain.replace('\n', ",\n").into_bytes(),
        plain.replacen('\n', ",\n", 1).into_bytes(),
        format!("\u{feff}\"age\"|\"smoker\"|\n{}", rows.replace(',', "|")).into_bytes(),
        format!(
            ",{}",
            rows.lines().enumerate().fold("age,smoker\n".to_owned(), |all, (n, row)| format!("{all}{n},{row}\n"))
        )
        .into_bytes(),
    ];
    for bytes in written {
        let folder = folder_with(&[("t.csv", &bytes), ("c.toml", CONFIG.as_bytes())]);
        done(folder.path(), &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
        assert_eq!(told(&fs::read_to_string(folder.path().join("out/t.csv")).unwrap()), told(&plain));
        done(folder.path(), &["check", "out", "--config", "c.toml"]);
    }
}

#[test]
fn text_that_nobody_can_read_for_sure_is_refused_by_name_and_with_what_to_do() {
    let cases: [(&[u8], &str); 6] = [
        (b"\xd0\xd5\xc3\xfb,\xc4\xea\xc1\xe4\n\xd5\xc5\xc8\xfd,40\n", "neither UTF-8 nor Windows-1252"),
        (
            b"city,age\nM\xc3\xbcnchen,30\nK\xc3\xb6ln,31\nZ\xfcrich,30\n",
            "line 4: the line is not UTF-8, and others are",
        ),
        (b"age,smoker\n30,y\0s\n", "line 2: the line holds characters that no text has"),
        (b"PK\x03\x04\x14\0\x06\0", "save the sheet as CSV in UTF-8"),
        (b"\xff\xfea\0g\0e\0\n\0\x30", "the text is in UTF-16, and damaged here"),
        (b"1956-05-03,m\n1975-12-18,f\n", "`--header no`"),
    ];
    for (bytes, expected) in cases {
        let folder = folder_with(&[("t.csv", bytes)]);
        for verb in [&["scan", "t.csv"][..], &["plan", "t.csv"], &["run", "t.csv", "--out", "out"]] {
            let said = refused(folder.path(), 1, verb);
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }
}

#[test]
fn a_table_without_names_is_read_once_somebody_says_that_it_has_none() {
    let rows: String = (0..12).map(|row| format!("{},{}\n", 30 + row % 2, ["yes", "no"][row % 2])).collect();
    let config = CONFIG.replace("age", "column_1").replace("smoker", "column_2");
    let folder = folder_with(&[("t.csv", rows.as_bytes()), ("c.toml", config.as_bytes())]);
    let path = folder.path();
    assert!(refused(path, 1, &["run", "t.csv", "--config", "c.toml", "--out", "out"]).contains("seems to be a row"));
    assert!(refused(path, 2, &["scan", "t.csv", "--header", "maybe"]).contains("expected yes or no"));
    assert!(done(path, &["plan", "t.csv", "--header", "no"]).contains("column_1"));
    done(path, &["run", "t.csv", "--header", "no", "--config", "c.toml", "--out", "done"]);
    let released = fs::read_to_string(path.join("done/t.csv")).unwrap();
    assert_eq!(told(&released), told(&format!("column_1,column_2\n{rows}")));
    done(path, &["check", "done", "--config", "c.toml"]);
    done(path, &["report", "t.csv", "done", "--header", "no", "--config", "c.toml", "--out", "r.html"]);
    // names that are numbers are names where somebody says so, and leave as places
    let years = "30,31\n".to_owned() + &"1,2\n".repeat(6);
    fs::write(path.join("y.csv"), years).unwrap();
    let wide = CONFIG.replace("age", "column_1").replace("smoker", "column_2");
    fs::write(path.join("y.toml"), wide).unwrap();
    done(path, &["run", "y.csv", "--header", "yes", "--config", "y.toml", "--out", "years"]);
    assert!(fs::read_to_string(path.join("years/y.csv")).unwrap().starts_with("column_1,column_2\n1,2\n"));
}

#[test]
fn names_of_files_and_columns_that_tell_of_people_stay_behind() {
    let rows = "BRCA1,30,4,8\n".repeat(8);
    let table = format!("gnx,age,MRN0048151,Zed Quillon\n{rows}");
    let config = "k = 2\n[table]\nquasi_identifiers = [\"age\"]\nkeep = [\"column_1\", \"column_3\", \"column_4\"]\n";
    let folder = folder_with(&[("Zed_Quillon.csv", table.as_bytes()), ("c.toml", config.as_bytes())]);
    let path = folder.path();
    let output = deid(path, &["run", "Zed_Quillon.csv", "--config", "c.toml", "--out", "left", "--report", "r.html"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("the table is called `table`") && said.contains("who is in them: 1, 3, 4"), "{said}");
    assert!(!said.contains("48151") && !said.contains("Quillon"), "{said}");
    let mut files: Vec<_> = fs::read_dir(path.join("left")).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["release.toml", "table.csv"]);
    let goes_with = fs::read_to_string(path.join("left/release.toml")).unwrap();
    assert!(!goes_with.contains("48151") && !goes_with.contains("Quillon"), "{goes_with}");
    let released = fs::read_to_string(path.join("left/table.csv")).unwrap();
    assert_eq!(released, format!("column_1,age,column_3,column_4\n{rows}"));
    assert!(!fs::read_to_string(path.join("r.html")).unwrap().contains("Quillon"));
    done(path, &["check", "left", "--config", "c.toml"]);
    let told = config.replace("column_1", "gnx").replace("column_3", "MRN0048151").replace("column_4", "Zed Quillon");
    fs::write(path.join("told.toml"), told).unwrap();
    let said = refused(path, 3, &["check", "Zed_Quillon.csv", "--config", "told.toml"]);
    assert!(said.contains("the table's name: identifying number") && said.contains("the name of column 3"), "{said}");
}

#[test]
fn formulas_leave_as_text_and_numbers_as_they_were_written() {
    let values = ["\"=HYPERLINK(\"\"http\"\")\"", "-0.700", "+2", "@x", "0.700", "\"79,60\"", "inf", "1e400"];
    let rows: String = (0..32).map(|row| format!("30,{}\n", values[row % 8])).collect();
    let table = format!("age,smoker\n{rows}");
    let folder = folder_with(&[("t.csv", table.as_bytes()), ("c.toml", CONFIG.as_bytes())]);
    let path = folder.path();
    let said = done(path, &["run", "t.csv", "--config", "c.toml", "--out", "left"]);
    assert!(said.contains("8 formulas told as text"), "{said}");
    let released = fs::read_to_string(path.join("left/t.csv")).unwrap();
    assert_eq!(told(&released), told(&table.replace("\"=HYP", "\"'=HYP").replace(",@x", ",'@x")));
    done(path, &["check", "left", "--config", "c.toml"]);
    assert!(refused(path, 3, &["check", "t.csv", "--config", "c.toml"]).contains("smoker: formula of a spreadsheet"));
}

#[test]
fn five_thousand_columns_and_a_field_without_end_have_an_answer() {
    let names: Vec<String> = (0..5_000).map(|column| format!("c{column}x")).collect();
    let row = vec!["1"; 5_000].join(",") + ",30\n";
    let table = format!("{},age\n{}", names.join(","), row.repeat(6));
    let config = CONFIG.replace("[\"smoker\"]", &format!("{names:?}"));
    let endless = [b"age,smoker\n30,".as_slice(), &vec![b'x'; 20 << 20]].concat();
    let folder = folder_with(&[("t.csv", table.as_bytes()), ("c.toml", config.as_bytes()), ("e.csv", &endless)]);
    done(folder.path(), &["run", "t.csv", "--config", "c.toml", "--out", "done"]);
    assert_eq!(fs::read_to_string(folder.path().join("done/t.csv")).unwrap(), table);
    let said = refused(folder.path(), 1, &["run", "e.csv", "--out", "out"]);
    assert!(said.contains("line 2: no row or quoted field ends within 16 MiB"), "{said}");
}

#[test]
fn decimals_of_resources_leave_as_they_were_written_and_what_is_too_deep_is_set_aside() {
    let patients: String =
        (0..6).map(|id| format!("{{\"resourceType\":\"Patient\",\"id\":\"{id}\",\"gender\":\"male\"}}\n")).collect();
    let decimals = ["0.700", "0.7", "-2.00", "12345678901234567890123", "0.12345678901234567890123", "1.2E+2", "1e400"];
    let observation = |(id, decimal): (usize, &&str)| {
        format!(
            "{{\"resourceType\":\"Observation\",\"id\":\"o{id}\",\"status\":\"final\",\"code\":{{\"coding\":[{{\"system\":\"http://loinc.org\",\
             \"code\":\"718-7\"}}]}},\"subject\":{{\"reference\":\"Patient/{}\"}},\"valueQuantity\":{{\"value\":{decimal},\"unit\":\"g/dL\",\
             \"system\":\"http://unitsofmeasure.org\",\"code\":\"g/dL\"}},\"component\":[{{\"code\":{{\"coding\":[{{\"system\":\
             \"http://loinc.org\",\"code\":\"718-7\"}}]}},\"valueQuantity\":{{\"value\":0.70}}}}]}}\n",
            id % 6
        )
    };
    let observations: String = decimals.iter().enumerate().map(observation).collect();
    let deep = format!("{{\"resourceType\":\"Patient\",\"x\":{}{}}}\n", "[".repeat(10_000), "]".repeat(10_000));
    let folder = folder_with(&[("p.ndjson", patients.as_bytes()), ("o.ndjson", (observations + &deep).as_bytes())]);
    let path = folder.path();
    let output = deid(path, &["run", "p.ndjson", "o.ndjson", "--out", "out"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("o.ndjson, line 8: not JSON"), "{said}");
    assert!(said.contains("nested more than 127 deep") && said.contains("1 line was set aside"), "{said}");
    let released = fs::read_to_string(path.join("out/Observation.ndjson")).unwrap();
    for decimal in decimals {
        assert!(
            released.contains(&format!("\"value\":{decimal}}}")) || released.contains(&format!("\"value\":{decimal},")),
            "{decimal}"
        );
    }
    assert_eq!(
        released.matches("\"value\":0.70}").count() + released.matches("\"value\":0.70,").count(),
        decimals.len()
    );
    done(path, &["check", "out"]);
    let rules = r#"{"fhirPathRules": [{"path": "Patient.gender", "method": "redact"}]}"#;
    fs::write(path.join("rules.json"), rules).unwrap();
    done(path, &["run", "p.ndjson", "o.ndjson", "--rules", "rules.json", "--out", "ruled"]);
    let ruled = fs::read_to_string(path.join("ruled/o.ndjson")).unwrap();
    assert!(decimals.iter().all(|decimal| ruled.contains(&format!("\"value\":{decimal}"))), "{ruled}");
}
