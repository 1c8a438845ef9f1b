//! Any way in which a role should be, and what roles are made of. The properties on a real server are tried with the same
//! (tests/it/properties); whoever includes this has the domain as `roles`.

use std::collections::BTreeMap;

use proptest::bool::weighted as flag;
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::roles::{
    DatabaseName, Desired, GrantsMode, MemberRule, MembershipOptions, PasswordChange, Privilege,
    PrivilegeSet, RoleAttributes, RoleName, Settings, ValidUntil,
};

/// What there is to choose from. What is in a list twice, comes twice as often.
#[derive(Clone, Copy)]
pub(crate) struct Choice {
    /// What the role may be called.
    pub(crate) names: &'static [&'static str],
    /// What it may be a member of.
    pub(crate) groups: &'static [&'static str],
    pub(crate) databases: &'static [&'static str],
    pub(crate) comments: &'static [&'static str],
    /// Names of settings that [`Choice::setting`] knows values for.
    pub(crate) settings: &'static [&'static str],
    pub(crate) valid_until: &'static [&'static str],
    /// Patterns of members.
    pub(crate) members: &'static [&'static str],
    /// How often it has an attribute that only a superuser can give.
    pub(crate) of_superusers: f64,
}

pub(crate) fn name(text: &str) -> RoleName {
    RoleName::new(text).unwrap()
}

impl Choice {
    /// `has_options`: whether a membership has INHERIT and SET of its own.
    pub(crate) fn desired(self, has_options: bool) -> impl Strategy<Value = Desired> + Clone {
        let privileges = btree_map(self.database(), btree_map(privilege(), any::<bool>(), 0..4), 0..4);
        (
            (select(self.names), self.attributes(), self.comment()),
            (self.settings(), btree_map(self.database(), self.settings(), 0..2)),
            (btree_map(select(self.groups).prop_map(name), options(), 0..4), of(any::<bool>())),
            privileges,
            (self.grants_mode(), self.member_rule()),
            select(&[PasswordChange::Keep, PasswordChange::Set, PasswordChange::Clear][..]),
        )
            .prop_map(
                move |(role, settings, (mut memberships, rds_iam), privileges, rules, password)| {
                    let (text, attributes, comment) = role;
                    if !has_options {
                        for options in memberships.values_mut() {
                            (options.inherit, options.set) = (attributes.inherit, true);
                        }
                    }
                    Desired {
                        name: name(text),
                        attributes,
                        looks_after_limits: true,
                        comment,
                        settings: settings.0,
                        database_settings: settings.1,
                        memberships,
                        rds_iam,
                        privileges: privileges
                            .into_iter()
                            .map(|(name, set)| (name, PrivilegeSet::from_iter(set)))
                            .collect(),
                        grants_mode: rules.0,
                        member_rule: rules.1,
                        password,
                    }
                },
            )
    }

    pub(crate) fn attributes(self) -> impl Strategy<Value = RoleAttributes> + Clone {
        let of_superusers = || flag(self.of_superusers);
        let flags = (any::<[bool; 4]>(), [of_superusers(), of_superusers(), of_superusers()]);
        (flags, -1..3, select(self.valid_until)).prop_map(
            |((flags, of_superusers), connection_limit, valid_until)| {
                let [login, inherit, create_database, create_role] = flags;
                let [superuser, replication, bypass_row_level_security] = of_superusers;
                RoleAttributes {
                    login,
                    inherit,
                    create_database,
                    create_role,
                    superuser,
                    replication,
                    bypass_row_level_security,
                    connection_limit,
                    valid_until: ValidUntil::from_server(valid_until),
                }
            },
        )
    }

    pub(crate) fn comment(self) -> impl Strategy<Value = Option<String>> + Clone {
        of(select(self.comments).prop_map(str::to_owned))
    }

    pub(crate) fn database(self) -> impl Strategy<Value = DatabaseName> + Clone {
        select(self.databases).prop_map(|name| DatabaseName::new(name).unwrap())
    }

    pub(crate) fn settings(self) -> impl Strategy<Value = Settings> + Clone {
        vec(self.setting(), 0..4).prop_map(|settings| {
            let one_each: BTreeMap<_, _> =
                settings.into_iter().map(|(name, value)| (name.to_lowercase(), (name, value))).collect();
            one_each.into_values().collect()
        })
    }

    /// A setting with one of its values, of which some are the same in another spelling.
    pub(crate) fn setting(self) -> impl Strategy<Value = (String, String)> + Clone {
        (select(self.settings), 0usize..3, any::<bool>()).prop_map(|(name, value, upper)| {
            let values = match name {
                "statement_timeout" => ["5s", "5000", "7min"],
                "search_path" => ["a, \"B\"", "A,\"B\"", "b"],
                "jit" => ["on", "TRUE", "off"],
                "log_statement" => ["all", "none", "ddl"],
                _ => ["x", "X", "on"],
            };
            (if upper { name.to_uppercase() } else { name.to_owned() }, values[value].to_owned())
        })
    }

    fn grants_mode(self) -> impl Strategy<Value = GrantsMode> + Clone {
        let former_groups = btree_set(select(self.groups).prop_map(name), 0..3);
        let former_privileges = btree_map(self.database(), btree_set(privilege(), 0..3), 0..3);
        prop_oneof![
            Just(GrantsMode::Authoritative),
            (former_groups, former_privileges).prop_map(|(former_groups, former_privileges)| {
                GrantsMode::Additive { former_groups, former_privileges }
            })
        ]
    }

    fn member_rule(self) -> impl Strategy<Value = MemberRule> + Clone {
        weighted(0.7, subsequence(self.members, 0..4)).prop_map(|patterns| match patterns {
            None => MemberRule::Any,
            Some(patterns) => MemberRule::Only(patterns.into_iter().map(str::to_owned).collect()),
        })
    }
}

pub(crate) fn options() -> impl Strategy<Value = MembershipOptions> + Clone {
    any::<[bool; 3]>().prop_map(|[admin, inherit, set]| MembershipOptions { admin, inherit, set })
}

pub(crate) fn privilege() -> impl Strategy<Value = Privilege> + Clone {
    select(&Privilege::ALL[..])
}
