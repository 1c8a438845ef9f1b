//! A cluster in memory that takes changes as PostgreSQL takes their statements, up to 15 and from 16 on.
//! Where the server would do nothing and only warn, or not even that, the model fails: the diff must not ask
//! for such.

use crate::roles::{
    Catalog, CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, CatalogSetting, Change,
    DatabaseName, MembershipOptions, Oid, Privilege, RoleAttributes, RoleName, Server,
    canonical_setting_name,
};

/// OID of the connection's user, where that is not the subject itself.
pub(in crate::roles) const ME: Oid = Oid(100);
/// OID of `rds_iam`.
pub(in crate::roles) const RDS_IAM: Oid = Oid(101);
/// OID of a role that granted this and that.
pub(in crate::roles) const ANOTHER: Oid = Oid(102);
/// OID of the role that is looked after.
pub(in crate::roles) const SUBJECT: Oid = Oid(500);

#[derive(Debug, Clone, PartialEq)]
pub(in crate::roles) struct Cluster {
    pub(in crate::roles) server: Server,
    /// As whose the server records memberships that the connection's user grants (16+).
    pub(in crate::roles) recorded_as: Oid,
    pub(in crate::roles) roles: Vec<CatalogRole>,
    pub(in crate::roles) memberships: Vec<CatalogMembership>,
    pub(in crate::roles) settings: Vec<CatalogSetting>,
    pub(in crate::roles) databases: Vec<CatalogDatabase>,
    /// What happened to the password.
    pub(in crate::roles) passwords: Vec<&'static str>,
}

type Outcome = Result<(), String>;

impl Cluster {
    pub(in crate::roles) fn catalog(&self) -> Catalog {
        Catalog::new(
            self.roles.clone(),
            self.memberships.clone(),
            self.settings.clone(),
            self.databases.clone(),
        )
    }

    /// The connection's user.
    fn me(&self) -> Oid {
        if self.server.user.as_str() == "subject" { SUBJECT } else { ME }
    }

    pub(in crate::roles) fn apply(&mut self, changes: &[Change]) -> Outcome {
        changes.iter().try_for_each(|change| {
            self.apply_one(change).map_err(|error| format!("{}: {error}", change.describe()))
        })
    }

    fn apply_one(&mut self, change: &Change) -> Outcome {
        match change {
            Change::Create { name, attributes } => self.create(name, attributes),
            Change::Rename { from, to } => {
                if self.roles.iter().any(|role| role.name == *to) {
                    return Err("42710".to_owned());
                }
                if *from == self.server.user {
                    return Err("0A000: session user cannot be renamed".to_owned());
                }
                self.role_mut(from)?.name = to.clone();
                Ok(())
            }
            Change::Alter { name, options } => {
                let attributes = &mut self.role_mut(name)?.attributes;
                let before = attributes.clone();
                for option in options {
                    attributes.set(option);
                }
                changed(before != *attributes)
            }
            Change::SetPassword { name } => {
                self.role_mut(name)?;
                self.passwords.push("set");
                Ok(())
            }
            Change::ClearPassword { name } => {
                self.role_mut(name)?;
                self.passwords.push("cleared");
                Ok(())
            }
            Change::Comment { name, text } => {
                let role = self.role_mut(name)?;
                let before = std::mem::replace(&mut role.comment, text.clone());
                changed(before != *text)
            }
            Change::GrantMembership { group, member, options, keeps_admin } => {
                self.grant_membership(group, member, *options, *keeps_admin)
            }
            Change::RevokeAdminOption { group, member, grantor } => {
                let place = self.membership(group, member, grantor.as_ref())?;
                changed(std::mem::take(&mut self.memberships[place].options.admin))?;
                self.check_grants_of(group, member)
            }
            Change::RevokeMembership { group, member, grantor } => {
                let place = self.membership(group, member, grantor.as_ref())?;
                self.memberships.remove(place);
                self.check_grants_of(group, member)
            }
            Change::GrantPrivileges { database, grantee, privileges } => {
                privileges.iter().try_for_each(|(privilege, grant_option)| {
                    self.grant_privilege(database, grantee, *privilege, *grant_option)
                })
            }
            Change::RevokePrivileges { database, grantee, privileges, grant_option_only, grantor } => {
                privileges.iter().try_for_each(|privilege| {
                    let only = *grant_option_only;
                    self.revoke_privilege(database, grantee, *privilege, only, grantor.as_ref())
                })
            }
            Change::SetSetting { role, database, name, value } => {
                let (role, database) = (self.oid(role)?, self.database_oid(database.as_ref())?);
                self.settings.retain(|row| !is_setting(row, role, database, name));
                let (name, value) = (name.clone(), value.clone());
                self.settings.push(CatalogSetting { role, database, name, value });
                Ok(())
            }
            Change::ResetSetting { role, database, name } => {
                let (role, database) = (self.oid(role)?, self.database_oid(database.as_ref())?);
                let before = self.settings.len();
                self.settings.retain(|row| !is_setting(row, role, database, name));
                changed(self.settings.len() < before)
            }
        }
    }

