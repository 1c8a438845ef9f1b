//! Who applies: a role that may not, one that is not there, one that is a member of `rds_superuser` on RDS; and a server
//! that takes no writes from anybody.

use super::case::{group, user};
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use crate::support::terraform::{Login, Workspace};
use crate::support::{on_every_version, on_versions};

const NEW: &str = concat!(user!("external"), group!());

on_every_version! {
    fn who_has_no_createrole_is_told_so_for_each_role(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute("CREATE ROLE weak LOGIN PASSWORD 'weak'");
        let mut workspace = Workspace::empty();
        Login { user: "weak", password: "weak" }.to(&mut workspace, &cluster);
        workspace.main(&NEW.replace('@', "new"));
        let outcome = workspace.plan_expecting_failure();
        let errors = outcome.errors();
        assert_eq!(errors.len(), 2, "{outcome}");
        for (noun, at) in [("user", "username = "), ("group", "name = ")] {
            let error = outcome.expect_error(&format!("Cannot create {noun} \"{noun}_new\""));
            assert!(error.detail.contains("\"weak\" has no CREATEROLE"), "{error}");
            assert!(error.detail.contains("ALTER ROLE \"weak\" CREATEROLE"), "{error}");
            assert!(error.code.as_ref().is_some_and(|code| code.contains(at)), "{error}");
        }
        // The server says the same, and is content with what the remedy says.
        let weak = cluster.try_session("weak", "weak", "postgres").unwrap();
        let said = weak.try_query("CREATE ROLE other").unwrap_err();
        assert_eq!(said.as_db_error().unwrap().code().code(), "42501");
        cluster.execute("ALTER ROLE weak CREATEROLE");
        workspace.converge();

        // What is there it may change no more either, nor take over what others have made.
        cluster.execute("ALTER ROLE weak NOCREATEROLE");
        workspace.main(&NEW.replace('@', "new").replace("\n}\n", "\n  description = \"new\"\n}\n"));
        let outcome = workspace.plan_expecting_failure();
        for noun in ["user", "group"] {
            let error = outcome.expect_error(&format!("Cannot change {noun} \"{noun}_new\""));
            assert!(error.detail.contains("\"weak\" has no CREATEROLE"), "{error}");
            assert!(error.code.as_ref().is_some_and(|code| code.contains("description = ")), "{error}");
        }
        assert!(weak.try_query("COMMENT ON ROLE user_new IS 'x'").is_err());
    }
}

on_versions! {
    [13, 18]
    fn a_role_to_apply_that_is_not_there_is_warned_of_once(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute("CREATE ROLE a_reader LOGIN PASSWORD 'secret'");
        let mut workspace = Workspace::empty();
        let reader = Login { user: "a_reader", password: "secret" };
        reader.with(&mut workspace, &cluster, "  apply_username = \"postgers\"\n");
        workspace.main(&NEW.replace('@', "new"));
        let plan = workspace.plan();
        let warning = plan.outcome.expect_warning("There is no role \"postgers\" to apply this");
        assert!(warning.detail.contains("apply_username") && warning.detail.contains("Check the name"), "{warning}");
        assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
        Login::MASTER.with(&mut workspace, &cluster, "  apply_username = \"postgers\"\n");
        workspace.apply();
        // With nothing to apply nothing is said, with something to destroy it is.
        assert!(workspace.plan().outcome.expect_no_warnings().succeeded());
        workspace.main("");
        let plan = workspace.plan();
        plan.outcome.expect_warning("There is no role \"postgers\" to apply this");
        assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
    }
}

on_versions! {
    [13, 18]
    fn a_protected_role_that_is_not_there_is_warned_of_once(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute("CREATE ROLE keeper");
        let mut workspace = Workspace::empty();
        let protecting = |workspace: &mut Workspace, names: &str| {
            Login::MASTER.with(workspace, &cluster, &format!("  protected_roles = [{names}]\n"));
        };
        protecting(&mut workspace, "\"keeper\", \"Keeper\", \"kepper\"");
        workspace.main(&NEW.replace('@', "new"));
        let plan = workspace.plan();
        let warning = plan.outcome.expect_warning("There are no roles \"Keeper\", \"kepper\" to protect");
        assert!(warning.detail.contains("protected_roles") && warning.detail.contains("spelling"), "{warning}");
        assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
        // One that the run makes is there by then.
        protecting(&mut workspace, "\"keeper\", \"user_new\"");
        workspace.main(&user!("external").replace('@', "new"));
        assert!(workspace.plan().outcome.expect_no_warnings().code.is_some());
        workspace.apply().expect_no_warnings();
        protecting(&mut workspace, "\"kepper\"");
        workspace.assert_empty_plan();
        workspace.main("");
        workspace.plan().outcome.expect_warning("There is no role \"kepper\" to protect");
    }
}

