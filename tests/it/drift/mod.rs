//! What somebody changed by hand shows in the next plan, on the attribute it concerns, and the apply heals it; and what
//! is no drift stays quiet. The rows of the matrix are in `rows`, and `docs/guides/drift.md` is printed from them.

pub(crate) mod case;
mod gone;
mod lines;
mod modes;
mod oracle;
pub(crate) mod page;
mod rows;

use crate::support::on_every_version;
use crate::support::postgres::Cluster;
use crate::support::terraform::{Change, Diagnostic, Login, Outcome, Plan, Workspace};
use case::{Numbered, numbered};
use lines::{lines, turned};
use rows::{BEYOND, DRIFT, QUIET, UNSEEN};
use std::collections::{BTreeMap, BTreeSet};

/// All rows of one version, in one configuration on one cluster.
struct Matrix {
    cluster: Cluster,
    workspace: Workspace,
    quiet: Vec<Numbered>,
    drift: Vec<Numbered>,
    beyond: Vec<Numbered>,
    unseen: Vec<Numbered>,
}

impl Matrix {
    /// Everything applied once.
    fn applied(version: u16) -> Matrix {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        let parts = [QUIET, DRIFT, BEYOND, UNSEEN];
        let mut rows = numbered(&parts.concat(), version);
        let mut end = 0;
        let [quiet, drift, beyond, unseen] = parts.map(|part| {
            end += part.iter().map(|section| section.cases.len()).sum::<usize>();
            let later = rows.split_off(rows.partition_point(|row| row.number < end));
            std::mem::replace(&mut rows, later)
        });
        let matrix = Matrix { cluster, workspace, quiet, drift, beyond, unseen };
        for row in matrix.rows() {
            row.act(row.case.first, &matrix.cluster);
        }
        let configuration = matrix.rows().map(|row| row.named(row.case.written)).collect::<String>();
        matrix.workspace.main(&configuration);
        matrix.workspace.converge();
        matrix
    }

    /// The error of each row that the master may not heal, and no other.
    fn expect_refusals(&self, outcome: &Outcome) {
        let mut errors = outcome.errors();
        let mut complaints = Vec::new();
        for row in &self.beyond {
            for text in row.case.refused.iter().map(|text| row.named(text)) {
                let number = format!("_{}", row.number);
                let of_row = |error: &Diagnostic| {
                    error.address.as_ref().is_some_and(|address| address.ends_with(&number))
                };
                match errors.iter().position(|error| of_row(error) && error.text().contains(&text)) {
                    Some(found) => drop(errors.remove(found)),
                    None => complaints.push(format!("{}: no error says\n    {text}", row.label())),
                }
            }
        }
        complaints.extend(errors.iter().map(|error| format!("nobody asked for the error\n    {error}")));
        fail_with(complaints);
    }

    /// What there is to know of the roles of quiet rows, which are neighbours of all that drifts.
    fn facts_of_neighbours(&self) -> Vec<String> {
        let own = self.quiet.iter().map(|row| format!("_{}", row.number)).collect::<Vec<_>>();
        let is_own = |word: &str| {
            own.iter().any(|own| {
                word.strip_suffix(own.as_str()).is_some_and(|name| name.ends_with(char::is_alphabetic))
            })
        };
        let mut facts = self.cluster.inventory();
        facts.retain(|fact| fact.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_own));
        facts
    }

    fn rows(&self) -> impl Iterator<Item = &Numbered> {
        [&self.quiet, &self.drift, &self.beyond, &self.unseen].into_iter().flatten()
    }

    fn act(&self, rows: &[Numbered]) {
        for row in rows {
            row.act(row.case.by_hand, &self.cluster);
            row.act(row.case.noted, &self.cluster);
        }
    }

    /// Fails the test unless what these rows say is there.
    fn ask(&self, rows: &[Numbered]) {
        let facts = rows.iter().flat_map(|row| row.case.then.iter().map(move |fact| (row, fact)));
        fail_with(facts.filter_map(|(row, fact)| fact.complaint(row, &self.cluster)));
    }

    /// A plan that shows what these rows say and nothing else, and whose refresh found just that.
    fn plan_showing(&self, rows: &[Numbered]) -> Plan {
        let plan = self.plan_changing(rows);
        let found = shown(&plan.drift());
        let expected = expected(rows).filter(|(_, line)| !line.ends_with(": created"));
        let mut complaints = compare("refresh", expected.map(|(row, line)| (row, turned(&line))), found);
        // Other OIDs, and roles that are gone, are in no row: the changes tell of them.
        complaints.retain(|complaint| !complaint.contains(".oid: ") && !complaint.ends_with(": delete"));
        fail_with(complaints);
        plan
    }

    /// A plan that shows what these rows say, and nothing else.
    fn plan_changing(&self, rows: &[Numbered]) -> Plan {
        let plan = self.workspace.plan();
        let mut complaints = compare("plan", expected(rows), shown(&plan.changes()));
        complaints.extend(complaints_about_warnings(rows, &plan.outcome));
        fail_with(complaints);
        plan
    }
}

