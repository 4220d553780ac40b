//! What nobody decided stays inside: tables without a configuration, of another table's, with unknown columns and unique ones.

use super::*;

/// A ward's table as it came, half of it under headers that say nothing.
fn ward() -> String {
    let header = "Fall-Nr.;Zuname;Geb.-Datum;Alter;PLZ;v17;v18;Kreatinin;Bett Nr;Dauer;Diagnose;Bemerkung\n";
    let row = |n: usize| {
        let name = ["Okonjo", "Abendroth", "Zellweger"].get(n % 3).unwrap();
        let place = ["Olten", "Visp"].get(n % 2).unwrap();
        let age = if n.is_multiple_of(9) { "93 J.".to_owned() } else { format!("{}", 40 + n % 4 * 10) };
        format!(
            "{};{name};0{}.05.{};{age};{};{place};{};1,{};{};{};I10;siehe Akte von {name}, bitte bald anrufen\n",
            70_000 + n * 3,
            1 + n % 9,
            30 + n % 4 * 10,
            8000 + n % 3,
            4_100 + n * 7,
            n % 9,
            n % 3,
            n % 5,
        )
    };
    header.to_owned() + &(0..300).map(row).collect::<String>()
}

#[test]
fn a_table_that_nobody_decided_on_is_asked_about_and_refused_where_nobody_can_be_asked() {
    let folder = folder_with(&[("t.csv", ward().as_bytes())]);
    for more in [&[][..], &["--json"]] {
        let arguments: Vec<&str> = ["run", "t.csv", "--out", "out"].iter().chain(more).copied().collect();
        let said = refused(folder.path(), 2, &arguments);
        assert!(said.contains("nobody has decided what the columns of this table are"), "{said}");
        assert!(said.contains("--yes-propose") && said.contains("medshare deid plan"), "{said}");
    }
    let both = ["run", "t.csv", "--yes-propose", "--config", "c.toml", "--out", "out"];
    assert!(refused(folder.path(), 2, &both).contains("cannot be used with"));
}

#[test]
fn what_was_proposed_leaves_and_what_was_withheld_is_told_with_how_to_decide() {
    let folder = folder_with(&[("t.csv", ward().as_bytes())]);
    let path = folder.path();
    let output = deid(path, &["run", "t.csv", "--yes-propose", "--out", "out", "--report", "r.html"]);
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for told in [
        "guesses are no decisions",
        "removed: Fall-Nr., Zuname",
        "withheld: v17: its values may be names, places or anything else: `keep` only if nobody is known by them",
        "withheld: v18: nearly every row has a value of its own",
        "withheld: Bemerkung: its header tells of texts",
    ] {
        assert!(flat.contains(told), "{told} is missing in {flat}");
    }
    let released = fs::read_to_string(path.join("out/t.csv")).unwrap();
    assert!(released.starts_with("Geb.-Datum,Alter,PLZ,Kreatinin,Bett Nr,Dauer,Diagnose\n"), "{released}");
    for secret in ["Okonjo", "Olten", "93 J", "8001", "70003", "4107", "05.19", "Akte"] {
        assert!(!released.contains(secret), "{secret}");
    }
    let report = fs::read_to_string(path.join("r.html")).unwrap();
    assert!(report.contains("v17: its values may be names, places or anything else"), "{report}");
}

#[test]
fn a_plan_says_of_every_withheld_column_why_and_its_year_makes_the_check_count_the_same() {
    let folder = folder_with(&[("t.csv", ward().as_bytes())]);
    let path = folder.path();
    let plan = done(path, &["plan", "t.csv"]);
    assert!(plan.contains("\n#   \"v17\": its values may be names"), "{plan}");
    assert!(plan.contains("\nrelease_year = 2") && plan.contains("\n# reference_year ="), "{plan}");
    fs::write(path.join("c.toml"), plan).unwrap();
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
    assert!(done(path, &["check", "out", "--config", "c.toml"]).starts_with("may leave"));
}

