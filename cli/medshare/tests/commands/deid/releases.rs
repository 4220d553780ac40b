//! What goes with a release, and what two of them tell together.

use std::fs;

use serde_json::Value;

use super::{deid, done, folder_with, refused};

/// A line for each of twenty people.
fn people(line: impl Fn(u32) -> String) -> String {
    (0..20).map(|person| line(person) + "\n").collect()
}

#[test]
fn a_release_goes_with_what_a_receiver_checks_it_by_and_nothing_that_was_removed() {
    let raw = "insured,age,glucose\n".to_owned() + &people(|person| format!("Q-{person},{},5", 30 + person / 10));
    let hierarchy: String = (30..32).map(|age| format!("{age};thirties\n")).collect();
    let config = "k = 5\n[table]\ndirect_identifiers = [\"insured\"]\nquasi_identifiers = [\"age\"]\nkeep = [\"glucose\"]\n\
                  [table.hierarchies.age]\nkind = \"file\"\npath = \"ages.csv\"\n";
    let folder =
        folder_with(&[("t.csv", raw.as_bytes()), ("c.toml", config.as_bytes()), ("ages.csv", hierarchy.as_bytes())]);
    let path = folder.path();
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "released"]);
    let travelling = fs::read_to_string(path.join("released/release.toml")).unwrap();
    assert!(!travelling.contains("insured") && !travelling.contains("thirties"), "{travelling}");
    assert!(done(path, &["check", "released"]).starts_with("may leave"));
    assert!(done(path, &["check", "released/t.csv"]).starts_with("may leave"));
    fs::remove_file(path.join("released/release.toml")).unwrap();
    assert!(refused(path, 2, &["check", "released"]).contains("release.toml"));
}

#[test]
fn two_releases_that_are_anonymous_each_are_refused_where_they_are_not_together() {
    let by_sex =
        "sex,glucose\n".to_owned() + &people(|person| format!("{},{person}.5", ["F", "M"][person as usize % 2]));
    let by_place = "region,glucose\n".to_owned()
        + &people(|person| format!("{},{person}.5", ["North", "South"][usize::from(person > 6)]));
    let config = |name: &str| format!("k = 5\n[table]\nquasi_identifiers = [\"{name}\"]\nkeep = [\"glucose\"]\n");
    let folder = folder_with(&[
        ("sex.csv", by_sex.as_bytes()),
        ("place.csv", by_place.as_bytes()),
        ("sex.toml", config("sex").as_bytes()),
        ("place.toml", config("region").as_bytes()),
    ]);
    let path = folder.path();
    for name in ["sex", "place"] {
        done(
            path,
            &["run", &format!("{name}.csv"), "--config", &format!("{name}.toml"), "--out", &format!("{name}-1")],
        );
        assert!(done(path, &["check", &format!("{name}-1")]).starts_with("may leave"));
    }
    done(path, &["run", "sex.csv", "--config", "sex.toml", "--out", "sex-2"]);
    let same = done(path, &["check", "sex-2", "--with", "sex-1"]);
    assert!(same.contains("both releases: may be handed to one person"), "{same}");
    assert!(same.contains("20 of 20 rows fit exactly one of the other release"), "{same}");
    let told = refused(path, 3, &["check", "place-1", "--with", "sex-1"]);
    assert!(told.contains("both releases: must not be handed to one person"), "{told}");
    assert!(told.contains("7 people are alike with fewer than 5 in both together"), "{told}");
    let output = deid(path, &["check", "place-1", "--with", "sex-1", "--json"]);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer.pointer("/passed"), Some(&Value::Bool(true)));
    assert_eq!(answer.pointer("/together/passed"), Some(&Value::Bool(false)));
    assert_eq!(answer.pointer("/together/smallest_class"), Some(&Value::from(3)));
    done(path, &["sample", "--patients", "60", "--out", "fhir"]);
    done(path, &["run", "fhir", "--out", "fhir-1"]);
    assert!(refused(path, 2, &["check", "fhir-1", "--with", "sex-1"]).contains("expected two of one kind"));
    done(path, &["run", "fhir", "--out", "fhir-2"]);
    assert!(done(path, &["check", "fhir-2", "--with", "fhir-1"]).contains("may be handed to one person"));
}

#[test]
fn a_report_tells_of_every_column_what_became_of_it_and_why() {
    let raw = "insured,age,glucose,odd,diagnosis\n".to_owned()
        + &people(|person| {
            format!("Q-{person},{},5,x{person},{}", 30 + person / 10, if person < 10 { "flu" } else { "asthma" })
        });
    let config = "k = 5\n[table]\ndirect_identifiers = [\"insured\"]\nquasi_identifiers = [\"age\"]\nkeep = [\"glucose\"]\nsensitive = [\"diagnosis\"]\n";
    let folder = folder_with(&[("t.csv", raw.as_bytes()), ("c.toml", config.as_bytes())]);
    let path = folder.path();
    done(path, &["run", "t.csv", "--config", "c.toml", "--out", "released", "--report", "r.html"]);
    let report = fs::read_to_string(path.join("r.html")).unwrap();
    let section = |from: &str, to: &str| {
        let rest = report.split_once(from).map_or("", |(_, rest)| rest);
        rest.split_once(to).map_or(rest, |(section, _)| section).to_owned()
    };
    assert!(section("<h3>Withheld", "<h3>Removed").contains("<td>odd</td><td>nobody said what it is"), "{report}");
    assert!(section("<h3>Removed", "<h3>Kept").contains("<td>insured</td><td>identifies on its own"), "{report}");
    let kept = section("<h3>Kept", "<h2>");
    assert!(kept.contains("<td>glucose</td><td>neither identifies nor harms: kept</td>"), "{kept}");
    assert!(kept.contains("<td>5</td></tr>"), "{kept}");
    assert!(report.contains("one chance in 10") && !report.contains("Q-3"), "{report}");
    // Everybody of one age has one diagnosis: the class tells it.
    let told = section("<h2>What is told without finding anybody", "</table>");
    assert!(told.contains("<td>diagnosis</td>") && told.contains("20 of 20"), "{told}");
}