/// Changes as lines.
fn shown(changes: &BTreeMap<String, Change>) -> BTreeSet<String> {
    changes.iter().flat_map(|(address, change)| lines(address, change)).collect()
}

/// The lines of these rows, each with its row.
fn expected(rows: &[Numbered]) -> impl Iterator<Item = (&Numbered, String)> {
    rows.iter().flat_map(|row| row.case.shows.iter().map(move |line| (row, row.named(line))))
}

/// What is expected and not there, and what is there and not expected.
fn compare<'a>(
    who: &str,
    expected: impl Iterator<Item = (&'a Numbered, String)>,
    mut found: BTreeSet<String>,
) -> Vec<String> {
    let missing = expected.filter(|(_, line)| !found.remove(line));
    let missing = missing.map(|(row, line)| format!("{}: the {who} does not show\n    {line}", row.label()));
    let mut complaints = missing.collect::<Vec<_>>();
    complaints.extend(found.into_iter().map(|line| format!("the {who} shows, too:\n    {line}")));
    complaints
}

/// What is wrong with the warnings of a plan: one that a row asks for is not there, or one is there that none asks for.
fn complaints_about_warnings(rows: &[Numbered], outcome: &Outcome) -> Vec<String> {
    let mut warnings = outcome.warnings();
    let mut complaints = Vec::new();
    for row in rows {
        for text in row.case.warns.iter().map(|text| row.named(text)) {
            let before = warnings.len();
            warnings.retain(|warning| !warning.text().contains(&text));
            if warnings.len() == before {
                complaints.push(format!("{}: no warning says\n    {text}", row.label()));
            }
        }
    }
    complaints.extend(warnings.iter().map(|warning| format!("nobody asked for the warning\n    {warning}")));
    complaints
}

/// Fails the test with all that is wrong at once.
#[track_caller]
fn fail_with(complaints: impl IntoIterator<Item = String>) {
    let complaints = complaints.into_iter().collect::<Vec<_>>();
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}

on_every_version! {
    fn what_drifts_shows_and_is_healed_and_the_rest_stays_quiet(version: u16) {
        let mut matrix = Matrix::applied(version);
        matrix.act(&matrix.quiet);
        // As after a restart, and after a failover, which ends the sessions in the middle of anything.
        matrix.cluster.restart();
        matrix.cluster.crash();
        matrix.cluster.start_again();
        matrix.workspace.assert_empty_plan();
        matrix.ask(&matrix.quiet);

        let neighbours = matrix.facts_of_neighbours();
        matrix.act(&matrix.drift);
        let plan = matrix.plan_showing(&matrix.drift);
        matrix.workspace.apply_plan(&plan).expect_no_warnings();
        matrix.ask(&matrix.drift);
        matrix.ask(&matrix.quiet);
        assert_eq!(matrix.facts_of_neighbours(), neighbours);
        matrix.workspace.assert_empty_plan();

        matrix.act(&matrix.beyond);
        matrix.act(&matrix.unseen);
        matrix.expect_refusals(&matrix.workspace.plan_expecting_failure());
        // What a superuser has planned, the server refuses to the master; passwords are the master's to send.
        let administrator = Login::administrator(&matrix.cluster);
        administrator.to(&mut matrix.workspace, &matrix.cluster);
        let all_of_it = [&matrix.beyond[..], &matrix.unseen].concat();
        let plan = matrix.plan_showing(&all_of_it);
        Login::MASTER.to(&mut matrix.workspace, &matrix.cluster);
        matrix.expect_refusals(&matrix.workspace.try_apply_plan(&plan).expect_failure());
        // The next plan still shows it. (What the saved plan had found is in the state by now.)
        administrator.to(&mut matrix.workspace, &matrix.cluster);
        let plan = matrix.plan_changing(&matrix.beyond);
        matrix.workspace.apply_plan(&plan).expect_no_warnings();
        matrix.ask(&all_of_it);
        matrix.workspace.assert_empty_plan();
        Login::MASTER.to(&mut matrix.workspace, &matrix.cluster);
        matrix.workspace.assert_empty_plan();
    }
}
