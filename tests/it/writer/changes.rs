//! Every kind of change, done and looked at.

use std::collections::BTreeSet;

use pgum::roles::ValidUntil;
use secrecy::ExposeSecret;

use super::*;
use crate::support::{on_every_version, on_versions};

on_every_version! {
    async fn a_user_is_created_with_everything(version: u16) {
        let server = TestCluster::start(version);
        server.execute("SET ROLE postgres; CREATE ROLE app_group; CREATE ROLE \"Other \"\"Group\"");
        let cluster = connect(&server);
        let mut wanted = user("it's \\ \"me\"");
        wanted.attributes.inherit = false;
        wanted.attributes.create_database = true;
        wanted.attributes.create_role = true;
        wanted.attributes.connection_limit = 7;
        wanted.attributes.valid_until = ValidUntil::parse("2030-02-28T23:59:59.5+01:00").unwrap();
        wanted.comment = Some("It's a \\ \"comment\"".to_owned());
        wanted.settings = BTreeMap::from([
            ("search_path".to_owned(), "\"$user\", app, \"My Schema\"".to_owned()),
            ("statement_timeout".to_owned(), "5s".to_owned()),
            ("TimeZone".to_owned(), "Europe/Berlin".to_owned()),
            ("application_name".to_owned(), "a \\ 'b'".to_owned()),
        ]);
        wanted.database_settings = BTreeMap::from([(
            database("myapp"),
            BTreeMap::from([("work_mem".to_owned(), "64MB".to_owned()), ("search_path".to_owned(), "app".to_owned())]),
        )]);
        wanted.memberships = memberships(&["app_group", "Other \"Group"]);
        wanted.memberships.values_mut().for_each(|options| options.inherit = false);
        wanted.rds_iam = Some(true);
        wanted.privileges = privileges(&[("myapp", &["CONNECT", "CREATE WITH GRANT OPTION"]), ("postgres", &["TEMP"])]);
        let applied = cluster.apply(with_password(create(wanted.clone()), "s3cret")).await.unwrap();
        assert!(!applied.adopted);
        assert_eq!(applied.role.name, wanted.name);

        let oid = applied.role.oid.0;
        assert_eq!(
            server.query(&format!(
                "SELECT rolname, rolcanlogin, rolinherit, rolcreatedb, rolcreaterole, rolsuper, rolconnlimit, \
                 rolvaliduntil AT TIME ZONE 'UTC', shobj_description(oid, 'pg_authid') FROM pg_roles WHERE oid = {oid}"
            )),
            [["it's \\ \"me\"", "t", "f", "t", "t", "f", "7", "2030-02-28 22:59:59.5", "It's a \\ \"comment\""]
                .map(|text| Some(text.to_owned()))]
        );
        assert_eq!(
            settings(&server, oid),
            [
                "TimeZone=Europe/Berlin",
                "application_name=a \\ 'b'",
                "myapp: search_path=app",
                "myapp: work_mem=64MB",
                "search_path=\"$user\", app, \"My Schema\"",
                "statement_timeout=5s",
            ]
        );
        assert_eq!(
            server.column(&format!(
                "SELECT roleid::regrole || ' ' || admin_option FROM pg_auth_members WHERE member = {oid} ORDER BY 1"
            )),
            ["\"Other \"\"Group\" false", "app_group false", "rds_iam false"]
        );
        assert_eq!(
            acl(&server, oid),
            ["myapp CONNECT", "myapp CREATE*", "postgres TEMPORARY"]
        );
        assert!(verifier(&server, oid).starts_with("SCRAM-SHA-256$4096:"));
        cluster.close().await;
    }
}

