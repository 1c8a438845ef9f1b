//! A plan of a role that may only read says what the plan of the role that applies says: the same errors and warnings, at
//! the same places, in the same words.

use std::collections::BTreeSet;

use crate::support::on_every_version;
use crate::support::postgres::Cluster;
use crate::support::terraform::{Login, Outcome, Workspace};

/// Who applies. The tests' master has ADMIN OPTION on `rds_iam`, from which a reader takes it to log in with IAM.
const ADMIN: Login = Login { user: "admin", password: "secret-of-the-admin" };
/// It sees the sessions of others, as who applies does.
const READER: Login = Login { user: "a_reader", password: "secret" };

/// All that is there before any run.
const THERE: &str = "CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD 'secret-of-the-admin'; \
    CREATE ROLE a_reader LOGIN PASSWORD 'secret'; GRANT pg_read_all_stats TO admin, a_reader; \
    CREATE ROLE theirs; CREATE ROLE there_already; CREATE ROLE team; GRANT team TO admin; \
    ALTER DATABASE myapp OWNER TO admin";

const APPLIES: &str = "  apply_username = \"admin\"\n";

/// The role of who applies, which is taken over with no word of how its grants are to be looked after.
fn own(lines: &str) -> String {
    format!(
        "resource \"pgum_user\" \"own\" {{\n  username = \"admin\"\n  adopt_existing = true\n  auth_method = \"external\"\n  \
         create_role = true\n  create_database = true\n{lines}}}\n"
    )
}

fn user(name: &str, lines: &str) -> String {
    format!("resource \"pgum_user\" \"{name}\" {{\n  username = \"{name}\"\n{lines}}}\n")
}

const EXTERNAL: &str = "  auth_method = \"external\"\n";

/// What is created, with much that is wrong with it.
fn created() -> String {
    [
        own(""),
        user("superior", "  auth_method = \"external\"\n  superuser = true\n"),
        user("there_already", EXTERNAL),
        user("member", "  auth_method = \"external\"\n  groups = [\"nobody\", \"theirs\"]\n"),
        user("tenant", "  auth_method = \"external\"\n  databases = [\"nowhere\", \"rdsadmin\", \"myapp\"]\n"),
        user(
            "logger",
            "  auth_method = \"external\"\n  settings = { log_statement = \"all\", work_mem = \"1\", TimeZone = \"Mars/Olympus\" }\n",
        ),
    ]
    .concat()
}

/// What is applied without a word, for the updates and destroys.
fn applied() -> String {
    let group = "resource \"pgum_group\" \"all\" {\n  name = \"all\"\n  allowed_members = [\"*\"]\n}\n";
    let names = ["busy", "owner", "heirless", "plain"];
    let users = names.map(|name| match name {
        "heirless" => user(name, &format!("{EXTERNAL}  on_destroy = {{ reassign_owned_to = \"nobody\" }}\n")),
        _ => user(name, EXTERNAL),
    });
    [group, &own(""), &users.concat()].concat()
}

/// The same, changed.
fn changed() -> String {
    [
        "resource \"pgum_group\" \"all\" {\n  name = \"all\"\n  allowed_members = []\n}\n",
        &own("  enabled = false\n"),
        &user("busy", "  auth_method = \"iam\"\n"),
        &user("owner", "  auth_method = \"external\"\n  enabled = false\n"),
        &user("heirless", "  auth_method = \"external\"\n  groups = [\"theirs\"]\n  replication = true\n"),
        &user("another_name", "  auth_method = \"external\"\n").replacen("\"another_name\"", "\"plain\"", 1),
    ]
    .concat()
}

/// Everything that is said, each with its place, in an order of its own.
fn said(outcome: &Outcome) -> BTreeSet<String> {
    let mut said = outcome.errors();
    said.extend(outcome.warnings());
    // Why a role is protected is said in the words of the one that plans.
    let same = |text: String| {
        text.replace("the role that this connection logs in as", "the role that is to apply (apply_username)")
    };
    said.into_iter().map(|diagnostic| same(diagnostic.to_string())).collect()
}

/// Plans as who applies and as the reader, and fails the test unless both say the same; gives what they say.
#[track_caller]
fn both(workspace: &mut Workspace, cluster: &Cluster, options: &[&str]) -> BTreeSet<String> {
    ADMIN.to(workspace, cluster);
    let own = said(&workspace.try_plan(options));
    READER.with(workspace, cluster, APPLIES);
    let readers = said(&workspace.try_plan(options));
    let only = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>().join("\n")
    };
    assert_eq!(
        own,
        readers,
        "\n\nwho applies alone:\n{}\n\nthe reader alone:\n{}",
        only(&own, &readers),
        only(&readers, &own)
    );
    own
}

#[track_caller]
fn expect(said: &BTreeSet<String>, texts: &[&str]) {
    for text in texts {
        assert!(said.iter().any(|said| said.contains(text)), "nobody says {text:?}:\n{said:#?}");
    }
}

