//! Taking over the roles of a cluster.

use std::collections::BTreeMap;

use super::Roster;
use super::private::Private;
use super::schema::{DEFAULT_MAX_REMOVALS, MAX_REMOVALS, OIDS};
use super::side::oid_value;
use crate::provider::context::Unseen;
use crate::provider::explain;
use crate::provider::resources::role::entry;
use crate::roles::{NamePatterns, Oid, RoleName, member_pattern_error};
use crate::sdk::resource::Imported;
use crate::sdk::{Diagnostic, Diagnostics, Number, Value};

const ID: &str = "The id of an import is `all`, or a name or glob (app_*) of roles; several have commas between them. Who can log in \
                  comes in as a user, who cannot as a group; where the configuration says the other, the role moves there.";

impl Roster {
    /// Finds the roles that an id names. What the configuration does not write of them is let go in the first apply.
    pub(super) async fn import_those(&self, id: &str, diagnostics: &mut Diagnostics) -> Option<Imported> {
        match self.find_those(id).await {
            Ok(imported) => Some(imported),
            Err(error) => {
                diagnostics.push(error);
                None
            }
        }
    }

    async fn find_those(&self, id: &str) -> Result<Imported, Diagnostic> {
        let patterns = if id == "all" { vec!["*"] } else { id.split(',').map(str::trim).collect() };
        if let Some(wrong) =
            patterns.iter().find(|text| text.is_empty() || member_pattern_error(text).is_some())
        {
            return Err(Diagnostic::error(format!("{wrong:?} names no roles to import"), ID));
        }
        let patterns = NamePatterns::new(&patterns.into_iter().map(str::to_owned).collect());
        let snapshot = self.context.session()?.snapshot().await.map_err(|unseen| match unseen {
            Unseen::First(error) => explain::looking(None, &error),
            Unseen::Again => Diagnostic::error("The roles were not looked for", "See the other error."),
        })?;
        let mut private = Private::default();
        let (mut users, mut groups, mut oids) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for role in snapshot.catalog.roles() {
            let name = role.name.as_str();
            if role.oid == Oid::BOOTSTRAP_SUPERUSER
                || RoleName::managed(name).is_err()
                || !patterns.matches(&role.name)
            {
                continue;
            }
            let side = if role.attributes.login { &mut users } else { &mut groups };
            side.insert(name.to_owned(), Value::string("{}"));
            oids.insert(name.to_owned(), oid_value(role.oid.0));
            private.import(name, entry::imported(snapshot.system_identifier));
        }
        if oids.is_empty() {
            return Err(Diagnostic::error(format!("There are no roles {id:?} to import"), ID));
        }
        let mut state = super::schema::schema().null_object();
        state.set(self.users.attribute, Value::Map(users));
        state.set(self.groups.attribute, Value::Map(groups));
        state.set(OIDS, Value::Map(oids));
        // Where it is not written this is planned, and an import of what is there already plans nothing.
        state.set(MAX_REMOVALS, Value::Number(Number::from(DEFAULT_MAX_REMOVALS)));
        Ok(Imported { state, private: private.encode() })
    }
}
