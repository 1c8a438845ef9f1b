//! A few roles of ours in a cluster of many.

use crate::contender::Contender;
use crate::options::Options;
use crate::support::postgres::Cluster;
use crate::table::{Figure, Line, median};

const ROLES: usize = 50_000;

pub(crate) fn measure(options: &Options) -> Vec<Line> {
    let cluster = Cluster::start(options.postgres);
    // In transactions that the table of locks has room for.
    for first in (0..ROLES).step_by(1_000) {
        cluster.execute(&format!(
            "DO $$ BEGIN FOR number IN {first}..{} LOOP \
             EXECUTE pg_catalog.format('CREATE ROLE crowd_%s LOGIN IN ROLE pg_monitor', number); \
             END LOOP; END $$",
            first + 999
        ));
    }
    let (floor, pgum) = (Contender::echo(1), Contender::pgum(&cluster, 1));
    let data = Contender::terraform_data(1);
    let all = [&data, &floor, &pgum];
    for contender in all {
        contender.apply();
    }
    let rounds: Vec<_> = (0..options.runs).map(|_| all.map(Contender::plan)).collect();
    let took = |index: usize| median(rounds.iter().map(|round| round[index].took).collect());
    let more = rounds.iter().map(|round| round[2].took.as_secs_f64() - round[1].took.as_secs_f64());
    let peak = rounds.iter().map(|round| round[2].peak).max().unwrap_or_default();
    vec![Line {
        what: format!("plan of one user in a cluster of {ROLES} roles"),
        floors: Some((took(0), took(1))),
        figure: Figure::Beyond(took(2), median(more.collect())),
        goal: 1.0,
        note: format!("{} MB", peak / 1_000_000),
    }]
}
