//! What a plan says of roles that the roster does not name, and which of them it has go.

use std::collections::BTreeSet;

use super::{Roles, Unmanaged};
use crate::provider::context::Defaults;
use crate::provider::explain;
use crate::provider::resources::role::{self, entry};
use crate::provider::resources::roster::Roster;
use crate::provider::resources::roster::entry::Sides;
use crate::provider::resources::roster::place::{Gathered, first_ten};
use crate::provider::resources::roster::removals::Removals;
use crate::provider::resources::roster::schema::{GROUPS, UNMANAGED, UNMANAGED_IGNORE, USERS};
use crate::provider::resources::roster::side::{Side, oid_value};
use crate::roles::{Oid, RoleName};
use crate::sdk::{Diagnostic, Diagnostics, Path, PrivateState, Resource, Value};

impl Roster {
    /// Says what the catalog shows of them.
    pub(in crate::provider::resources::roster) async fn plan_unmanaged(
        &self,
        sides: &Sides<'_>,
        removals: &mut Removals,
        diagnostics: &mut Diagnostics,
    ) {
        if self.context.is_applying() {
            return;
        }
        let how = Unmanaged::of(sides.config);
        let may_go = sides.prior.is_some() && how.is_none_or(Unmanaged::goes);
        if may_go && (how.is_none() || self.ignored(sides.config).is_none()) {
            diagnostics.push(not_known_yet());
            return;
        }
        let Some(how) = how.filter(|how| *how != Unmanaged::Ignore) else { return };
        let roles = self.unmanaged_ahead(how, sides, diagnostics).await;
        if roles.is_empty() {
            return;
        }
        let names: Vec<&str> = roles.keys().map(|name| name.as_str()).collect();
        let (count, listed) = (names.len(), first_ten(&names));
        let remedy = format!(
            "Write them in {USERS} or {GROUPS}, or name them in {UNMANAGED_IGNORE}, where globs such as \"app_*\" are allowed."
        );
        let path = Path::attribute(UNMANAGED);
        match how {
            Unmanaged::Ignore => {}
            Unmanaged::Warn => {
                let summary = format!("{count} roles of the cluster are not named by the roster");
                diagnostics.warning(path, summary, format!("They are {listed}. {remedy}"));
            }
            Unmanaged::Error => {
                let summary = format!("{count} roles of the cluster are not named by the roster");
                let error = Diagnostic::error(summary, format!("They are {listed}. {remedy}")).at(path);
                diagnostics.push(explain::but_for_a_destroy(error));
            }
            Unmanaged::Disable | Unmanaged::Drop if sides.prior.is_none() => {
                let summary = format!(
                    "{count} roles that the roster does not name will be {} by the apply after this one",
                    how.verb()
                );
                let why = "The first apply of a roster leaves them alone: there is no state yet with which its plan could tell it who \
                           goes.";
                diagnostics.warning(
                    path,
                    summary,
                    format!("They are {listed}. {why} To keep them: {remedy}"),
                );
                self.refuse_managed(how, &roles).say(diagnostics);
            }
            Unmanaged::Disable | Unmanaged::Drop => {
                let summary = format!("{count} roles that the roster does not name will be {}", how.verb());
                diagnostics.warning(path, summary, format!("They are {listed}. To keep them: {remedy}"));
                self.plan_to_remove(how, &roles, diagnostics).await;
                removals.unmanaged(names.into_iter());
            }
        }
    }

