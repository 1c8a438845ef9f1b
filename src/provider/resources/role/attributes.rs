//! The attributes that users and groups have in common.

use crate::sdk::schema::{Nesting, PlanRule, Presence, checks as sdk_checks};
use crate::sdk::{Attribute, Type, Value};

use super::checks;

pub(crate) const GRANTS_MODES: &[&str] = &["authoritative", "additive"];
pub(crate) const DESTROY_ACTIONS: &[&str] = &["drop", "disable", "forget"];

/// Memberships and privileges on databases, each in its short and its full form.
pub(crate) fn grants(noun: &str) -> Vec<Attribute> {
    let member = |name: &str, description: &str| {
        Attribute::new(name, Type::Bool, Presence::OptionalComputed, description)
    };
    vec![
        Attribute::new(
            "groups",
            Type::set(Type::String),
            Presence::OptionalComputed,
            format!(
                "The groups that the {noun} belongs to, with default options: the short form of `memberships`. \
                 `rds_iam` is not written here: that is `auth_method = \"iam\"`."
            ),
        )
        .check(checks::group_names),
        Attribute::nested(
            "memberships",
            Nesting::Map,
            vec![
                member("admin", "May grant the membership on (ADMIN OPTION). Default `false`."),
                member(
                    "inherit",
                    "Has the group's privileges without SET ROLE. Default: the role's `inherit`. Up to PostgreSQL 15 \
                     nothing else is possible.",
                ),
                member("set", "May SET ROLE to the group. Default `true`; up to PostgreSQL 15 nothing else is possible."),
            ],
            Presence::OptionalComputed,
            format!("The groups that the {noun} belongs to, with options, by group name: the full form of `groups`."),
        )
        .check(checks::membership_names),
        Attribute::new(
            "privileges",
            Type::set(Type::String),
            Presence::OptionalComputed,
            "Privileges on each of `databases`: `CONNECT`, `CREATE`, `TEMPORARY` or `ALL`, each also with \
             ` WITH GRANT OPTION`. Together with `databases` the short form of `database_privileges`.",
        )
        .check(checks::privileges),
        Attribute::new(
            "databases",
            Type::set(Type::String),
            Presence::OptionalComputed,
            "The databases on which `privileges` are granted; without `privileges`, CONNECT is.",
        )
        .check(checks::database_names),
        Attribute::new(
            "database_privileges",
            Type::map(Type::set(Type::String)),
            Presence::OptionalComputed,
            "Privileges by database, in the words of `privileges`: the full form of `privileges` and `databases`.",
        )
        .check(checks::database_privileges),
        Attribute::new(
            "grants_mode",
            Type::String,
            Presence::Optional,
            "`authoritative` (default): memberships and privileges that are not written here are revoked. `additive` \
             (default for the role that the connection logs in as): only those written here are looked after, and \
             revoked when they leave the configuration.",
        )
        .check(sdk_checks::one_of(GRANTS_MODES)),
    ]
}

/// What a role is allowed by itself.
pub(crate) fn flags() -> Vec<Attribute> {
    let flag = |name: &str, default: bool, description: &str| {
        Attribute::new(name, Type::Bool, Presence::OptionalComputed, description)
            .default(Value::Bool(default))
    };
    vec![
        flag(
            "inherit",
            true,
            "Has the privileges of its groups without SET ROLE (INHERIT). From PostgreSQL 16 on this is what memberships \
             without an `inherit` of their own get. Default `true`.",
        ),
        flag("create_database", false, "May create databases (CREATEDB). Default `false`."),
        flag("create_role", false, "May create and change roles (CREATEROLE). Default `false`."),
        flag(
            "superuser",
            false,
            "SUPERUSER. Default `false`. On RDS and Aurora nobody can grant it: use `groups = [\"rds_superuser\"]`.",
        ),
        flag(
            "replication",
            false,
            "REPLICATION. Default `false`. On RDS and Aurora use `groups = [\"rds_replication\"]`.",
        ),
        flag(
            "bypass_row_level_security",
            false,
            "BYPASSRLS. Default `false`. On RDS and Aurora nobody can grant it.",
        ),
    ]
}

/// COMMENT ON ROLE.
pub(crate) fn description() -> Attribute {
    Attribute::new(
        "description",
        Type::String,
        Presence::Optional,
        "A comment on the role (COMMENT ON ROLE). `\"\"` is the same as none.",
    )
    .check(checks::no_nul)
}

/// ALTER ROLE SET.
pub(crate) fn settings() -> Vec<Attribute> {
    vec![
        Attribute::new(
            "settings",
            Type::map(Type::String),
            Presence::OptionalComputed,
            "Settings for the role's sessions (ALTER ROLE SET), by name. Lists are written as in postgresql.conf \
             (`search_path = \"app, public\"`). Default `{}`: settings made by hand are reset.",
        )
        .default(Value::Map(Default::default()))
        .check(checks::settings),
        Attribute::new(
            "database_settings",
            Type::map(Type::map(Type::String)),
            Presence::OptionalComputed,
            "Settings for the role's sessions in one database (ALTER ROLE IN DATABASE SET), by database and name. \
             Default `{}`.",
        )
        .default(Value::Map(Default::default()))
        .check(checks::database_settings),
    ]
}

/// Adoption and what a destroy does.
pub(crate) fn lifecycle(noun: &str) -> Vec<Attribute> {
    vec![
        Attribute::new(
            "adopt_existing",
            Type::Bool,
            Presence::Optional,
            format!(
                "Take over a role of this name that is already there, instead of an error that shows the import block. \
                 The {noun} is brought to what is written here. Default `false`."
            ),
        ),
        Attribute::nested(
            "on_destroy",
            Nesting::Single,
            vec![
                Attribute::new(
                    "action",
                    Type::String,
                    Presence::Optional,
                    "`drop` (default); `disable`: NOLOGIN and nothing else; `forget`: leave it as it is, without \
                     connecting.",
                )
                .check(sdk_checks::one_of(DESTROY_ACTIONS)),
                Attribute::new(
                    "reassign_owned_to",
                    Type::String,
                    Presence::Optional,
                    "The role that objects owned by this one are given to, in every database. Functions that are SECURITY DEFINER \
                     run as that role from then on.",
                )
                .check(checks::role_name),
                Attribute::new(
                    "drop_owned",
                    Type::Bool,
                    Presence::Optional,
                    "Drop the objects that the role owns, in every database. Never databases, never what others depend \
                     on. Default `false`.",
                ),
            ],
            Presence::Optional,
            "What a destroy does. It acts as it was last applied, so apply it before the block goes.",
        ),
    ]
}

/// The role's OID.
pub(crate) fn oid() -> Attribute {
    Attribute::new("oid", Type::Number, Presence::Computed, "The role's OID.").plan_rule(PlanRule::Keep)
}
