//! AWS, as far as a login needs it: credentials in the AWS SDK's own order and the roles assumed with them,
//! the region, and the IAM tokens that are signed with both. It knows nothing of PostgreSQL and nothing of
//! Terraform. Nothing here is built, read or asked for before the first token is.

mod region;

pub use region::{InvalidRegion, RdsHost, RdsHostKind, Region, rds_host};
