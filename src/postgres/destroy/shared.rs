//! What is done in the configured database, under the lock that keeps runs apart: everything that belongs to the
//! cluster and not to one database.

use std::collections::BTreeSet;

use tokio_postgres::types::Type;

use super::error::DestroyReason;
use super::grants;
use super::inside::{explain, with_rights_of};
use super::request::{Destroy, DestroyAction};
use super::sequence::{Halt, Subject};
use super::survey::{self, Place};
use crate::postgres::catalog::{Facts, column, text};
use crate::postgres::error::Error;
use crate::postgres::execute;
use crate::postgres::quote::identifier;
use crate::postgres::transaction::Transaction;
use crate::roles::{MembershipOptions, Oid, RoleName};

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
    let oid = request.oid.map_or(0, |oid| oid.0);
    let heir = request.reassign_owned_to.as_ref().map_or("", |heir| heir.as_str());
    let rows = transaction
        .query(
            "SELECT r.oid, r.rolname, r.rolcanlogin FROM pg_catalog.pg_roles r \
             WHERE r.rolname = $1 OR r.oid = $2 OR r.rolname = $3",
            &[(&request.name.as_str(), Type::TEXT), (&oid, Type::OID), (&heir, Type::TEXT)],
        )
        .await?;
    let (mut by_name, mut by_oid, mut heir_oid) = (None, None, None);
    for row in &rows {
        let found = Found { oid: Oid(column(row, 0)?), login: column(row, 2)?, heir: None };
        let name = RoleName::from_catalog(text(row, 1)?);
        if name.as_str() == heir && name != request.name {
            heir_oid = Some(found.oid);
        }
        if Some(found.oid) == request.oid {
            by_oid = Some((found, name.clone()));
        }
        if name == request.name {
            by_name = Some(found);
        }
    }
    let found = match (request.oid, by_oid, by_name) {
        (_, None, None) => return Ok(None),
        (Some(oid), None, Some(found)) => {
            return Err(Halt::because(DestroyReason::OtherRole { oid, found: found.oid }));
        }
        (_, Some((found, name)), _) if name == request.name => found,
        (_, Some((_, now)), _) => return Err(Halt::because(DestroyReason::Renamed { now })),
        (None, None, Some(found)) => found,
    };
    if facts.is_ourselves(found.oid) {
        return Err(Halt::because(DestroyReason::Ourselves));
    }
    match &request.reassign_owned_to {
        Some(heir) if heir_oid.is_none() => Err(Halt::because(DestroyReason::NoHeir { name: heir.clone() })),
        _ => Ok(Some(Found { heir: heir_oid, ..found })),
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
    Ok(vec!["disabled it (NOLOGIN)".to_owned()])
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
        return Err(Halt::dependents(format!(
            "it granted to others what we cannot grant again: {}",
            survey::list(lost)
        )));
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
    let mut revoked = Vec::new();
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
        return Err(Halt::dependents(format!("we have no right to {}", survey::list(out_of_reach))));
    }
    execute::run_statements(transaction, &logged_as, statements)
        .await
        .map_err(|(what, error)| Halt::at(what, error))?;
    revoked.extend(
        entries.iter().filter(|entry| entry.grantee.as_ref() == Some(name)).map(grants::Entry::describe),
    );
    if !revoked.is_empty() {
        done.push(format!("revoked {}", survey::list(revoked)));
    }
    execute::run_statement(transaction, &logged_as, drop_role(name)).await.map_err(Halt::from_drop)?;
    done.push("dropped the role".to_owned());
    Ok(done)
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
