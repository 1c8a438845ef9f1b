//! What the plan cannot see: names that are known only in the apply, and what was changed between a plan and its apply.

use super::{ALLOWED, KEEPER, LISTED, cluster, everything, keeper_logs_in, provider};
use crate::support::on_versions;
use crate::support::terraform::Workspace;

/// A role that has rds_iam and is a group to others.
const TOKENS: &str = "resource \"pgum_user\" \"tokens\" {\n  username = \"tokens\"\n  auth_method = \"iam\"\n  \
                      can_login = false\n}\n";

on_versions! {
    [15, 18]
    fn a_name_that_is_known_only_in_the_apply_locks_nobody_out(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, LISTED);
        let dba = |groups: &str| format!("resource \"pgum_group\" \"dba\" {{\n  name = \"dba\"\n  groups = [{groups}]\n}}\n");
        workspace.main(&(dba("") + TOKENS));
        workspace.apply();
        cluster.master_session("postgres").execute(&format!("GRANT dba TO {KEEPER}"));
        // Core plans once more what has become known; what was applied before it makes that plan one of the apply.
        let data = "resource \"pgum_group\" \"first\" {\n  name = \"first\"\n}\n\
                    resource \"terraform_data\" \"name\" {\n  input = \"tokens\"\n  depends_on = [pgum_group.first]\n}\n";
        workspace.main(&(dba("terraform_data.name.output") + TOKENS + data));
        // Not even that it is a lock-out is known.
        workspace.plan().outcome.expect_no_warnings();
        let outcome = workspace.apply_expecting_failure();
        let error = outcome.expect_error("keeper -> dba -> tokens -> rds_iam");
        assert!(error.summary.starts_with("The change of group \"dba\" would lock \"keeper\" out"), "{outcome}");
        assert_eq!(error.code.as_deref().map(str::trim), Some("groups = [terraform_data.name.output]"), "{outcome}");
        for text in ["nothing of it was kept", "allow_lockout"] {
            assert!(error.detail.contains(text), "{text}: {outcome}");
        }
        assert_eq!(outcome.errors().len(), 1, "{outcome}");
        assert_eq!(cluster.value("SELECT count(*) FROM pg_auth_members WHERE member = 'dba'::regrole"), "0");
        assert!(keeper_logs_in(&cluster));

        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply().expect_warning("keeper -> dba -> tokens -> rds_iam");
        assert!(!keeper_logs_in(&cluster));
        workspace.assert_empty_plan();
    }
}

on_versions! {
    [15, 18]
    fn a_saved_plan_is_looked_at_again_when_it_is_applied(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, LISTED);
        let group = |databases: &str| format!("resource \"pgum_group\" \"app\" {{\n  name = \"app\"\n{databases}}}\n");
        let connects = "  database_privileges = { postgres = [\"CONNECT\"] }\n";
        workspace.main(&group(connects));
        workspace.apply();
        let save = |file: &str| {
            let file = workspace.directory().join(file);
            workspace.run(&["plan", &format!("-out={}", file.display())]).expect_success();
            file
        };
        // As long as PUBLIC may connect, nobody needs the group for it.
        workspace.main(&group(""));
        let changes = save("changes");
        workspace.main("");
        let drops = save("drops");
        cluster.master_session("postgres").execute(&format!("GRANT app TO {KEEPER}"));
        cluster.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC; GRANT CONNECT ON DATABASE postgres TO postgres");
        let before = everything(&cluster);
        for (plan, summary) in [
            (&changes, "The change of group \"app\" would lock \"keeper\" out: it loses CONNECT"),
            (&drops, "The drop of group \"app\" would lock \"keeper\" out: it loses CONNECT"),
        ] {
            let outcome = workspace.run(&["apply", "-json", &plan.display().to_string()]).expect_failure();
            outcome.expect_error(summary);
            assert_eq!(everything(&cluster), before);
        }
        assert!(keeper_logs_in(&cluster));
        workspace.plan_expecting_failure().expect_error("The drop of group \"app\" would lock \"keeper\" out");
    }
}
