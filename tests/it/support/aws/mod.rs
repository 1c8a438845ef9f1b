//! AWS as far as a login with IAM needs it: who has which keys ([`Accounts`]), an [`Sts`] that gives sessions of roles to
//! those who may have them, and [`Metadata`], which gives them to whoever is in the right place.

mod accounts;
mod metadata;
mod sts;
mod wire;

pub(crate) use accounts::{ACCOUNT, Accounts, Keys};
pub(crate) use metadata::Metadata;
pub(crate) use sts::{Sts, Trust};
