//! Rename, drop and disable of a protected role, and what destroys do.

use super::{
    ALLOWED, KEEPER, LISTED, admin, cluster, keeper_logs_in, provider, provider_as, refused, refused_besides,
};
use crate::support::on_versions;
use crate::support::postgres::Cluster;
use crate::support::terraform::Workspace;

/// As `role` is, taken over.
fn taken_over(role: &str, more: &str) -> String {
    format!(
        "resource \"pgum_user\" \"it\" {{\n  username = \"{role}\"\n  adopt_existing = true\n  auth_method = \"external\"\n  \
         create_role = true\n  create_database = true\n  grants_mode = \"additive\"\n{more}}}\n"
    )
}

fn begin(version: u16, role: &str, more: &str) -> (Cluster, Workspace) {
    let cluster = cluster(version);
    let workspace = Workspace::new(&cluster);
    provider(&workspace, &cluster, LISTED);
    workspace.main(&taken_over(role, more));
    workspace.converge();
    (cluster, workspace)
}

on_versions! {
    [15, 18]
    fn a_protected_role_is_not_renamed(version: u16) {
        let (cluster, workspace) = begin(version, KEEPER, "");
        workspace.main(&taken_over("someone", ""));
        let outcome = refused(&cluster, &workspace, &["it is renamed"]);
        assert_eq!(outcome.error().code.as_deref().map(str::trim), Some("username = \"someone\""), "{outcome}");
        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply().expect_warning("it is renamed");
        assert!(!keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    fn a_protected_role_is_not_dropped(version: u16) {
        let (cluster, workspace) = begin(version, KEEPER, "");
        workspace.main("");
        refused(&cluster, &workspace, &["The drop of user \"keeper\""]);
        let outcome = workspace.run(&["plan", "-destroy", "-json"]).expect_failure();
        outcome.expect_error("The drop of user \"keeper\"");
        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply().expect_warning("The drop of user \"keeper\"");
        assert_eq!(cluster.value(&format!("SELECT count(*) FROM pg_roles WHERE rolname = '{KEEPER}'")), "0");
    }
}

on_versions! {
    [15, 18]
    fn a_protected_role_is_not_made_anew(version: u16) {
        let (cluster, workspace) = begin(version, KEEPER, "");
        let outcome = workspace.try_plan(&["-replace=pgum_user.it"]).expect_failure();
        outcome.expect_error("would lock \"keeper\" out");
        assert!(keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    fn a_protected_role_is_not_disabled(version: u16) {
        let (cluster, workspace) = begin(version, KEEPER, "  on_destroy = { action = \"disable\" }\n");
        workspace.main("");
        refused(&cluster, &workspace, &["The destroy (on_destroy = \"disable\") of user \"keeper\""]);
        provider(&workspace, &cluster, &format!("{LISTED}{ALLOWED}"));
        workspace.apply();
        assert!(!keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    fn to_forget_a_protected_role_loses_nothing(version: u16) {
        let (cluster, workspace) = begin(version, KEEPER, "  on_destroy = { action = \"forget\" }\n");
        workspace.main("");
        workspace.apply().expect_no_warnings();
        assert!(keeper_logs_in(&cluster));
    }
}

on_versions! {
    [15, 18]
    /// It cannot be, whatever is allowed: the apply would refuse it.
    fn the_own_user_neither_goes_nor_is_renamed(version: u16) {
        let cluster = cluster(version);
        let workspace = Workspace::new(&cluster);
        provider_as(&workspace, &cluster, admin(version), ALLOWED);
        workspace.main(&taken_over(admin(version).0, ""));
        workspace.converge();
        workspace.main("");
        workspace.plan_expecting_failure().expect_error("the role that applies");
        workspace.main(&taken_over("someone", ""));
        workspace.plan_expecting_failure().expect_error("cannot be renamed by itself");
    }
}

on_versions! {
    [18]
    /// What will apply is protected where a lesser role plans.
    fn the_role_that_applies_is_protected(version: u16) {
        let (cluster, mut workspace) = begin(version, KEEPER, "");
        provider(&workspace, &cluster, "");
        workspace.main(&taken_over(KEEPER, "  enabled = false\n"));
        workspace.plan();
        workspace.set_env("PGUM_APPLY_USERNAME", KEEPER);
        // Nor may it do so to itself, from 16 on.
        let itself = "\"keeper\" is the role itself";
        let outcome = refused_besides(&cluster, &workspace, &[itself], &["lock \"keeper\" out: NOLOGIN"]);
        outcome.expect_error("the role that is to apply (apply_username)");
    }
}
