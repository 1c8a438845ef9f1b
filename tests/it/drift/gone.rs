//! A database that is gone, with the grants and settings that were in it.

use crate::support::on_every_version;
use crate::support::postgres::Cluster;
use crate::support::terraform::Workspace;

const ROLE: &str = "resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  auth_method = \"iam\"\n";

on_every_version! {
    fn what_went_with_a_database_shows_and_comes_back_with_it(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        let master = cluster.master_session("postgres");
        master.execute("CREATE DATABASE short_lived");
        let written = format!(
            "{ROLE}  databases = [\"short_lived\"]\n  \
             database_settings = {{ short_lived = {{ work_mem = \"8MB\" }} }}\n}}\n"
        );
        workspace.main(&written);
        workspace.converge();
        let wanted = cluster.inventory();

        master.execute("DROP DATABASE short_lived");
        let plan = workspace.plan().expect_only("update", &["pgum_user.one"]);
        let change = plan.change("pgum_user.one");
        assert_eq!(change.attributes(), ["database_privileges", "database_settings", "databases", "privileges"]);
        assert_eq!(change.before["databases"], serde_json::json!([]));
        let error = workspace.apply_expecting_failure().error();
        assert!(error.text().contains("There is no database \"short_lived\""), "{error}");
        assert!(error.code.as_ref().is_some_and(|code| code.contains("short_lived")), "{error}");

        // Nothing is left to take away where the database is no longer written.
        workspace.main(&format!("{ROLE}}}\n"));
        workspace.assert_empty_plan();

        workspace.main(&written);
        master.execute("CREATE DATABASE short_lived");
        workspace.converge();
        assert_eq!(cluster.inventory(), wanted);
    }
}
