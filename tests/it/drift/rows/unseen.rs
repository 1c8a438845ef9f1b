//! Passwords: what shows only to who may read `pg_authid`.

use crate::drift::case::Hand::{Master, Superuser};
use crate::drift::case::{CASE, Case, Section, user};
use crate::drift::oracle::Fact::{self, Query};

/// Keeps what is stored now.
const KEPT: &str =
    "CREATE TABLE public.kept_@ AS SELECT rolpassword, oid FROM pg_authid WHERE rolname = 'user_@'";

const SENT_AGAIN: &[Fact] = &[
    Query("SELECT left(rolpassword, 14) FROM pg_authid WHERE rolname = 'user_@'", "SCRAM-SHA-256$"),
    Query("SELECT count(*) FROM public.kept_@ JOIN pg_authid USING (rolpassword, oid)", "0"),
];

const LEFT_ALONE: &[Fact] =
    &[Query("SELECT count(*) FROM public.kept_@ JOIN pg_authid USING (rolpassword, oid)", "1")];

const WRITE_ONLY: &str =
    user!("password", "password_wo = \"a secret\"", "password_wo_version = \"1\"", "description = \"w\"");

pub(super) const PASSWORDS: Section = Section {
    title: "Passwords",
    words: "The stored verifier is compared with a digest of the one that was sent, which the state keeps; and a password that is \
        in the state with the verifier itself. The server makes the digest, so no verifier leaves it. Where the plan shows nothing, \
        it is the same password.",
    cases: &[
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("ALTER ROLE user_@ PASSWORD 'theirs'")],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        Case {
            written: WRITE_ONLY,
            by_hand: &[Superuser("ALTER ROLE user_@ PASSWORD 'theirs'")],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Master("ALTER ROLE user_@ PASSWORD NULL")],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        Case {
            written: WRITE_ONLY,
            by_hand: &[Master("ALTER ROLE user_@ PASSWORD NULL")],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        // The same, which only the state's own can tell.
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Superuser(
                "SET password_encryption = 'scram-sha-256'; ALTER ROLE user_@ PASSWORD 'a secret'",
            )],
            noted: &[Superuser(KEPT)],
            then: LEFT_ALONE,
            ..CASE
        },
        Case {
            written: WRITE_ONLY,
            by_hand: &[Superuser(
                "SET password_encryption = 'scram-sha-256'; ALTER ROLE user_@ PASSWORD 'a secret'",
            )],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        // The same, stored as MD5.
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Superuser("SET password_encryption = 'md5'; ALTER ROLE user_@ PASSWORD 'a secret'")],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        // Hashed more often than pgum would. (The server itself hashes the empty password as often here, to refuse it.)
        Case {
            written: user!("password", "password = \"a secret\""),
            by_hand: &[Superuser(
                "ALTER ROLE user_@ PASSWORD 'SCRAM-SHA-256$1200000:c2FsdA==$\
                 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
            )],
            noted: &[Superuser(KEPT)],
            shows: &["pgum_user.user_@.password_in_sync: false -> true"],
            then: SENT_AGAIN,
            ..CASE
        },
        // Nobody's here.
        Case {
            written: user!("external"),
            by_hand: &[Master("ALTER ROLE user_@ PASSWORD 'theirs'")],
            noted: &[Superuser(KEPT)],
            then: LEFT_ALONE,
            ..CASE
        },
        Case {
            written: user!("iam"),
            by_hand: &[Master("ALTER ROLE user_@ PASSWORD 'theirs'")],
            noted: &[Superuser(KEPT)],
            then: LEFT_ALONE,
            ..CASE
        },
    ],
};
