//! Ephemeral resources: values that are never kept.

mod connection_string;
mod iam_auth_token;

pub(super) use iam_auth_token::IamAuthToken;
