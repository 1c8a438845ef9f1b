//! What to do where a login with an IAM token was rejected, in words: with what the token says of itself.

use std::time::{Duration, SystemTime};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::postgres::config::{ConnectionConfig, TokenNote};
use crate::postgres::error::AuthenticationProblem;

/// The paragraph that follows what the server said.
pub(super) fn remedy(
    problem: AuthenticationProblem,
    config: &ConnectionConfig,
    token: &TokenNote,
    now: SystemTime,
) -> Option<String> {
    let user = &config.username;
    let reasons = match problem {
        AuthenticationProblem::Pam => rejected(config, token, now),
        AuthenticationProblem::WrongPassword => format!(
            "The server took the IAM token for a password. So {user:?} is no member of rds_iam, directly or through a \
             group (GRANT rds_iam TO {user}), or IAM authentication is switched off on the cluster, or there is no such \
             role; the server does not say which. To log in with a password: iam_auth = false."
        ),
        _ => return None,
    };
    Some(format!("{reasons}\n\n{}", signed(token, now)))
}

fn rejected(config: &ConnectionConfig, token: &TokenNote, now: SystemTime) -> String {
    let user = &config.username;
    let mut reasons = Vec::new();
    // What is certain comes first, and alone where it is enough.
    if let Some(place) = &token.given_in {
        if let Some(late) = now.duration_since(token.expires_at).ok().filter(|late| !late.is_zero()) {
            return format!(
                "The token in {place} has expired, {} ago: a token lets nobody in after 15 minutes. Make a new one (aws rds \
                 generate-db-auth-token), or set iam_auth = true, with which the provider makes them as it needs them, \
                 also in a long run.",
                about(late)
            );
        }
        for (what, is, should) in [
            ("user", token.username.as_str(), user.as_str()),
            ("host", token.host.as_str(), config.host.as_str()),
        ] {
            if !is.eq_ignore_ascii_case(should) || (what == "user" && is != should) {
                reasons.push(format!(
                    "The token is for the {what} {is:?}, and {should:?} is what is configured."
                ));
            }
        }
        if token.port != config.port {
            reasons.push(format!("The token is for port {}, and {} is configured.", token.port, config.port));
        }
    }
    reasons.push(format!(
        "The server rejected the IAM token; it does not say why. Check, in this order:\n\
         - a policy of whoever signed it allows rds-db:connect on {} (the resource id is the cluster's or, through a \
         proxy, the proxy's, not its name; the user's capitals count), and nothing denies it (a boundary, an SCP);\n\
         - the secret key is that of access key {}, and, where it is a session's (AWS_SESSION_TOKEN), the session has not \
         expired: aws sts get-caller-identity with the same credentials tells;\n\
         - {user:?} is spelt as the role is in the database;\n\
         - {} is the region of the cluster;\n\
         - {} is the endpoint as RDS names it: a token signed for a CNAME, an address or a tunnel is rejected. Set host \
         to the real endpoint and connect_via to the way there;\n\
         - IAM authentication is switched on on the cluster (or, for a proxy, demanded there);\n\
         - the clock of this machine is right: a token is good from when it was signed for 15 minutes.",
        token.resource, token.access_key_id, token.region, token.host
    ));
    reasons.join("\n")
}

/// What the token says.
fn signed(token: &TokenNote, now: SystemTime) -> String {
    let origin = match (&token.origin, &token.given_in) {
        (Some(origin), _) => format!(", from {origin}"),
        (None, Some(place)) => format!(", given in {place}"),
        (None, None) => String::new(),
    };
    format!(
        "The token: for {}:{}, user {:?}, region {}, signed by access key {}{origin}, at {}, good until {}. By the clock of \
         this machine it is {}.",
        token.host,
        token.port,
        token.username,
        token.region,
        token.access_key_id,
        utc(token.signed_at),
        utc(token.expires_at),
        utc(now)
    )
}

/// To the second.
fn utc(time: SystemTime) -> String {
    let time = OffsetDateTime::from(time);
    let time = time.replace_nanosecond(0).unwrap_or(time);
    time.format(&Rfc3339).unwrap_or_else(|_| "an unknown time".to_owned())
}

fn about(duration: Duration) -> String {
    match duration.as_secs() {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7_200 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + minutes * 60)
    }

    fn token(given_in: Option<&str>) -> TokenNote {
        TokenNote {
            host: "db.example.com".to_owned(),
            port: 5432,
            username: "app".to_owned(),
            region: "eu-west-1".to_owned(),
            access_key_id: "AKIDEXAMPLE".to_owned(),
            resource: "arn:aws:rds-db:eu-west-1:ACCOUNT:dbuser:RESOURCE-ID/app".to_owned(),
            origin: given_in
                .is_none()
                .then(|| "the assumed role arn:aws:sts::1:assumed-role/ci/x".to_owned()),
            given_in: given_in.map(str::to_owned),
            signed_at: at(0),
            expires_at: at(15),
        }
    }

    fn config(host: &str, username: &str) -> ConnectionConfig {
        let mut config = ConnectionConfig::new(host);
        config.username = username.to_owned();
        config
    }

    #[test]
    fn the_first_thing_to_check_is_the_policy() {
        let said = remedy(AuthenticationProblem::Pam, &config("db.example.com", "app"), &token(None), at(1))
            .unwrap();
        for expected in [
            "rds-db:connect on arn:aws:rds-db:eu-west-1:ACCOUNT:dbuser:RESOURCE-ID/app",
            "the secret key is that of access key AKIDEXAMPLE",
            "access key AKIDEXAMPLE, from the assumed role arn:aws:sts::1:assumed-role/ci/x",
            "at 2027-01-15T08:00:00Z, good until 2027-01-15T08:15:00Z",
            "it is 2027-01-15T08:01:00Z",
        ] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
    }

    #[test]
    fn an_expired_token_says_when_it_was_made() {
        let given = token(Some("POSTGRES_IAM_TOKEN"));
        let config = config("db.example.com", "app");
        let said = remedy(AuthenticationProblem::Pam, &config, &given, at(35)).unwrap();
        assert!(said.contains("POSTGRES_IAM_TOKEN has expired, 20 minutes ago"), "{said}");
        assert!(said.contains("at 2027-01-15T08:00:00Z") && !said.contains("rds-db:connect"), "{said}");
        let said = remedy(AuthenticationProblem::Pam, &config, &given, at(1)).unwrap();
        assert!(!said.contains("has expired") && said.contains("rds-db:connect"), "{said}");
    }

    #[test]
    fn a_token_for_something_else_is_said_to_be_so() {
        let given = token(Some("POSTGRES_IAM_TOKEN"));
        let mut config = config("DB.example.com", "App");
        config.port = 15_432;
        let said = remedy(AuthenticationProblem::Pam, &config, &given, at(1)).unwrap();
        assert!(said.contains("for the user \"app\", and \"App\""), "{said}");
        assert!(said.contains("for port 5432, and 15432"), "{said}");
        assert!(!said.contains("for the host"), "{said}");
    }

    #[test]
    fn a_password_failure_is_about_rds_iam() {
        let said =
            remedy(AuthenticationProblem::WrongPassword, &config("db", "app"), &token(None), at(1)).unwrap();
        assert!(said.contains("no member of rds_iam") && said.contains("switched off"), "{said}");
        assert_eq!(remedy(AuthenticationProblem::Rejected, &config("db", "app"), &token(None), at(1)), None);
    }
}