on_every_version! {
    fn a_readers_plan_says_what_the_plan_of_who_applies_says(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute(THERE);
        let mut workspace = Workspace::empty();

        // Create: the own role is looked after additively, so nothing of it is to be revoked.
        workspace.main(&created());
        let creates = both(&mut workspace, &cluster, &[]);
        expect(
            &creates,
            &[
                "superuser",
                "There is a role \"there_already\" already",
                "There is no group \"nobody\"",
                "There is no database \"nowhere\"",
                "on database \"rdsadmin\"",
                "The server refuses log_statement",
                "The server refuses work_mem",
                "The server refuses TimeZone",
            ],
        );
        assert!(!creates.iter().any(|said| said.contains("will revoke")), "{creates:#?}");
        if version >= 16 {
            expect(&creates, &["has no ADMIN OPTION on \"theirs\""]);
        }

        ADMIN.to(&mut workspace, &cluster);
        workspace.main(&applied());
        workspace.converge();
        cluster.execute("ALTER ROLE busy PASSWORD 'secret'; ALTER ROLE owner PASSWORD 'secret'");
        let busy = cluster.try_session("busy", "secret", "myapp").unwrap();
        let owner = cluster.try_session("owner", "secret", "postgres").unwrap();
        cluster.execute("GRANT \"all\" TO theirs");
        cluster.execute("CREATE DATABASE of_owner OWNER owner");
        cluster.execute("CREATE DATABASE of_heirless OWNER heirless");
        assert!(both(&mut workspace, &cluster, &["-refresh=false"]).is_empty());

        // Update.
        workspace.main(&changed());
        let updates = both(&mut workspace, &cluster, &[]);
        expect(
            &updates,
            &[
                "would lock \"admin\" out: NOLOGIN",
                "user \"busy\" is logged in without TLS",
                "The user \"owner\" can no longer log in, but stays logged in",
                "replication",
            ],
        );
        // Who may not see others' sessions says so.
        cluster.execute("REVOKE pg_read_all_stats FROM a_reader");
        let blind = workspace.try_plan(&[]);
        let warning = blind.expect_warning("Whether the user \"busy\" is logged in with TLS");
        assert!(warning.detail.contains("pg_read_all_stats"), "{warning}");
        assert_eq!(blind.errors().len() + blind.warnings().len(), updates.len(), "{blind}");
        cluster.execute("GRANT pg_read_all_stats TO a_reader");

        // Destroy: what is there is not changed before.
        workspace.main(&applied());
        let destroys = both(&mut workspace, &cluster, &["-destroy"]);
        expect(
            &destroys,
            &[
                "It is the role that applies",
                "database of_owner",
                "no other role \"nobody\"",
                "The user \"busy\" is logged in, and stays so",
            ],
        );
        // One by one, beside what stays.
        workspace.main(&applied().replace("resource \"pgum_user\" \"busy\"", "resource \"pgum_user\" \"gone\"").replace("\"busy\"", "\"busier\""));
        expect(&both(&mut workspace, &cluster, &[]), &["The user \"busy\" is logged in, and stays so"]);
        drop((busy, owner));
    }
}

on_every_version! {
    /// The password of who applies is looked at as long as it is the one that the provider logs in with.
    fn another_password_for_who_applies_is_warned_of(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute(THERE);
        let mut workspace = Workspace::empty();
        let own = |password: &str, version: u16| {
            format!(
                "resource \"pgum_user\" \"own\" {{\n  username = \"admin\"\n  adopt_existing = true\n  create_role = true\n  \
                 create_database = true\n  password_wo = {password}\n  password_wo_version = \"{version}\"\n}}\n"
            )
        };
        let same = format!("{:?}", ADMIN.password);
        const SET: &str = "The password of \"admin\", which applies this, is set";
        let others = user("other", "  password = \"another one\"\n");
        ADMIN.to(&mut workspace, &cluster);
        workspace.main(&format!("{}{others}", own(&same, 1)));
        workspace.apply();
        // The same again, and nothing at all.
        workspace.main(&format!("{}{others}", own(&same, 2)));
        workspace.apply().expect_no_warnings();
        workspace.assert_empty_plan();
        // Another one.
        workspace.main(&format!("{}{others}", own("\"a new secret\"", 3)));
        let plan = workspace.plan();
        let warning = plan.outcome.expect_warning(SET);
        assert!(warning.detail.contains("It is another than the one that the provider logs in with"), "{warning}");
        assert!(warning.code.as_ref().is_some_and(|code| code.contains("password_wo = ")), "{warning}");
        assert!(!warning.text().contains("a new secret") && !warning.text().contains(ADMIN.password), "{warning}");
        assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
        // Who plans for another does not know with which that one logs in.
        READER.with(&mut workspace, &cluster, APPLIES);
        let warning = workspace.plan().outcome.expect_warning(SET);
        assert!(warning.detail.contains("cannot be seen from here"), "{warning}");
        // It is as the warning says.
        ADMIN.to(&mut workspace, &cluster);
        workspace.apply();
        let refused = workspace.plan_expecting_failure();
        refused.expect_error("28P01");
        Login { password: "a new secret", ..ADMIN }.to(&mut workspace, &cluster);
        workspace.assert_empty_plan();
    }
}
