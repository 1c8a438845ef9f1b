//! The attributes of `pgum_roster`.

use crate::provider::resources::role::checks as role_checks;
use crate::sdk::schema::{PlanRule, Presence, checks};
use crate::sdk::{Attribute, Number, Schema, Type, Value};

pub(super) const USERS: &str = "users";
pub(super) const GROUPS: &str = "groups";
pub(super) const PASSWORDS: &str = "passwords_wo";
pub(super) const VERSIONS: &str = "password_versions";
pub(super) const UNMANAGED: &str = "unmanaged";
pub(super) const UNMANAGED_IGNORE: &str = "unmanaged_ignore";
pub(super) const MAX_REMOVALS: &str = "max_removals";
pub(super) const OIDS: &str = "oids";
pub(super) const UNMANAGED_ROLES: &str = "unmanaged_roles";

/// How many roles may go at once where nothing is written.
pub(super) const DEFAULT_MAX_REMOVALS: i64 = 10;

pub(super) fn schema() -> Schema {
    let texts = || Type::map(Type::String);
    let documents = |name: &str, noun: &str, resource: &str, more: &str| {
        Attribute::new(
            name,
            texts(),
            // None written and none there are the same, whatever the state has for it: see the plan.
            Presence::OptionalComputed,
            format!(
                "The {noun}s by name, each as the JSON of its attributes, as `jsonencode` gives it: those of `{resource}` less \
                 its name{more}. A key that goes from one of the two maps to the other keeps its role."
            ),
        )
    };
    Schema::new(
        "All users and groups of a cluster in one resource, for those who have thousands of them: Terraform itself takes \
         longer for a resource a role than the cluster does. Each entry means what a `pgum_user` or `pgum_group` with the \
         same attributes means, and plan and apply do the same for it.",
        vec![
            documents(USERS, "user", "pgum_user", " and its passwords"),
            documents(GROUPS, "group", "pgum_group", ""),
            Attribute::new(
                PASSWORDS,
                texts(),
                Presence::Optional,
                "The passwords by user, never kept in state or plan (Terraform and OpenTofu 1.11 or later). One is sent when \
                 its user is created, when its version in `password_versions` changes, and when it is known to be lost.",
            )
            .write_only(),
            Attribute::new(
                VERSIONS,
                texts(),
                Presence::Optional,
                "Any text by user; change it to send that user's password again.",
            ),
            Attribute::new(
                UNMANAGED,
                Type::String,
                Presence::Optional,
                "What becomes of roles that the roster does not name: `ignore` (default); `warn` and `error` say so in the \
                 plan; `disable` (NOLOGIN) and `drop` do so in the apply. System roles and protected ones are never among \
                 them. Roles of other resources and of other configurations are: name them in `unmanaged_ignore`.",
            )
            .check(checks::one_of(&["ignore", "warn", "error", "disable", "drop"])),
            Attribute::new(
                UNMANAGED_IGNORE,
                Type::set(Type::String),
                Presence::Optional,
                "Names or globs (`app_*`) of roles that the roster does not name and that are nobody's business here.",
            )
            .check(role_checks::member_globs),
            Attribute::new(
                MAX_REMOVALS,
                Type::Number,
                Presence::Optional,
                format!(
                    "How many roles may go at once, which is to be taken out of the roster, disabled, or dropped as unmanaged; \
                     more are an error: a file that was cut off must not remove everybody. Default {DEFAULT_MAX_REMOVALS}. A \
                     destroy of the whole resource is not counted."
                ),
            )
            .default(Value::Number(Number::from(DEFAULT_MAX_REMOVALS)))
            .check(checks::whole_number(0..=i64::from(i32::MAX))),
            Attribute::new(
                OIDS,
                Type::map(Type::Number),
                Presence::Computed,
                "The OIDs of all roles of the roster by name.",
            ),
            Attribute::new(
                UNMANAGED_ROLES,
                Type::set(Type::String),
                Presence::Computed,
                "The roles that the roster does not name, less `unmanaged_ignore`, system roles, protected roles, and with \
                 `unmanaged = \"disable\"` those that cannot log in. From the second apply on it is planned \
                 empty for `disable` and `drop`.",
            )
            .plan_rule(PlanRule::Keep),
        ],
    )
}
