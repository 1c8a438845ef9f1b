//! A thousand users and twenty groups, near and far.

use std::time::Duration;

use crate::contender::{Contender, GROUPS, drop_roles};
use crate::options::Options;
use crate::process::Run;
use crate::proxy::Proxy;
use crate::support::postgres::Cluster;
use crate::table::{Figure, Line, median};

/// A plan in which nothing has changed.
pub(crate) fn plan(options: &Options) -> Vec<Line> {
    let field = Field::new(options);
    for contender in field.contenders() {
        contender.apply();
    }
    let what = format!("plan of {} users and {GROUPS} groups, nothing changed", options.users);
    let goals = [(0, 1.10), (20, 1.15), (100, 1.5)];
    field.compare(options, &what, &goals, Contender::plan)
}

/// The apply that creates all.
pub(crate) fn create(options: &Options) -> Vec<Line> {
    let field = Field::new(options);
    let what = format!("apply that creates {} users and {GROUPS} groups", options.users);
    let goals = [(0, 1.15), (20, 1.3)];
    field.compare(options, &what, &goals, |contender| {
        contender.forget();
        drop_roles(&field.cluster);
        contender.apply()
    })
}

/// What all did once.
struct Round {
    terraform_data: Run,
    echo: Run,
    /// One for each round trip.
    pgum: Vec<Run>,
}

/// A cluster, and all contenders.
struct Field {
    cluster: Cluster,
    terraform_data: Contender,
    echo: Contender,
    pgum: Contender,
}

impl Field {
    fn new(options: &Options) -> Field {
        let cluster = Cluster::start(options.postgres);
        let terraform_data = Contender::terraform_data(options.users);
        let echo = Contender::echo(options.users);
        let pgum = Contender::pgum(&cluster, options.users);
        Field { cluster, terraform_data, echo, pgum }
    }

    fn contenders(&self) -> [&Contender; 3] {
        [&self.terraform_data, &self.echo, &self.pgum]
    }

    /// Lets all do the same, one after the other and so several times: what else the machine does meanwhile is then the
    /// same for all of them. A goal is for a round trip in milliseconds.
    fn compare(
        &self,
        options: &Options,
        what: &str,
        goals: &[(u64, f64)],
        work: impl Fn(&Contender) -> Run,
    ) -> Vec<Line> {
        let ways: Vec<Option<Proxy>> =
            goals.iter().map(|(round_trip, _)| self.way(Duration::from_millis(*round_trip))).collect();
        let rounds: Vec<Round> = (0..options.runs)
            .map(|_| Round {
                terraform_data: work(&self.terraform_data),
                echo: work(&self.echo),
                pgum: ways.iter().map(|way| self.through(way.as_ref(), &work)).collect(),
            })
            .collect();
        let of =
            |pick: &dyn Fn(&Round) -> Duration| -> Duration { median(rounds.iter().map(pick).collect()) };
        let line = |(index, (round_trip, goal)): (usize, &(u64, f64))| {
            let ratios = rounds
                .iter()
                .map(|round| round.pgum[index].took.as_secs_f64() / round.echo.took.as_secs_f64());
            let processor = of(&|round| round.pgum[index].providers).as_secs_f64();
            let floor = of(&|round| round.echo.providers).as_secs_f64();
            let peak = rounds.iter().map(|round| round.pgum[index].peak).max().unwrap_or_default();
            Line {
                what: format!("{what}, round trip {round_trip} ms"),
                floors: Some((of(&|round| round.terraform_data.took), of(&|round| round.echo.took))),
                figure: Figure::Ratio(of(&|round| round.pgum[index].took), median(ratios.collect())),
                goal: *goal,
                note: format!(
                    "processor time of the provider {processor:.2} s, {floor:.2} s from memory; {} MB",
                    peak / 1_000_000
                ),
            }
        };
        goals.iter().enumerate().map(line).collect()
    }

    /// Lets pgum do it through a proxy, or directly.
    fn through(&self, way: Option<&Proxy>, work: impl Fn(&Contender) -> Run) -> Run {
        self.pgum.connect(self.cluster.host(), way.map_or(self.cluster.port(), Proxy::port));
        work(&self.pgum)
    }

    /// A way to the cluster; `None` is the direct one.
    fn way(&self, round_trip: Duration) -> Option<Proxy> {
        (!round_trip.is_zero()).then(|| Proxy::start(self.cluster.port(), round_trip))
    }
}
