//! AWS, as far as a login needs it: credentials in the AWS SDK's own order and the roles assumed with them,
//! the region, the IAM tokens that are signed with both, and the ARNs and policies that allow it. It knows nothing
//! of PostgreSQL and nothing of Terraform. Nothing here is built, read or asked for before the first token is.

mod arn;
mod clock;
mod credentials;
mod duration;
mod error;
mod http;
mod policy;
mod region;
mod settings;
mod source;
#[cfg(test)]
mod tests;
mod token;

pub use arn::{ConnectArn, InvalidArn, Part};
pub use clock::Clock;
pub use credentials::Account;
pub use duration::parse_duration;
pub use error::{Error, ErrorKind};
pub use policy::connect_policy;
pub use region::{InvalidRegion, RdsHost, RdsHostKind, Region, rds_host};
pub use settings::{Keys, Role, RoleSession, Settings, WebIdentityRole, WebIdentityToken};
pub use source::{Minted, TokenSource};
pub(crate) use token::percent_encode;
pub use token::{CannotSign, Endpoint, InvalidEndpoint, InvalidToken, Token, TokenFacts, VALID_FOR};