#[test]
fn a_unique_column_leaves_in_no_list_and_the_check_refuses_whoever_kept_it() {
    let folder = folder_with(&[
        ("t.csv", ward().as_bytes()),
        (
            "c.toml",
            b"[table]\nquasi_identifiers = [\"Alter\"]\nkeep = [\"v18\", \"Kreatinin\"]\nsensitive = [\"Fall-Nr.\"]\n",
        ),
    ]);
    let path = folder.path();
    let said = done(path, &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
    assert!(said.contains("withheld: v18: nearly every row") && said.contains("withheld: Fall-Nr.: nearly"), "{said}");
    assert!(fs::read_to_string(path.join("out/t.csv")).unwrap().starts_with("Alter,Kreatinin\n"));
    let kept = "Alter,v18\n".to_owned() + &(0..60).map(|n| format!("50,{}\n", 4_100 + n * 7)).collect::<String>();
    fs::write(path.join("kept.csv"), kept).unwrap();
    let said = refused_check(path, &["check", "kept.csv", "--config", "c.toml"]);
    assert!(said.contains("v18: identifying number (60 times)"), "{said}");
}

fn refused_check(folder: &Path, arguments: &[&str]) -> String {
    let output = deid(folder, arguments);
    assert_eq!(output.status.code(), Some(3));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_configuration_for_another_table_is_refused_with_the_columns_that_are_there() {
    let folder = folder_with(&[("t.csv", b"age,sex\n30,m\n"), ("c.toml", b"[table]\nkeep = [\"hba1c\"]\n")]);
    let path = folder.path();
    let run = ["run", "t.csv", "--config", "c.toml", "--out", "out"];
    let said = refused(path, 1, &run);
    assert!(said.contains("`hba1c` is not in the table") && said.contains("another table"), "{said}");
    assert!(said.contains("this one has: age, sex"), "{said}");
    fs::write(path.join("c.toml"), "[table.kinds]\nv17 = \"age\"\n").unwrap();
    assert!(refused(path, 1, &run).contains("`v17` is not in the table"));
    fs::write(path.join("c.toml"), "[table.kinds]\nage = \"shoe\"\n").unwrap();
    assert!(refused(path, 1, &run).contains("unknown variant `shoe`"));
}

#[test]
fn a_hierarchy_that_contradicts_itself_is_refused_with_the_line() {
    let rows = "sex,ward\n".to_owned() + &"m,A1\nf,B2\n".repeat(10);
    let config =
        "[table]\nquasi_identifiers = [\"ward\"]\nhierarchies = { ward = { kind = \"file\", path = \"h.csv\" } }\n";
    let folder = folder_with(&[("t.csv", rows.as_bytes()), ("c.toml", config.as_bytes())]);
    let path = folder.path();
    for (hierarchy, said) in [
        ("A1;north;*\nB2;south;*\nA1;south;*\n", "line 3 of the hierarchy repeats a value"),
        (
            "A1;north;hill\nB2;north;sea\n",
            "line 2 of the hierarchy: a value of level 1 belongs to two values of level 2",
        ),
        // A value that the table has not is no excuse.
        ("A1;north;*\nB2;south;*\nC3;east;hill\nC4;east;sea\n", "line 4 of the hierarchy"),
    ] {
        fs::write(path.join("h.csv"), hierarchy).unwrap();
        let told = refused(path, 1, &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
        assert!(told.contains("column `ward`") && told.contains(said), "{said}: {told}");
    }
}

#[test]
fn a_kind_makes_an_unknown_column_one_of_ages() {
    let rows = "v17,sex\n".to_owned() + &(0..200).map(|n| format!("{},m\n", 85 + n % 10)).collect::<String>();
    let config = "release_year = 2024\n[table]\nquasi_identifiers = [\"v17\"]\nkinds = { v17 = \"age\" }\n";
    let folder = folder_with(&[("t.csv", rows.as_bytes()), ("c.toml", config.as_bytes())]);
    let path = folder.path();
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "out"]);
    let released = fs::read_to_string(path.join("out/t.csv")).unwrap();
    assert!(released.contains("90+") && !released.contains("92"), "{released}");
    fs::write(path.join("kept.csv"), "v17\n92\n92\n92\n92\n92\n").unwrap();
    let said = refused_check(path, &["check", "kept.csv", "--config", "c.toml"]);
    assert!(said.contains("age over 89"), "{said}");
}
