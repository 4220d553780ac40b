//! All optima that ARX 3.9.2 finds on the Adult data set are found here.

use std::path::Path;

use medshare_deid_anon::{Attribute, Goal, Hierarchy, Metric, Privacy, Problem, Sensitive, search};
use medshare_deid_records::{Table, read_table};

use crate::corpus;

fn adult(folder: &Path) -> Table {
    read_table("adult", &std::fs::read(folder.join("adult.csv")).unwrap(), b';').unwrap()
}

fn problem(folder: &Path, table: &Table, names: &[String], sensitive: Option<&str>) -> Problem {
    let mut attributes = Vec::new();
    let mut columns = Vec::new();
    for name in names {
        let bytes = std::fs::read(folder.join(format!("adult_hierarchy_{name}.csv"))).unwrap();
        let hierarchy = Hierarchy::from_csv(&bytes, b';').unwrap();
        columns.push(hierarchy.encode(table.column(name).unwrap()).unwrap());
        attributes.push(Attribute { name: name.clone(), hierarchy });
    }
    let columns: Vec<&[u32]> = columns.iter().map(Vec::as_slice).collect();
    let sensitive = sensitive.map(|name| table.column(name).unwrap());
    let codes: Vec<&[u32]> = sensitive.iter().map(|column| column.codes()).collect();
    let sensitive =
        sensitive.iter().map(|column| Sensitive { name: column.name().to_owned(), values: column.dictionary().len() });
    Problem::new(attributes, &columns, sensitive.collect(), &codes, table.row_count()).unwrap()
}

#[test]
fn all_20_optima_of_arx_are_reproduced() {
    let Some(folder) = corpus::folder("adult-arx") else {
        return;
    };
    let table = adult(&folder);
    let expected = std::fs::read_to_string(folder.join("expected-optima.csv")).unwrap();
    let mut checked = 0;
    for line in expected.lines().skip(2) {
        let fields: Vec<&str> = line.split(';').collect();
        let [_, model, metric, limit, _, space, score, transformation, suppressed, classes] = fields[..] else {
            unreachable!()
        };
        let (levels, names) = transformation.split_once("] [").unwrap();
        let levels: Vec<usize> = levels[1..].split(", ").map(|level| level.parse().unwrap()).collect();
        let names: Vec<String> = names.trim_end_matches(']').split(", ").map(str::to_owned).collect();
        let sensitive = (model == "k5l2").then_some("occupation");
        let problem = problem(&folder, &table, &names, sensitive);
        let mut privacy = vec![Privacy::KAnonymity { k: model[1..2].parse().unwrap() }];
        if let Some(attribute) = sensitive {
            privacy.push(Privacy::DistinctDiversity { attribute: attribute.to_owned(), l: 2 });
        }
        let goal = Goal {
            privacy,
            metric: match metric {
                "loss" => Metric::Loss,
                "discern" => Metric::Discernibility,
                _ => Metric::AverageClassSize,
            },
            weights: Vec::new(),
            max_suppressed: (limit.parse::<f64>().unwrap() * table.row_count() as f64).floor() as usize,
            threads: 2,
        };
        let begun = std::time::Instant::now();
        let found = search(&problem, &goal).unwrap();
        eprintln!(
            "{model} {metric} {limit}: {} of {space} evaluated in {:?}, {:?}",
            found.evaluated,
            begun.elapsed(),
            found.levels
        );
        let score: f64 = score.parse().unwrap();
        assert!((found.score - score).abs() <= 1e-9 * score.max(1.0), "{line}: {}", found.score);
        if found.levels == levels {
            let left_out = found.suppressed.iter().filter(|left_out| **left_out).count();
            assert_eq!(left_out, suppressed.parse::<usize>().unwrap(), "{line}");
            let all_suppressed_form_one =
                usize::from(left_out > 0 && classes.parse::<usize>().unwrap() == found.classes + 1);
            assert_eq!(found.classes + all_suppressed_form_one, classes.parse::<usize>().unwrap(), "{line}");
        }
        checked += 1;
    }
    assert_eq!(checked, 20);
}
