//! A row of the matrix: what is there, what is written, what the plan says of it, and a twin that passes.
//!
//! Rows are texts with an `@` in every name, which becomes the row's number, and another for its twin: all rows together are
//! one configuration, and none of them knows of another.

pub(crate) use crate::drift::case::{FROM_16, Hand, UP_TO_15, group, user};
use crate::support::postgres::Cluster;
use crate::support::terraform::Diagnostic;

/// A configuration, and what there is when it is planned.
#[derive(Clone, Copy)]
pub(crate) struct Side {
    /// What there is before anything is applied.
    pub(crate) first: &'static [Hand],
    /// What a superuser applies before; the master has no ADMIN OPTION on it.
    pub(crate) applied: &'static str,
    /// What is planned.
    pub(crate) written: &'static str,
    /// What is done before the master plans it, and after a superuser did.
    pub(crate) then: &'static [Hand],
}

/// What most have in common.
pub(crate) const SIDE: Side = Side { first: &[], applied: "", written: "", then: &[] };

/// What a plan says.
#[derive(Clone, Copy)]
pub(crate) enum Said {
    /// An error that has this text.
    Error(&'static str),
    /// A warning: others may still make it true.
    Warning(&'static str),
}

/// A row.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// The versions of PostgreSQL it is true for, first and last.
    pub(crate) versions: (u16, u16),
    /// What must fail.
    pub(crate) fails: Side,
    pub(crate) said: Said,
    /// What the code has that it points at.
    pub(crate) at: &'static str,
    /// What the apply says when the same is tried with a plan that was made before, by one who may. Empty: it cannot be
    /// tried so.
    pub(crate) forced: &'static str,
    /// What passes.
    pub(crate) twin: Side,
}

pub(crate) const ALL: (u16, u16) = (13, 18);

/// A row with its number, for one version.
#[derive(Clone, Copy)]
pub(crate) struct Numbered {
    pub(crate) number: usize,
    pub(crate) row: &'static Row,
}

/// One side of a row, with the number that its names have.
pub(crate) struct NumberedSide {
    pub(crate) side: &'static Side,
    number: String,
}

/// The rows that are true for this version. A row has the same number for every version.
pub(crate) fn numbered(rows: &[&'static [Row]], version: u16) -> Vec<Numbered> {
    let rows = rows.iter().copied().flatten().enumerate();
    let all = rows.map(|(number, row)| Numbered { number, row });
    all.filter(|row| (row.row.versions.0..=row.row.versions.1).contains(&version)).collect()
}

impl Numbered {
    /// A text of the row with the row's names.
    pub(crate) fn named(&self, text: &str) -> String {
        text.replace('@', &self.number.to_string())
    }

    /// The one that fails and its twin.
    pub(crate) fn sides(&self) -> impl Iterator<Item = NumberedSide> {
        let fails = NumberedSide { side: &self.row.fails, number: self.number.to_string() };
        let twin = NumberedSide { side: &self.row.twin, number: format!("{}t", self.number) };
        [fails, twin].into_iter()
    }

    /// Whether this is about a resource of the side that fails.
    pub(crate) fn is_about(&self, said: &Diagnostic) -> bool {
        said.address.as_ref().is_some_and(|address| address.ends_with(&format!("_{}", self.number)))
    }

    /// The row, as messages name it.
    pub(crate) fn label(&self) -> String {
        format!("row {} ({})", self.number, self.named(self.row.fails.written).replace('\n', " "))
    }
}

impl NumberedSide {
    fn named(&self, text: &str) -> String {
        text.replace('@', &self.number)
    }

    /// A configuration all of whose resources wait for the gate.
    pub(crate) fn waiting(&self, text: &str) -> String {
        self.named(text).replace("\n}\n", "\n  depends_on = [pgum_group.gate]\n}\n")
    }

    /// Does what these hands do.
    pub(crate) fn act(&self, hands: &[Hand], cluster: &Cluster) {
        hands.iter().for_each(|hand| hand.act(cluster, |text| self.named(text)));
    }
}
