//! The domain, pure: what a role is, what one should be, what differs between the two as an ordered list
//! of changes, and what stands in the way. No I/O, no async, no SQL text.

mod attributes;
mod catalog;
mod change;
mod desired;
mod diff;
pub mod foresight;
mod form;
pub mod lockout;
mod membership;
mod name;
pub mod preflight;
mod privilege;
pub(crate) mod reach;
mod role;
mod setting;
mod valid_until;

pub use attributes::RoleAttributes;
pub use catalog::{
    Catalog, CatalogDatabase, CatalogMembership, CatalogPrivilege, CatalogRole, CatalogSetting,
};
pub use change::{Change, RoleOption};
pub use desired::{Desired, GrantsMode, MemberRule, PasswordChange};
pub use diff::{Difference, NamePatterns, Server, diff, foreign_members, member_pattern_error};
pub use form::{expand_privileges, project_privileges};
pub use membership::{HeldMembership, MembershipOptions};
pub use name::{DatabaseName, NameError, Oid, RoleName};
pub use privilege::{
    GrantOption, HeldPrivilege, Privilege, PrivilegeError, PrivilegeSet, parse_privileges, privilege_texts,
};
pub use role::Role;
pub use setting::{
    Parameter, Parameters, SettingContext, SettingValues, SettingVerdict, Settings, canonical_setting_name,
    settings_equal,
};
pub use valid_until::{ValidUntil, ValidUntilError};
