//! `pgum_user`: what it has beside the attributes of every role.

use crate::sdk::schema::{PlanRule, Presence, checks};
use crate::sdk::{Attribute, Number, Schema, Type, Value};

use super::role::{attributes, checks as role_checks};

pub(super) const AUTH_METHODS: &[&str] = &["password", "iam", "external"];

/// The schema of `pgum_user`.
pub(crate) fn schema() -> Schema {
    let mut all = vec![
        Attribute::new(
            "username",
            Type::String,
            Presence::Required,
            "The user's name: 1 to 63 bytes, not beginning with `pg_` or `rds_`. A change renames the user in place.",
        )
        .check(role_checks::managed_name),
        Attribute::new(
            "auth_method",
            Type::String,
            Presence::OptionalComputed,
            "How the user logs in: `password` (default), `iam` (a member of `rds_iam` without a password) or \
             `external` (a certificate, LDAP, Kerberos, or a password that something else manages).",
        )
        // In the state even where it is not written, so that an import plans empty either way.
        .default(Value::string("password"))
        .check(checks::one_of(AUTH_METHODS)),
        Attribute::new(
            "password",
            Type::String,
            Presence::Optional,
            "The password, for `auth_method = \"password\"`. It is hashed before it is sent, but kept in the state: \
             prefer `password_wo`. Ignored, with a warning, where `auth_method` is `iam`.",
        )
        .sensitive()
        .check(role_checks::password),
        Attribute::new(
            "password_wo",
            Type::String,
            Presence::Optional,
            "The password, never kept in state or plan (Terraform and OpenTofu 1.11 or later). It is sent when the \
             user is created, when `password_wo_version` changes, and when the user's password is known to be lost.",
        )
        .sensitive()
        .write_only()
        .check(role_checks::password),
        Attribute::new(
            "password_wo_version",
            Type::String,
            Presence::Optional,
            "Any text; change it to send `password_wo` again.",
        ),
    ];
    all.extend(attributes::grants("user"));
    all.extend([
        Attribute::new(
            "enabled",
            Type::Bool,
            Presence::OptionalComputed,
            "`false` keeps the user from logging in (NOLOGIN); its grants, password and settings stay. Default `true`.",
        )
        .default(Value::Bool(true)),
        Attribute::new(
            "can_login",
            Type::Bool,
            Presence::OptionalComputed,
            "`false` for a service account that is never logged in with. A user may log in when it is both `enabled` \
             and `can_login`. Default `true`.",
        )
        .default(Value::Bool(true)),
        Attribute::new(
            "connection_limit",
            Type::Number,
            Presence::OptionalComputed,
            "How many connections the user may have at one time; `-1` (default) is any number.",
        )
        .default(Value::Number(Number::from(-1_i64)))
        .check(checks::whole_number(-1..=i64::from(i32::MAX))),
        Attribute::new(
            "valid_until",
            Type::String,
            Presence::Optional,
            "Until when the password is valid, in RFC 3339 (`2030-01-31T00:00:00Z`). Not set and `infinity` are the \
             same. It limits logins by password only, so there is a warning with `iam` and `external`.",
        )
        .check(role_checks::valid_until),
    ]);
    all.extend(attributes::flags());
    all.push(attributes::description());
    all.push(
        Attribute::new(
            "iam_role",
            Type::String,
            Presence::Optional,
            "ARN of the IAM role that is to log in as this user. Checked for its form and kept in the state, for \
             outputs and policies; nothing is sent to the server.",
        )
        .check(role_checks::iam_role),
    );
    all.extend(attributes::settings());
    all.extend(attributes::lifecycle("user"));
    all.extend([
        Attribute::new(
            "terminate_sessions",
            Type::Bool,
            Presence::Optional,
            "End the user's sessions when it is disabled, renamed or dropped. Default `false`.",
        ),
        attributes::oid(),
        Attribute::new(
            "rds_iam",
            Type::Bool,
            Presence::Computed,
            "Whether the user is a direct member of `rds_iam`. Planned from `auth_method`, so a membership that was \
             granted or revoked by hand shows here.",
        ),
        Attribute::new(
            "password_in_sync",
            Type::Bool,
            Presence::Computed,
            "Planned `true`. `false` where the password on the server is known not to be the one last sent: after the \
             user was dropped and made anew by hand, and, where stored passwords can be read (not on RDS), after it was \
             changed or taken away by hand. The apply then sends it again.",
        )
        .plan_rule(PlanRule::Constant(Value::Bool(true))),
    ]);
    Schema::new(
        "A user of the cluster: a PostgreSQL role with its way to log in, its memberships, and its privileges on \
         databases. Everything is changed in place, in one transaction, and whatever is changed behind Terraform's \
         back shows in the next plan.",
        all,
    )
}
