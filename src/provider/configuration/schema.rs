//! What may be written in the provider block.

use super::aws;
use crate::provider::resources::role::attributes::{DESTROY_ACTIONS, GRANTS_MODES};
use crate::provider::resources::role::checks as role_checks;
use crate::sdk::schema::{Nesting, Presence, checks};
use crate::sdk::{Attribute, Schema, Type};

const SSLMODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/// A day: longer is a slip of the keyboard.
const MOST_SECONDS: i64 = 86_400;

fn optional(name: &str, ty: Type, description: &str) -> Attribute {
    Attribute::new(name, ty, Presence::Optional, description)
}

fn seconds(name: &str, least: i64, description: &str) -> Attribute {
    optional(name, Type::Number, description).check(checks::whole_number(least..=MOST_SECONDS))
}

/// The schema of the provider block.
pub(crate) fn schema() -> Schema {
    let mut all = connection();
    all.extend([
        optional(
            "iam_auth",
            Type::Bool,
            "Log in with IAM tokens, minted as they are needed, so that runs of any length go through: see `aws` for the \
             credentials. `POSTGRES_PASSWORD` and the like are not looked at then. A token is signed for `host` and `port`, \
             whatever `connect_via` is. Environment: `POSTGRES_IAM_AUTH`. Default `false`. A token that was made elsewhere can \
             be given in `POSTGRES_IAM_TOKEN` instead; it lasts 15 minutes.",
        ),
        aws::attribute(),
    ]);
    all.extend(behaviour());
    all.extend(safety());
    Schema::new(
        "Manages the users and groups of an Aurora PostgreSQL cluster, or of any PostgreSQL from 13 to 18. All attributes \
         are optional; one that is not written is taken from its environment variables, the first one that is set. Any \
         of them may be unknown while planning, as when the cluster is made in the same run.",
        all,
    )
}

fn connection() -> Vec<Attribute> {
    vec![
        optional(
            "host",
            Type::String,
            "The server: the cluster's writer endpoint. The certificate is checked against it. A value that starts with \
             `/` is the directory of a Unix socket. Environment: `POSTGRES_HOST`, `PGHOST`. It must be given in one of \
             these ways.",
        ),
        optional("port", Type::Number, "Environment: `POSTGRES_PORT`, `PGPORT`. Default `5432`.")
            .check(checks::whole_number(1..=65_535)),
        optional(
            "connect_via",
            Type::String,
            "Where to connect to instead, with `host` staying what it is: `127.0.0.1:15432` (the near end of a tunnel), \
             or a proxy as `socks5://proxy:1080` or, with names looked up by the proxy, `socks5h://proxy:1080`. \
             Environment: `PGUM_CONNECT_VIA`, then `ALL_PROXY` less `NO_PROXY`.",
        ),
        optional(
            "database",
            Type::String,
            "The one database that all reads and locks go through: two runs keep clear of each other only where they \
             name the same one. Environment: `POSTGRES_DB`, `PGDATABASE`. Default `postgres`.",
        ),
        optional(
            "username",
            Type::String,
            "The role to log in as. Environment: `POSTGRES_USER`, `PGUSER`. Default `postgres`.",
        ),
        optional(
            "password",
            Type::String,
            "Its password. Environment: `POSTGRES_PASSWORD`, `PGPASSWORD`; then the password file (`PGPASSFILE`, \
             `~/.pgpass`).",
        )
        .sensitive(),
        optional(
            "sslmode",
            Type::String,
            "`disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`, as in libpq. Environment: \
             `POSTGRES_SSLMODE`, `PGSSLMODE`. Default: `verify-full` for host names of RDS, else `require` with an IAM token, \
             which is never sent with less, else `prefer`.",
        )
        .check(checks::one_of(SSLMODES)),
        optional(
            "sslrootcert",
            Type::String,
            "What to check the server's certificate against: a path, the certificates themselves in PEM, `system` (what \
             this machine trusts; with `verify-full` only), or `rds`: the authorities of RDS, which ship with the provider; \
             for host names of RDS Proxy, Amazon's public ones. Environment: `PGSSLROOTCERT`. Default: `rds` for host \
             names of RDS where certificates are checked, else `~/.postgresql/root.crt`, if it is there. `rds` has no authorities \
             for regions that are younger than 2023, nor for China and GovCloud: there, name the bundle that AWS publishes \
             for the region.",
        ),
        optional(
            "sslcert",
            Type::String,
            "A client certificate, as a path or in PEM; with `sslkey`. Environment: `PGSSLCERT`.",
        ),
        optional("sslkey", Type::String, "Its key, as a path or in PEM. Environment: `PGSSLKEY`.").sensitive(),
    ]
}

