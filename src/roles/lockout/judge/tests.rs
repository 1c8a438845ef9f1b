use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Harm, Why};
use super::*;
use crate::roles::{Oid, RoleName};

fn name(text: &str) -> RoleName {
    RoleName::from_catalog(text)
}

fn protected(login: Login) -> Protected {
    Protected { name: name("me"), login, why: Why::Connection }
}

fn in_rds_iam() -> Access {
    Access { rds_iam: Some(vec![name("me"), name("dba"), name("rds_iam")]), ..Access::able() }
}

fn with(setting: &str, value: &str) -> Access {
    Access { settings: BTreeMap::from([(setting.to_owned(), value.to_owned())]), ..Access::able() }
}

fn between(login: Login, before: &Access, after: &Access) -> Vec<Loss> {
    losses(&protected(login), Some(before), Some(after))
}

#[test]
fn each_way_is_seen() {
    let one = |after: Access| between(Login::Password, &Access::able(), &after);
    assert_eq!(one(Access { login: false, ..Access::able() }), [Loss::Login]);
    assert_eq!(one(Access { connection_limit: 0, ..Access::able() }), [Loss::ConnectionLimit]);
    assert_eq!(one(Access { connection_limit: 1, ..Access::able() }), []);
    assert_eq!(one(Access { valid_until_passed: true, ..Access::able() }), [Loss::Validity]);
    assert_eq!(one(Access { has_password: Some(false), ..Access::able() }), [Loss::Password]);
    assert_eq!(one(Access { connect: false, ..Access::able() }), [Loss::Connect]);
    assert_eq!(one(Access { create_role: false, ..Access::able() }), [Loss::CreateRole]);
    assert_eq!(one(Access { rds_superuser: false, ..Access::able() }), [Loss::RdsSuperuser]);
    assert_eq!(one(Access { oid: Oid(20_001), ..Access::able() }), [Loss::AnotherRole]);
    assert_eq!(
        one(with("default_transaction_read_only", "on")),
        [Loss::Setting { name: "default_transaction_read_only".to_owned(), harm: Harm::ReadOnly }]
    );
    assert_eq!(losses(&protected(Login::Password), Some(&Access::able()), None), [Loss::Gone]);
    assert_eq!(losses(&protected(Login::Password), None, Some(&Access::able())), []);
}

#[test]
fn rds_iam_shuts_out_passwords_and_certificates_and_lets_tokens_in() {
    let path = vec![name("me"), name("dba"), name("rds_iam")];
    for login in [Login::Password, Login::Other, Login::Unknown] {
        assert_eq!(
            between(login, &Access::able(), &in_rds_iam()),
            [Loss::EntersRdsIam { path: path.clone() }]
        );
    }
    assert_eq!(between(Login::Iam, &Access::able(), &in_rds_iam()), []);
    for login in [Login::Iam, Login::Unknown] {
        assert_eq!(
            between(login, &in_rds_iam(), &Access::able()),
            [Loss::LeavesRdsIam { path: path.clone() }]
        );
    }
    for login in [Login::Password, Login::Other] {
        assert_eq!(between(login, &in_rds_iam(), &Access::able()), []);
    }
}

#[test]
fn what_limits_passwords_is_nothing_to_others() {
    let limited = Access { valid_until_passed: true, has_password: Some(false), ..Access::able() };
    assert_eq!(between(Login::Iam, &Access::able(), &limited), []);
    assert_eq!(between(Login::Other, &Access::able(), &limited), []);
    assert_eq!(between(Login::Unknown, &Access::able(), &limited), [Loss::Validity, Loss::Password]);
    let limited = Access { rds_iam: in_rds_iam().rds_iam, ..limited };
    assert_eq!(between(Login::Unknown, &in_rds_iam(), &limited), []);
}

#[test]
fn a_superuser_loses_that_and_not_what_follows_from_it() {
    let root = Access { superuser: true, ..Access::able() };
    assert_eq!(between(Login::Password, &root, &Access::able()), [Loss::Superuser]);
    assert_eq!(
        between(Login::Password, &root, &Access { create_role: false, ..Access::able() }),
        [Loss::Superuser]
    );
    let limited = Access { connection_limit: 0, ..root.clone() };
    assert_eq!(between(Login::Password, &root, &limited), []);
    assert_eq!(
        between(Login::Password, &limited, &Access { superuser: false, ..limited.clone() }),
        [Loss::ConnectionLimit, Loss::Superuser]
    );
}

/// A library that loads says nothing of the next one, which may not be there.
#[test]
fn another_value_is_a_new_loss_where_it_does_what_the_one_before_did_not() {
    let libraries = |list: &str| with("local_preload_libraries", list);
    let lost = [Loss::Setting { name: "local_preload_libraries".to_owned(), harm: Harm::LoadsLibraries }];
    assert_eq!(between(Login::Password, &libraries("x"), &libraries("y")), lost);
    assert_eq!(between(Login::Password, &libraries("x, y"), &libraries("y")), []);
    assert_eq!(between(Login::Password, &libraries("y"), &Access::able()), []);
}

fn path() -> impl Strategy<Value = Option<Vec<RoleName>>> {
    proptest::option::of(Just(vec![name("me"), name("rds_iam")]))
}

fn access() -> impl Strategy<Value = Access> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let settings = proptest::collection::btree_map(
        prop_oneof![Just("role".to_owned()), Just("statement_timeout".to_owned())],
        prop_oneof![Just("1".to_owned()), Just("none".to_owned()), Just("0".to_owned())],
        0..3,
    );
    let has_password = proptest::option::of(any::<bool>());
    (flags, -1..3_i32, has_password, path(), settings).prop_map(
        |(
            (login, passed, connect, create_role, superuser, rds_superuser),
            limit,
            has_password,
            rds_iam,
            settings,
        )| {
            Access {
                oid: Oid(20_000),
                login,
                connection_limit: limit,
                valid_until_passed: passed,
                has_password,
                rds_iam,
                connect,
                create_role: create_role || superuser,
                superuser,
                rds_superuser,
                settings,
            }
        },
    )
}

fn login() -> impl Strategy<Value = Login> {
    prop_oneof![Just(Login::Password), Just(Login::Iam), Just(Login::Other), Just(Login::Unknown)]
}

proptest! {
    #[test]
    fn nothing_is_lost_where_nothing_changes(login in login(), access in access()) {
        prop_assert_eq!(between(login, &access, &access), vec![]);
    }

    /// A plan of two steps loses between them what one plan of both loses, or more.
    #[test]
    fn what_is_lost_is_lost_on_the_way(
        login in login(),
        before in access(),
        between_both in access(),
        after in access(),
    ) {
        // How it logs in is settled at the beginning.
        let login = effective_login(&protected(login), &before);
        let mut on_the_way = between(login, &before, &between_both);
        on_the_way.extend(between(login, &between_both, &after));
        for loss in between(login, &before, &after) {
            // Losing SUPERUSER stands for losing CREATEROLE, and lifts the limit's exemption.
            let same = |other: &Loss| std::mem::discriminant(other) == std::mem::discriminant(&loss);
            let counts = matches!(loss, Loss::Setting { .. }) || !before.superuser && !between_both.superuser;
            prop_assert!(!counts || on_the_way.iter().any(same), "{loss:?} not among {on_the_way:?}");
        }
    }
}
