//! Settings of a role, and of a role in a database.

use crate::drift::case::Hand::{Master, Superuser};
use crate::drift::case::{CASE, Case, Section, group, user};
use crate::drift::oracle::Fact::Settings;

pub(super) const SETTINGS: Section = Section {
    title: "Settings",
    words: "",
    cases: &[
        Case {
            written: user!("external", "settings = { statement_timeout = \"30s\", work_mem = \"8MB\" }"),
            by_hand: &[Master("ALTER ROLE user_@ SET statement_timeout = '5s'")],
            shows: &["pgum_user.user_@.settings.statement_timeout: \"5s\" -> \"30s\""],
            then: &[Settings("user_@", "", "statement_timeout=30s work_mem=8MB")],
            ..CASE
        },
        Case {
            written: user!("external", "settings = { statement_timeout = \"30s\" }"),
            by_hand: &[Master("ALTER ROLE user_@ RESET statement_timeout")],
            shows: &["pgum_user.user_@.settings.statement_timeout: null -> \"30s\""],
            then: &[Settings("user_@", "", "statement_timeout=30s")],
            ..CASE
        },
        Case {
            written: user!("external"),
            by_hand: &[Superuser("ALTER ROLE user_@ SET search_path = theirs, public")],
            shows: &["pgum_user.user_@.settings.search_path: \"theirs, public\" -> null"],
            then: &[Settings("user_@", "", "")],
            ..CASE
        },
        Case {
            written: user!(
                "external",
                "settings          = { work_mem = \"8MB\", timezone = \"UTC\" }",
                "database_settings = { myapp = { work_mem = \"9MB\" } }"
            ),
            by_hand: &[Master("ALTER ROLE user_@ RESET ALL")],
            shows: &[
                "pgum_user.user_@.settings.timezone: null -> \"UTC\"",
                "pgum_user.user_@.settings.work_mem: null -> \"8MB\"",
            ],
            then: &[
                Settings("user_@", "", "TimeZone=UTC work_mem=8MB"),
                Settings("user_@", "myapp", "work_mem=9MB"),
            ],
            ..CASE
        },
        Case {
            written: user!("external", "settings = { datestyle = \"ISO, DMY\" }"),
            by_hand: &[
                Superuser("ALTER ROLE user_@ SET DATESTYLE = 'German, MDY'"),
                Superuser("ALTER ROLE user_@ SET application_name = 'it''s, \"odd\"'"),
            ],
            shows: &[
                "pgum_user.user_@.settings.application_name: \"it's, \\\"odd\\\"\" -> null",
                "pgum_user.user_@.settings.datestyle: \"German, MDY\" -> \"ISO, DMY\"",
            ],
            then: &[Settings("user_@", "", "DateStyle=ISO, DMY")],
            ..CASE
        },
        // An order that is another path.
        Case {
            written: user!("external", "settings = { search_path = \"app, public\" }"),
            by_hand: &[Superuser("ALTER ROLE user_@ SET search_path = public, app")],
            shows: &["pgum_user.user_@.settings.search_path: \"public, app\" -> \"app, public\""],
            then: &[Settings("user_@", "", "search_path=app, public")],
            ..CASE
        },
        Case {
            written: user!("external", "database_settings = { myapp = { search_path = \"app, public\" } }"),
            by_hand: &[Superuser("ALTER ROLE user_@ IN DATABASE myapp SET search_path = public")],
            shows: &["pgum_user.user_@.database_settings.myapp.search_path: \"public\" -> \"app, public\""],
            then: &[Settings("user_@", "myapp", "search_path=app, public")],
            ..CASE
        },
        Case {
            written: user!("external", "database_settings = { myapp = { work_mem = \"8MB\" } }"),
            by_hand: &[Master("ALTER ROLE user_@ IN DATABASE postgres SET work_mem = '8MB'")],
            shows: &["pgum_user.user_@.database_settings.postgres: {\"work_mem\":\"8MB\"} -> null"],
            then: &[Settings("user_@", "myapp", "work_mem=8MB"), Settings("user_@", "postgres", "")],
            ..CASE
        },
        Case {
            written: user!("external", "database_settings = { myapp = { work_mem = \"8MB\" } }"),
            by_hand: &[Master("ALTER ROLE user_@ IN DATABASE myapp RESET ALL")],
            shows: &["pgum_user.user_@.database_settings.myapp: null -> {\"work_mem\":\"8MB\"}"],
            then: &[Settings("user_@", "myapp", "work_mem=8MB")],
            ..CASE
        },
        Case {
            written: group!("settings = { work_mem = \"8MB\" }"),
            by_hand: &[Master("ALTER ROLE group_@ SET work_mem = '1GB'")],
            shows: &["pgum_group.group_@.settings.work_mem: \"1GB\" -> \"8MB\""],
            then: &[Settings("group_@", "", "work_mem=8MB")],
            ..CASE
        },
    ],
};
