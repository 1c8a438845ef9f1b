//! How a protected role stands in a catalog, and by what: the ways that a change must cut or open to concern it.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::{Access, is_judged_setting};
use crate::roles::foresight::Foresight;
use crate::roles::{
    Catalog, Change, DatabaseName, Oid, Privilege, RoleName, RoleOption, ValidUntil, canonical_setting_name,
};

/// A role's access, with the ways it has it by. A way begins with the role itself.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) access: Access,
    rds_iam: Option<Vec<Oid>>,
    rds_superuser: Option<Vec<Oid>>,
    connect: Option<Vec<Oid>>,
}

fn rds_superuser() -> RoleName {
    RoleName::from_catalog("rds_superuser")
}

impl Standing {
    /// How the role of that name stands; `None`: there is none.
    pub(super) fn of(
        name: &RoleName,
        foresight: &Foresight,
        database: &DatabaseName,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let catalog = foresight.catalog();
        let oid = catalog.role_oid(name)?;
        let attributes = &catalog.row(oid)?.attributes;
        let way = |group: RoleName| catalog.path_to(oid, catalog.role_oid(&group)?);
        let (rds_iam, rds_superuser) = (way(RoleName::rds_iam()), way(rds_superuser()));
        let connect = catalog.connect_path(oid, database);
        let access = Access {
            oid,
            login: attributes.login,
            connection_limit: attributes.connection_limit,
            valid_until_passed: has_passed(&attributes.valid_until, now),
            has_password: foresight.password_planned(oid),
            rds_iam: rds_iam.as_ref().map(|way| names(catalog, way)),
            connect: connect.is_some(),
            create_role: attributes.create_role || attributes.superuser,
            superuser: attributes.superuser,
            rds_superuser: rds_superuser.is_some(),
            settings: effective_settings(catalog, oid, database),
        };
        Some(Self { access, rds_iam, rds_superuser, connect })
    }

    /// Whether a change that has just been laid may have changed how the role stands. Cheap where it has not: a plan asks
    /// this of every change.
    pub(super) fn is_concerned(
        &self,
        name: &RoleName,
        change: &Change,
        foresight: &Foresight,
        database: &DatabaseName,
    ) -> bool {
        let catalog = foresight.catalog();
        let oid_of = |name: &RoleName| catalog.role_oid(name);
        match change {
            Change::Create { .. } | Change::Comment { .. } | Change::RevokeAdminOption { .. } => false,
            Change::SetPassword { name: whose } | Change::ClearPassword { name: whose } => whose == name,
            Change::SetSetting { role, name: setting, .. }
            | Change::ResetSetting { role, name: setting, .. } => role == name && is_judged_setting(setting),
            // Who waited for a group of the new name is its member now.
            Change::Rename { from, to } => {
                from == name
                    || to == name
                    || oid_of(to).is_some_and(|oid| self.may_gain_by(catalog, oid, oid))
            }
            Change::Alter { name: whose, options } => {
                whose == name
                    || options.iter().any(|option| match option {
                        RoleOption::Inherit(on) => {
                            oid_of(whose).is_some_and(|oid| self.turns_on_inherit(catalog, oid, *on))
                        }
                        _ => false,
                    })
            }
            Change::GrantMembership { group, member, .. } => {
                let Some((group, member)) = oid_of(group).zip(oid_of(member)) else { return false };
                // Perhaps without INHERIT from now on.
                let narrowed = is_step(self.connect.as_ref(), member, group);
                narrowed || self.may_gain_by(catalog, group, member)
            }
            Change::RevokeMembership { group, member, .. } => {
                let Some((group, member)) = oid_of(group).zip(oid_of(member)) else { return false };
                self.ways().any(|way| is_step(Some(way), member, group))
            }
            Change::GrantPrivileges { database: on, grantee, privileges } => {
                on == database
                    && self.connect.is_none()
                    && privileges.contains_key(&Privilege::Connect)
                    && oid_of(grantee).is_some_and(|grantee| self.belongs_to(catalog, grantee))
            }
            Change::RevokePrivileges { database: on, grantee, privileges, grant_option_only, .. } => {
                on == database
                    && !grant_option_only
                    && privileges.contains(&Privilege::Connect)
                    && oid_of(grantee).is_some_and(|grantee| {
                        self.connect.as_ref().and_then(|way| way.last()) == Some(&grantee)
                    })
            }
        }
    }

    /// Whether it stands by that role in any way.
    pub(super) fn stands_by(&self, role: Oid) -> bool {
        self.ways().any(|way| way.contains(&role))
    }

    fn ways(&self) -> impl Iterator<Item = &Vec<Oid>> {
        [&self.rds_iam, &self.rds_superuser, &self.connect].into_iter().flatten()
    }

    /// Whether a member that now belongs to a group brings the role something that it has not.
    fn may_gain_by(&self, catalog: &Catalog, group: Oid, member: Oid) -> bool {
        let leads_to = |target: RoleName| {
            catalog.role_oid(&target).is_some_and(|target| catalog.path_to(group, target).is_some())
        };
        let brings = (self.rds_iam.is_none() && leads_to(RoleName::rds_iam()))
            || (self.rds_superuser.is_none() && leads_to(rds_superuser()))
            || self.connect.is_none();
        brings && self.belongs_to(catalog, member)
    }

    fn turns_on_inherit(&self, catalog: &Catalog, whose: Oid, on: bool) -> bool {
        match &self.connect {
            Some(way) => !on && way.contains(&whose),
            None => on && self.belongs_to(catalog, whose),
        }
    }

    /// Looked for from the group downwards: a group that somebody joins has fewer members than a master has groups.
    fn belongs_to(&self, catalog: &Catalog, group: Oid) -> bool {
        catalog.everyone_in(group).contains(&self.access.oid)
    }
}

fn is_step(way: Option<&Vec<Oid>>, member: Oid, group: Oid) -> bool {
    way.is_some_and(|way| way.windows(2).any(|step| step == [member, group]))
}

fn names(catalog: &Catalog, way: &[Oid]) -> Vec<RoleName> {
    way.iter().filter_map(|oid| catalog.role_name(*oid).cloned()).collect()
}

/// The settings that can do harm, of the role in that database over those of the role.
fn effective_settings(catalog: &Catalog, oid: Oid, database: &DatabaseName) -> BTreeMap<String, String> {
    let (everywhere, mut by_database) = catalog.settings_of(oid);
    let here = by_database.remove(database).unwrap_or_default();
    everywhere
        .into_iter()
        .chain(here)
        .filter(|(name, _)| is_judged_setting(name))
        .map(|(name, value)| (canonical_setting_name(&name), value))
        .collect()
}

fn has_passed(until: &ValidUntil, now: OffsetDateTime) -> bool {
    match until {
        ValidUntil::Never => false,
        ValidUntil::At(moment) => *moment <= now,
        // Before the year 1, or after 9999.
        ValidUntil::Text(text) => text.starts_with('-') || text.ends_with("BC"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validity_passes() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (text, passed) in [
            ("1970-01-01T00:00:00Z", true),
            ("1970-01-01T00:00:01Z", false),
            ("infinity", false),
            ("-infinity", true),
        ] {
            let until = ValidUntil::parse(text).unwrap_or_else(|_| ValidUntil::from_server(text));
            assert_eq!(has_passed(&until, now), passed, "{text}");
        }
        assert!(has_passed(&ValidUntil::from_server("0044-03-15 00:00:00+00 BC"), now));
        assert!(!has_passed(&ValidUntil::from_server("294276-12-31 00:00:00+00"), now));
    }
}
