//! CONNECT that is granted where everybody may connect.

use crate::support::on_versions;
use crate::support::postgres::Cluster;
use crate::support::terraform::{Diagnostic, OPEN_TO_EVERYBODY, Outcome, Workspace};

fn said_in(outcome: &Outcome) -> Vec<Diagnostic> {
    let mut said = outcome.diagnostics();
    said.retain(|diagnostic| diagnostic.summary == OPEN_TO_EVERYBODY);
    said
}

on_versions! {
    [13, 18]
    fn publics_connect_is_said_once_a_database_and_run(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute("CREATE DATABASE closed OWNER postgres");
        cluster.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC");
        let workspace = Workspace::new(&cluster);
        workspace.main(
            "resource \"pgum_user\" \"many\" {\n  count = 20\n  username = \"user_${count.index}\"\n  auth_method = \"iam\"\n  \
             databases = [\"myapp\", \"postgres\", \"closed\"]\n}\n",
        );
        let plan = workspace.plan();
        let said = said_in(&plan.outcome);
        assert_eq!(said.len(), 1, "{}", plan.outcome);
        let warning = said.first().unwrap();
        assert!(warning.detail.contains("\"myapp\", \"postgres\"") && !warning.detail.contains("closed"), "{warning}");
        assert!(warning.code.as_ref().is_some_and(|code| code.contains("databases")), "{warning}");
        workspace.apply_plan(&plan);
        // Nothing of it changes any more, so nothing is said.
        let outcome = workspace.try_plan(&[]);
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert!(said_in(&outcome).is_empty(), "{outcome}");

        // The remedy is one, and a grant option is of use by itself.
        cluster.master_session("postgres").execute("REVOKE CONNECT ON DATABASE myapp FROM PUBLIC");
        workspace.main(
            "resource \"pgum_user\" \"other\" {\n  username = \"other\"\n  auth_method = \"iam\"\n  \
             database_privileges = { myapp = [\"CONNECT\"], postgres = [\"CONNECT WITH GRANT OPTION\", \"TEMPORARY\"] }\n}\n",
        );
        let plan = workspace.plan();
        assert!(said_in(&plan.outcome).is_empty(), "{}", plan.outcome);
    }
}
