//! What one attribute of the protected role itself can do. A case more is a row more.

use super::{ALLOWED, KEEPER, LISTED, admin, cluster, everything, keeper_logs_in, provider_as, refused};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use crate::support::terraform::Workspace;

/// One way to lock a role out.
struct Way {
    /// What is written of the role that locks it out, the attribute that is pointed at first.
    write: &'static str,
    /// What the errors say, in as many as there are.
    says: &'static [&'static str],
    /// A query with `$role` that tells whether it has happened.
    happened: &'static str,
    /// Whether the role can do it to itself, up to 15 and from 16 on.
    to_itself: (bool, bool),
    /// Whether a login fails afterwards.
    shuts_out: bool,
}

const WAYS: &[Way] = &[
    Way {
        write: "enabled = false",
        says: &["NOLOGIN"],
        happened: "SELECT NOT rolcanlogin FROM pg_roles WHERE rolname = '$role'",
        to_itself: (true, false),
        shuts_out: true,
    },
    Way {
        write: "can_login = false",
        says: &["NOLOGIN"],
        happened: "SELECT NOT rolcanlogin FROM pg_roles WHERE rolname = '$role'",
        to_itself: (true, false),
        shuts_out: true,
    },
    Way {
        write: "create_role = false",
        says: &["it loses CREATEROLE"],
        happened: "SELECT NOT rolcreaterole FROM pg_roles WHERE rolname = '$role'",
        to_itself: (true, false),
        shuts_out: false,
    },
    Way {
        write: "connection_limit = 0",
        says: &["CONNECTION LIMIT 0"],
        happened: "SELECT rolconnlimit = 0 FROM pg_roles WHERE rolname = '$role'",
        to_itself: (true, false),
        shuts_out: true,
    },
    Way {
        write: "valid_until = \"2001-01-01T00:00:00Z\"",
        says: &["VALID UNTIL has passed"],
        happened: "SELECT rolvaliduntil < now() FROM pg_roles WHERE rolname = '$role'",
        to_itself: (true, false),
        shuts_out: true,
    },
    // It loses its password, too, which is the same way out.
    Way {
        write: "auth_method = \"iam\"",
        says: &["it comes under rds_iam", "PASSWORD NULL"],
        happened: "SELECT rolpassword IS NULL AND pg_has_role('$role', 'rds_iam', 'MEMBER') \
                   FROM pg_authid WHERE rolname = '$role'",
        to_itself: (true, false),
        shuts_out: true,
    },
    Way {
        write: "groups = []\n  grants_mode = \"authoritative\"",
        says: &["it leaves rds_superuser"],
        happened: "SELECT NOT pg_has_role('$role', 'rds_superuser', 'MEMBER')",
        to_itself: (true, false),
        shuts_out: false,
    },
    Way {
        write: "settings = { default_transaction_read_only = \"on\" }",
        says: &["default_transaction_read_only"],
        happened: "SELECT setconfig = ARRAY['default_transaction_read_only=on'] FROM pg_db_role_setting \
                   WHERE setrole = '$role'::regrole",
        to_itself: (true, true),
        shuts_out: false,
    },
    Way {
        write: "settings = { local_preload_libraries = \"nonsense\" }",
        says: &["local_preload_libraries"],
        happened: "SELECT setconfig::text ~ 'nonsense' FROM pg_db_role_setting \
                   WHERE setrole = '$role'::regrole",
        to_itself: (true, true),
        shuts_out: true,
    },
    Way {
        write: "database_settings = { postgres = { statement_timeout = \"1ms\" } }",
        says: &["statement_timeout"],
        happened: "SELECT setconfig = ARRAY['statement_timeout=1ms'] FROM pg_db_role_setting \
                   WHERE setrole = '$role'::regrole AND setdatabase <> 0",
        to_itself: (true, true),
        shuts_out: false,
    },
];

impl Way {
    /// Takes the role over as it is, but for the one thing.
    fn resource(&self, role: &str) -> String {
        let mut text =
            format!("resource \"pgum_user\" \"it\" {{\n  username = \"{role}\"\n  {}\n", self.write);
        for (attribute, value) in [
            ("adopt_existing", "true"),
            ("auth_method", "\"external\""),
            ("create_role", "true"),
            ("create_database", "true"),
            ("grants_mode", "\"additive\""),
        ] {
            if !self.write.contains(&format!("{attribute} =")) {
                text.push_str(&format!("  {attribute} = {value}\n"));
            }
        }
        text + "}\n"
    }

    fn is_refused_and_works_where_it_is_allowed(&self, version: u16, login: (&str, &str), role: &str) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider_as(&workspace, &cluster, login, LISTED);
        workspace.main(&self.resource(role));
        let outcome = refused(&cluster, &workspace, self.says);
        let first = self.write.lines().next().unwrap();
        for error in outcome.errors() {
            assert_eq!(error.code.as_deref().map(str::trim), Some(first), "{outcome}");
            assert!(error.summary.contains(&format!("{role:?}")), "{outcome}");
        }

        let happened = self.happened.replace("$role", role);
        assert_ne!(happens(&cluster, &happened), "t");
        provider_as(&workspace, &cluster, login, &format!("{LISTED}{ALLOWED}"));
        let outcome = workspace.apply();
        for text in self.says {
            outcome.expect_warning(text);
        }
        assert_eq!(happens(&cluster, &happened), "t", "{}: {:?}", self.write, everything(&cluster));
        if role == KEEPER {
            assert_eq!(keeper_logs_in(&cluster), !self.shuts_out, "{}", self.write);
        }
    }
}

fn happens(cluster: &Cluster, query: &str) -> String {
    cluster.column(query).concat()
}

on_versions! {
    [15, 18]
    /// A role that is protected because it is listed.
    fn of_another_role(version: u16) {
        for way in WAYS {
            way.is_refused_and_works_where_it_is_allowed(version, (MASTER, MASTER_PASSWORD), KEEPER);
        }
    }
}

on_versions! {
    [15, 18]
    /// The connection's own user.
    fn of_the_own_user(version: u16) {
        for way in WAYS.iter().filter(|way| if version < 16 { way.to_itself.0 } else { way.to_itself.1 }) {
            way.is_refused_and_works_where_it_is_allowed(version, admin(version), admin(version).0);
        }
    }
}

on_versions! {
    [15, 18]
    /// What is written of the own user is looked after, and no more: it keeps `rds_superuser`.
    fn the_own_user_is_looked_after_additively(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        let (own, _) = admin(version);
        provider_as(&workspace, &cluster, admin(version), "");
        workspace.main(&format!(
            "resource \"pgum_user\" \"it\" {{\n  username = \"{own}\"\n  adopt_existing = true\n  \
             auth_method = \"external\"\n  create_role = true\n  create_database = true\n}}\n"
        ));
        workspace.converge();
        assert_eq!(cluster.value(&format!("SELECT pg_has_role('{own}', 'rds_superuser', 'MEMBER')")), "t");
    }
}
