//! What STS says: its codes, and what to do about each.

use std::error::Error as _;

use aws_credential_types::provider::error::CredentialsError;

/// Code and message of what STS said to a provider of the SDK, which is somewhere among the causes.
pub(super) fn code(error: &CredentialsError) -> Option<(String, String)> {
    use aws_sdk_sts::operation::assume_role::AssumeRoleError;
    use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
    let mut cause = error.source();
    while let Some(error) = cause {
        let metadata = error
            .downcast_ref::<AssumeRoleError>()
            .map(|error| error.meta())
            .or_else(|| error.downcast_ref::<AssumeRoleWithWebIdentityError>().map(|error| error.meta()));
        if let Some((code, message)) = metadata.and_then(|meta| Some((meta.code()?, meta.message()))) {
            return Some((code.to_owned(), message.unwrap_or_default().to_owned()));
        }
        cause = error.source();
    }
    None
}

/// What to do about a code of STS.
pub(super) fn to_do(code: &str, message: &str, role_arn: Option<&str>) -> String {
    let role = role_arn.unwrap_or("the role");
    // Both codes are used for a clock that is wrong and for others; the message tells.
    let is_clock = code == "RequestTimeTooSkewed"
        || message.contains("Signature expired")
        || message.contains("Signature not yet current");
    match code {
        _ if is_clock => "The clock of this machine is wrong. Set it right (NTP).".to_owned(),
        "AccessDenied" | "AccessDeniedException" => format!(
            "Two policies must allow it: the trust policy of {role} must name whoever assumes it (with its conditions: \
             external id, source identity, session name, tags, the subject and audience of a web identity), and the \
             policy of whoever assumes it must allow sts:AssumeRole (and sts:TagSession, sts:SetSourceIdentity where \
             they are set) on it. Is the role's ARN right?"
        ),
        "InvalidIdentityToken" | "IDPCommunicationError" | "IDPRejectedClaim" => {
            "AWS does not accept the web identity's token: its issuer must be an identity provider in the role's account, its \
             audience one that the provider lists (often sts.amazonaws.com)."
                .to_owned()
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "The session that this started from, or the web identity's token, has expired. Get a new one; a token in a file \
             is read anew, one that is written or in the environment is not."
                .to_owned()
        }
        "SignatureDoesNotMatch" => {
            "The secret key is not the access key's: check aws.secret_key or AWS_SECRET_ACCESS_KEY (a blank or a line break \
             at its end counts)."
                .to_owned()
        }
        "InvalidClientTokenId" | "UnrecognizedClientException" => {
            "AWS does not know the access key: it was deleted or switched off, is of another partition (China, GovCloud), or \
             is a temporary one without its session token (aws.token, AWS_SESSION_TOKEN)."
                .to_owned()
        }
        "RegionDisabledException" => {
            "STS is not switched on in this region for the account. Switch it on, or set aws.endpoints.sts.".to_owned()
        }
        "ValidationError" => {
            "Check duration (the role's own maximum counts; for a role assumed from a role it is 1h), session_name, policy \
             and tags."
                .to_owned()
        }
        _ => "This is AWS's own answer.".to_owned(),
    }
}
