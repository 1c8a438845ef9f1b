//! A server on which one case after the other is set up, and taken away again.

use super::arbitrary::{Case, DATABASES, all_roles};
use crate::support::postgres::{Cluster, Session};

pub(super) struct Stage {
    pub(super) cluster: Cluster,
    superuser: Session,
}

impl Stage {
    pub(super) fn new(version: u16) -> Stage {
        let cluster = Cluster::start(version);
        let superuser = cluster.superuser_session("postgres");
        for name in DATABASES {
            superuser.execute(&format!("CREATE DATABASE \"{name}\""));
        }
        Stage { cluster, superuser }
    }

    /// Makes what there is. The server decides what of it can be.
    pub(super) fn set(&self, case: &Case) {
        self.clear();
        for statement in &case.statements {
            let _ = self.superuser.try_query(statement);
        }
    }

    /// Takes everything of a case away.
    fn clear(&self) {
        let names = all_roles().join("', '");
        let there = self
            .superuser
            .column(&format!("SELECT quote_ident(rolname) FROM pg_roles WHERE rolname IN ('{names}')"));
        // A chain of grants by several grantors goes by no REVOKE that a superuser has.
        let databases = DATABASES.map(|name| format!("'{name}'")).join(", ");
        let mut statements = vec![
            format!("UPDATE pg_database SET datacl = NULL WHERE datname IN ({databases})"),
            "DELETE FROM pg_shdepend WHERE classid = 'pg_database'::regclass AND deptype = 'a'".to_owned(),
        ];
        statements.extend(DATABASES.map(|name| format!("ALTER DATABASE \"{name}\" OWNER TO rdsadmin")));
        if !there.is_empty() {
            let there = there.join(", ");
            statements.push(format!("DROP OWNED BY {there}"));
            statements.push(format!("DROP ROLE {there}"));
        }
        self.superuser.execute(&statements.join("; "));
    }
}
