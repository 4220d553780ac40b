//! Tables whose people have several rows.

use super::*;

/// Twelve people with three visits each.
fn visits() -> String {
    let row = |visit: usize| {
        let person = visit / 3;
        format!("MRN{person:04},{},2021-0{}-1{},{}\n", ["f", "m"][person % 2], 1 + visit % 3, person % 9, 80 + visit)
    };
    "patient_id,sex,visit_date,glucose\n".to_owned() + &(0..36).map(row).collect::<String>()
}

#[test]
fn people_are_told_apart_and_counted_and_two_results_share_no_line() {
    let folder = folder_with(&[("visits.csv", visits().as_bytes())]);
    let path = folder.path();
    let said = done(path, &["plan", "visits.csv", "--out", "deid.toml"]);
    assert!(said.is_empty(), "{said}");
    let plan = fs::read_to_string(path.join("deid.toml")).unwrap();
    assert!(plan.contains("\nperson = \"patient_id\"\n") && plan.contains("k counts people"), "{plan}");
    fs::write(path.join("deid.toml"), plan.replace("dates = \"year\"", "dates = \"shift\"")).unwrap();
    let released = |name: &str| {
        let said = done(
            path,
            &["run", "visits.csv", "--config", "deid.toml", "--out", name, "--report", &format!("{name}.html")],
        );
        assert!(said.starts_with("12 of 12 people, 36 of 36 records"), "{said}");
        assert!(said.contains("people told apart, by pseudonyms: patient_id"), "{said}");
        assert!(
            fs::read_to_string(path.join(format!("{name}.html")))
                .unwrap()
                .contains("people told apart by</td><td>patient_id")
        );
        assert!(done(path, &["check", name, "--config", "deid.toml"]).starts_with("may leave: smallest class 6"));
        fs::read_to_string(path.join(name).join("visits.csv")).unwrap()
    };
    let (one, other) = (released("one"), released("other"));
    assert!(!one.contains("MRN0"));
    let lines: Vec<&str> = one.lines().skip(1).collect();
    assert!(other.lines().skip(1).all(|line| !lines.contains(&line)));
}

#[test]
fn rows_that_were_taken_for_people_are_told_of() {
    let config = "k = 3\n[table]\nquasi_identifiers = [\"sex\"]\nkeep = [\"glucose\"]\n";
    let twice = "sex,glucose\n".to_owned() + &"f,90\n".repeat(6);
    let folder = folder_with(&[
        ("visits.csv", visits().as_bytes()),
        ("twice.csv", twice.as_bytes()),
        ("c.toml", config.as_bytes()),
        (
            "removed.toml",
            config
                .replace("[table]", "[table]\nperson = \"patient_id\"\ndirect_identifiers = [\"patient_id\"]")
                .as_bytes(),
        ),
    ]);
    let path = folder.path();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = words(&done(path, &["run", "visits.csv", "--config", "c.toml", "--out", "rows"]));
    assert!(said.starts_with("36 of 36 people"), "{said}");
    assert!(
        said.contains("rows were taken for people: `patient_id` seems to tell people apart, and repeats."),
        "{said}"
    );
    let said = words(&done(path, &["run", "twice.csv", "--config", "c.toml", "--out", "same"]));
    assert!(said.contains("rows were taken for people: 5 rows are equal to another one."), "{said}");
    let said = done(path, &["run", "visits.csv", "--config", "removed.toml", "--out", "removed"]);
    assert!(said.starts_with("12 of 12 people") && !said.contains("taken for people"), "{said}");
    let checked = deid(path, &["check", "removed", "--config", "removed.toml"]);
    assert!(String::from_utf8(checked.stderr).unwrap().contains("rows are taken for people"));
    assert!(checked.status.success());
}
