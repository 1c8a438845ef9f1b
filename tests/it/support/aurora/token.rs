//! Whether a password is an IAM token for a login, by AWS's rules.

use super::Endpoint;
use crate::support::aws::Accounts;
use crate::support::sigv4::Presigned;
use std::time::{Duration, SystemTime};
use time::PrimitiveDateTime;
use time::macros::format_description;

/// How far ahead of the server a clock may be.
const AHEAD: Duration = Duration::from_secs(300);

/// Why a token does not let in. The client never hears of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoToken,
    OtherUser,
    OtherEndpoint,
    OtherRegion,
    UnknownKey,
    /// The session's token is missing, another, or out of its time.
    Session,
    Signature,
    Expired,
    NotYet,
    /// By policy.
    Denied,
}

/// All but the policy. `user` is compared as it is, the host too: whoever signs takes small letters.
pub(super) fn check(
    token: &str,
    user: &str,
    endpoint: &Endpoint,
    accounts: &Accounts,
    now: SystemTime,
    lifetime: Duration,
) -> Result<String, Refusal> {
    let request = Presigned::try_read(token).ok_or(Refusal::NoToken)?;
    let get = |name: &str| request.get(name).ok_or(Refusal::NoToken);
    let is_form = get("Action")? == "connect"
        && get("X-Amz-Algorithm")? == "AWS4-HMAC-SHA256"
        && get("X-Amz-SignedHeaders")? == "host"
        && get("X-Amz-Expires")? == "900";
    let credential: Vec<_> = get("X-Amz-Credential")?.split('/').collect();
    let date = get("X-Amz-Date")?;
    let [access_key, day, region, "rds-db", "aws4_request"] = credential[..] else {
        return Err(Refusal::NoToken);
    };
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    let signed_at = PrimitiveDateTime::parse(date, &form).map_err(|_| Refusal::NoToken)?;
    let signed_at = SystemTime::from(signed_at.assume_utc());
    if !is_form || !date.starts_with(day) {
        return Err(Refusal::NoToken);
    }
    let refused_if = |is: bool, refusal| if is { Err(refusal) } else { Ok(()) };
    refused_if(get("DBUser")? != user, Refusal::OtherUser)?;
    let authority = format!("{}:{}", endpoint.host.to_ascii_lowercase(), endpoint.port);
    refused_if(request.authority != authority, Refusal::OtherEndpoint)?;
    refused_if(region != endpoint.region, Refusal::OtherRegion)?;
    let secret_key = accounts.secret_key(access_key).ok_or(Refusal::UnknownKey)?;
    refused_if(request.signature(&secret_key) != get("X-Amz-Signature")?, Refusal::Signature)?;
    let session = request.get("X-Amz-Security-Token");
    refused_if(!accounts.is_session_good(access_key, session, now), Refusal::Session)?;
    refused_if(signed_at > now + AHEAD, Refusal::NotYet)?;
    refused_if(signed_at + lifetime <= now, Refusal::Expired)?;
    Ok(access_key.to_owned())
}
