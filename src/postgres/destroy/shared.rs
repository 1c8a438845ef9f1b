//! What is done in the configured database, under the lock that keeps runs apart: everything that belongs to the
//! cluster and not to one database.

use std::collections::{BTreeSet, HashMap, HashSet};

use tokio_postgres::types::Type;

use super::error::DestroyReason;
use super::grants;
use super::halt::Halt;
use super::inside::{explain, with_rights_of};
use super::meant;
use super::request::{Destroy, DestroyAction};
use super::sequence::Subject;
use super::survey::{self, Place};
use crate::postgres::catalog::{Facts, column, text};
use crate::postgres::error::Error;
use crate::postgres::execute;
use crate::postgres::quote::identifier;
use crate::postgres::transaction::Transaction;
use crate::roles::{MembershipOptions, Oid, RoleName};

// What was done, in words.
pub(super) const DISABLED: &str = "disabled it (NOLOGIN)";
pub(super) const DROPPED: &str = "dropped the role";

/// The role as the first step found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) oid: Oid,
    pub(super) login: bool,
    /// The role that is to get what it owns, if one is.
    pub(super) heir: Option<Oid>,
}

/// Finds the role. `None`: it is not there any more.
pub(super) async fn look_up(
    transaction: &Transaction,
    request: &Destroy,
    facts: &Facts,
) -> Result<Option<Found>, Halt> {
    Known::read(transaction, &[request]).await?.find(request, facts)
}

/// The roles that requests name, by name or OID.
#[derive(Default)]
pub(super) struct Known {
    by_name: HashMap<RoleName, Found>,
    by_oid: HashMap<Oid, (Found, RoleName)>,
}

impl Known {
    pub(super) async fn read(transaction: &Transaction, requests: &[&Destroy]) -> Result<Known, Error> {
        let heirs = requests.iter().filter_map(|request| request.reassign_owned_to.as_ref());
        let names = requests.iter().map(|request| &request.name).chain(heirs);
        let names: Vec<&str> = names.map(RoleName::as_str).collect();
        let oids: Vec<u32> = requests.iter().filter_map(|request| request.oid).map(|oid| oid.0).collect();
        let rows = transaction
            .query(
                "SELECT r.oid, r.rolname, r.rolcanlogin FROM pg_catalog.pg_roles r \
                 WHERE r.rolname = ANY ($1) OR r.oid = ANY ($2)",
                &[(&names, Type::TEXT_ARRAY), (&oids, Type::OID_ARRAY)],
            )
            .await?;
        let mut known = Known::default();
        for row in &rows {
            let found = Found { oid: Oid(column(row, 0)?), login: column(row, 2)?, heir: None };
            let name = RoleName::from_catalog(text(row, 1)?);
            known.by_name.insert(name.clone(), found);
            known.by_oid.insert(found.oid, (found, name));
        }
        Ok(known)
    }

    /// The role that is meant. `None`: it is not there any more.
    pub(super) fn find(&self, request: &Destroy, facts: &Facts) -> Result<Option<Found>, Halt> {
        let by_oid = request.oid.and_then(|oid| self.by_oid.get(&oid));
        let found = match (request.oid, by_oid, self.by_name.get(&request.name)) {
            (_, None, None) => return Ok(None),
            (Some(oid), None, Some(found)) => {
                return Err(Halt::because(DestroyReason::OtherRole { oid, found: found.oid }));
            }
            (_, Some((found, name)), _) if *name == request.name => found,
            (_, Some((_, now)), _) => {
                return Err(Halt::because(DestroyReason::Renamed { now: now.clone() }));
            }
            (None, None, Some(found)) => found,
        };
        if facts.is_ourselves(found.oid) {
            return Err(Halt::because(DestroyReason::Ourselves));
        }
        let Some(heir) = &request.reassign_owned_to else { return Ok(Some(*found)) };
        match self.by_name.get(heir).filter(|_| *heir != request.name) {
            Some(heir) => Ok(Some(Found { heir: Some(heir.oid), ..*found })),
            None => Err(Halt::because(DestroyReason::NoHeir { name: heir.clone() })),
        }
    }
}

/// NOLOGIN: nobody logs in any more while the rest is done, nor if it is never done.
pub(super) async fn disable(
    transaction: &Transaction,
    request: &Destroy,
    found: Found,
) -> Result<Vec<String>, Halt> {
    if !found.login {
        return Ok(vec![]);
    }
    execute::run_statement(transaction, &request.logged_as(), no_login(&request.name)).await?;
    meant::disabled(transaction, &[(&request.name, found.oid)]).await?;
    Ok(vec![DISABLED.to_owned()])
}

