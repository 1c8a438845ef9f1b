//! Any two states of a role, any version, any rights, on a real server: after an apply nothing differs any more, or the plan
//! had said at which step it fails and why, and then nothing of it is done. And what a plan says for certain, comes true.
//!
//! `PGUM_PROPERTY_CASES` says how many cases a version are tried, `PGUM_PROPERTY_SEED` from which number on: each is made
//! from its number and the version alone.

mod arbitrary;
mod foretold;
mod stage;
#[path = "../../../src/roles/diff/tests/wanted.rs"]
mod wanted;

use std::collections::BTreeMap;

use pgum::postgres::{Apply, Cluster, ConnectionConfig, Password, SslMode, Target};
use pgum::roles::{self, Desired, PasswordChange, Role, RoleName, diff};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::support::{on_every_version, runtime};
use arbitrary::{Case, ME, SUBJECT};
use foretold::Foretold;
use stage::Stage;

/// What a case came to.
enum Fate {
    /// All is as it should be.
    Applied { changes: usize },
    /// Nothing is done, as it was said before; in a word, why.
    Refused(String),
}

fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|error| panic!("{name}: {error}")),
        Err(_) => otherwise,
    }
}

/// The case of a number, another for each version: a generator of its own, so that it can be had without those before it.
fn runner(version: u16, seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..10].copy_from_slice(&version.to_le_bytes());
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
    let count = changes.len();
    let foretold = Foretold::of(cluster, &snapshot, desired, changes.clone()).await;

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
    let outcome = cluster.apply(request).await;
    let why = foretold.holds(&outcome).map_err(|complaint| {
        let error =
            outcome.as_ref().map_or_else(|error| format!("{error}\n{error:?}"), |_| "applied".to_owned());
        format!("{error}\nof\n{changes:#?}\n{complaint}")
    })?;
    let role = role_of(cluster, &names).await;
    match (outcome, why) {
        (Ok(applied), _) => {
            let kept = Desired { password: PasswordChange::Keep, ..desired.clone() };
            let left = diff(role.as_ref(), &kept, &applied.server).changes;
            if !left.is_empty() {
                return Err(format!("after\n{changes:#?}\nthere is left\n{left:#?}"));
            }
            Ok(Fate::Applied { changes: count })
        }
        (Err(error), _) if role != actual => Err(format!("{error}\nand still something was done")),
        (Err(_), why) => Ok(Fate::Refused(why.unwrap_or_default().to_owned())),
    }
}

on_every_version! {
    fn after_an_apply_nothing_differs_or_the_plan_had_said_why(version: u16) {
        let stage = Stage::new(version);
        let first = number("PGUM_PROPERTY_SEED", 0);
        let (mut applied, mut changes, mut refused) = (0, 0, BTreeMap::<String, usize>::new());
        let cases = arbitrary::case(version);
        for seed in first..first + number("PGUM_PROPERTY_CASES", 60) {
            let case = cases.new_tree(&mut runner(version, seed)).unwrap().current();
            match runtime().block_on(run(&stage, &case)) {
                Ok(Fate::Applied { changes: count }) => {
                    applied += 1;
                    changes += count;
                }
                Ok(Fate::Refused(why)) => *refused.entry(why).or_default() += 1,
                Err(error) => {
                    eprintln!("PostgreSQL {version}, case {seed}: {error}");
                    let (case, error) = shrunk(&cases, (version, seed), &stage).unwrap_or((case, error));
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
fn shrunk<S: Strategy<Value = Case>>(
    cases: &S,
    (version, seed): (u16, u64),
    stage: &Stage,
) -> Option<(Case, String)> {
    let mut tree = cases.new_tree(&mut runner(version, seed)).ok()?;
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