on_every_version! {
    async fn every_attribute_changes_in_place_and_back(version: u16) {
        let server = TestCluster::start(version);
        server.master_session("postgres").execute("CREATE ROLE one; CREATE ROLE two; CREATE ROLE allowed; CREATE ROLE foreign_member");
        let cluster = connect(&server);
        let plain = user("someone");
        let first = cluster.apply(create(plain.clone())).await.unwrap();
        let oid = first.role.oid.0;

        let text = |text: &str| text.to_owned();
        let set = |name: &str, value: &str| BTreeMap::from([(text(name), text(value))]);
        let attribute = |change: fn(&mut RoleAttributes)| {
            let mut desired = plain.clone();
            change(&mut desired.attributes);
            desired
        };
        let options = |admin, inherit| {
            let inherit = inherit || version < 16;
            BTreeMap::from([(role("one"), MembershipOptions { admin, inherit, set: true })])
        };
        let one_by_one = [
            attribute(|attributes| attributes.login = false),
            attribute(|attributes| attributes.inherit = false),
            attribute(|attributes| attributes.create_database = true),
            attribute(|attributes| attributes.create_role = true),
            attribute(|attributes| attributes.connection_limit = 5),
            attribute(|attributes| attributes.valid_until = ValidUntil::parse("2040-01-01T00:00:00Z").unwrap()),
            Desired { comment: Some(text("new")), ..plain.clone() },
            Desired { settings: set("work_mem", "8MB"), ..plain.clone() },
            Desired { settings: set("search_path", ""), ..plain.clone() },
            Desired { settings: set("DateStyle", "ISO, DMY"), ..plain.clone() },
            Desired { settings: set("session_preload_libraries", ""), ..plain.clone() },
            Desired { database_settings: BTreeMap::from([(database("myapp"), set("statement_timeout", "1min"))]), ..plain.clone() },
            Desired { memberships: memberships(&["one", "two"]), ..plain.clone() },
            Desired { memberships: options(true, true), ..plain.clone() },
            Desired { memberships: options(false, false), ..plain.clone() },
            Desired { rds_iam: Some(true), ..plain.clone() },
            Desired { privileges: privileges(&[("myapp", &["ALL WITH GRANT OPTION"])]), ..plain.clone() },
            Desired { privileges: privileges(&[("myapp", &["CONNECT"]), ("postgres", &["CREATE", "TEMP"])]), ..plain.clone() },
        ];
        let before = picture(&server, oid);
        for changed in one_by_one {
            // The master may not set what only superusers may.
            if changed.settings.contains_key("session_preload_libraries") {
                assert!(cluster.apply(update(&first, changed)).await.is_err());
                assert_eq!(picture(&server, oid), before);
                continue;
            }
            let applied = cluster.apply(update(&first, changed.clone())).await.unwrap_or_else(|error| panic!("{error:?}\n{changed:?}"));
            assert_eq!(applied.role.oid, first.role.oid);
            assert!(!applied.changes.is_empty(), "{changed:?}");
            assert_ne!(picture(&server, oid), before, "{changed:?}");
            let again = cluster.apply(update(&first, changed.clone())).await.unwrap();
            assert!(again.changes.is_empty(), "{changed:?}: {:?}", again.changes);
            let back = cluster.apply(update(&first, plain.clone())).await.unwrap_or_else(|error| panic!("{error:?}\n{changed:?}"));
            assert!(!back.changes.is_empty());
            assert_eq!(picture(&server, oid), before, "{changed:?}");
        }

        // Members that a group may not have.
        server.master_session("postgres").execute("GRANT someone TO allowed, foreign_member");
        let ruled = Desired { member_rule: MemberRule::Only(BTreeSet::from([text("allow*")])), ..plain.clone() };
        cluster.apply(update(&first, ruled)).await.unwrap();
        assert_eq!(
            server.column(&format!("SELECT member::regrole FROM pg_auth_members WHERE roleid = {oid} AND member <> 'postgres'::regrole")),
            ["allowed"]
        );

        // And its name, with everything else.
        let renamed = Desired {
            memberships: memberships(&["two"]),
            comment: Some(text("renamed")),
            settings: set("work_mem", "8MB"),
            privileges: privileges(&[("myapp", &["TEMPORARY"])]),
            ..user("Another \"One\"")
        };
        let applied = cluster.apply(update(&first, renamed.clone())).await.unwrap();
        assert_eq!(applied.role.name, renamed.name);
        assert_eq!(server.value(&format!("SELECT rolname FROM pg_roles WHERE oid = {oid}")), "Another \"One\"");
        assert!(cluster.apply(update(&applied, renamed)).await.unwrap().changes.is_empty());
    }
}

on_every_version! {
    async fn passwords(version: u16) {
        let server = TestCluster::builder(version).rds_hba().start();
        let cluster = connect(&server);
        let first = cluster.apply(with_password(create(user("someone")), "pass\u{a0}w\u{f6}rd 1")).await.unwrap();
        let oid = first.role.oid.0;
        let logs_in = |password: &str| server.try_session("someone", password, "myapp").is_ok();
        assert!(logs_in("pass\u{a0}w\u{f6}rd 1") && !logs_in("another"));
        assert_eq!(first.verifier.clone().map(|verifier| verifier.expose_secret().to_owned()), Some(verifier(&server, oid)));

        let changed = cluster.apply(with_password(update(&first, user("someone")), "second")).await.unwrap();
        assert_eq!(changed.changes.len(), 1);
        assert!(logs_in("second"));

        // To IAM: both in one go.
        let iam = Desired { rds_iam: Some(true), password: PasswordChange::Clear, ..user("someone") };
        cluster.apply(update(&changed, iam)).await.unwrap();
        assert_eq!(verifier(&server, oid), "");
        assert!(!logs_in("second"));
        let back = cluster.apply(with_password(update(&changed, user("someone")), "third")).await.unwrap();
        assert!(logs_in("third"));
        assert_eq!(server.value(&format!("SELECT count(*) FROM pg_auth_members WHERE member = {oid} AND roleid = 'rds_iam'::regrole")), "0");

        // An MD5 verifier does not survive a rename.
        server.execute("SET password_encryption = 'md5'; ALTER ROLE someone PASSWORD 'old'");
        cluster.apply(with_password(update(&back, user("renamed")), "fourth")).await.unwrap();
        assert!(server.try_session("renamed", "fourth", "myapp").is_ok());
    }
}

