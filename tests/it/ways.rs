//! One life of users and groups, by every way to a server and through the narrowest pool. Whatever the way, each step
//! leaves the same behind.

use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, PgBouncer};
use crate::support::terraform::Workspace;
use std::path::Path;

const AROUND: &str = r#"
resource "pgum_user" "heir" {
  username    = "heir"
  auth_method = "iam"
  on_destroy  = { drop_owned = true }
}

ephemeral "pgum_iam_auth_token" "heir" {
  username = pgum_user.heir.username
  host     = "db.cluster-abc123.eu-west-1.rds.amazonaws.com"
}
"#;

const CREATED: &str = r#"
resource "pgum_group" "team" {
  name                = "team"
  database_privileges = { myapp = ["CONNECT WITH GRANT OPTION", "CREATE"] }
  description         = "The team"
}

resource "pgum_group" "readers" {
  name      = "readers"
  databases = ["myapp", "postgres"]
}

resource "pgum_user" "app" {
  username            = "app"
  password            = "secret"
  groups              = [pgum_group.team.name]
  database_privileges = { myapp = ["CONNECT", "CREATE"], postgres = ["CREATE"] }
  settings            = { statement_timeout = "30s", search_path = "app, public" }
  database_settings   = { myapp = { work_mem = "8MB" } }
  connection_limit    = 5
  description         = "An application"
  on_destroy          = { reassign_owned_to = pgum_user.heir.username }
  terminate_sessions  = true
}

resource "pgum_user" "gone" {
  username            = "gone"
  password            = "secret"
  database_privileges = { myapp = ["CREATE"], postgres = ["CREATE"] }
  on_destroy          = { drop_owned = true }
}

resource "pgum_user" "service" {
  username    = "service"
  auth_method = "iam"
  memberships = { readers = { admin = true } }
  depends_on  = [pgum_group.readers]
}

resource "pgum_roster" "crew" {
  groups = { crew = jsonencode({ databases = ["myapp"] }) }
  users = merge({ for number in range(8) : "sailor_${number}" => jsonencode({ auth_method = "iam", groups = ["crew"] }) }, {
    cook = jsonencode({ groups = ["crew"], connection_limit = 3, terminate_sessions = true, on_destroy = { drop_owned = true } })
    mate = jsonencode({ auth_method = "external", databases = ["postgres"] })
  })
  passwords_wo = { cook = "secret" }
}

resource "pgum_user" "many" {
  count       = 8
  username    = "many_${count.index}"
  auth_method = "iam"
  groups      = [pgum_group.readers.name]
  databases   = ["myapp"]
}
"#;

/// A rename, another way to log in, other privileges and settings, and a user who may log in no more.
const CHANGES: [(&str, &str); 9] = [
    ("username            = \"app\"", "username            = \"app_2\""),
    ("\"CONNECT WITH GRANT OPTION\", \"CREATE\"", "\"TEMPORARY\""),
    ("statement_timeout = \"30s\", search_path", "lock_timeout = \"5s\", search_path"),
    ("description         = \"An application\"", "enabled             = false"),
    ("auth_method = \"iam\"\n  memberships", "password    = \"secret\"\n  memberships"),
    ("[\"myapp\", \"postgres\"]", "[\"postgres\"]"),
    ("username    = \"many_$", "username    = \"more_$"),
    ("connection_limit = 3", "enabled = false"),
    ("\"sailor_${number}\"", "\"sailor_${number + 4}\""),
];

const IMPORTED: &str = r#"
resource "pgum_user" "found" {
  username    = "found"
  auth_method = "external"
  groups      = ["readers"]
}
"#;