on_every_version! {
    fn a_reader_is_an_error_where_there_is_something_to_write(version: u16) {
        let mut cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&NEW.replace('@', "old"));
        workspace.converge();
        cluster.demote();
        // To look costs nothing.
        workspace.assert_empty_plan();
        let refused = |configuration: &str, options: &[&str], summary: &str| {
            workspace.main(configuration);
            let outcome = workspace.try_plan(options).expect_failure();
            let error = outcome.error();
            assert!(error.summary.contains(summary), "{outcome}");
            for text in ["in recovery", "25006", "This server is a reader", "cluster-ro-", "Set host to the writer"] {
                assert!(error.detail.contains(text), "{text}: {error}");
            }
        };
        let old = NEW.replace('@', "old");
        refused(&format!("{old}{}", user!("external").replace('@', "new")), &[], "Cannot create user \"user_new\"");
        refused(&old.replace("\"external\"", "\"external\"\n  connection_limit = 3"), &[], "Cannot change user \"user_old\"");
        refused(&user!("external").replace('@', "old"), &[], "Cannot destroy group \"group_old\"");
        refused(&old, &["-destroy"], "Cannot destroy ");
        // The apply is refused the same way.
        workspace.main(&format!("{old}{}", user!("external").replace('@', "new")));
        workspace.apply_expecting_failure().expect_error("in recovery");
    }
}

/// Connects as to a cluster of RDS, by its host's name, which is what tells it.
fn by_name(cluster: &Cluster, (user, password): (&str, &str)) -> String {
    format!(
        "  host = \"db.cluster-x.eu-west-1.rds.amazonaws.com\"\n  connect_via = \"{}:{}\"\n  sslmode = \"disable\"\n  \
         username = \"{user}\"\n  password = \"{password}\"\n",
        cluster.host(),
        cluster.port()
    )
}

/// A tunnel's near end, where the server itself tells what it is.
fn by_address(cluster: &Cluster, (user, password): (&str, &str)) -> String {
    format!(
        "  host = \"{}\"\n  port = {}\n  username = \"{user}\"\n  password = \"{password}\"\n",
        cluster.host(),
        cluster.port()
    )
}

on_versions! {
    [16, 17, 18]
    /// Members of `rds_superuser` may grant on RDS what they have no ADMIN OPTION on, and no catalog shows it.
    fn on_rds_a_missing_admin_option_is_one_warning(version: u16) {
        const MEMBERS: &str = concat!(
            "resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"external\"\n  groups = [\"theirs\"]\n}\n",
            "resource \"pgum_user\" \"two\" {\n  username = \"two\"\n  auth_method = \"external\"\n  groups = [\"theirs\"]\n}\n",
        );
        let master = (MASTER, MASTER_PASSWORD);
        let other = ("other_admin", "secret");
        let prepared = |cluster: Cluster| {
            cluster.execute("CREATE ROLE theirs; CREATE ROLE other_admin LOGIN CREATEROLE PASSWORD 'secret'");
            cluster
        };
        let elsewhere = prepared(Cluster::start(version));
        let on_rds = prepared(Cluster::builder(version).setting("rds.extensions", "pgaudit").start());
        let workspace = Workspace::empty();
        workspace.main(MEMBERS);
        // PostgreSQL's own rules hold everywhere but on RDS, and there for everybody but members of rds_superuser.
        for provider in [by_address(&elsewhere, master), by_name(&elsewhere, other), by_address(&on_rds, other)] {
            workspace.provider(&provider);
            let outcome = workspace.plan_expecting_failure();
            let errors = outcome.errors();
            assert_eq!(errors.len(), 2, "{outcome}");
            for error in errors {
                assert!(error.detail.contains("has no ADMIN OPTION on \"theirs\""), "{error}");
                assert!(error.code.as_ref().is_some_and(|code| code.contains("groups = ")), "{error}");
            }
        }
        for provider in [by_name(&elsewhere, master), by_address(&on_rds, master)] {
            workspace.provider(&provider);
            let plan = workspace.plan();
            let warning = plan.outcome.expect_warning("Whether \"postgres\" may do all that is planned is for RDS to say");
            for text in ["grant membership in theirs", "has no ADMIN OPTION on \"theirs\"", "members of rds_superuser", "WITH ADMIN OPTION"] {
                assert!(warning.detail.contains(text), "{text}: {warning}");
            }
            assert!(warning.code.as_ref().is_some_and(|code| code.contains("groups = ")), "{warning}");
            assert_eq!(plan.outcome.warnings().len(), 1, "{}", plan.outcome);
        }
        // The server has the last word, at the same attribute: this one is none of RDS.
        let outcome = workspace.apply_expecting_failure();
        let error = outcome.expect_error("Cannot create user \"one\"");
        assert!(error.detail.contains("42501"), "{error}");
        assert!(error.code.as_ref().is_some_and(|code| code.contains("groups = ")), "{error}");
        on_rds.execute("GRANT theirs TO postgres WITH ADMIN OPTION");
        workspace.plan().outcome.expect_no_warnings();
        workspace.converge();
    }
}
