//! What is to be done in one database, in one transaction: what the role owns there gets another owner or is
//! dropped, what it was granted there is revoked.

use std::collections::BTreeSet;

use tokio_postgres::types::Type;

use super::error::DestroyReason;
use super::grants::{self, Entry, Policy};
use super::halt::Halt;
use super::request::{Destroy, DestroyAction};
use super::sequence::Subject;
use super::survey::{self, Dependency, Kind, Place};
use crate::postgres::catalog::{Facts, LenientText, column, text};
use crate::postgres::error::{Error, Kind as ErrorKind};
use crate::postgres::execute::{self, Dialect};
use crate::postgres::quote::identifier;
use crate::postgres::transaction::Transaction;
use crate::roles::{DatabaseName, RoleName};

/// The request, with the names that the roles have in the transaction's database: in one of another encoding the bytes
/// of a name are other letters. `None`: the role is not there any more.
async fn in_this_database(
    transaction: &Transaction,
    subject: &Subject<'_>,
) -> Result<Option<Destroy>, Error> {
    let sql = "SELECT r.rolname, h.rolname FROM pg_catalog.pg_roles r \
               LEFT JOIN pg_catalog.pg_roles h ON h.oid = $2 WHERE r.oid = $1";
    let heir = subject.heir.map_or(0, |heir| heir.0);
    let rows = transaction.query(sql, &[(&subject.oid.0, Type::OID), (&heir, Type::OID)]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let heir = column::<Option<LenientText>>(row, 1)?.map(|name| RoleName::from_catalog(name.0));
    Ok(Some(Destroy {
        name: RoleName::from_catalog(text(row, 0)?),
        reassign_owned_to: heir,
        ..subject.request.clone()
    }))
}

/// What stands in the way in the transaction's database, given what the request says is to be done.
pub(super) async fn obstacles(
    transaction: &Transaction,
    database: &DatabaseName,
    subject: &Subject<'_>,
) -> Result<Vec<String>, Error> {
    let Some(request) = in_this_database(transaction, subject).await? else { return Ok(vec![]) };
    let subject = &Subject { request: &request, ..*subject };
    let mut obstacles = Vec::new();
    let dependencies = survey::dependencies(transaction, subject.oid, Place::Here).await?;
    if request.reassign_owned_to.is_none()
        && !request.drop_owned
        && let Some(owned) = survey::list_of(&dependencies, &[Kind::Owned, Kind::OwnMapping])
    {
        obstacles.push(format!("in database \"{database}\" it owns {owned}"));
    }
    obstacles.extend(given(transaction, database, subject).await?);
    Ok(obstacles)
}

/// What the role granted to others on what is not its own, if anything. Nobody has said that they shall lose it.
async fn given(
    transaction: &Transaction,
    database: &DatabaseName,
    subject: &Subject<'_>,
) -> Result<Option<String>, Error> {
    let entries = grants::entries(transaction, subject.oid, Place::Here).await?;
    let given = entries.iter().filter(|entry| entry.is_given_by(&subject.request.name));
    let given: Vec<String> = given.map(Entry::describe_with_grantee).collect();
    Ok((!given.is_empty()).then(|| {
        format!("in database \"{database}\" it granted to others, who would lose it: {}", survey::list(given))
    }))
}

/// Does it; says what was done.
pub(super) async fn work(
    transaction: &Transaction,
    database: &DatabaseName,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Result<Vec<String>, Halt> {
    let Some(request) = in_this_database(transaction, subject).await? else { return Ok(vec![]) };
    if let (None, Some(name)) = (&request.reassign_owned_to, &subject.request.reassign_owned_to) {
        return Err(Halt::because(DestroyReason::NoHeir { name: name.clone() }));
    }
    let subject = &Subject { request: &request, ..*subject };
    let mut done = Vec::new();
    // DROP OWNED would take it from them, where it is on what is ours.
    if subject.request.action == DestroyAction::Drop
        && let Some(given) = given(transaction, database, subject).await?
    {
        return Err(Halt::dependents(vec![given]));
    }
    let sentences = owned(transaction, subject, facts).await?;
    done.extend(sentences.into_iter().map(|sentence| format!("in database \"{database}\": {sentence}")));
    if subject.request.action == DestroyAction::Drop {
        let sentences = granted(transaction, subject, facts).await?;
        done.extend(sentences.into_iter().map(|sentence| format!("in database \"{database}\": {sentence}")));
        let left = survey::dependencies(transaction, subject.oid, Place::Here).await?;
        if !left.is_empty() {
            let left = left.into_iter().map(|dependency| dependency.object).collect();
            return Err(Halt::dependents(vec![format!(
                "in database \"{database}\": {}",
                survey::list(left)
            )]));
        }
    }
    Ok(done)
}

/// REASSIGN OWNED or DROP OWNED, where there is something owned.
async fn owned(transaction: &Transaction, subject: &Subject<'_>, facts: &Facts) -> Result<Vec<String>, Halt> {
    let dependencies = survey::dependencies(transaction, subject.oid, Place::Here).await?;
    let has = |kind: Kind| dependencies.iter().any(|dependency: &Dependency| dependency.kind == kind);
    let Destroy { name, action, reassign_owned_to, drop_owned, .. } = subject.request;
    let me = identifier(name.as_str());
    let heir = reassign_owned_to.as_ref().filter(|_| has(Kind::Owned));
    // What REASSIGN leaves goes by DROP OWNED only. That takes everything else, too: what the role owns must have
    // another owner by then, or be to go. A session of it that is still there may have made something just now.
    let leaves = has(Kind::OwnDefaults) || has(Kind::OwnMapping) || (has(Kind::Owned) && heir.is_none());
    let owns = has(Kind::Owned) || has(Kind::OwnMapping);
    let drops =
        *action == DestroyAction::Drop && leaves && (!owns || *drop_owned || reassign_owned_to.is_some());
    let mut statements = Vec::new();
    if let Some(heir) = heir {
        statements.push(format!("REASSIGN OWNED BY {me} TO {}", identifier(heir.as_str())));
    }
    if drops {
        statements.push(format!("DROP OWNED BY {me}"));
    }
    if statements.is_empty() {
        return Ok(vec![]);
    }
    let dialect = grants::dialect(transaction, &facts.user, heir.into_iter().chain([name]).collect()).await?;
    if let Some(heir) = heir {
        statements = with_rights_of(heir, statements, &dialect);
    }
    statements = with_rights_of(name, statements, &dialect);
    let statements = statements.into_iter().map(|statement| ((), statement)).collect();
    execute::run_statements(transaction, &subject.request.logged_as(), statements)
        .await
        .map_err(|((), error)| explain(error, heir))?;
    let mut done = Vec::new();
    let mut dropped = vec![Kind::OwnDefaults, Kind::OwnMapping];
    match (heir, survey::list_of(&dependencies, &[Kind::Owned])) {
        (Some(heir), Some(objects)) => done.push(format!("\"{heir}\" now owns {objects}")),
        _ => dropped.push(Kind::Owned),
    }
    if drops && let Some(objects) = survey::list_of(&dependencies, &dropped) {
        done.push(format!("dropped {objects}"));
    }
    Ok(done)
}

/// What an heir may lack.
pub(super) fn explain(error: Error, heir: Option<&RoleName>) -> Error {
    match heir {
        Some(heir) if error.kind() == ErrorKind::InsufficientPrivilege => error.remedy(format!(
            "To become the owner, \"{heir}\" needs CREATE on every schema that the objects are in (on the database, for \
             schemas), and this connection must be a member of it or able to make itself one."
        )),
        _ => error,
    }
}

/// `statements` with a role's privileges and the right to SET ROLE to it.
pub(super) fn with_rights_of(role: &RoleName, statements: Vec<String>, dialect: &Dialect) -> Vec<String> {
    let standing = dialect.standing(role);
    let has_rights = standing.has_privileges && standing.may_set_role;
    if !has_rights && standing.may_join { execute::as_member(role, statements, dialect) } else { statements }
}

/// Revokes what it was granted.
async fn granted(
    transaction: &Transaction,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Result<Vec<String>, Halt> {
    let name = &subject.request.name;
    let entries = grants::entries(transaction, subject.oid, Place::Here).await?;
    let policies: Vec<Policy> = grants::policies(transaction, subject.oid).await?;
    let whose: BTreeSet<&RoleName> = grants::whose(&entries, &policies).collect();
    let dialect = grants::dialect(transaction, &facts.user, whose).await?;
    let (statements, out_of_reach) = grants::statements(name, &entries, &policies, &dialect);
    if !out_of_reach.is_empty() {
        return Err(Halt::dependents(vec![format!("we have no right to {}", survey::list(out_of_reach))]));
    }
    execute::run_statements(transaction, &subject.request.logged_as(), statements)
        .await
        .map_err(|(what, error)| Halt::at(what, error))?;
    let revoked: Vec<String> = entries
        .iter()
        .filter(|entry| entry.grantee.as_ref() == Some(name))
        .map(|entry| format!("{} ({})", entry.describe(), entry.grantor))
        .collect();
    let mut done = Vec::new();
    if !revoked.is_empty() {
        done.push(format!("revoked {}", survey::list(revoked)));
    }
    done.extend(policies.into_iter().map(|policy| policy.description));
    Ok(done)
}