/// What is there after each step.
type Life = Vec<(&'static str, Vec<String>)>;

/// From nothing to nothing.
fn live(cluster: &Cluster, connection: &str) -> Life {
    let mut workspace = Workspace::empty();
    workspace.provider(connection);
    workspace.set_env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    workspace.set_env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let mut life = Life::new();
    let mut step = |name| life.push((name, facts(cluster)));

    workspace.main(&format!("{AROUND}{CREATED}"));
    workspace.converge();
    step("created");

    for user in ["app", "gone"] {
        for database in ["myapp", "postgres"] {
            let session = cluster.try_session(user, "secret", database).expect("the user's login");
            let sql = format!("CREATE SCHEMA of_{user}; CREATE TABLE of_{user}.things (number int)");
            session.execute(&sql);
        }
    }
    let session = cluster.try_session("app", "secret", "myapp").expect("the user's login");
    let changed = CHANGES.iter().fold(CREATED.to_owned(), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replace(old, new)
    });
    workspace.main(&format!("{AROUND}{changed}"));
    workspace.converge();
    assert!(session.try_query("SELECT 1").is_err(), "the session of a user who was disabled");
    step("changed");

    by_hand(
        cluster,
        "ALTER ROLE more_1 NOINHERIT; REVOKE readers FROM more_2; REVOKE CONNECT ON DATABASE myapp FROM more_3; \
         COMMENT ON ROLE team IS 'Another'; CREATE ROLE found LOGIN; GRANT readers TO found",
    );
    workspace.main(&format!("{AROUND}{changed}{IMPORTED}"));
    workspace.import("pgum_user.found", "found");
    workspace.converge();
    step("healed, and another imported");

    workspace.main(AROUND);
    workspace.apply();
    step("gone");

    workspace.destroy();
    step("destroyed");
    life
}

/// As the master, on a connection that is not the master's: it may have but one.
fn by_hand(cluster: &Cluster, sql: &str) {
    cluster.execute(&format!("SET ROLE {MASTER}; {sql}"));
}

/// About the roles, and who owns what they have made.
fn facts(cluster: &Cluster) -> Vec<String> {
    let mut facts = cluster.inventory();
    // Its connection limit is the tests'.
    facts.retain(|fact| !fact.starts_with(&format!("role {MASTER} ")));
    for database in ["myapp", "postgres"] {
        let query = "SELECT format('%s of %s in %s', relname, pg_get_userbyid(relowner), current_database()) \
                     FROM pg_class WHERE relname = 'things' ORDER BY 1";
        facts.extend(cluster.superuser_session(database).column(query));
    }
    facts
}

fn connection(host: &str, port: u16) -> String {
    format!(
        "  host     = \"{host}\"\n  port     = {port}\n  username = \"{MASTER}\"\n  password = \"{MASTER_PASSWORD}\"\n"
    )
}

fn socket(directory: &Path, port: u16) -> String {
    connection(&directory.display().to_string(), port)
}

/// Lives once more by another way, and compares.
#[track_caller]
fn compare(way: &str, life: &Life, cluster: &Cluster, connection: &str) {
    for ((step, expected), (_, found)) in life.iter().zip(live(cluster, connection)) {
        assert_same(&format!("{way}, {step}"), expected, &found);
    }
}

#[track_caller]
fn assert_same(when: &str, expected: &[String], found: &[String]) {
    let less = |these: &[String], those: &[String]| {
        these.iter().filter(|fact| !those.contains(fact)).cloned().collect::<Vec<_>>()
    };
    let (missing, surplus) = (less(expected, found), less(found, expected));
    assert!(missing.is_empty() && surplus.is_empty(), "{when}: missing {missing:#?}, too much {surplus:#?}");
}

on_versions! {
    [13, 18]
    fn every_way_comes_to_the_same(version: u16) {
        let cluster = Cluster::start(version);
        let before = facts(&cluster);
        let life = live(&cluster, &connection(cluster.host(), cluster.port()));
        let (_, destroyed) = life.last().unwrap();
        assert_same("at the end", &before, destroyed);

        compare("a socket", &life, &cluster, &socket(cluster.socket_directory(), cluster.port()));

        // The server lets no second one in.
        cluster.execute(&format!("ALTER ROLE {MASTER} CONNECTION LIMIT 1"));
        let one = connection(cluster.host(), cluster.port()) + "  max_connections = 1\n";
        compare("one connection", &life, &cluster, &one);
        cluster.execute(&format!("ALTER ROLE {MASTER} CONNECTION LIMIT -1"));

        if let Some(pgbouncer) = PgBouncer::start(&cluster, 2) {
            compare("PgBouncer", &life, &cluster, &connection("127.0.0.1", pgbouncer.port()));
        }
        // Fewer connections than the provider takes for its own: whoever has a transaction must not wait for another.
        if let Some(pgbouncer) = PgBouncer::start(&cluster, 1) {
            compare("PgBouncer's socket", &life, &cluster, &socket(pgbouncer.socket_directory(), pgbouncer.port()));
        }
    }
}
