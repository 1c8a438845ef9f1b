//! What the catalog says must fail, fails in the plan, on the attribute that it concerns; the server refuses it too when it
//! is tried all the same; and a twin of it passes. The rows are in `rows`, and a new case is a new row.

mod actor;
mod applies;
mod case;
mod rows;

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, MASTER};
use crate::support::terraform::{Diagnostic, Login, Outcome, Plan, Workspace};
use case::{Numbered, Row, Said, Side, numbered};
use rows::ROWS;

/// All rows of one version, with their twins, in one configuration on one cluster.
struct Matrix {
    cluster: Cluster,
    workspace: Workspace,
    rows: Vec<Numbered>,
}

/// What applies before everything else, and lets a process see an apply before it plans the rest again: from then on it
/// judges nothing itself.
fn gate(stage: &str) -> String {
    format!("resource \"pgum_group\" \"gate\" {{\n  name = \"gate\"\n  description = \"{stage}\"\n}}\n")
}

impl Matrix {
    /// What there is before, applied by a superuser, so that the master has nothing of it that it is not granted.
    fn applied(version: u16) -> Matrix {
        let cluster = Cluster::start(version);
        let mut workspace = Workspace::empty();
        let administrator = Login::administrator(&cluster);
        // What the master does not have itself, it cannot give from 16 on.
        cluster.execute(&format!("ALTER ROLE {MASTER} NOCREATEDB"));
        administrator.to(&mut workspace, &cluster);
        let matrix = Matrix { cluster, workspace, rows: numbered(ROWS, version) };
        for row in &matrix.rows {
            row.sides().for_each(|side| side.act(side.side.first, &matrix.cluster));
        }
        let written =
            |row: &Numbered| row.sides().map(|side| side.waiting(side.side.applied)).collect::<String>();
        let configuration = matrix.rows.iter().map(written).collect::<String>();
        matrix.workspace.main(&(gate("first") + &configuration));
        matrix.workspace.apply();
        matrix.cluster.execute(&format!("GRANT gate TO {MASTER} WITH ADMIN OPTION"));
        matrix
    }

    /// Writes what these rows have written; the others stay as they are.
    fn write(&self, wanted: impl Fn(&Row) -> bool) {
        let written = |row: &Numbered| {
            let text = |side: &Side| if wanted(row.row) { side.written } else { side.applied };
            row.sides().map(|side| side.waiting(text(side.side))).collect::<String>()
        };
        self.workspace.main(&(gate("second") + &self.rows.iter().map(written).collect::<String>()));
    }

    /// A plan of a superuser, in whose way nothing stands yet.
    fn plan_of_administrator(&self) -> Plan {
        self.write(|row| !row.forced.is_empty());
        let plan = self.workspace.plan();
        let kept = plan.file.with_extension("kept");
        std::fs::copy(&plan.file, &kept).expect("the plan, kept");
        Plan { file: kept, ..plan }
    }

    /// Fails the test unless these errors and warnings are said, each at its place, and no other.
    fn expect(&self, outcome: &Outcome, expected: impl Fn(&Row) -> Vec<(Severity, &'static str)>) {
        let mut said = outcome.errors();
        said.extend(outcome.warnings());
        let mut complaints = Vec::new();
        for row in &self.rows {
            for (severity, text) in expected(row.row) {
                let text = row.named(text);
                let is_it = |said: &Diagnostic| {
                    said.is_error() == (severity == Severity::Error)
                        && said.text().contains(&text)
                        && row.is_about(said)
                        && said.code.as_ref().is_some_and(|code| code.contains(row.row.at))
                };
                match said.iter().position(is_it) {
                    Some(found) => drop(said.remove(found)),
                    None => complaints.push(format!(
                        "{}: no {severity:?} at `{}` says\n    {text}",
                        row.label(),
                        row.row.at
                    )),
                }
            }
        }
        complaints.extend(said.iter().map(|said| format!("nobody asked for\n    {said}")));
        assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severity {
    Error,
    Warning,
}

/// What the plan says of a row.
fn in_plan(row: &Row) -> Vec<(Severity, &'static str)> {
    match row.said {
        Said::Error(text) => vec![(Severity::Error, text)],
        Said::Warning(text) => vec![(Severity::Warning, text)],
    }
}

/// What the apply says of it, when it is tried all the same.
fn in_apply(row: &Row) -> Vec<(Severity, &'static str)> {
    if row.forced.is_empty() { vec![] } else { vec![(Severity::Error, row.forced)] }
}

on_every_version! {
    fn what_must_fail_fails_in_the_plan_and_its_twin_passes(version: u16) {
        let mut matrix = Matrix::applied(version);
        let forced = matrix.plan_of_administrator();
        for row in &matrix.rows {
            row.sides().for_each(|side| side.act(side.side.then, &matrix.cluster));
        }
        // Whoever plans, it is judged for the role that applies.
        matrix.write(|_| true);
        Login::MASTER.to(&mut matrix.workspace, &matrix.cluster);
        matrix.expect(&matrix.workspace.plan_expecting_failure(), in_plan);
        let reader = Login { user: "a_reader", password: "secret" };
        matrix.cluster.execute("CREATE ROLE a_reader LOGIN PASSWORD 'secret'");
        reader.with(&mut matrix.workspace, &matrix.cluster, &format!("  apply_username = \"{MASTER}\"\n"));
        matrix.expect(&matrix.workspace.plan_expecting_failure(), in_plan);

        // The server refuses the same at the same place, and nothing else.
        Login::MASTER.to(&mut matrix.workspace, &matrix.cluster);
        matrix.expect(&matrix.workspace.try_apply_plan(&forced).expect_failure(), in_apply);
    }
}
