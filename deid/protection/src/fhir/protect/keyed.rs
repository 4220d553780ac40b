//! What takes the place of values under the package's key: dates, ids, links.

use serde_json::Value;

use crate::category::Category;
use medshare_deid_records::date::PartialDate;
use medshare_deid_records::fhir::TypeId;

use super::{Protector, Scope};
use crate::fhir::references::reference;

impl Protector<'_> {
    pub(super) fn date(&mut self, value: &Value, scope: Scope<'_>) -> Option<Value> {
        Some(Value::from(self.told_date(value, scope)?.0))
    }

    fn told_date(&mut self, value: &Value, scope: Scope<'_>) -> Option<(String, bool)> {
        let told = self.dates.tell(PartialDate::parse(value.as_str()?)?, scope.person, self.names);
        self.years.extend(told.0.get(..4).and_then(|year| year.parse::<i32>().ok()));
        Some(told)
    }

    pub(super) fn instant(&mut self, value: &Value, scope: Scope<'_>) -> Option<Value> {
        let (told, to_the_day) = self.told_date(value, scope)?;
        to_the_day.then(|| Value::from(format!("{told}T00:00:00Z")))
    }

    pub(super) fn birth_date(&self, value: &Value) -> Option<Value> {
        if !self.config.fhir.birth_year {
            return None;
        }
        let year = PartialDate::parse(value.as_str()?)?.year;
        let told = self.dates.cap_year.map_or(year, |cap| year.max(cap));
        Some(Value::from(format!("{told:04}")))
    }

    pub(super) fn id(&self, id: &str, scope: Scope<'_>) -> Value {
        let inside = scope.is_contained.then(|| self.names.id(&format!("{}#{id}", scope.own)));
        Value::from(inside.unwrap_or_else(|| self.names.id(scope.own)))
    }

    pub(super) fn link(
        &mut self,
        id: TypeId,
        value: &Value,
        owner: TypeId,
        position: usize,
        scope: Scope<'_>,
    ) -> Option<Value> {
        let Some(fields) = value.as_object() else { return self.of_other_form(owner, position) };
        let (told, is_lost) = reference(fields, scope.own, self.standings, self.names);
        self.losses.structure(id, &told.lost);
        if is_lost {
            self.losses.element(owner, position, Category::LostLink);
        }
        told.value.map(Value::Object)
    }
}