fn behaviour() -> Vec<Attribute> {
    vec![
        optional(
            "application_name",
            Type::String,
            "What the server shows in `pg_stat_activity`. Environment: `PGAPPNAME`. Default `terraform-provider-pgum`.",
        ),
        seconds(
            "connect_timeout",
            1,
            "Seconds for one attempt to connect. Environment: `PGCONNECT_TIMEOUT`. Default `30`.",
        ),
        seconds(
            "connect_retry",
            0,
            "Seconds for which to try again where the server is starting, full, failing over, or its name is not known \
             yet; `0` is never. A run that has waited in vain does not wait again. Environment: `PGUM_CONNECT_RETRY`. \
             Default `20`.",
        ),
        seconds(
            "lock_timeout",
            1,
            "Seconds to wait for another run on the same cluster, and for every lock of a statement. The error names who \
             blocks. Default `30`.",
        ),
        optional(
            "max_connections",
            Type::Number,
            "Never more connections than this at one time. Default `4`.",
        )
        .check(checks::whole_number(1..=1_000)),
        Attribute::nested(
            "defaults",
            Nesting::Single,
            vec![
                optional("grants_mode", Type::String, "See `pgum_user`.").check(checks::one_of(GRANTS_MODES)),
                Attribute::nested(
                    "on_destroy",
                    Nesting::Single,
                    vec![
                        optional("action", Type::String, "See `pgum_user`.")
                            .check(checks::one_of(DESTROY_ACTIONS)),
                        optional("reassign_owned_to", Type::String, "See `pgum_user`.")
                            .check(role_checks::role_name),
                        optional("drop_owned", Type::Bool, "See `pgum_user`."),
                    ],
                    Presence::Optional,
                    "See `pgum_user`.",
                ),
                optional("terminate_sessions", Type::Bool, "See `pgum_user`."),
            ],
            Presence::Optional,
            "For every user and group that does not say otherwise. Read when it applies, not from the state.",
        ),
    ]
}

fn safety() -> Vec<Attribute> {
    vec![
        optional(
            "apply_username",
            Type::String,
            "The role that will apply, where the plan runs as a lesser one: what it may do is judged, and it is protected from \
             being locked out, as the connection's own user is. See \"The plan tells the truth\". Environment: \
             `PGUM_APPLY_USERNAME`.",
        )
        .check(role_checks::role_name),
        optional(
            "protected_roles",
            Type::set(Type::String),
            "Roles that a run must never lock out, disable, rename or drop, beside the connection's own user and \
             `apply_username`. A name that no role has is warned of. See \"Nobody is locked out\".",
        )
        .check(role_checks::role_names),
        optional(
            "allow_lockout",
            Type::Bool,
            "Allow changes after which a protected role could not log in as it does, connect to `database` or manage \
             roles: a warning says what is lost. Meant for the one run that means it. Default `false`.",
        ),
        optional(
            "allow_cluster_change",
            Type::Bool,
            "Allow a connection to another cluster than the state's: the state is then compared by names alone, and is the new \
             cluster's from the next apply on. Meant for the one run after a move or a major upgrade, see \"The right cluster\". \
             Environment: `PGUM_ALLOW_CLUSTER_CHANGE`. Default `false`.",
        ),
    ]
}
