//! What the server says of itself and of the connection's user.

use super::decode::{column, text};
use crate::postgres::error::{Error, Kind};
use crate::postgres::transaction::Transaction;
use crate::roles::{Oid, RoleName, Server};

/// Beside `roles::Server`, what only those that talk to the server need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// The role that statements run as.
    pub user: RoleName,
    /// Its OID.
    pub user_oid: Oid,
    /// Whether it is a superuser.
    pub superuser: bool,
    /// The role that logged in: another than `user` where its settings say `role`.
    pub session_user: RoleName,
    /// Its OID.
    pub session_user_oid: Oid,
    /// Whether this is a standby, such as a reader endpoint.
    pub in_recovery: bool,
    /// The server process of this transaction.
    pub backend: i32,
    /// How often SCRAM is to hash a password.
    pub scram_iterations: u32,
    /// Whether stored passwords may be read, as far as the catalog tells.
    pub reads_passwords: bool,
    /// Whether the server says that it is one of RDS.
    pub on_rds: bool,
}

/// RFC 7677's minimum, and PostgreSQL's default.
const DEFAULT_ITERATIONS: u32 = 4_096;

// A database's owner may set scram_iterations for it: 1 would make our verifiers weak, two billion would keep
// us busy for hours. So what comes from there does not count. Every server of RDS and Aurora has `rds.extensions`, and no
// other has; an owner who sets it for a database only has the plan leave to the apply what the server decides.
// Only what differs from the default is looked for: all settings take the server longer than the rest of this.
const FACTS: &str = "SELECT u.rolname, u.oid, u.rolsuper, s.rolname, s.oid, pg_catalog.pg_is_in_recovery(), \
    pg_catalog.pg_backend_pid(), CASE WHEN pg_catalog.current_setting('scram_iterations', true) <> '4096' \
    THEN (SELECT g.setting FROM pg_catalog.pg_settings g \
    WHERE g.name = 'scram_iterations' AND g.source NOT IN ('database', 'database user')) END, \
    pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'oid', 'SELECT') \
    AND pg_catalog.has_column_privilege('pg_catalog.pg_authid', 'rolpassword', 'SELECT'), \
    pg_catalog.current_setting('rds.extensions', true) IS NOT NULL \
    FROM pg_catalog.pg_roles u CROSS JOIN pg_catalog.pg_roles s \
    WHERE u.rolname = current_user AND s.rolname = session_user";

impl Facts {
    pub(crate) async fn read(transaction: &Transaction) -> Result<Facts, Error> {
        let rows = transaction.query(FACTS, &[]).await?;
        let Some(row) = rows.first() else {
            return Err(Error::new(Kind::Other, "the server does not know the connection's own user"));
        };
        let iterations = column::<Option<&str>>(row, 7)?.and_then(|text| text.parse().ok());
        Ok(Facts {
            version: transaction.server().version,
            user: RoleName::from_catalog(text(row, 0)?),
            user_oid: Oid(column(row, 1)?),
            superuser: column(row, 2)?,
            session_user: RoleName::from_catalog(text(row, 3)?),
            session_user_oid: Oid(column(row, 4)?),
            in_recovery: column(row, 5)?,
            backend: column(row, 6)?,
            scram_iterations: iterations.unwrap_or(DEFAULT_ITERATIONS),
            reads_passwords: column(row, 8)?,
            on_rds: column(row, 9)?,
        })
    }

    /// What the domain needs to know of it.
    pub fn server(&self) -> Server {
        Server { version: self.version, user: self.user.clone(), superuser: self.superuser }
    }

    /// Whether that is a role which this connection is: never to be disabled, dropped or cut off.
    pub fn is_ourselves(&self, role: Oid) -> bool {
        role == self.user_oid || role == self.session_user_oid
    }
}

/// What tells this cluster from others, where the server lets us know. Where it does not, the transaction is
/// of no use any more, so this is the last to be asked.
pub(crate) async fn system_identifier(transaction: &Transaction) -> Option<i64> {
    let rows =
        transaction.query("SELECT s.system_identifier FROM pg_catalog.pg_control_system() s", &[]).await;
    rows.ok()?.first().and_then(|row| column(row, 0).ok())
}
