//! Any two states of a role, any rights, on a real server: after an apply nothing differs any more, or it failed for want of
//! a right or for what hangs on what must go, and then nothing of it is done.
//!
//! `PGUM_PROPERTY_CASES` says how many cases a version are tried, `PGUM_PROPERTY_SEED` from which number on: each is made
//! from its number alone.

mod arbitrary;
mod stage;

use std::collections::BTreeMap;

use pgum::postgres::{Apply, ApplyError, Cluster, ConnectionConfig, Password, SslMode, Target};
use pgum::roles::{Change, Desired, PasswordChange, Role, RoleName, Server, diff};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{on_every_version, runtime};
use arbitrary::{Case, ME, SUBJECT};
use stage::Stage;

/// What a case came to.
enum Fate {
    /// All is as it should be.
    Applied { changes: usize },
    /// Nothing is done; in a word, why.
    Refused(String),
}

fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{name}: {error}")),
        Err(_) => otherwise,
    }
}

/// The case of a number: a generator of its own, so that each can be had without those before it.
fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

async fn role_of(cluster: &Cluster, names: &[RoleName]) -> Option<Role> {
    let there = cluster.look(names).await.unwrap();
    names.iter().find_map(|name| there.catalog.role(name))
}

/// Applies a case; an error is what the property does not allow.
async fn run(stage: &Stage, case: &Case) -> Result<Fate, String> {
    stage.set(case);
    let cluster = Cluster::new(ConnectionConfig {
        port: stage.cluster.port(),
        username: ME.to_owned(),
        password: Some(Password::Fixed(ME.into())),
        sslmode: SslMode::Disable,
        ..ConnectionConfig::new(stage.cluster.host())
    });
    let fate = run_on(&cluster, case).await;
    cluster.close().await;
    fate
}

async fn run_on(cluster: &Cluster, case: &Case) -> Result<Fate, String> {
    let snapshot = cluster.snapshot().await.map_err(|error| format!("the snapshot: {error}"))?;
    let (catalog, server) = (&snapshot.catalog, &snapshot.server);
    let subject = RoleName::new(SUBJECT).unwrap();
    let actual = catalog.role(&subject);
    if actual.is_some() != case.is_there {
        return Err("the subject could not be made".to_owned());
    }
    let desired = &case.desired;
    let changes = diff(actual.as_ref(), desired, server).changes;

    let target = match &actual {
        Some(role) => Target::Existing { oid: role.oid, name: subject.clone() },
        None => Target::New { adopt: false },
    };
    let password = (desired.password == PasswordChange::Set).then(|| "secret".to_owned().into());
    let request = Apply {
        resource: "pgum_user",
        target,
        desired: desired.clone(),
        password,
        terminate_sessions: false,
    };
    let names = [desired.name.clone(), subject];
    match cluster.apply(request).await {
        Ok(applied) => {
            let role = role_of(cluster, &names).await.ok_or("it is not there")?;
            let kept = Desired { password: PasswordChange::Keep, ..desired.clone() };
            let left = diff(Some(&role), &kept, &applied.server).changes;
            if !left.is_empty() {
                return Err(format!("after\n{changes:#?}\nthere is left\n{left:#?}"));
            }
            Ok(Fate::Applied { changes: changes.len() })
        }
        Err(error) => {
            if role_of(cluster, &names).await != actual {
                return Err(format!("{error}\nand still something was done"));
            }
            match reason(&error, server) {
                Some(why) => Ok(Fate::Refused(why)),
                None => Err(format!("{error}\n{error:?}\n{changes:#?}")),
            }
        }
    }
}

/// Why an apply may fail, in a word; none: it may not. What nobody has a right to is none of a superuser's.
fn reason(error: &ApplyError, server: &Server) -> Option<String> {
    match error {
        ApplyError::LocksOut { .. } => Some("locks out".to_owned()),
        ApplyError::CannotRevoke { .. } if !server.superuser => Some("cannot revoke".to_owned()),
        // A GRANT that grants nothing says so by a warning.
        ApplyError::StillDiffers { warnings, .. } if !warnings.is_empty() => Some("only warned".to_owned()),
        ApplyError::Failed { change: Some(change), error } => {
            let code = error.sqlstate()?.code();
            let allowed = match code {
                "42501" => !server.superuser,
                // An option that was used; what was given back to its own grantor, or would make a circle.
                "2BP01" | "0LP01" => true,
                // From 16 on: ADMIN OPTION through a role whose privileges are not inherited ("no possible grantors").
                "XX000" => server.version >= 160_000 && is_of_membership(change),
                _ => false,
            };
            allowed.then(|| code.to_owned())
        }
        _ => None,
    }
}

fn is_of_membership(change: &Change) -> bool {
    use Change::{GrantMembership, RevokeAdminOption, RevokeMembership};
    matches!(change, GrantMembership { .. } | RevokeAdminOption { .. } | RevokeMembership { .. })
}

on_every_version! {
    fn after_an_apply_nothing_differs_or_nothing_was_done(version: u16) {
        let stage = Stage::new(version);
        let first = number("PGUM_PROPERTY_SEED", 0);
        let (mut applied, mut changes, mut refused) = (0, 0, BTreeMap::<String, usize>::new());
        let cases = arbitrary::case(version);
        for seed in first..first + number("PGUM_PROPERTY_CASES", 60) {
            let case = cases.new_tree(&mut runner(seed)).unwrap().current();
            match runtime().block_on(run(&stage, &case)) {
                Ok(Fate::Applied { changes: count }) => {
                    applied += 1;
                    changes += count;
                }
                Ok(Fate::Refused(why)) => *refused.entry(why).or_default() += 1,
                Err(error) => {
                    eprintln!("PostgreSQL {version}, case {seed}: {error}");
                    let (case, error) = shrunk(&cases, seed, &stage).unwrap_or((case, error));
                    panic!(
                        "PostgreSQL {version}, PGUM_PROPERTY_SEED={seed} PGUM_PROPERTY_CASES=1\n{case:?}\n\n{error}"
                    );
                }
            }
        }
        eprintln!("PostgreSQL {version}: {applied} applied with {changes} changes; refused {refused:?}");
        assert!(applied > 0 && changes > 0);
    }
}

/// A smaller case that is no better.
fn shrunk<S: Strategy<Value = Case>>(cases: &S, seed: u64, stage: &Stage) -> Option<(Case, String)> {
    let mut tree = cases.new_tree(&mut runner(seed)).ok()?;
    let mut found = None;
    for _ in 0..100 {
        let case = tree.current();
        let goes_on = match runtime().block_on(run(stage, &case)) {
            Err(error) => {
                found = Some((case, error));
                tree.simplify()
            }
            Ok(_) => tree.complicate(),
        };
        if !goes_on {
            break;
        }
    }
    found
}
