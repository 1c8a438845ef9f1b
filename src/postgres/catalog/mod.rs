//! Reading what the catalogs say of roles: four statements, pipelined, whose rows become `roles::Catalog`. The
//! same statements read the whole cluster or a few roles with what they refer to.

mod decode;
mod facts;
pub(crate) mod passwords;
mod rows;
mod statements;

use futures_util::future::join4;
use tokio_postgres::types::{ToSql, Type};

use super::error::Error;
use super::transaction::Transaction;
use crate::roles::{Catalog, Oid, RoleName};

pub(crate) use decode::{LenientText, column, text};
pub use facts::Facts;
pub(crate) use facts::system_identifier;
pub use passwords::StoredPasswords;

/// What is read.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    /// Every role.
    All,
    /// Some, with what they refer to.
    Some(Subjects),
}

/// The roles that a scoped read is about. A name or OID that nobody has is no error.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subjects {
    names: Vec<String>,
    oids: Vec<u32>,
    mentioned: Vec<String>,
}

impl Subjects {
    /// Everything about the role of that name, its members and groups among it.
    pub(crate) fn name(&mut self, name: &RoleName) -> &mut Self {
        self.names.push(name.as_str().to_owned());
        self
    }

    /// Everything about the role of that OID.
    pub(crate) fn oid(&mut self, oid: Oid) -> &mut Self {
        self.oids.push(oid.0);
        self
    }

    /// Only that the role is there, and its attributes: the groups of a user may have 50,000 members.
    pub(crate) fn mention(&mut self, name: &RoleName) -> &mut Self {
        self.mentioned.push(name.as_str().to_owned());
        self
    }
}

/// Reads the catalog. In a transaction of `Mode::Read` all of it is of one moment.
pub(crate) async fn read(transaction: &Transaction, scope: &Scope) -> Result<Catalog, Error> {
    let statements = statements::Statements::new(transaction.server().major_version(), scope);
    let (names, oids, mentioned);
    let (mut subjects, mut with_mentioned): (Vec<Parameter<'_>>, Vec<Parameter<'_>>) = (vec![], vec![]);
    if let Scope::Some(some) = scope {
        (names, oids, mentioned) = (&some.names, &some.oids, &some.mentioned);
        subjects = vec![(names, Type::TEXT_ARRAY), (oids, Type::OID_ARRAY)];
        with_mentioned = subjects.clone();
        with_mentioned.push((mentioned, Type::TEXT_ARRAY));
    }
    let (roles, memberships, settings, databases) = join4(
        transaction.query(&statements.roles, &with_mentioned),
        transaction.query(&statements.memberships, &subjects),
        transaction.query(&statements.settings, &subjects),
        transaction.query(&statements.databases, &subjects),
    )
    .await;
    let roles = rows::roles(&roles?)?;
    let memberships = rows::memberships(&memberships?, &roles)?;
    Ok(Catalog::new(roles, memberships, rows::settings(&settings?)?, rows::databases(&databases?)?))
}

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);
