//! The main job: users and groups from a configuration come to be as asked, a second plan is empty, and after
//! destroy nothing is left but what was there before.

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, Rows, default_version};
use crate::support::terraform::{Workspace, connection};
use std::collections::BTreeSet;

const USERS_JSON: &str = include_str!("../../examples/users-from-json/users.json");

/// The configuration that reads the file through `locals`.
const FROM_JSON: &str = include_str!("../../examples/users-from-json/main.tf");

/// The same, written out.
const WRITTEN_OUT: &str = r#"
resource "pgum_group" "app" {
  name        = "app_group"
  privileges  = ["CONNECT"]
  databases   = ["myapp"]
  description = "Applications"
  inherit     = true
}

resource "pgum_group" "admin" {
  name       = "admin_group"
  privileges = ["CONNECT", "CREATE"]
  databases  = ["myapp"]
}

resource "pgum_user" "app" {
  username         = "iam_app_user"
  groups           = [pgum_group.app.name]
  privileges       = ["CONNECT"]
  databases        = ["myapp"]
  enabled          = true
  auth_method      = "iam"
  description      = "Application user with IAM authentication"
  iam_role         = "arn:aws:iam::123456789012:role/RDSAccessRole"
  can_login        = true
  connection_limit = 20
}

resource "pgum_user" "admin" {
  username    = "admin_user"
  password    = "secure_password"
  auth_method = "password"
  groups      = [pgum_group.admin.name]
  can_login   = true
}

resource "pgum_user" "service" {
  username    = "service_account"
  auth_method = "iam"
  can_login   = false
  groups      = [pgum_group.app.name]
}
"#;

on_every_version! {
    fn users_and_groups_from_a_json_file(version: u16) {
        let cluster = Cluster::start(version);
        let mut workspace = Workspace::empty();
        // This configuration brings its own requirement, and a provider that takes all from the environment.
        workspace.remove("requirement.tf");
        workspace.main(FROM_JSON);
        workspace.write("users.json", USERS_JSON);
        for (name, value) in cluster.environment() {
            workspace.set_env(name, &value);
        }
        come_and_go(&cluster, &workspace, &[
            r#"pgum_group.all["admin_group"]"#, r#"pgum_group.all["app_group"]"#,
            r#"pgum_user.all["admin_user"]"#, r#"pgum_user.all["iam_app_user"]"#,
            r#"pgum_user.all["service_account"]"#,
        ]);
    }
}

on_every_version! {
    fn users_and_groups_written_out(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(WRITTEN_OUT);
        come_and_go(&cluster, &workspace, &[
            "pgum_group.admin", "pgum_group.app", "pgum_user.admin", "pgum_user.app", "pgum_user.service",
        ]);
    }
}

/// Plan, apply, a second plan, a look with plain SQL, destroy, another look.
fn come_and_go(cluster: &Cluster, workspace: &Workspace, addresses: &[&str]) {
    let before = cluster.inventory();
    let plan = workspace.plan().expect_only("create", addresses);
    assert_eq!(cluster.inventory(), before, "a plan changes nothing");
    workspace.apply_plan(&plan);
    workspace.assert_empty_plan();
    check_roles(cluster);
    workspace.destroy();
    assert_eq!(cluster.inventory(), before);
    assert_eq!(workspace.addresses(), [""; 0]);
    assert!(workspace.left_behind().is_empty(), "{:?}", workspace.left_behind());
}

