//! Which resources leave: those of which all people leave that they are about.
//!
//! What is about somebody who is not among the patients, or about nobody, stays behind: nobody counted that person among those who are
//! alike.

use std::collections::HashSet;
use std::sync::LazyLock;

use medshare_deid_records::FhirFile;
use medshare_deid_records::fhir::{Model, PATIENT};

use super::keys::Key;
use super::links::{Links, Row, Target};

/// Rounds in which resources follow others, such as a provenance the results that it is about.
const MOST_ROUNDS: usize = 8;

const RELATED_PERSON: &str = "RelatedPerson";
const GROUP: &str = "Group";

/// Types of records about people by their elements' names, but for those that are about things as well.
static OF_PEOPLE: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    const NAMES: [&str; 5] = ["beneficiary", "for", "individual", "patient", "subject"];
    const MORE: [&str; 4] = ["Appointment", "AppointmentResponse", "EnrollmentRequest", "Person"];
    let is_about = |name: &str| NAMES.iter().any(|element| refers_by(name, element));
    let types = Model::r4().types().filter(|one| one.is_resource).map(|one| one.name);
    types.filter(|name| *name != "Device" && (is_about(name) || MORE.contains(name))).collect()
});

fn refers_by(resource_type: &str, element: &str) -> bool {
    let model = Model::r4();
    let own = model.resource(resource_type).and_then(|id| model.get(id));
    own.and_then(|own| own.element(own.position(element)?)).is_some_and(|element| element.type_name == "Reference")
}

/// Whether a resource leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It does, with this patient if it is somebody's.
    Leaves(Option<Row>),
    /// Somebody or something that it is about is left out.
    LeftOut,
    /// It is about somebody who is not here, or nobody says about whom.
    OfNobody,
}

/// The standing of every resource.
pub(crate) struct Standings<'l, 'f> {
    pub(super) links: &'l Links<'f>,
    rows: Vec<Vec<Standing>>,
}

/// Who or what a reference says that a resource is about.
enum Whose {
    Person(Row),
    Gone,
    Stranger,
    Thing { leaves: bool },
    Unknown,
}

impl<'l, 'f> Standings<'l, 'f> {
    /// Where of the patients those leave of whom `leaves` says so.
    pub(crate) fn new(links: &'l Links<'f>, leaves: impl Fn(Key<'_>) -> bool) -> Self {
        let own = |(file, own): (usize, &FhirFile)| {
            let of_row = |row| match own.resource_type() == PATIENT {
                true if links.key((file, row)).is_some_and(&leaves) => Standing::Leaves(Some((file, row))),
                true => Standing::LeftOut,
                false => Standing::Leaves(None),
            };
            (0..own.len()).map(of_row).collect()
        };
        let mut standings = Standings { links, rows: links.files.iter().enumerate().map(own).collect() };
        standings.settle();
        standings
    }

    fn settle(&mut self) {
        let of = |own: &FhirFile| (own.resource_type() != RELATED_PERSON, own.resource_type() == PATIENT);
        let mut order: Vec<usize> = (0..self.links.files.len()).collect();
        order.sort_by_key(|file| self.links.files.get(*file).map(of));
        let files = self.links.files;
        let of_others = |file: &usize| files.get(*file).is_some_and(|own| own.resource_type() != PATIENT);
        let rows = order
            .into_iter()
            .filter(of_others)
            .flat_map(|file| (0..files.get(file).map_or(0, FhirFile::len)).map(move |row| (file, row)));
        let mut following: Vec<Row> = Vec::new();
        for row in rows {
            let (standing, follows) = self.judged(row);
            self.set(row, standing);
            following.extend(follows.then_some(row));
        }
        for _ in 0..MOST_ROUNDS {
            let mut changed = false;
            for row in &following {
                let (standing, _) = self.judged(*row);
                changed |= self.get(*row) != standing;
                self.set(*row, standing);
            }
            if !changed {
                return;
            }
        }
    }

    /// The standing of a resource, and whether it follows others than people.
    fn judged(&self, row: Row) -> (Standing, bool) {
        let is_group = self.links.resource_type(row) == GROUP;
        let (mut person, mut lost, mut stranger, mut unknown) = (None, false, false, false);
        let (mut things, mut leaving) = (0usize, 0usize);
        for owner in self.links.facts(row).map(|facts| &*facts.owners).unwrap_or_default() {
            match self.whose(owner) {
                Whose::Person(known) => drop(person.get_or_insert(known)),
                Whose::Gone => lost = true,
                Whose::Stranger => stranger = true,
                Whose::Unknown => unknown = true,
                Whose::Thing { leaves } => {
                    things += 1;
                    leaving += usize::from(leaves);
                }
            }
        }
        // A group stays with those of its members who stay.
        let of_all = !is_group || person.is_none();
        let standing = match person {
            _ if lost && of_all => Standing::LeftOut,
            _ if stranger && of_all => Standing::OfNobody,
            Some(person) => Standing::Leaves(Some(person)),
            None if things > 0 && leaving == 0 => Standing::LeftOut,
            None if things == 0 && (unknown || OF_PEOPLE.contains(self.links.resource_type(row))) => Standing::OfNobody,
            None => Standing::Leaves(None),
        };
        (standing, things > 0)
    }

    fn whose(&self, owner: &str) -> Whose {
        match self.links.target(owner) {
            Target::Here(row) => match (self.links.resource_type(row), self.get(row)) {
                (PATIENT, Standing::Leaves(_)) => Whose::Person(row),
                (RELATED_PERSON, Standing::Leaves(Some(person))) => Whose::Person(person),
                (PATIENT | RELATED_PERSON, Standing::LeftOut) => Whose::Gone,
                (PATIENT | RELATED_PERSON, Standing::OfNobody) => Whose::Stranger,
                _ => Whose::Thing { leaves: self.leaves(row) },
            },
            Target::Elsewhere(key) => match key.resource_type() {
                Some(PATIENT) => Whose::Stranger,
                Some(_) => Whose::Thing { leaves: true },
                None => Whose::Unknown,
            },
            Target::Nowhere if owner.contains(PATIENT) => Whose::Stranger,
            Target::Nowhere => Whose::Unknown,
        }
    }

    /// The standing of a resource.
    pub(crate) fn get(&self, (file, row): Row) -> Standing {
        self.rows.get(file).and_then(|rows| rows.get(row)).copied().unwrap_or(Standing::OfNobody)
    }

    fn set(&mut self, (file, row): Row, standing: Standing) {
        if let Some(place) = self.rows.get_mut(file).and_then(|rows| rows.get_mut(row)) {
            *place = standing;
        }
    }

    /// Whether a resource leaves, so that others may refer to it.
    pub(super) fn leaves(&self, row: Row) -> bool {
        matches!(self.get(row), Standing::Leaves(_))
            && self.links.facts(row).is_some_and(|facts| !facts.is_modified)
            && Model::r4().resource(self.links.resource_type(row)).is_some()
    }

    /// What the person is known by whose record a resource is.
    pub(crate) fn person(&self, row: Row) -> Option<Key<'f>> {
        match self.get(row) {
            Standing::Leaves(person) => self.links.key(person?),
            _ => None,
        }
    }
}