on_versions! {
    [16, 18]
    async fn iterations_are_the_servers_but_not_a_database_owners(version: u16) {
        let server = TestCluster::builder(version).setting("scram_iterations", "5000").start();
        let of = async |name: &str| {
            let applied = connect(&server).apply(with_password(create(user(name)), "pw")).await.unwrap();
            verifier(&server, applied.role.oid.0)
        };
        assert!(of("one").await.starts_with("SCRAM-SHA-256$5000:"));
        server.execute("ALTER DATABASE postgres SET scram_iterations = 1");
        assert!(of("two").await.starts_with("SCRAM-SHA-256$4096:"));
    }
}

on_every_version! {
    async fn sessions_of_a_disabled_user(version: u16) {
        let server = TestCluster::start(version);
        let cluster = connect(&server);
        let first = cluster.apply(with_password(create(user("someone")), "pw")).await.unwrap();
        let sessions = [0, 1].map(|_| server.try_session("someone", "pw", "myapp").unwrap());
        let disabled = cluster.apply(update(&first, desired("someone"))).await.unwrap();
        assert_eq!((disabled.open_sessions, disabled.terminated), (2, 0));
        assert!(disabled.sessions_error.is_none() && sessions.iter().all(|session| session.try_query("SELECT 1").is_ok()));

        cluster.apply(update(&first, user("someone"))).await.unwrap();
        let ended = Apply { terminate_sessions: true, ..update(&first, desired("someone")) };
        let disabled = cluster.apply(ended).await.unwrap();
        assert_eq!((disabled.open_sessions, disabled.terminated), (0, 2));
        assert!(sessions.iter().all(|session| session.try_query("SELECT 1").is_err()));

        // Who may not end them is told so, and the rest is done.
        cluster.apply(update(&first, user("someone"))).await.unwrap();
        let session = server.try_session("someone", "pw", "myapp").unwrap();
        server.execute("REVOKE rds_superuser FROM postgres");
        let ended = Apply { terminate_sessions: true, ..update(&first, desired("someone")) };
        let disabled = cluster.apply(ended).await.unwrap();
        // Up to 15 CREATEROLE alone ends no sessions; from 16 on the master has the role's ADMIN option only.
        assert_eq!((disabled.open_sessions, disabled.terminated), (1, 0));
        assert_eq!(disabled.sessions_error.unwrap().sqlstate().unwrap().code(), "42501");
        assert!(session.try_query("SELECT 1").is_ok());
        assert_eq!(server.value("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'someone'"), "f");
    }
}

/// All that the catalogs say of a role, as text.
fn picture(server: &TestCluster, role: u32) -> Vec<String> {
    let mut all = server.column(&format!(
        "SELECT format('%s %s', to_jsonb(r) || jsonb_build_object('rolvaliduntil', coalesce(rolvaliduntil, 'infinity')), shobj_description(r.oid, 'pg_authid')) FROM pg_roles r WHERE oid = {role} \
         UNION ALL SELECT to_jsonb(m)::text FROM (SELECT roleid, member, admin_option, to_jsonb(m) - 'oid' FROM pg_auth_members m) m WHERE member = {role}"
    ));
    all.sort();
    all.extend(settings(server, role));
    all.extend(acl(server, role));
    all
}

fn settings(server: &TestCluster, role: u32) -> Vec<String> {
    server.column(&format!(
        "SELECT coalesce(d.datname || ': ', '') || unnest(setconfig) FROM pg_db_role_setting s \
         LEFT JOIN pg_database d ON d.oid = setdatabase WHERE setrole = {role} ORDER BY 1"
    ))
}

fn acl(server: &TestCluster, role: u32) -> Vec<String> {
    server.column(&format!(
        "SELECT datname || ' ' || privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END \
         FROM pg_database, aclexplode(datacl) WHERE grantee = {role} ORDER BY 1"
    ))
}

fn verifier(server: &TestCluster, role: u32) -> String {
    server.value(&format!("SELECT rolpassword FROM pg_authid WHERE oid = {role}"))
}
