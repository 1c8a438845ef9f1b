//! Every kind of change, done and looked at.

use super::*;
use crate::support::on_every_version;

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
        wanted.attributes.valid_until = pgum::roles::ValidUntil::parse("2030-02-28T23:59:59.5+01:00").unwrap();
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