fn check_roles(cluster: &Cluster) {
    let roles = cluster.query(
        "SELECT rolname, rolcanlogin, rolconnlimit, rolinherit, rolcreatedb, rolcreaterole, rolsuper, rolvaliduntil, \
                shobj_description(oid, 'pg_authid') \
         FROM pg_roles WHERE rolname ~ '^(app_group|admin_group|iam_app_user|admin_user|service_account)$' ORDER BY 1",
    );
    let plain = ["f", "f", "f"];
    let expected = [
        ("admin_group", "f", "-1", None),
        ("admin_user", "t", "-1", None),
        ("app_group", "f", "-1", Some("Applications")),
        ("iam_app_user", "t", "20", Some("Application user with IAM authentication")),
        ("service_account", "f", "-1", None),
    ]
    .map(|(name, login, limit, comment)| {
        let mut row = [name, login, limit, "t"].map(|text| Some(text.to_owned())).to_vec();
        row.extend(plain.map(|flag| Some(flag.to_owned())));
        row.extend([None, comment.map(str::to_owned)]);
        row
    });
    assert_eq!(roles, expected);

    // The creator's implicit memberships of PostgreSQL 16 are the creator's, so they are not in this list.
    let memberships = cluster.column(
        "SELECT pg_get_userbyid(member) || ' in ' || pg_get_userbyid(roleid) || CASE WHEN admin_option THEN '!' ELSE '' END \
         FROM pg_auth_members WHERE pg_get_userbyid(member) ~ '_(group|user|account)$' ORDER BY 1",
    );
    assert_eq!(
        memberships,
        [
            "admin_user in admin_group",
            "iam_app_user in app_group",
            "iam_app_user in rds_iam",
            "service_account in app_group",
            "service_account in rds_iam",
        ]
    );

    let grants = cluster
        .column(
            "SELECT pg_get_userbyid(grantee) || ' ' || privilege_type FROM pg_database, aclexplode(datacl) \
             WHERE datname = 'myapp' AND NOT is_grantable AND grantee <> 0 AND grantee <> datdba",
        )
        .into_iter()
        .collect::<BTreeSet<_>>();
    let expected = ["admin_group CONNECT", "admin_group CREATE", "app_group CONNECT", "iam_app_user CONNECT"];
    assert_eq!(grants, expected.map(str::to_owned).into());

    let with_password = cluster.column(
        "SELECT rolname FROM pg_authid WHERE rolpassword LIKE 'SCRAM-SHA-256$%' AND rolname ~ '_(group|user|account)$'",
    );
    assert_eq!(with_password, ["admin_user"]);
    let session = cluster.try_session("admin_user", "secure_password", "myapp").expect("admin_user's login");
    session.execute("CREATE SCHEMA made_by_admin_user");
    session.execute("DROP SCHEMA made_by_admin_user");
    assert!(cluster.try_session("admin_user", "another password", "myapp").is_err());
}

on_every_version! {
    /// A password of a form that a configuration may well hold, through every layer to the login.
    fn the_name_and_the_password_may_be_anything(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        let name = r#"o'Hara "the\" $$ ünï@example.com"#;
        let password = r#"p'a"s\s $1 %{x} naïve 🐘"#;
        workspace.write("main.tf.json", &serde_json::json!({
            "resource": {"pgum_user": {"odd": {
                "username": name,
                "password": password.replace("%{", "%%{"),
                "description": "it's \\ \"odd\"",
            }}}
        }).to_string());
        workspace.converge();
        assert!(cluster.try_session(name, password, "myapp").is_ok());
        let comments = cluster.query("SELECT rolname, shobj_description(oid, 'pg_authid') FROM pg_roles \
             WHERE rolname LIKE 'o''Hara%'");
        let expected: Rows = vec![vec![Some(name.to_owned()), Some("it's \\ \"odd\"".to_owned())]];
        assert_eq!(comments, expected);
        workspace.destroy();
    }
}

#[test]
fn init_installs_the_provider_and_a_run_leaves_nothing_behind() {
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::empty();
    workspace.provider(&connection(&cluster));
    workspace.main("resource \"pgum_group\" \"one\" {\n  name = \"one\"\n}\n");
    workspace.install().expect_success();
    workspace.converge();
    workspace.destroy();
    assert!(workspace.left_behind().is_empty(), "{:?}", workspace.left_behind());
}
