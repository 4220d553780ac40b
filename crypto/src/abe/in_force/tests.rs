use super::*;
use crate::abe::tests::{World, name};

/// The public file of one of a world's authorities; the point of each attribute is spoilt.
fn file(world: &World, authority: usize, attributes: &[(&str, u32)]) -> String {
    let authority = &world.authorities[authority];
    let mut text =
        format!("{}\nauthority: {}\n", VersionsInForce::FIRST_LINE, hex::encode(authority.public().to_bytes()));
    for (attribute, version) in attributes {
        let mut bytes = authority.attribute_public(&name(attribute), *version).unwrap().to_bytes();
        let point = bytes.len() - G2::LEN;
        bytes[point..].fill(0xee);
        text.push_str(&format!("attribute: {}\n", hex::encode(bytes)));
    }
    text
}

fn of(attribute: &str, generation: u32, version: u32) -> AttributeVersion {
    AttributeVersion { attribute: name(attribute), generation, version }
}

/// Points are as many as the file has attributes, and each costs what all the rest does.
#[test]
fn versions_are_told_without_a_look_at_points_and_the_last_line_counts() {
    let world = World::new();
    let mut in_force = VersionsInForce::default();
    in_force.add_file(&file(&world, 0, &[("A@X", 0), ("B@X", 7), ("A@X", 3), ("A@X", 2)])).unwrap();
    in_force.add_file(&file(&world, 1, &[("A@Y", 1)])).unwrap();
    assert_eq!(in_force.of(&name("A@X")), Ok(of("A@X", 0, 3)));
    assert_eq!(in_force.age(&[of("A@X", 0, 3), of("A@Y", 0, 1)]), Ok(Age::InForce));
    let earlier = Age::Earlier { of: of("A@X", 0, 2), in_force: of("A@X", 0, 3) };
    assert_eq!(in_force.age(&[of("A@X", 0, 2), of("A@Y", 0, 1)]), Ok(earlier));
    let later = Age::Later { of: of("B@X", 1, 0), in_force: of("B@X", 0, 7) };
    assert_eq!(in_force.age(&[of("A@X", 0, 2), of("B@X", 1, 0)]), Ok(later));
    let attribute = name("C@X");
    assert_eq!(in_force.age(&[of("C@X", 0, 0)]), Err(EncryptError::UnknownAttribute { attribute }));
    let authority = "Z".parse().unwrap();
    assert_eq!(in_force.age(&[of("A@Z", 0, 0)]), Err(EncryptError::UnknownAuthority { authority }));
}

#[test]
fn files_of_another_kind_authority_generation_or_length_are_refused_whole() {
    let (world, other) = (World::new(), World::new());
    let whole = file(&world, 0, &[("A@X", 0)]);
    let mut in_force = VersionsInForce::default();
    in_force.add_file(&whole).unwrap();
    in_force.add_file(&whole).unwrap();
    let authority = "X".parse().unwrap();
    assert_eq!(in_force.add_file(&file(&other, 0, &[("A@X", 9)])), Err(NotPublished::Differ { authority }));
    let foreign = [whole.as_str(), file(&world, 1, &[("A@Y", 0)]).lines().last().unwrap()].concat();
    assert!(matches!(in_force.add_file(&foreign), Err(NotPublished::Attribute(_))));
    let rotated = whole.replacen("attribute: 0100000000", "attribute: 0100000001", 1);
    assert!(matches!(in_force.add_file(&rotated), Err(NotPublished::Attribute(_))));
    assert_eq!(in_force.add_file(&whole.replace("public: 1", "public: 2")), Err(NotPublished::Line { line: 1 }));
    assert_eq!(in_force.add_file(&format!("{whole}\nkey: 00\n")), Err(NotPublished::Line { line: 5 }));
    let again = format!("{whole}{}\n", whole.lines().nth(1).unwrap());
    assert_eq!(in_force.add_file(&again), Err(NotPublished::Line { line: 4 }));
    let line = whole.lines().last().unwrap();
    for damaged in [&line[..line.len() - 1], &line[..line.len() - 2], &line[..40], "attribute: é", "attribute: "] {
        assert!(in_force.add_file(&whole.replace(line, damaged)).is_err(), "{damaged}");
    }
    assert!(in_force.add_file(&whole.replace(line, &format!("{line}00"))).is_err());
    let (head, _) = whole.split_once("attribute").unwrap();
    assert!(in_force.add_file(&head.replacen(": 01", ": 02", 1)).is_err());
    assert!(in_force.add_file(&format!("{}\n", VersionsInForce::FIRST_LINE)).is_err());
    assert_eq!(in_force.of(&name("A@X")), Ok(of("A@X", 0, 0)), "nothing of what was refused counts");
}
