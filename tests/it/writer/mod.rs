//! Reading the catalog and bringing roles about, on real servers, as the master of an Aurora-like cluster. What has
//! been done is looked at with other SQL than the provider's.

mod changes;
mod concurrency;
mod dependents;
mod destroy;
mod grantors;
mod hostile;
mod lockout;
mod meanwhile;
mod no_leak;
mod reading;
mod targets;
mod together;
mod unseen;

use std::collections::BTreeMap;

use pgum::postgres::{Applied, Apply, Cluster, ConnectionConfig, Password, SslMode, Target};
use pgum::roles::{
    DatabaseName, Desired, GrantsMode, MemberRule, MembershipOptions, PasswordChange, PrivilegeSet,
    RoleAttributes, RoleName, parse_privileges,
};

use crate::support::postgres::{Cluster as TestCluster, MASTER, MASTER_PASSWORD};

/// How the provider reaches a cluster, as its master.
fn config(cluster: &TestCluster) -> ConnectionConfig {
    ConnectionConfig {
        port: cluster.port(),
        username: MASTER.to_owned(),
        password: Some(Password::Fixed(MASTER_PASSWORD.into())),
        sslmode: SslMode::Disable,
        ..ConnectionConfig::new(cluster.host())
    }
}

fn connect(cluster: &TestCluster) -> Cluster {
    Cluster::new(config(cluster))
}

fn role(name: &str) -> RoleName {
    RoleName::new(name).unwrap()
}

fn database(name: &str) -> DatabaseName {
    DatabaseName::new(name).unwrap()
}

/// A role without anything.
fn desired(name: &str) -> Desired {
    Desired {
        name: role(name),
        attributes: RoleAttributes::default(),
        comment: None,
        settings: BTreeMap::new(),
        database_settings: BTreeMap::new(),
        memberships: BTreeMap::new(),
        looks_after_limits: true,
        rds_iam: Some(false),
        privileges: BTreeMap::new(),
        grants_mode: GrantsMode::Authoritative,
        member_rule: MemberRule::Any,
        password: PasswordChange::Keep,
    }
}

/// A user with login.
fn user(name: &str) -> Desired {
    Desired { attributes: RoleAttributes { login: true, ..Default::default() }, ..desired(name) }
}

fn memberships(groups: &[&str]) -> BTreeMap<RoleName, MembershipOptions> {
    let plain = MembershipOptions { admin: false, inherit: true, set: true };
    groups.iter().map(|group| (role(group), plain)).collect()
}

fn privileges(of: &[(&str, &[&str])]) -> BTreeMap<DatabaseName, PrivilegeSet> {
    of.iter()
        .map(|(name, texts)| (database(name), parse_privileges(texts.iter().copied()).unwrap()))
        .collect()
}

fn create(desired: Desired) -> Apply {
    let target = Target::New { adopt: false };
    Apply { resource: "pgum_user", target, desired, password: None, terminate_sessions: false }
}

fn update(applied: &Applied, desired: Desired) -> Apply {
    let (oid, name) = (applied.role.oid, applied.role.name.clone());
    Apply { target: Target::Existing { oid, name }, ..create(desired) }
}

fn with_password(mut request: Apply, password: &str) -> Apply {
    request.desired.password = PasswordChange::Set;
    request.password = Some(password.to_owned().into());
    request
}
