//! What comes through groups: rds_iam by a new nesting, by the membership that creating a role implies, out of rds_iam
//! again, CONNECT.

use super::{
    ALLOWED, KEEPER, KEEPER_PASSWORD, LISTED, cluster, keeper_logs_in, provider, provider_as, refused,
    refused_besides,
};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER};
use crate::support::terraform::Workspace;

/// A role that has rds_iam and is a group to others.
const TOKENS: &str = "resource \"pgum_user\" \"tokens\" {\n  username = \"tokens\"\n  auth_method = \"iam\"\n  \
                      can_login = false\n}\n";

fn dba(groups: &str) -> String {
    format!("resource \"pgum_group\" \"dba\" {{\n  name = \"dba\"\n  groups = [{groups}]\n}}\n")
}

fn under_rds_iam(cluster: &Cluster) -> String {
    // Not by pg_has_role, which is what the provider's tests of the graph ask.
    cluster.value(&format!(
        "WITH RECURSIVE up AS (SELECT '{KEEPER}'::regrole::oid AS role UNION \
         SELECT m.roleid FROM up JOIN pg_auth_members m ON m.member = up.role) \
         SELECT EXISTS (SELECT FROM up WHERE role = 'rds_iam'::regrole)"
    ))
}

on_versions! {
    [15, 18]
    /// Each of the two is harmless alone.
    fn two_resources_that_only_together_lock_out_are_refused(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, LISTED);
        workspace.main(&dba(""));
        workspace.apply();
        cluster.execute(&format!("GRANT dba TO {KEEPER}"));

        workspace.main(&(dba("pgum_user.tokens.username") + TOKENS));
        let outcome = refused(&cluster, &workspace, &["keeper -> dba -> tokens -> rds_iam"]);
        let error = outcome.error();
        assert_eq!(error.code.as_deref().map(str::trim), Some("groups = [pgum_user.tokens.username]"), "{outcome}");
        assert_eq!(under_rds_iam(&cluster), "f");
        assert!(keeper_logs_in(&cluster));

        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply().expect_warning("keeper -> dba -> tokens -> rds_iam");
        assert_eq!(under_rds_iam(&cluster), "t");
        assert!(!keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    /// Names that make no order in the plan: the group may be planned before what it belongs to is there.
    fn literal_names_are_seen_in_any_order(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, LISTED);
        workspace.main(&dba(""));
        workspace.apply();
        cluster.execute(&format!("GRANT dba TO {KEEPER}"));
        workspace.main(&(dba("\"tokens\"") + TOKENS));
        refused(&cluster, &workspace, &["keeper -> dba -> tokens -> rds_iam"]);
    }
}

on_versions! {
    [15]
    /// The master itself, up to 15 outside rds_iam.
    fn the_own_user_is_protected_through_groups(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, "");
        workspace.main(&dba(""));
        workspace.apply();
        cluster.execute(&format!("GRANT dba TO {MASTER}"));
        workspace.main(&(dba("pgum_user.tokens.username") + TOKENS));
        refused(&cluster, &workspace, &["postgres -> dba -> tokens -> rds_iam"]);
        provider(&workspace, &cluster, ALLOWED);
        workspace.apply();
        assert!(cluster.try_session(MASTER, crate::support::postgres::MASTER_PASSWORD, "postgres").is_err());
    }
}

