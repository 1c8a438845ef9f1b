//! What is to be done in one database, in one transaction: what the role owns there gets another owner or is
//! dropped, what it was granted there is revoked.

use std::collections::BTreeSet;

use super::grants::{self, Entry, Policy};
use super::request::{Destroy, DestroyAction};
use super::sequence::{Halt, Subject};
use super::survey::{self, Dependency, Kind, Place};
use crate::postgres::catalog::Facts;
use crate::postgres::error::{Error, Kind as ErrorKind};
use crate::postgres::execute::{self, Dialect};
use crate::postgres::quote::identifier;
use crate::postgres::transaction::Transaction;
use crate::roles::{DatabaseName, RoleName};

/// What stands in the way in the transaction's database, given what the request says is to be done.
pub(super) async fn obstacles(
    transaction: &Transaction,
    database: &DatabaseName,
    subject: &Subject<'_>,
) -> Result<Vec<String>, Error> {
    let request = subject.request;
    let mut obstacles = Vec::new();
    let dependencies = survey::dependencies(transaction, subject.oid, Place::Here).await?;
    if request.reassign_owned_to.is_none()
        && !request.drop_owned
        && let Some(owned) = survey::list_of(&dependencies, Kind::Owned)
    {
        obstacles.push(format!("in database \"{database}\" it owns {owned}"));
    }
    // With drop_owned, what it granted goes as it does with DROP OWNED.
    if !request.drop_owned {
        let entries = grants::entries(transaction, subject.oid, Place::Here).await?;
        let granted = list_granted(&entries, &request.name);
        if !granted.is_empty() {
            obstacles.push(format!(
                "in database \"{database}\" it granted to others, who would lose it: {}",
                survey::list(granted)
            ));
        }
    }
    Ok(obstacles)
}

/// What the role granted to others, in words.
fn list_granted(entries: &[Entry], name: &RoleName) -> Vec<String> {
    entries
        .iter()
        .filter(|entry| entry.grantor == *name && entry.grantee.as_ref() != Some(name))
        .map(|entry| {
            let grantee =
                entry.grantee.as_ref().map_or("PUBLIC".to_owned(), |grantee| format!("\"{grantee}\""));
            format!("{} to {grantee}", entry.describe())
        })
        .collect()
}

/// Does it; says what was done.
pub(super) async fn work(
    transaction: &Transaction,
    database: &DatabaseName,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Result<Vec<String>, Halt> {
    let mut done = Vec::new();
    if let Some(sentence) = owned(transaction, subject, facts).await? {
        done.push(format!("in database \"{database}\": {sentence}"));
    }
    if subject.request.action == DestroyAction::Drop {
        let sentences = granted(transaction, subject, facts).await?;
        done.extend(sentences.into_iter().map(|sentence| format!("in database \"{database}\": {sentence}")));
        let left = survey::dependencies(transaction, subject.oid, Place::Here).await?;
        if !left.is_empty() {
            let left = left.into_iter().map(|dependency| dependency.object).collect();
            return Err(Halt::dependents(format!("in database \"{database}\": {}", survey::list(left))));
        }
    }
    Ok(done)
}

/// REASSIGN OWNED or DROP OWNED, where there is something owned.
async fn owned(
    transaction: &Transaction,
    subject: &Subject<'_>,
    facts: &Facts,
) -> Result<Option<String>, Halt> {
    let dependencies = survey::dependencies(transaction, subject.oid, Place::Here).await?;
    let has = |kind: Kind| dependencies.iter().any(|dependency: &Dependency| dependency.kind == kind);
    let Destroy { name, action, reassign_owned_to, drop_owned, .. } = subject.request;
    let me = identifier(name.as_str());
    let heir = reassign_owned_to.as_ref().filter(|_| has(Kind::Owned));
    // The role's own default privileges go by DROP OWNED only; what it owns has another owner by then, or none
    // is there, or it is to go.
    let drops = *action == DestroyAction::Drop
        && (has(Kind::OwnDefaults) || (has(Kind::Owned) && *drop_owned && heir.is_none()));
    let mut statements = Vec::new();
    if let Some(heir) = heir {
        statements.push(format!("REASSIGN OWNED BY {me} TO {}", identifier(heir.as_str())));
    }
    if drops {
        statements.push(format!("DROP OWNED BY {me}"));
    }
    if statements.is_empty() {
        return Ok(None);
    }
    let dialect = grants::dialect(transaction, &facts.user, heir.into_iter().chain([name]).collect()).await?;
    if let Some(heir) = heir {
        statements = with_rights_of(heir, statements, &dialect);
    }
    statements = with_rights_of(name, statements, &dialect);
    let statements = statements.into_iter().map(|statement| ((), statement)).collect();
    execute::run_statements(transaction, statements).await.map_err(|((), error)| explain(error, heir))?;
    let objects = survey::list_of(&dependencies, Kind::Owned);
    Ok(Some(match (objects, heir) {
        (Some(objects), Some(heir)) => format!("\"{heir}\" now owns {objects}"),
        (Some(objects), None) => format!("dropped {objects}"),
        (None, _) => "dropped its default privileges".to_owned(),
    }))
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
        return Err(Halt::dependents(format!(
            "we have no right to revoke or alter {}",
            survey::list(out_of_reach)
        )));
    }
    execute::run_statements(transaction, statements).await.map_err(|(what, error)| Halt::at(what, error))?;
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
