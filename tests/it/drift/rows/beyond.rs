//! What the plan shows and the master may not heal; whoever may, does it with the same configuration.

use crate::drift::case::Hand::{Master, Superuser};
use crate::drift::case::{CASE, Case, FROM_16, Section, group, user};
use crate::drift::oracle::Fact::{Groups, Members, Options, Privileges, Role, Settings};

pub(super) const BEYOND: Section = Section {
    title: "What the master user may not heal",
    words: "The plan of the master user, which is no superuser, ends with an error that says who could; that of a superuser \
        shows it as everything else, and its apply heals it.",
    cases: &[
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ SUPERUSER")],
            shows: &["pgum_user.user_@.superuser: true -> false"],
            refused: &["Only a superuser can take SUPERUSER away"],
            then: &[Role("user_@", "rolsuper", "false")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ REPLICATION")],
            shows: &["pgum_user.user_@.replication: true -> false"],
            refused: &["ALTER ROLE ... NOREPLICATION NOBYPASSRLS"],
            then: &[Role("user_@", "rolreplication", "false")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ BYPASSRLS")],
            shows: &["pgum_user.user_@.bypass_row_level_security: true -> false"],
            refused: &["needs a superuser"],
            then: &[Role("user_@", "rolbypassrls", "false")],
            ..CASE
        },
        Case {
            written: group!(),
            by_hand: &[Superuser("ALTER ROLE group_@ SUPERUSER REPLICATION BYPASSRLS")],
            shows: &[
                "pgum_group.group_@.bypass_row_level_security: true -> false",
                "pgum_group.group_@.replication: true -> false",
                "pgum_group.group_@.superuser: true -> false",
            ],
            refused: &["Cannot change NOSUPERUSER, NOREPLICATION, NOBYPASSRLS."],
            then: &[
                Role("group_@", "rolsuper", "false"),
                Role("group_@", "rolreplication", "false"),
                Role("group_@", "rolbypassrls", "false"),
            ],
            ..CASE
        },
        // From 16 on a grant is its grantor's to revoke.
        Case {
            versions: FROM_16,
            written: concat!(user!("external"), group!()),
            by_hand: &[Superuser("GRANT group_@ TO user_@ GRANTED BY rdsadmin")],
            shows: &[
                "pgum_user.user_@.groups: [\"group_@\"] -> []",
                "pgum_user.user_@.memberships.group_@: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            refused: &["Let \"rdsadmin\" revoke it"],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: concat!(user!("external", "groups = [pgum_group.group_@.name]"), group!()),
            by_hand: &[Superuser("GRANT group_@ TO user_@ WITH ADMIN OPTION GRANTED BY rdsadmin")],
            shows: &["pgum_user.user_@.memberships.group_@.admin: true -> false"],
            refused: &["Cannot revoke ADMIN on group_@ from user_@ (granted by rdsadmin)"],
            then: &[Options("user_@", "group_@", "inherit set")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            first: &[Master("CREATE ROLE intruder_@")],
            written: group!("allowed_members = []"),
            by_hand: &[Superuser("GRANT group_@ TO intruder_@ GRANTED BY rdsadmin")],
            shows: &["pgum_group.group_@.foreign_members: [\"intruder_@\"] -> []"],
            refused: &["Let \"rdsadmin\" revoke it"],
            then: &[Members("group_@", "")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: user!("external"),
            by_hand: &[Superuser("GRANT pg_read_all_data TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"pg_read_all_data\"] -> []",
                "pgum_user.user_@.memberships.pg_read_all_data: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            refused: &["Cannot revoke membership in pg_read_all_data from user_@ (granted by rdsadmin)"],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Superuser("GRANT rds_iam TO user_@ GRANTED BY rdsadmin")],
            shows: &["pgum_user.user_@.rds_iam: true -> false"],
            refused: &["Cannot revoke membership in rds_iam from user_@ (granted by rdsadmin)"],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        // Made anew by somebody who gave the master nothing of it.
        Case {
            versions: FROM_16,
            written: user!("external", "connection_limit = 3"),
            by_hand: &[Master("DROP ROLE user_@"), Superuser("CREATE ROLE user_@ LOGIN")],
            shows: &["pgum_user.user_@.connection_limit: -1 -> 3"],
            refused: &["may alter only roles on which it has ADMIN OPTION"],
            then: &[Role("user_@", "rolconnlimit", "3")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ SET log_statement = 'all'")],
            shows: &["pgum_user.user_@.settings.log_statement: \"all\" -> null"],
            refused: &["Only a superuser may set and reset this"],
            then: &[Settings("user_@", "", "")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ SET theirs.setting = 'on'")],
            shows: &["pgum_user.user_@.settings.theirs.setting: \"on\" -> null"],
            refused: &["Cannot reset theirs.setting."],
            then: &[Settings("user_@", "", "")],
            ..CASE
        },
        Case {
            versions: FROM_16,
            written: user!("external"),
            by_hand: &[Superuser("GRANT rds_superuser TO user_@")],
            shows: &[
                "pgum_user.user_@.groups: [\"rds_superuser\"] -> []",
                "pgum_user.user_@.memberships.rds_superuser: {\"admin\":false,\"inherit\":true,\"set\":true} -> null",
            ],
            refused: &["granted by \"rdsadmin\""],
            then: &[Groups("user_@", "")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("GRANT CONNECT ON DATABASE rdsadmin TO user_@")],
            shows: &[
                "pgum_user.user_@.database_privileges.rdsadmin: [\"CONNECT\"] -> null",
                "pgum_user.user_@.databases: [\"rdsadmin\"] -> []",
                "pgum_user.user_@.privileges: [\"CONNECT\"] -> []",
            ],
            refused: &["Cannot revoke CONNECT on database rdsadmin (granted by rdsadmin)"],
            then: &[Privileges("user_@", "rdsadmin", "")],
            ..CASE
        },
    ],
};

pub(super) const WARNED: Section = Section {
    title: "What only a warning tells",
    words: "`rds_iam` is an attribute of users. That of a group is nobody's here: it is neither shown nor revoked, and the plan \
        warns of the password users that can no longer log in for it.",
    cases: &[Case {
        written: concat!(
            user!("password", "password = \"a secret\"", "groups = [pgum_group.group_@.name]"),
            group!()
        ),
        by_hand: &[Master("GRANT rds_iam TO group_@")],
        warns: &["It is in rds_iam through a group (user_@ -> group_@ -> rds_iam)"],
        then: &[Groups("group_@", "rds_iam"), Groups("user_@", "group_@")],
        ..CASE
    }],
};