    /// Those that the plan sees. Of those that are to go it says no less than the apply takes.
    async fn unmanaged_ahead(
        &self,
        how: Unmanaged,
        sides: &Sides<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Roles {
        let snapshot = match self.context.ready() {
            Some(session) => session.snapshot_or_warn(diagnostics).await.map(|snapshot| (session, snapshot)),
            None => None,
        };
        let goes = how.goes() && sides.prior.is_some();
        let mut roles = match snapshot {
            Some((session, snapshot)) => {
                let protection = session.cluster.protection();
                if how.goes() {
                    let out_of_reach = self.out_of_reach(sides, &snapshot, protection);
                    diagnostics.extend(stay(how, &out_of_reach));
                }
                self.unmanaged(sides.config, sides.prior, &snapshot, protection).unwrap_or_default()
            }
            None if goes => self.unmanaged_of_state(sides),
            None => Roles::new(),
        };
        roles.retain(|name, oid| !goes || sides.private.is_stranger(name, *oid));
        // What goes out of the roster is counted there.
        for gone in self.gone(sides) {
            roles.retain(|name, _| name.as_str() != gone.name);
        }
        roles
    }

    /// Those of the last read.
    fn unmanaged_of_state(&self, sides: &Sides<'_>) -> Roles {
        let Some(ignored) = self.ignored(sides.config) else { return Roles::new() };
        let named: BTreeSet<&str> = self.names(sides.config).collect();
        let strangers = sides.private.strangers();
        strangers.filter(|(name, _)| !named.contains(name.as_str()) && !ignored.matches(name)).collect()
    }

    async fn plan_to_remove(&self, how: Unmanaged, roles: &Roles, diagnostics: &mut Diagnostics) {
        let mut said = self.refuse_managed(how, roles);
        for (name, oid) in roles.iter().filter(|(_, oid)| self.context.managed(**oid).is_none()) {
            let mut of_role = Diagnostics::new();
            let state = self.users.of_unmanaged(how, name.as_str(), *oid, &self.context.defaults());
            self.users.resource.plan_destroy(&state, PrivateState::default(), &mut of_role).await;
            said.add_at(&Path::attribute(UNMANAGED), name.as_str(), of_role);
        }
        said.say(diagnostics);
    }

    /// Errors for those that other resources have.
    fn refuse_managed(&self, how: Unmanaged, roles: &Roles) -> Gathered {
        let mut said = Gathered::default();
        for (name, oid) in roles {
            // Said before it is asked: the other resource, which is planned at the same time, does it the other way around.
            self.context.remember_going(*oid);
            if self.context.managed(*oid).is_some() {
                let error = explain::but_for_a_destroy(Diagnostic::error(
                    format!(
                        "The role {:?} is another resource's, and would be {}",
                        name.as_str(),
                        how.verb()
                    ),
                    format!("Name it in {UNMANAGED_IGNORE}, or take it out of one of the two resources."),
                ));
                said.add_at(&Path::attribute(UNMANAGED), name.as_str(), error.into());
            }
        }
        said
    }
}

fn stay(how: Unmanaged, out_of_reach: &[(RoleName, Oid)]) -> Option<Diagnostic> {
    if out_of_reach.is_empty() {
        return None;
    }
    let shown: Vec<String> =
        out_of_reach.iter().map(|(name, oid)| format!("{:?} (OID {})", name.as_str(), oid.0)).collect();
    let warning = Diagnostic::warning(
        format!("{} roles that the roster does not name cannot be {}", out_of_reach.len(), how.verb()),
        format!(
            "Their names have bytes that are no UTF-8, as those of a database in another encoding, and no statement can write them: \
             {}, with U+FFFD in the place of such bytes. Rename or drop them in the database that they were made in, or name \
             them in {UNMANAGED_IGNORE} by a glob.",
            role::first_ten(&shown)
        ),
    );
    Some(warning.at(Path::attribute(UNMANAGED)))
}

fn not_known_yet() -> Diagnostic {
    let error = Diagnostic::error(
        "Who would go with the roles that the roster does not name is not known yet",
        format!(
            "With \"disable\" and \"drop\" the plan names them, and for that {UNMANAGED}, {UNMANAGED_IGNORE}, and the keys of {USERS} and \
             {GROUPS} must be known. Apply what they come from first (terraform apply -target=...), or write {UNMANAGED} = \"warn\" \
             for this apply."
        ),
    );
    explain::but_for_a_destroy(error.at(Path::attribute(UNMANAGED)))
}

impl Side {
    /// The state of a role that is to go without ever having been in the roster.
    pub(super) fn of_unmanaged(&self, how: Unmanaged, name: &str, oid: Oid, defaults: &Defaults) -> Value {
        let mut config = self.schema.null_object();
        config.set(self.kind.name_attribute(), Value::string(name));
        let mut state = entry::settled(self.kind, &self.schema, &config);
        let by_default = defaults.on_destroy.clone().unwrap_or_default();
        let text = |text: Option<&String>| text.map_or(Value::Null, Value::string);
        let drops = how == Unmanaged::Drop;
        let drop_owned = by_default.drop_owned.known().copied().filter(|_| drops);
        let on_destroy = [
            ("action", Value::string(if drops { "drop" } else { "disable" })),
            ("reassign_owned_to", text(by_default.reassign_owned_to.known().filter(|_| drops))),
            ("drop_owned", drop_owned.map_or(Value::Null, Value::Bool)),
        ];
        state.set(
            "on_destroy",
            Value::Object(on_destroy.map(|(name, value)| (name.to_owned(), value)).into()),
        );
        state.set("oid", oid_value(oid.0));
        state
    }
}