    fn create(&mut self, name: &RoleName, attributes: &RoleAttributes) -> Outcome {
        if self.roles.iter().any(|role| role.name == *name) {
            return Err("42710".to_owned());
        }
        let (name, attributes) = (name.clone(), attributes.clone());
        self.roles.push(CatalogRole { oid: SUBJECT, name, attributes, comment: None });
        if self.server.has_membership_options() && !self.server.superuser {
            self.memberships.push(CatalogMembership {
                group: SUBJECT,
                member: ME,
                grantor: Oid::BOOTSTRAP_SUPERUSER,
                options: MembershipOptions { admin: true, ..MembershipOptions::NONE },
            });
        }
        Ok(())
    }

    fn grant_membership(
        &mut self,
        group: &RoleName,
        member: &RoleName,
        asked: MembershipOptions,
        keeps_admin: bool,
    ) -> Outcome {
        let (group, member) = (self.oid(group)?, self.oid(member)?);
        let per_grantor = self.server.has_membership_options();
        let grantor = self.recorded_as;
        if per_grantor && asked.admin && grantor == member {
            return Err("0LP01: ADMIN option cannot be granted back to your own grantor".to_owned());
        }
        let inherit = self.roles.iter().any(|role| role.oid == member && role.attributes.inherit);
        let row = self.memberships.iter_mut().find(|row| {
            row.group == group && row.member == member && (!per_grantor || row.grantor == grantor)
        });
        match row {
            Some(row) if per_grantor => {
                let admin = if keeps_admin { row.options.admin } else { asked.admin };
                let asked = MembershipOptions { admin, ..asked };
                let before = std::mem::replace(&mut row.options, asked);
                changed(before != asked)
            }
            Some(row) => {
                let before = row.options.admin;
                row.options.admin |= asked.admin;
                changed(before != row.options.admin)
            }
            None => {
                let options = if per_grantor {
                    asked
                } else {
                    MembershipOptions { admin: asked.admin, inherit, set: true }
                };
                self.memberships.push(CatalogMembership { group, member, grantor, options });
                Ok(())
            }
        }
    }

    /// The row that a REVOKE reaches.
    fn membership(
        &self,
        group: &RoleName,
        member: &RoleName,
        grantor: Option<&RoleName>,
    ) -> Result<usize, String> {
        let (group, member) = (self.oid(group)?, self.oid(member)?);
        let per_grantor = self.server.has_membership_options();
        let grantor = match grantor {
            Some(_) if !per_grantor => return Err("GRANTED BY means nothing up to 15".to_owned()),
            Some(name) => self.oid(name)?,
            None => self.recorded_as,
        };
        self.memberships
            .iter()
            .position(|row| {
                row.group == group && row.member == member && (!per_grantor || row.grantor == grantor)
            })
            .ok_or_else(|| "01000: revokes nothing".to_owned())
    }

