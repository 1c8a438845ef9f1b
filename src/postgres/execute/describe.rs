//! A change in words, for messages.

use crate::roles::{Change, MembershipOptions, Privilege, RoleName, RoleOption};

/// What a change does, in words that can follow "cannot" or "still to do:".
pub fn describe(change: &Change) -> String {
    match change {
        Change::Create { name, .. } => format!("create the role \"{name}\""),
        Change::Rename { from, to } => format!("rename \"{from}\" to \"{to}\""),
        Change::Alter { name, options } => {
            let options: Vec<&str> = options.iter().map(option).collect();
            format!("alter {} of \"{name}\"", options.join(", "))
        }
        Change::SetPassword { name } => format!("set the password of \"{name}\""),
        Change::ClearPassword { name } => format!("remove the password of \"{name}\""),
        Change::Comment { name, .. } => format!("set the comment of \"{name}\""),
        Change::GrantMembership { group, member, options } => {
            format!("grant \"{group}\" to \"{member}\"{}", membership(*options))
        }
        Change::RevokeAdminOption { group, member, grantor } => {
            format!(
                "revoke the ADMIN option for \"{group}\" from \"{member}\"{}",
                granted_by(grantor.as_ref())
            )
        }
        Change::RevokeMembership { group, member, grantor } => {
            format!("revoke \"{group}\" from \"{member}\"{}", granted_by(grantor.as_ref()))
        }
        Change::GrantPrivileges { database, grantee, privileges } => {
            let privileges: Vec<String> = privileges
                .iter()
                .map(|(privilege, option)| {
                    format!("{}{}", word(*privilege), if *option { " WITH GRANT OPTION" } else { "" })
                })
                .collect();
            format!("grant {} on database \"{database}\" to \"{grantee}\"", privileges.join(", "))
        }
        Change::RevokePrivileges { database, grantee, privileges, grant_option_only, grantor } => {
            let privileges: Vec<&str> = privileges.iter().copied().map(word).collect();
            format!(
                "revoke {}{} on database \"{database}\" from \"{grantee}\"{}",
                if *grant_option_only { "the grant option for " } else { "" },
                privileges.join(", "),
                granted_by(grantor.as_ref())
            )
        }
        Change::SetSetting { role, database, name, .. } => match database {
            None => format!("set \"{name}\" for \"{role}\""),
            Some(database) => format!("set \"{name}\" for \"{role}\" in database \"{database}\""),
        },
        Change::ResetSetting { role, database, name } => match database {
            None => format!("reset \"{name}\" of \"{role}\""),
            Some(database) => format!("reset \"{name}\" of \"{role}\" in database \"{database}\""),
        },
    }
}

fn granted_by(grantor: Option<&RoleName>) -> String {
    grantor.map(|grantor| format!(" (granted by \"{grantor}\")")).unwrap_or_default()
}

fn membership(MembershipOptions { admin, inherit, set }: MembershipOptions) -> String {
    let mut options = vec![];
    if admin {
        options.push("with ADMIN");
    }
    if !inherit {
        options.push("without INHERIT");
    }
    if !set {
        options.push("without SET");
    }
    if options.is_empty() { String::new() } else { format!(" {}", options.join(", ")) }
}

fn option(option: &RoleOption) -> &'static str {
    match option {
        RoleOption::Login(_) => "LOGIN",
        RoleOption::Inherit(_) => "INHERIT",
        RoleOption::CreateDatabase(_) => "CREATEDB",
        RoleOption::CreateRole(_) => "CREATEROLE",
        RoleOption::Superuser(_) => "SUPERUSER",
        RoleOption::Replication(_) => "REPLICATION",
        RoleOption::BypassRowLevelSecurity(_) => "BYPASSRLS",
        RoleOption::ConnectionLimit(_) => "CONNECTION LIMIT",
        RoleOption::ValidUntil(_) => "VALID UNTIL",
    }
}

fn word(privilege: Privilege) -> &'static str {
    match privilege {
        Privilege::Connect => "CONNECT",
        Privilege::Create => "CREATE",
        Privilege::Temporary => "TEMPORARY",
    }
}
