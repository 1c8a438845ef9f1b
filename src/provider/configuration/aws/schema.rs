//! What may be written in `aws`: the names of the AWS provider.

use super::{NAME, checks};
use crate::provider::resources::role::checks as role_checks;
use crate::sdk::schema::{Nesting, Presence};
use crate::sdk::{Attribute, Type};

fn optional(name: &str, ty: Type, description: &str) -> Attribute {
    Attribute::new(name, ty, Presence::Optional, description)
}

/// What both ways to assume a role have.
fn session() -> Vec<Attribute> {
    vec![
        Attribute::new("role_arn", Type::String, Presence::Required, "The role's ARN.").check(role_checks::iam_role),
        optional(
            "session_name",
            Type::String,
            "The session's name, which CloudTrail shows. Environment: `AWS_ROLE_SESSION_NAME`. Default \
             `terraform-provider-pgum`.",
        )
        .check(checks::session_name),
        optional(
            "duration",
            Type::String,
            "How long the session lasts, such as `1h` or `30m`; when it ends, the role is assumed again. From `15m` to the \
             role's own maximum; for a role assumed from a role, to `1h`. Default: STS's, which is `1h`.",
        )
        .check(checks::duration),
        optional("policy", Type::String, "A policy that narrows the session, as JSON.").check(checks::policy),
        optional("policy_arns", Type::set(Type::String), "ARNs of managed policies that narrow the session.")
            .check(checks::policy_arns),
    ]
}

fn assume_role() -> Attribute {
    let mut role = session();
    role.extend([
        optional("external_id", Type::String, "The external id that the role's trust policy asks for.")
            .check(checks::external_id),
        optional("tags", Type::map(Type::String), "Session tags."),
        optional(
            "source_identity",
            Type::String,
            "The source identity, which stays the same through a chain of roles.",
        )
        .check(checks::session_name),
    ]);
    Attribute::nested(
        "assume_role",
        Nesting::List,
        role,
        Presence::Optional,
        "Roles to assume, one after the other, each with the credentials of the one before.",
    )
}

fn web_identity() -> Attribute {
    let mut role = session();
    role.extend([
        optional("web_identity_token", Type::String, "The token itself. Either this or the file.")
            .sensitive(),
        optional(
            "web_identity_token_file",
            Type::String,
            "The file that has the token. It is read whenever the role is assumed.",
        ),
    ]);
    Attribute::nested(
        "assume_role_with_web_identity",
        Nesting::Single,
        role,
        Presence::Optional,
        "A role to assume with a token of a web identity (OIDC): the first credentials, from which `assume_role` goes on. \
         Where `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN` are set (as in EKS) it need not be written.",
    )
    .check(checks::one_token)
}

/// The attribute.
pub(in crate::provider::configuration) fn attribute() -> Attribute {
    let files = |name: &str, description: &str| optional(name, Type::list(Type::String), description);
    Attribute::nested(
        NAME,
        Nesting::Single,
        vec![
            optional(
                "region",
                Type::String,
                "The region that tokens are signed for, and in which STS is asked. Default: that in the name of `host`, where \
                 it is one of RDS's own (another one written here is an error); else `AWS_REGION`, `AWS_DEFAULT_REGION`, the \
                 profile's, the EC2 instance's.",
            )
            .check(checks::region),
            optional(
                "profile",
                Type::String,
                "A profile of the shared files, also one of single sign-on, a `credential_process` or a role with its source. \
                 It wins over keys in the environment. Environment: `AWS_PROFILE`, over which such keys win.",
            ),
            optional("access_key", Type::String, "An access key, with `secret_key`. It wins over all other credentials.")
                .sensitive(),
            optional("secret_key", Type::String, "Its secret.").sensitive(),
            optional("token", Type::String, "The session token of temporary credentials.").sensitive(),
            files("shared_config_files", "Instead of `~/.aws/config`. Environment: `AWS_CONFIG_FILE`."),
            files(
                "shared_credentials_files",
                "Instead of `~/.aws/credentials`. Environment: `AWS_SHARED_CREDENTIALS_FILE`.",
            ),
            assume_role(),
            web_identity(),
            Attribute::nested(
                "endpoints",
                Nesting::Single,
                vec![
                    optional(
                        "sts",
                        Type::String,
                        "The URL of STS, for the roles that are written here. Environment, for others, too: \
                         `AWS_ENDPOINT_URL_STS`.",
                    )
                    .check(checks::url),
                ],
                Presence::Optional,
                "Endpoints other than AWS's own.",
            ),
        ],
        Presence::Optional,
        "Where credentials for IAM tokens come from, in the AWS provider's names. What is not written the AWS SDK looks for \
         in its own order: environment, shared files (profiles, single sign-on, `credential_process`), web identity (EKS, \
         OIDC), container (ECS, EKS), EC2 instance. `HTTPS_PROXY`, `NO_PROXY` and `AWS_CA_BUNDLE` count. Nothing of it is read \
         or asked for where no token is needed.",
    )
    .check(checks::together)
}
