//! What is granted, in few letters: the options of a membership by their first ones, privileges as in an ACL. Version 1 wrote
//! it out.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::roles::{MembershipOptions, Privilege, PrivilegeSet, parse_privileges};

/// Options of a membership, as they were wanted: `ais`, those that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "MembershipCarried", into = "String")]
pub(crate) struct WantedMembership(pub(crate) MembershipOptions);

/// Privileges on a database, as they were wanted: `c` CONNECT, `C` CREATE, `T` TEMPORARY, each with `*` where it may be
/// granted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "PrivilegesCarried", into = "String")]
pub(crate) struct WantedPrivileges(pub(crate) PrivilegeSet);

#[derive(Deserialize)]
#[serde(untagged)]
enum MembershipCarried {
    Letters(String),
    WrittenOut {
        #[serde(default)]
        admin: bool,
        #[serde(default)]
        inherit: bool,
        #[serde(default)]
        set: bool,
    },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PrivilegesCarried {
    Letters(String),
    WrittenOut(BTreeSet<String>),
}

impl From<MembershipCarried> for WantedMembership {
    fn from(carried: MembershipCarried) -> Self {
        Self(match carried {
            MembershipCarried::Letters(letters) => {
                let has = |letter: char| letters.contains(letter);
                MembershipOptions { admin: has('a'), inherit: has('i'), set: has('s') }
            }
            MembershipCarried::WrittenOut { admin, inherit, set } => {
                MembershipOptions { admin, inherit, set }
            }
        })
    }
}

impl From<WantedMembership> for String {
    fn from(WantedMembership(MembershipOptions { admin, inherit, set }): WantedMembership) -> Self {
        let options = [(admin, 'a'), (inherit, 'i'), (set, 's')];
        options.into_iter().filter_map(|(has, letter)| has.then_some(letter)).collect()
    }
}

impl From<PrivilegesCarried> for WantedPrivileges {
    fn from(carried: PrivilegesCarried) -> Self {
        Self(match carried {
            PrivilegesCarried::Letters(letters) => {
                let grant_option = |letter: char| letters.contains(&format!("{letter}*"));
                let privileges =
                    Privilege::ALL.into_iter().map(|privilege| (privilege, acl_letter(privilege)));
                privileges
                    .filter(|(_, letter)| letters.contains(*letter))
                    .map(|(privilege, letter)| (privilege, grant_option(letter)))
                    .collect()
            }
            PrivilegesCarried::WrittenOut(names) => {
                parse_privileges(names.iter().map(String::as_str)).unwrap_or_default()
            }
        })
    }
}

impl From<WantedPrivileges> for String {
    fn from(WantedPrivileges(privileges): WantedPrivileges) -> Self {
        let mut letters = String::new();
        for (privilege, grant_option) in privileges {
            letters.push(acl_letter(privilege));
            if grant_option {
                letters.push('*');
            }
        }
        letters
    }
}

/// As `aclitem` has it (PostgreSQL's documentation, "ACL Privilege Abbreviations").
const fn acl_letter(privilege: Privilege) -> char {
    match privilege {
        Privilege::Connect => 'c',
        Privilege::Create => 'C',
        Privilege::Temporary => 'T',
    }
}
