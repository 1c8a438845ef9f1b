//! The rows, a file a subject.

mod attributes;
mod beyond;
mod grantors;
mod memberships;
mod neighbours;
mod privileges;
mod quiet;
mod roles;
mod settings;
mod unseen;

use super::case::Section;

/// What shows and is healed.
pub(crate) const DRIFT: &[&Section] = &[
    &attributes::LOGIN,
    &attributes::FLAGS,
    &attributes::COMMENTS,
    &memberships::GROUPS,
    &memberships::RDS_IAM,
    &memberships::MEMBERS,
    &grantors::GRANTORS,
    &privileges::PRIVILEGES,
    &privileges::DATABASES,
    &settings::SETTINGS,
    &roles::ROLES,
    &roles::RENAMED,
    &roles::ADDITIVE,
    &neighbours::NEIGHBOURS,
];

/// What shows, and no apply of the master heals.
pub(crate) const BEYOND: &[&Section] = &[&beyond::BEYOND, &beyond::WARNED];

/// What shows only to who may read `pg_authid`.
pub(crate) const UNSEEN: &[&Section] = &[&unseen::PASSWORDS];

/// What is no drift.
pub(crate) const QUIET: &[&Section] = &[&quiet::EQUAL, &quiet::OTHERS];
