//! What is kept beside the state of a role, unseen: versioned JSON, carried through every call.

mod letters;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::letters::{WantedMembership, WantedPrivileges};
use crate::roles::{DatabaseName, Desired, MembershipOptions, Oid, Privilege, PrivilegeSet, RoleName};
use crate::sdk::PrivateState;

const VERSION: u32 = 2;

/// Private state of one role. What every role has is written in few letters, and what is as it is by default is left out:
/// Terraform carries it through every call of every role, and writes that of all roles with each that it creates. To create a
/// thousand roles took it 0.6 to 1 s less with 60 bytes each than with 155 (of 17 s, in three pairs of runs).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Private {
    #[serde(rename = "v", alias = "version")]
    pub version: u32,
    /// What tells the cluster from others, where its server lets us know.
    #[serde(rename = "s", alias = "system_identifier", skip_serializing_if = "Option::is_none")]
    pub system_identifier: Option<i64>,
    /// Of a plan: the summaries of the warnings that it gave, which its apply does not repeat.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub said: BTreeSet<String>,
    /// The role's OID when it was last applied or imported: another one is another role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oid: Option<u32>,
    /// The name that was applied, where the role was found under another one since. It may be another role, which no
    /// destroy may drop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Set by import, cleared by the Read after it, which takes canonical forms.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub imported: bool,
    /// Whether it was imported and not applied since: a write-only password is then not sent, its version is
    /// recorded; and the plan warns of what it would revoke.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unapplied: bool,
    /// Whether it was a user until now and becomes a group: what only users have goes. Set by a roster for its plan and its
    /// apply, and never kept.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub was_user: bool,
    /// Whether a password was ever sent: taking it out of the configuration would leave it valid.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub password_sent: bool,
    /// The digest of the verifier that was sent last, and never the verifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verifier: Option<String>,
    /// The memberships last wanted: what `additive` looks after.
    #[serde(rename = "m", alias = "memberships", skip_serializing_if = "BTreeMap::is_empty")]
    pub memberships: BTreeMap<String, WantedMembership>,
    /// The privileges last wanted, likewise.
    #[serde(rename = "p", alias = "privileges", skip_serializing_if = "BTreeMap::is_empty")]
    pub privileges: BTreeMap<String, WantedPrivileges>,
}

impl Private {
    /// What Terraform carried; nothing where it carried nothing that can be read.
    pub(crate) fn decode(state: &PrivateState) -> Self {
        serde_json::from_slice(&state.0).unwrap_or_default()
    }

    /// As bytes to carry.
    pub(crate) fn encode(mut self) -> PrivateState {
        self.version = VERSION;
        // Strings, sets and numbers always serialise.
        PrivateState(serde_json::to_vec(&self).unwrap_or_default())
    }

    /// The role's OID, typed.
    pub(crate) fn oid(&self) -> Option<Oid> {
        self.oid.map(Oid)
    }

    /// Remembers what is looked after.
    pub(crate) fn remember(&mut self, desired: &Desired) {
        let memberships = desired.memberships.iter();
        self.memberships =
            memberships.map(|(group, options)| (group.to_string(), WantedMembership(*options))).collect();
        let privileges = desired.privileges.iter();
        self.privileges = privileges
            .map(|(database, privileges)| (database.to_string(), WantedPrivileges(privileges.clone())))
            .collect();
    }

    /// The memberships last wanted.
    pub(crate) fn wanted_memberships(&self) -> BTreeMap<RoleName, MembershipOptions> {
        let memberships = self.memberships.iter();
        memberships
            .map(|(group, WantedMembership(options))| (RoleName::from_catalog(group), *options))
            .collect()
    }

    /// The privileges last wanted.
    pub(crate) fn wanted_privileges(&self) -> BTreeMap<DatabaseName, PrivilegeSet> {
        let privileges = self.privileges.iter();
        privileges
            .map(|(database, WantedPrivileges(privileges))| {
                (DatabaseName::from_catalog(database), privileges.clone())
            })
            .collect()
    }

    /// What `additive` revokes when it is no longer wanted.
    pub(crate) fn former(&self) -> (BTreeSet<RoleName>, BTreeMap<DatabaseName, BTreeSet<Privilege>>) {
        let groups = self.memberships.keys().map(RoleName::from_catalog).collect();
        let privileges = self
            .wanted_privileges()
            .into_iter()
            .map(|(database, privileges)| (database, privileges.into_keys().collect()))
            .collect();
        (groups, privileges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_what_it_cannot_read() {
        for bytes in [&b""[..], b"null", b"\xff", b"{\"oid\":\"x\"}"] {
            assert_eq!(Private::decode(&PrivateState(bytes.to_vec())), Private::default());
        }
        let later = PrivateState(br#"{"version":9,"oid":5,"new":true}"#.to_vec());
        assert_eq!(Private::decode(&later).oid(), Some(Oid(5)));
    }

    #[test]
    fn reads_what_earlier_versions_wrote() {
        let earlier = PrivateState(
            br#"{"version":1,"oid":5,"imported":false,"unapplied":false,"password_sent":true,"memberships":{},"privileges":{}}"#
                .to_vec(),
        );
        let private = Private::decode(&earlier);
        assert_eq!((private.oid(), private.password_sent), (Some(Oid(5)), true));
        assert_eq!((private.system_identifier, private.renamed_from.clone()), (None, None));
        let earlier = PrivateState(
            br#"{"version":1,"system_identifier":-7,"oid":5,"memberships":{"a":{"inherit":true,"set":true},"b":{"admin":true}},"privileges":{"myapp":["CONNECT","CREATE WITH GRANT OPTION"]}}"#
                .to_vec(),
        );
        let now = Private::decode(&earlier).encode();
        assert_eq!(
            std::str::from_utf8(&now.0),
            Ok(r#"{"v":2,"s":-7,"oid":5,"m":{"a":"is","b":"a"},"p":{"myapp":"cC*"}}"#)
        );
        assert_eq!(Private::decode(&now), Private { version: 2, ..Private::decode(&earlier) });
        let negative = Private { system_identifier: Some(i64::MIN), ..private };
        assert_eq!(Private::decode(&negative.clone().encode()).system_identifier, negative.system_identifier);
    }
}
