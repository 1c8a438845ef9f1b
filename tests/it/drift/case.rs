//! A row of the matrix: what is written, what somebody does by hand, where it shows, and what is there after the
//! next apply.
//!
//! Rows are texts with an `@` in every name, which becomes the row's number: all rows together are one
//! configuration, and none of them knows of another. A new case is a new row.

use super::oracle::Fact;
use crate::support::postgres::{Cluster, MASTER};

/// Something that is done behind Terraform's back, each with its SQL.
#[derive(Clone, Copy)]
pub(crate) enum Hand {
    /// By the master user, as whom Terraform connects, too.
    Master(&'static str),
    /// By the superuser, which on RDS is Amazon.
    Superuser(&'static str),
    /// By the superuser in that database.
    In(&'static str, &'static str),
    /// By the role named first.
    Role(&'static str, &'static str),
}

/// A row.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    /// The versions of PostgreSQL it is true for, first and last.
    pub(crate) versions: (u16, u16),
    /// What there is before the first apply.
    pub(crate) first: &'static [Hand],
    /// The configuration.
    pub(crate) written: &'static str,
    pub(crate) by_hand: &'static [Hand],
    /// What the test writes down after that, to compare with in the end.
    pub(crate) noted: &'static [Hand],
    /// All that the plan changes, a line an attribute: `pgum_user.user_@.inherit: false -> true`. A resource that
    /// is made anew is `pgum_user.user_@: created`.
    pub(crate) shows: &'static [&'static str],
    /// Texts that a warning of the plan has, where the plan's changes do not tell all.
    pub(crate) warns: &'static [&'static str],
    /// A text of the error with which the master's plan ends, and its apply, where it may not heal this.
    pub(crate) refused: &'static [&'static str],
    /// What is there in the end.
    pub(crate) then: &'static [Fact],
}

/// What most rows have in common.
pub(crate) const CASE: Case = Case {
    versions: (13, 18),
    first: &[],
    written: "",
    by_hand: &[],
    noted: &[],
    shows: &[],
    warns: &[],
    refused: &[],
    then: &[],
};

pub(crate) const UP_TO_15: (u16, u16) = (13, 15);
pub(crate) const FROM_16: (u16, u16) = (16, 18);

/// Rows of one subject.
pub(crate) struct Section {
    pub(crate) title: &'static str,
    /// What there is to say of all of them.
    pub(crate) words: &'static str,
    pub(crate) cases: &'static [Case],
}

/// `pgum_user.user_@`, with this `auth_method` and these further lines.
macro_rules! user {
    ($auth_method:literal $(, $line:literal)*) => {
        concat!(
            "resource \"pgum_user\" \"user_@\" {\n  username = \"user_@\"\n  auth_method = \"", $auth_method, "\"\n",
            $("  ", $line, "\n",)* "}\n"
        )
    };
}

/// `pgum_group.group_@`, or a group of another name, with these further lines.
macro_rules! group {
    ($($line:literal),*) => { $crate::drift::case::group!(group_@ $(, $line)*) };
    ($name:ident @ $(, $line:literal)*) => {
        concat!(
            "resource \"pgum_group\" \"", stringify!($name), "@\" {\n  name = \"", stringify!($name), "@\"\n",
            $("  ", $line, "\n",)* "}\n"
        )
    };
}

pub(crate) use {group, user};

/// A row with its number, for one version.
#[derive(Clone, Copy)]
pub(crate) struct Numbered {
    pub(crate) number: usize,
    pub(crate) case: &'static Case,
}

/// The rows of these sections that are true for this version. A row has the same number for every version.
pub(crate) fn numbered(sections: &[&'static Section], version: u16) -> Vec<Numbered> {
    let cases = sections.iter().flat_map(|section| section.cases).enumerate();
    let all = cases.map(|(number, case)| Numbered { number, case });
    all.filter(|row| (row.case.versions.0..=row.case.versions.1).contains(&version)).collect()
}

impl Numbered {
    /// A text of the row with the row's names.
    pub(crate) fn named(&self, text: &str) -> String {
        text.replace('@', &self.number.to_string())
    }

    /// Does what these hands do, one statement after the other.
    pub(crate) fn act(&self, hands: &[Hand], cluster: &Cluster) {
        hands.iter().for_each(|hand| hand.act(cluster, |text| self.named(text)));
    }

    /// The row, as messages name it.
    pub(crate) fn label(&self) -> String {
        let by_hand = self.case.by_hand.iter().map(|hand| self.named(&hand.to_string()));
        format!("row {} ({})", self.number, by_hand.collect::<Vec<_>>().join("; "))
    }
}

impl Hand {
    /// Does it, with the names that the row's texts get.
    pub(crate) fn act(&self, cluster: &Cluster, named: impl Fn(&str) -> String) {
        match self {
            Hand::Master(sql) => cluster.master_session("postgres").execute(&named(sql)),
            Hand::Superuser(sql) => cluster.execute(&named(sql)),
            Hand::In(database, sql) => cluster.superuser_session(&named(database)).execute(&named(sql)),
            Hand::Role(role, sql) => {
                let session = cluster.superuser_session("postgres");
                session.execute(&format!("SET SESSION AUTHORIZATION {}", named(role)));
                session.execute(&named(sql));
            }
        }
    }
}

impl std::fmt::Display for Hand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Hand::Master(sql) => write!(f, "{MASTER}: {sql}"),
            Hand::Superuser(sql) => write!(f, "rdsadmin: {sql}"),
            Hand::In(database, sql) => write!(f, "rdsadmin in {database}: {sql}"),
            Hand::Role(role, sql) => write!(f, "{role}: {sql}"),
        }
    }
}