    /// What a member granted hangs on its ADMIN, from 16 on.
    fn check_grants_of(&self, group: &RoleName, member: &RoleName) -> Outcome {
        let (group, member) = (self.oid(group)?, self.oid(member)?);
        let of_group = || self.memberships.iter().filter(|row| row.group == group);
        let has_admin = of_group().any(|row| row.member == member && row.options.admin);
        let granted = of_group().any(|row| row.grantor == member);
        if self.server.has_membership_options() && granted && !has_admin {
            return Err("2BP01: dependent privileges exist".to_owned());
        }
        Ok(())
    }

    fn grant_privilege(
        &mut self,
        database: &DatabaseName,
        grantee: &RoleName,
        privilege: Privilege,
        grant_option: bool,
    ) -> Outcome {
        let grantee = self.oid(grantee)?;
        let (superuser, me) = (self.server.superuser, self.me());
        let database = self.database_mut(database)?;
        let grantor = if superuser { database.owner } else { me };
        let same = |entry: &&mut CatalogPrivilege| {
            entry.grantee == grantee && entry.grantor == grantor && entry.privilege == privilege
        };
        match database.acl.iter_mut().find(same) {
            Some(entry) => {
                let before = entry.grant_option;
                entry.grant_option |= grant_option;
                changed(before != entry.grant_option)
            }
            None => {
                database.acl.push(CatalogPrivilege { grantee, grantor, privilege, grant_option });
                Ok(())
            }
        }
    }

    fn revoke_privilege(
        &mut self,
        database: &DatabaseName,
        grantee: &RoleName,
        privilege: Privilege,
        grant_option_only: bool,
        grantor: Option<&RoleName>,
    ) -> Outcome {
        let grantee = self.oid(grantee)?;
        let grantor = grantor.map_or(Ok(self.me()), |grantor| self.oid(grantor))?;
        let database = self.database_mut(database)?;
        let place = database
            .acl
            .iter()
            .position(|entry| {
                entry.grantee == grantee && entry.grantor == grantor && entry.privilege == privilege
            })
            .ok_or_else(|| "revokes nothing and says nothing".to_owned())?;
        if !grant_option_only {
            database.acl.remove(place);
        } else if !std::mem::take(&mut database.acl[place].grant_option) {
            return Err("takes no grant option away".to_owned());
        }
        let of_privilege = || database.acl.iter().filter(|entry| entry.privilege == privilege);
        let may_grant = of_privilege().any(|entry| entry.grantee == grantee && entry.grant_option);
        if !may_grant && of_privilege().any(|entry| entry.grantor == grantee) {
            return Err("2BP01: dependent privileges exist".to_owned());
        }
        Ok(())
    }

    fn oid(&self, name: &RoleName) -> Result<Oid, String> {
        let role = self.roles.iter().find(|role| role.name == *name);
        role.map(|role| role.oid).ok_or_else(|| format!("42704: role {name}"))
    }

    fn role_mut(&mut self, name: &RoleName) -> Result<&mut CatalogRole, String> {
        let role = self.roles.iter_mut().find(|role| role.name == *name);
        role.ok_or_else(|| format!("42704: role {name}"))
    }

    fn database_oid(&self, name: Option<&DatabaseName>) -> Result<Option<Oid>, String> {
        let Some(name) = name else { return Ok(None) };
        let database = self.databases.iter().find(|database| database.name == *name);
        database.map(|database| Some(database.oid)).ok_or_else(|| format!("3D000: database {name}"))
    }

    fn database_mut(&mut self, name: &DatabaseName) -> Result<&mut CatalogDatabase, String> {
        let database = self.databases.iter_mut().find(|database| database.name == *name);
        database.ok_or_else(|| format!("3D000: database {name}"))
    }
}

fn changed(changed: bool) -> Outcome {
    if changed { Ok(()) } else { Err("changes nothing".to_owned()) }
}

fn is_setting(row: &CatalogSetting, role: Oid, database: Option<Oid>, name: &str) -> bool {
    row.role == role
        && row.database == database
        && canonical_setting_name(&row.name) == canonical_setting_name(name)
}