/// The statement that keeps a role from logging in.
pub(super) fn no_login(name: &RoleName) -> String {
    format!("ALTER ROLE {} NOLOGIN", identifier(name.as_str()))
}

/// The last statement.
pub(super) fn drop_role(name: &RoleName) -> String {
    format!("DROP ROLE {}", identifier(name.as_str()))
}

/// The statement that takes away a membership that a role granted.
pub(super) fn revoke_granted_membership(group: &RoleName, member: &RoleName, by: &RoleName) -> String {
    let [group, member, by] = [group, member, by].map(|name| identifier(name.as_str()));
    format!("REVOKE {group} FROM {member} GRANTED BY {by}")
}

/// A membership that the role granted to somebody.
pub(super) struct GrantedMembership {
    pub(super) group: RoleName,
    pub(super) member: RoleName,
    pub(super) options: MembershipOptions,
}

impl GrantedMembership {
    fn describe(&self) -> String {
        format!("membership of \"{}\" in \"{}\"", self.member, self.group)
    }

    /// The statements that grant it again.
    pub(super) fn again(&self, has_options: bool) -> Vec<String> {
        let [group, member] = [&self.group, &self.member].map(|name| identifier(name.as_str()));
        let MembershipOptions { admin, inherit, set } = self.options;
        if has_options {
            let [admin, inherit, set] = [admin, inherit, set].map(|on| if on { "TRUE" } else { "FALSE" });
            return vec![format!(
                "GRANT {group} TO {member} WITH ADMIN {admin}, INHERIT {inherit}, SET {set}"
            )];
        }
        // There is one row, whose grantor a second GRANT does not change.
        let admin = if admin { " WITH ADMIN OPTION" } else { "" };
        vec![format!("REVOKE {group} FROM {member}"), format!("GRANT {group} TO {member}{admin}")]
    }
}

