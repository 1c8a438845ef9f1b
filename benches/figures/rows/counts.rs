//! Connections and statements, counted in the server's log.

use crate::contender::Contender;
use crate::options::Options;
use crate::support::postgres::{Cluster, Traffic};
use crate::table::{Figure, Line};

/// What `max_connections` is where nobody says anything.
const MAX_CONNECTIONS: f64 = 4.0;

pub(crate) fn measure(options: &Options) -> Vec<Line> {
    let cluster = Traffic::logged(Cluster::builder(options.postgres)).start();
    let pgum = Contender::pgum(&cluster, options.users);
    let mut traffic = Traffic::new(&cluster);
    pgum.apply();
    let apply = traffic.count(&cluster);
    pgum.plan();
    let plan = traffic.count(&cluster);
    let line = |what: &str, figure: usize, unit, goal, note: String| Line {
        what: what.to_owned(),
        floors: None,
        figure: Figure::Of(figure as f64, unit),
        goal,
        note,
    };
    vec![
        line("connections, plan", plan.connections, "connections", 2.0, String::new()),
        // Plan and apply are a process each.
        line(
            "connections, plan and apply",
            apply.connections,
            "connections",
            2.0 + MAX_CONNECTIONS,
            format!("{} statements", apply.statements),
        ),
        line("statements, plan", plan.statements, "statements", 8.0, String::new()),
    ]
}
