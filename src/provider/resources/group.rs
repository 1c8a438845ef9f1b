//! `pgum_group`: what it has beside the attributes of every role.

use crate::sdk::schema::{PlanRule, Presence};
use crate::sdk::{Attribute, Schema, Type, Value};

use super::role::{attributes, checks as role_checks};

/// The schema of `pgum_group`.
pub(crate) fn schema() -> Schema {
    let mut all = vec![
        Attribute::new(
            "name",
            Type::String,
            Presence::Required,
            "The group's name: 1 to 63 bytes, not beginning with `pg_` or `rds_`. A change renames the group in place.",
        )
        .check(role_checks::managed_name),
    ];
    all.extend(attributes::grants("group"));
    all.push(
        Attribute::new(
            "allowed_members",
            Type::set(Type::String),
            Presence::Optional,
            "Names or globs (`app_*`) of the roles that may be direct members. A member that none of them matches is \
             drift: it shows in `foreign_members` and is revoked. Not set: members are not looked at.",
        )
        .check(role_checks::member_globs),
    );
    all.extend(attributes::flags());
    all.push(attributes::description());
    all.extend(attributes::settings());
    all.extend(attributes::lifecycle("group"));
    all.extend([
        attributes::oid(),
        Attribute::new(
            "can_login",
            Type::Bool,
            Presence::Computed,
            "Planned `false`: a group that can log in is drift.",
        )
        .plan_rule(PlanRule::Constant(Value::Bool(false))),
        Attribute::new(
            "foreign_members",
            Type::set(Type::String),
            Presence::Computed,
            "Direct members that `allowed_members` does not name. Planned empty.",
        )
        .plan_rule(PlanRule::Constant(Value::Set(Vec::new()))),
    ]);
    Schema::new(
        "A group of the cluster: a PostgreSQL role without login, with its privileges on databases and the groups that \
         it belongs to itself.",
        all,
    )
}
