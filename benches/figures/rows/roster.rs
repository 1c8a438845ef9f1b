//! All of a cluster in one resource.

use std::time::Duration;

use crate::contender::{Contender, drop_roles};
use crate::options::Options;
use crate::process::Run;
use crate::proxy::Proxy;
use crate::support::postgres::Cluster;
use crate::table::{Figure, Line, median};

/// A large cluster's, which is also what most goals are for.
const USERS: usize = 10_000;
/// As many as one run changes.
const CHANGED: usize = 100;
/// More than anybody has.
const MANY: usize = 50_000;
/// What the goals are for: a cluster that is not next door.
const ROUND_TRIP: Duration = Duration::from_millis(20);

pub(crate) fn measure(options: &Options) -> Vec<Line> {
    let cluster = Cluster::start(options.postgres);
    let way = Proxy::start(cluster.port(), ROUND_TRIP);
    let far = |users: usize| {
        let contender = Contender::roster(&cluster, users);
        contender.connect(cluster.host(), way.port());
        contender
    };
    let floors = (Contender::terraform_data_of_roster(USERS), Contender::echo_of_roster(USERS));
    let pgum = far(USERS);
    // From 16 on the server itself takes longer: each new role is granted to the one that makes it.
    let to_create = if options.postgres < 16 { 15.0 } else { 30.0 };
    let mut lines = vec![
        line(&format!("roster of {USERS} users created"), to_create, options, || {
            let floor = |contender: &Contender| {
                contender.forget();
                contender.apply()
            };
            let floors = (floor(&floors.0), floor(&floors.1));
            pgum.forget();
            drop_roles(&cluster);
            (Some(floors), pgum.apply())
        }),
        line(&format!("roster of {USERS} users, nothing changed: plan"), 3.0, options, || {
            (Some((floors.0.plan(), floors.1.plan())), pgum.plan())
        }),
    ];
    let mut is_changed = false;
    lines.push(line(
        &format!("roster of {USERS} users, {CHANGED} of them changed: apply"),
        5.0,
        options,
        || {
            is_changed = !is_changed;
            let changed = if is_changed { CHANGED } else { 0 };
            floors.0.change_terraform_data(USERS, changed);
            floors.1.change(USERS, changed);
            pgum.change(USERS, changed);
            (Some((floors.0.apply(), floors.1.apply())), pgum.apply())
        },
    ));
    lines.push(line(&format!("roster of {USERS} users destroyed"), to_create, options, || {
        let destroy = |contender: &Contender| {
            contender.apply();
            contender.destroy()
        };
        (Some((destroy(&floors.0), destroy(&floors.1))), destroy(&pgum))
    }));
    let many = far(MANY);
    many.apply();
    let mut peak = 0;
    lines.push(line(&format!("roster of {MANY} users, nothing changed: plan"), 15.0, options, || {
        let run = many.plan();
        peak = run.peak.max(peak);
        (None, run)
    }));
    lines.push(Line {
        what: format!("memory of the provider with a roster of {MANY} users"),
        floors: None,
        figure: Figure::Of((peak / 1_000_000) as f64, "MB"),
        goal: 1_000.0,
        note: String::new(),
    });
    lines
}

/// Does it as often as it is to be done.
fn line(
    what: &str,
    goal: f64,
    options: &Options,
    mut work: impl FnMut() -> (Option<(Run, Run)>, Run),
) -> Line {
    let rounds: Vec<_> = (0..options.runs).map(|_| work()).collect();
    let floors: Option<Vec<(Run, Run)>> = rounds.iter().map(|(floors, _)| *floors).collect();
    let of = |pick: fn(&Run) -> Duration| median(rounds.iter().map(|(_, run)| pick(run)).collect());
    let peak = rounds.iter().map(|(_, run)| run.peak).max().unwrap_or_default();
    eprintln!("  {what}: {:.2} s", of(|run| run.took).as_secs_f64());
    Line {
        what: format!("{what}, round trip {} ms", ROUND_TRIP.as_millis()),
        floors: floors.map(|floors| {
            let of = |pick: fn(&(Run, Run)) -> Duration| median(floors.iter().map(pick).collect());
            (of(|floors| floors.0.took), of(|floors| floors.1.took))
        }),
        figure: Figure::Took(of(|run| run.took)),
        goal,
        note: format!(
            "processor time of the provider {:.2} s, {} MB",
            of(|run| run.providers).as_secs_f64(),
            peak / 1_000_000
        ),
    }
}