on_versions! {
    [18]
    /// Who made a role belongs to it: rds_iam for the role is rds_iam for who made it.
    fn the_creator_of_a_role_belongs_to_it(version: u16) {
        let cluster = cluster(version);
        cluster.try_session(KEEPER, KEEPER_PASSWORD, "postgres").unwrap().execute("CREATE ROLE app LOGIN");
        cluster.execute(&format!("GRANT app TO {MASTER} WITH ADMIN OPTION"));
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, LISTED);
        workspace.main(
            "resource \"pgum_user\" \"app\" {\n  username = \"app\"\n  auth_method = \"iam\"\n  adopt_existing = true\n}\n",
        );
        let outcome = refused(&cluster, &workspace, &["keeper -> app -> rds_iam"]);
        assert_eq!(outcome.error().code.as_deref().map(str::trim), Some("auth_method = \"iam\""), "{outcome}");
        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply();
        assert_eq!(under_rds_iam(&cluster), "t");
        assert!(!keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    /// A CREATEROLE admin outside rds_iam makes an IAM user. Up to 15 that locks nobody out.
    fn an_admin_outside_rds_iam_makes_a_user(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider_as(&workspace, &cluster, (KEEPER, KEEPER_PASSWORD), "");
        workspace.main("resource \"pgum_user\" \"app\" {\n  username = \"app\"\n  auth_method = \"iam\"\n}\n");
        if version < 16 {
            workspace.converge();
            assert!(keeper_logs_in(&cluster));
            return;
        }
        // PostgreSQL itself lets only those grant rds_iam who belong to it already.
        let may_not = "\"keeper\" has no ADMIN OPTION on \"rds_iam\"";
        let outcome = refused_besides(&cluster, &workspace, &[may_not], &["keeper -> app -> rds_iam"]);
        let locked_out = outcome.expect_error("keeper -> app -> rds_iam");
        assert_eq!(locked_out.code.as_deref().map(str::trim), Some("auth_method = \"iam\""), "{outcome}");
        provider_as(&workspace, &cluster, (KEEPER, KEEPER_PASSWORD), ALLOWED);
        workspace.apply_expecting_failure().expect_error(may_not);
        assert!(keeper_logs_in(&cluster));
    }
}

on_versions! {
    [18]
    /// On RDS nobody knows beforehand whether a member of rds_superuser belongs to what it makes. The server says that it is
    /// one of RDS, whatever name leads to it.
    fn on_rds_the_server_decides_whether_a_creator_belongs_to_a_role(version: u16) {
        let cluster = cluster(version);
        cluster.execute("ALTER DATABASE postgres SET rds.extensions = 'plpgsql'");
        let workspace = Workspace::new(&cluster);
        provider_as(&workspace, &cluster, (KEEPER, KEEPER_PASSWORD), "");
        workspace.main("resource \"pgum_user\" \"app\" {\n  username = \"app\"\n  auth_method = \"iam\"\n}\n");
        workspace.plan();
        workspace.apply_expecting_failure();
        assert_eq!(under_rds_iam(&cluster), "f");
        assert!(keeper_logs_in(&cluster));
    }
}

/// The keeper logs in with tokens, by way of a group.
fn with_tokens(version: u16) -> (Cluster, Workspace) {
    let cluster = cluster(version);
    let workspace = Workspace::new(&cluster);
    provider(&workspace, &cluster, LISTED);
    workspace.main(&(dba("pgum_user.tokens.username") + TOKENS));
    workspace.apply();
    cluster.execute(&format!("GRANT dba TO {KEEPER}"));
    (cluster, workspace)
}

on_versions! {
    [15, 18]
    /// What logs in with tokens must stay in rds_iam.
    fn a_way_into_rds_iam_is_kept(version: u16) {
        let (cluster, workspace) = with_tokens(version);
        // Left, dropped, and turned to passwords.
        let text = "keeper -> dba -> tokens -> rds_iam";
        workspace.main(&(dba("") + TOKENS));
        let outcome = refused(&cluster, &workspace, &[text]);
        assert_eq!(outcome.error().code.as_deref().map(str::trim), Some("groups = []"), "{outcome}");
        workspace.main(&(dba("pgum_user.tokens.username") + &TOKENS.replace("\"iam\"", "\"external\"")));
        let outcome = refused(&cluster, &workspace, &[text]);
        assert_eq!(outcome.error().code.as_deref().map(str::trim), Some("auth_method = \"external\""), "{outcome}");
        workspace.main(TOKENS);
        refused(&cluster, &workspace, &["The drop of group \"dba\""]);
        // A rename leaves everybody where they are.
        workspace.main(&(dba("pgum_user.tokens.username").replace("\"dba\"\n", "\"admins\"\n") + TOKENS));
        workspace.apply();
        assert_eq!(under_rds_iam(&cluster), "t");

        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.main(TOKENS);
        workspace.apply().expect_warning("keeper -> admins -> tokens -> rds_iam");
        assert_eq!(under_rds_iam(&cluster), "f");
    }
}

on_versions! {
    [15, 18]
    /// CONNECT by a group, with PUBLIC's gone.
    fn connect_is_kept(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider(&workspace, &cluster, LISTED);
        let door = |databases: &str| {
            format!("resource \"pgum_group\" \"door\" {{\n  name = \"door\"\n  databases = [{databases}]\n}}\n")
        };
        workspace.main(&door("\"postgres\""));
        workspace.apply();
        cluster.execute(&format!("GRANT door TO {KEEPER}"));
        // As long as PUBLIC may connect, the group is not what it comes in by.
        workspace.main(&door(""));
        workspace.plan();
        cluster.execute("REVOKE CONNECT ON DATABASE postgres FROM PUBLIC");
        assert!(keeper_logs_in(&cluster));
        let outcome = refused(&cluster, &workspace, &["it loses CONNECT"]);
        assert_eq!(outcome.error().code.as_deref().map(str::trim), Some("databases = []"), "{outcome}");
        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply();
        assert!(!keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    /// Users who are not protected may come under rds_iam, but somebody should know.
    fn a_password_user_that_comes_under_rds_iam_is_warned_of(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        let bob = |groups: &str| {
            format!(
                "resource \"pgum_user\" \"bob\" {{\n  username = \"bob\"\n  password = \"bobs-secret\"\n  \
                 groups = [{groups}]\n}}\n"
            )
        };
        workspace.main(&(dba("") + &bob("pgum_group.dba.name")));
        workspace.apply().expect_no_warnings();
        assert!(cluster.try_session("bob", "bobs-secret", "postgres").is_ok());
        // By what the group joins, though the user stays as it is.
        workspace.main(&(dba("pgum_user.tokens.username") + TOKENS + &bob("pgum_group.dba.name")));
        let plan = workspace.plan();
        let warning = plan.outcome.expect_warning("\"bob\" comes under rds_iam through group \"dba\"");
        assert!(warning.detail.contains("bob -> dba -> tokens -> rds_iam"), "{}", plan.outcome);
        workspace.apply_plan(&plan);
        assert!(cluster.try_session("bob", "bobs-secret", "postgres").is_err());
        // By what the user joins.
        let eve = bob("pgum_group.dba.name").replace("bob", "eve");
        workspace.main(&(dba("pgum_user.tokens.username") + TOKENS + &bob("pgum_group.dba.name") + &eve));
        let plan = workspace.plan();
        let warning = plan.outcome.expect_warning("\"eve\" comes under rds_iam through group \"dba\"");
        assert_eq!(warning.code.as_deref().map(str::trim), Some("groups = [pgum_group.dba.name]"));
        // Who is under it already does not come under it: that is said as what it is.
        plan.outcome.expect_warning("User \"bob\" cannot log in with its password");
        assert_eq!(plan.outcome.warnings().len(), 2, "{}", plan.outcome);
    }
}
