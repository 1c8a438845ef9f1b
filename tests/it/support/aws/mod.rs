//! AWS as far as a login with IAM needs it: who has which keys ([`Accounts`]), and an [`Sts`] that gives sessions of
//! roles to those who may have them.

mod accounts;
mod sts;
mod wire;

pub(crate) use accounts::{ACCOUNT, Accounts, Keys};
pub(crate) use sts::{Sts, Trust};