/// What the role granted to others is granted again by us, as far as it belongs to no database: DROP OWNED and the
/// end of its own grant option would take it away.
pub(super) async fn grant_again(
    transaction: &Transaction,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Result<Vec<String>, Halt> {
    let has_options = transaction.server().major_version() >= 16;
    let mut statements = Vec::new();
    for membership in granted_memberships(transaction, subject.oid, facts.user_oid).await? {
        let again = membership.again(has_options).into_iter();
        statements.extend(again.map(|statement| (membership.describe(), statement)));
    }
    let entries = grants::entries(transaction, subject.oid, Place::Shared).await?;
    for entry in entries.iter().filter(|entry| entry.is_given_by(&subject.request.name)) {
        statements.push((entry.describe_with_grantee(), entry.grant_again()));
    }
    let mut granted: Vec<String> = statements.iter().map(|(what, _)| what.clone()).collect();
    granted.dedup();
    execute::run_statements(transaction, &subject.request.logged_as(), statements)
        .await
        .map_err(|(what, error)| Halt::at(format!("grant again what it granted: {what}"), error))?;
    let lost = grants::granted_by_it_alone(transaction, subject.oid).await?;
    if !lost.is_empty() {
        let lost = format!("it granted to others what we cannot grant again: {}", survey::list(lost));
        return Err(Halt::dependents(vec![lost]));
    }
    if granted.is_empty() {
        return Ok(vec![]);
    }
    Ok(vec![format!("granted again what it had granted: {}", survey::list(granted))])
}

/// With the options of what we granted ourselves already, if anything: one GRANT says them all.
async fn granted_memberships(
    transaction: &Transaction,
    role: Oid,
    us: Oid,
) -> Result<Vec<GrantedMembership>, Error> {
    let (inherit, set, of_others) = if transaction.server().major_version() >= 16 {
        ("pg_catalog.bool_or(m.inherit_option)", "pg_catalog.bool_or(m.set_option)", "true")
    } else {
        // Our own membership is not taken away for a moment just to change its grantor's name.
        ("true", "true", "m.member <> $2")
    };
    let sql = format!(
        "SELECT g.rolname, r.rolname, pg_catalog.bool_or(m.admin_option), {inherit}, {set} \
         FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles g ON g.oid = m.roleid \
         JOIN pg_catalog.pg_roles r ON r.oid = m.member \
         WHERE m.grantor = ANY (ARRAY[$1, $2]) AND {of_others} AND $1 <> m.roleid AND $1 <> m.member \
         GROUP BY 1, 2 HAVING pg_catalog.bool_or(m.grantor = $1) ORDER BY 1, 2"
    );
    let rows = transaction.query(&sql, &[(&role.0, Type::OID), (&us.0, Type::OID)]).await?;
    rows.iter()
        .map(|row| {
            Ok(GrantedMembership {
                group: RoleName::from_catalog(text(row, 0)?),
                member: RoleName::from_catalog(text(row, 1)?),
                options: MembershipOptions {
                    admin: column(row, 2)?,
                    inherit: column(row, 3)?,
                    set: column(row, 4)?,
                },
            })
        })
        .collect()
}

/// What belongs to no database: reassigned where asked, else revoked, and then the role is dropped.
pub(super) async fn finish(
    transaction: &Transaction,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Result<Vec<String>, Halt> {
    let Destroy { name, action, reassign_owned_to, .. } = subject.request;
    let me = identifier(name.as_str());
    let logged_as = subject.request.logged_as();
    let mut done = Vec::new();
    let shared = survey::survey(transaction, subject.oid).await?.shared_owned;
    let heir = reassign_owned_to.as_ref().filter(|_| !shared.is_empty());
    let entries = grants::entries(transaction, subject.oid, Place::Shared).await?;
    let whose: BTreeSet<&RoleName> = grants::whose(&entries, &[]).chain(heir).chain([name]).collect();
    let dialect = grants::dialect(transaction, &facts.user, whose).await?;
    if let Some(heir) = heir {
        let reassign = format!("REASSIGN OWNED BY {me} TO {}", identifier(heir.as_str()));
        let statements = with_rights_of(name, with_rights_of(heir, vec![reassign], &dialect), &dialect);
        let statements = statements.into_iter().map(|statement| ((), statement)).collect();
        execute::run_statements(transaction, &logged_as, statements)
            .await
            .map_err(|((), error)| explain(error, Some(heir)))?;
        done.push(format!("\"{heir}\" now owns {}", survey::list(shared)));
    }
    if *action == DestroyAction::Disable {
        return Ok(done);
    }
    // First what hangs on its grant options; it was granted again before.
    let mut statements = grants::take_back(name, &entries, &dialect);
    if transaction.server().major_version() >= 16 {
        for statement in revoke_granted_memberships(transaction, subject).await? {
            let statements_as_it = with_rights_of(name, vec![statement], &dialect);
            statements.extend(
                statements_as_it
                    .into_iter()
                    .map(|statement| ("revoke a membership that it granted".to_owned(), statement)),
            );
        }
    }
    let (revokes, out_of_reach) = grants::statements(name, &entries, &[], &dialect);
    statements.extend(revokes);
    if !out_of_reach.is_empty() {
        return Err(Halt::dependents(vec![format!("we have no right to {}", survey::list(out_of_reach))]));
    }
    execute::run_statements(transaction, &logged_as, statements)
        .await
        .map_err(|(what, error)| Halt::at(what, error))?;
    done.extend(revoked(name, &entries));
    execute::run_statement(transaction, &logged_as, drop_role(name)).await.map_err(Halt::from_drop)?;
    meant::dropped(transaction, &[subject.oid]).await?;
    done.push(DROPPED.to_owned());
    Ok(done)
}

/// What is revoked, in words.
pub(super) fn revoked(role: &RoleName, entries: &[grants::Entry]) -> Option<String> {
    let of_role = entries.iter().filter(|entry| entry.grantee.as_ref() == Some(role));
    let revoked: Vec<String> = of_role.map(grants::Entry::describe).collect();
    (!revoked.is_empty()).then(|| format!("revoked {}", survey::list(revoked)))
}

/// Those of the roles that granted a membership to somebody else.
pub(super) async fn grantors_of_memberships(
    transaction: &Transaction,
    roles: &[Oid],
) -> Result<HashSet<Oid>, Error> {
    let roles: Vec<u32> = roles.iter().map(|role| role.0).collect();
    let sql = "SELECT DISTINCT m.grantor FROM pg_catalog.pg_auth_members m \
               WHERE m.grantor = ANY ($1) AND m.roleid <> m.grantor AND m.member <> m.grantor";
    let rows = transaction.query(sql, &[(&roles, Type::OID_ARRAY)]).await?;
    rows.iter().map(|row| Ok(Oid(column(row, 0)?))).collect()
}

async fn revoke_granted_memberships(
    transaction: &Transaction,
    subject: &Subject<'_>,
) -> Result<Vec<String>, Error> {
    let rows = transaction
        .query(
            "SELECT g.rolname, r.rolname FROM pg_catalog.pg_auth_members m \
             JOIN pg_catalog.pg_roles g ON g.oid = m.roleid JOIN pg_catalog.pg_roles r ON r.oid = m.member \
             WHERE m.grantor = $1 AND m.roleid <> $1 AND m.member <> $1 ORDER BY 1, 2",
            &[(&subject.oid.0, Type::OID)],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let [group, member] = [text(row, 0)?, text(row, 1)?].map(RoleName::from_catalog);
            Ok(revoke_granted_membership(&group, &member, &subject.request.name))
        })
        .collect()
}
