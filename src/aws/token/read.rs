//! Reading a token: what it says of itself. Whether its signature is right only AWS can tell.

use std::fmt;

use time::macros::format_description;
use time::{Duration, OffsetDateTime, PrimitiveDateTime};

use super::percent::decode;
use super::{Endpoint, TokenFacts};
use crate::aws::Region;

/// Why a text is no IAM token. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidToken(&'static str);

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for InvalidToken {}

impl TokenFacts {
    /// Reads `HOST:PORT/?Action=connect&DBUser=...&X-Amz-...`.
    ///
    /// # Errors
    /// Where it is no token for a database of RDS, or is not whole.
    pub fn read(token: &str) -> Result<TokenFacts, InvalidToken> {
        let (authority, query) =
            token.split_once("/?").ok_or(InvalidToken("it does not begin HOST:PORT/?"))?;
        let (host, port) = authority.rsplit_once(':').ok_or(InvalidToken("it names no port"))?;
        let port = port.parse().map_err(|_| InvalidToken("its port is no port"))?;
        let parameter = |wanted: &str| {
            let mut found = query.split('&').filter_map(|pair| pair.split_once('='));
            found.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).and_then(|(_, value)| decode(value))
        };
        if parameter("Action").as_deref() != Some("connect") {
            return Err(InvalidToken("its Action is not connect"));
        }
        let username = parameter("DBUser").ok_or(InvalidToken("it names no DBUser"))?;
        let endpoint =
            Endpoint::new(host, port, username).map_err(|_| InvalidToken("its host is no host"))?;
        let credential = parameter("X-Amz-Credential").ok_or(InvalidToken("it names no X-Amz-Credential"))?;
        // The access key's id may have slashes as far as the form is concerned; the fields after it have none.
        let mut scope = credential.rsplitn(5, '/');
        let (Some("aws4_request"), Some("rds-db"), Some(region), Some(_), Some(access_key_id)) =
            (scope.next(), scope.next(), scope.next(), scope.next(), scope.next())
        else {
            return Err(InvalidToken("its X-Amz-Credential is not for rds-db"));
        };
        let region = Region::parse(region).map_err(|_| InvalidToken("its region is none"))?;
        let signed_at = parameter("X-Amz-Date")
            .and_then(|text| moment(&text))
            .ok_or(InvalidToken("its X-Amz-Date is no moment"))?;
        let seconds = parameter("X-Amz-Expires")
            .and_then(|text| text.parse::<u32>().ok())
            .ok_or(InvalidToken("its X-Amz-Expires is no number"))?;
        // A moment that no calendar has could not be shown, either.
        let expires_at = signed_at
            .checked_add(Duration::seconds(seconds.into()))
            .ok_or(InvalidToken("it expires after the year 9999"))?;
        if parameter("X-Amz-Signature").is_none_or(|signature| signature.is_empty()) {
            return Err(InvalidToken("it is cut off: it has no X-Amz-Signature"));
        }
        Ok(TokenFacts {
            endpoint,
            region,
            access_key_id: access_key_id.to_owned(),
            signed_at: signed_at.into(),
            expires_at: expires_at.into(),
        })
    }
}

/// `20240826T220000Z`.
fn moment(text: &str) -> Option<OffsetDateTime> {
    let form = format_description!("[year][month][day]T[hour][minute][second]Z");
    Some(PrimitiveDateTime::parse(text, &form).ok()?.assume_utc())
}
