//! What stops a drop is a warning in the plan and an error in the apply; what a drop takes along is said beforehand.

use super::warnings;
use crate::support::on_every_version;
use crate::support::postgres::Cluster;
use crate::support::terraform::Workspace;

const OTHERS: &str = "resource \"pgum_group\" \"other\" {\n  name = \"other\"\n}\n";

fn user(attributes: &str) -> String {
    format!(
        "{OTHERS}resource \"pgum_user\" \"one\" {{\n  username = \"one\"\n  password = \"secret\"\n  create_role = true\n  \
         database_privileges = {{ myapp = [\"CONNECT\", \"CREATE\"], postgres = [\"CREATE\"] }}\n  \
         memberships = {{ other = {{ admin = true }} }}\n  depends_on = [pgum_group.other]\n  {attributes}\n}}\n"
    )
}

on_every_version! {
    fn what_stops_a_drop_is_a_warning_in_the_plan(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        workspace.main(&user(""));
        workspace.converge();
        // Nothing depends on it: a quiet destroy.
        workspace.main(OTHERS);
        let plan = workspace.plan();
        assert!(plan.outcome.warnings().is_empty(), "{}", plan.outcome);

        cluster.execute("CREATE DATABASE of_one OWNER one");
        cluster.execute("CREATE ROLE stranger");
        cluster
            .master_session("postgres")
            .execute("CREATE TABLE shared (number int); GRANT SELECT ON shared TO one");
        for database in ["myapp", "postgres"] {
            let session = cluster.try_session("one", "secret", database).unwrap();
            session.execute("CREATE SCHEMA of_one; CREATE TABLE of_one.things (number int); ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");
        }
        cluster.try_session("one", "secret", "myapp").unwrap().execute("GRANT other TO stranger");
        let plan = workspace.plan();
        let said = warnings(&plan.outcome, "Cannot destroy user \"one\"");
        assert_eq!(said.len(), 1, "{}", plan.outcome);
        let warning = said.first().unwrap();
        for text in [
            "database of_one",
            "in database \"myapp\" it owns 2 objects",
            "in database \"postgres\" it owns 2 objects",
            "reassign_owned_to",
        ] {
            assert!(warning.detail.contains(text), "{text}: {warning}");
        }
        let taken = warnings(&plan.outcome, "What was granted to a role goes with it");
        assert_eq!(taken.len(), 1, "{}", plan.outcome);
        let taken = taken.first().unwrap();
        for text in ["in database \"postgres\" the privileges or policies of 1 object name it", "of \"stranger\" in \"other\""] {
            assert!(taken.detail.contains(text), "{text}: {taken}");
        }
        // The apply agrees.
        let outcome = workspace.apply_expecting_failure();
        let error = outcome.expect_error("Cannot destroy user \"one\"");
        for text in ["database of_one", "in database \"myapp\" it owns", "in database \"postgres\" it owns"] {
            assert!(error.detail.contains(text), "{text}: {error}");
        }

        // An heir that is not there; one that is.
        workspace.main(&user("on_destroy = { reassign_owned_to = \"nobody\" }"));
        workspace.converge();
        workspace.main(OTHERS);
        let plan = workspace.plan();
        let said = warnings(&plan.outcome, "Cannot destroy user \"one\"");
        assert!(said.len() == 1 && said.iter().all(|warning| warning.detail.contains("no other role \"nobody\"")), "{}", plan.outcome);
        workspace.apply_expecting_failure().expect_error("no other role \"nobody\"");
        cluster.execute("DROP DATABASE of_one");
        workspace.main(&user("on_destroy = { drop_owned = true }"));
        workspace.converge();
        workspace.main(OTHERS);
        let plan = workspace.plan();
        assert!(warnings(&plan.outcome, "Cannot destroy").is_empty(), "{}", plan.outcome);
        let drops = warnings(&plan.outcome, "The destroy of user \"one\" drops 4 object(s) that it owns");
        assert!(drops.len() == 1 && drops.iter().all(|warning| warning.detail.contains("in database \"myapp\" 2 objects")), "{}", plan.outcome);
        workspace.apply_plan(&plan);
        assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'one'"), "0");
        workspace.assert_empty_plan();
    }
}
