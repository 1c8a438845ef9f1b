//! Signing: AWS's signature version 4, in the query of a request that is never sent.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use secrecy::SecretString;

use super::percent::encode;
use super::{Endpoint, Token, TokenFacts, VALID_FOR};
use crate::aws::Region;

/// The name that the signature is for.
const SERVICE: &str = "rds-db";
/// The parameters of a signature, in the order in which AWS's own tools write them.
const PARAMETERS: [&str; 7] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
];

/// What the signature's library has against what it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotSign(String);

impl fmt::Display for CannotSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the IAM token cannot be signed: {}", self.0)
    }
}

impl std::error::Error for CannotSign {}

fn cannot(error: impl fmt::Display) -> CannotSign {
    CannotSign(error.to_string())
}

impl Token {
    /// Signs a token. A token of credentials that expire is worth nothing after they have.
    ///
    /// # Errors
    /// Only where the signature's library refuses what it is given.
    pub fn sign(
        endpoint: &Endpoint,
        region: &Region,
        credentials: &Credentials,
        now: SystemTime,
    ) -> Result<Token, CannotSign> {
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(VALID_FOR);
        let identity = credentials.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(region.as_str())
            .name(SERVICE)
            .time(now)
            .settings(settings)
            .build()
            .map_err(cannot)?
            .into();

        let query = format!("Action=connect&DBUser={}", encode(&endpoint.username));
        // The host stands in the header that is signed; in the URL it need not be one that a URL can have.
        let host = signed_host(endpoint);
        let request = SignableRequest::new(
            "GET",
            format!("https://rds.invalid/?{query}"),
            [("host", host.as_str())].into_iter(),
            SignableBody::empty(),
        )
        .map_err(cannot)?;
        let (instructions, _) = sign(request, &parameters).map_err(cannot)?.into_parts();

        let mut secret = format!("{}:{}/?{query}", endpoint.host, endpoint.port);
        for wanted in PARAMETERS {
            if let Some((name, value)) = instructions.params().iter().find(|(name, _)| *name == wanted) {
                secret.push_str(&format!("&{name}={}", encode(value)));
            }
        }
        let signed_at = whole_seconds(now);
        let expires_at = match credentials.expiry() {
            Some(expiry) => expiry.min(signed_at + VALID_FOR),
            None => signed_at + VALID_FOR,
        };
        let facts = TokenFacts {
            endpoint: endpoint.clone(),
            region: region.clone(),
            access_key_id: credentials.access_key_id().to_owned(),
            signed_at,
            expires_at,
        };
        Ok(Token { secret: SecretString::from(secret), facts })
    }
}

/// As every SDK of AWS has it: without the port where that is the scheme's own, and the scheme is HTTPS.
fn signed_host(endpoint: &Endpoint) -> String {
    match endpoint.port {
        443 => endpoint.host.clone(),
        port => format!("{}:{port}", endpoint.host),
    }
}

/// What a token can say.
fn whole_seconds(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UNIX_EPOCH + Duration::from_secs(seconds)
}
