//! What is there, asked of the server with SQL that is not the provider's.

use super::case::Numbered;
use crate::support::postgres::Cluster;

/// A question and its answer. Names are a row's, with an `@`.
#[derive(Clone, Copy)]
pub(crate) enum Fact {
    /// Of a role: a column of `pg_authid`, and its value as text.
    Role(&'static str, &'static str, &'static str),
    /// Of a role: the groups it belongs to, sorted.
    Groups(&'static str, &'static str),
    /// Of a member and a group: the options that it has by one grant or another, of `admin inherit set`.
    Options(&'static str, &'static str, &'static str),
    /// Of a group: its members, sorted, but for the master.
    Members(&'static str, &'static str),
    /// Of a role and a database: its privileges, sorted, with a `*` where it may grant them on.
    Privileges(&'static str, &'static str, &'static str),
    /// Of a role, and a database or "": its settings, sorted.
    Settings(&'static str, &'static str, &'static str),
    /// Of a role: the comment.
    Comment(&'static str, &'static str),
    /// Any query and its one value.
    Query(&'static str, &'static str),
}

impl Fact {
    /// The query and its answer.
    fn query(&self) -> (String, &'static str) {
        match self {
            Fact::Role(role, column, value) => (
                format!("SELECT to_jsonb(a) ->> '{column}' FROM pg_authid a WHERE rolname = '{role}'"),
                value,
            ),
            Fact::Groups(role, groups) => (
                format!(
                    "SELECT coalesce(string_agg(DISTINCT g.rolname, ' '), '') FROM pg_authid g \
                     WHERE g.oid IN (SELECT roleid FROM pg_auth_members WHERE member = '{role}'::regrole)"
                ),
                groups,
            ),
            Fact::Options(member, group, options) => (
                // Up to 15 a row has no such columns: inherit is the member's, and set goes without saying.
                format!(
                    "SELECT concat_ws(' ', CASE WHEN bool_or(m.admin_option) THEN 'admin' END, \
                     CASE WHEN bool_or(coalesce((to_jsonb(m) ->> 'inherit_option')::bool, a.rolinherit)) THEN 'inherit' END, \
                     CASE WHEN bool_or(coalesce((to_jsonb(m) ->> 'set_option')::bool, true)) THEN 'set' END) \
                     FROM pg_auth_members m JOIN pg_authid a ON a.oid = m.member \
                     WHERE m.member = '{member}'::regrole AND m.roleid = '{group}'::regrole"
                ),
                options,
            ),
            Fact::Members(group, members) => (
                format!(
                    "SELECT coalesce(string_agg(DISTINCT rolname, ' '), '') FROM pg_authid WHERE rolname <> 'postgres' AND \
                     oid IN (SELECT member FROM pg_auth_members WHERE roleid = '{group}'::regrole)"
                ),
                members,
            ),
            Fact::Privileges(role, database, privileges) => (
                format!(
                    "SELECT coalesce(string_agg(privilege || option, ' ' ORDER BY privilege), '') FROM \
                     (SELECT privilege_type AS privilege, max(CASE WHEN is_grantable THEN '*' ELSE '' END) AS option \
                     FROM pg_database, aclexplode(datacl) \
                     WHERE datname = '{database}' AND grantee = '{role}'::regrole GROUP BY 1) AS held"
                ),
                privileges,
            ),
            Fact::Settings(role, database, settings) => (
                format!(
                    "SELECT coalesce(string_agg(item, ' ' ORDER BY item), '') FROM pg_db_role_setting, unnest(setconfig) AS item \
                     WHERE setrole = '{role}'::regrole AND \
                     setdatabase = coalesce((SELECT oid FROM pg_database WHERE datname = '{database}'), 0)"
                ),
                settings,
            ),
            Fact::Comment(role, comment) => {
                (format!("SELECT shobj_description('{role}'::regrole, 'pg_authid')"), comment)
            }
            Fact::Query(query, value) => ((*query).to_owned(), value),
        }
    }

    /// What is wrong, if it is not so.
    pub(crate) fn complaint(&self, row: &Numbered, cluster: &Cluster) -> Option<String> {
        let (query, expected) = self.query();
        let (query, expected) = (row.named(&query), row.named(expected));
        let found = cluster.value(&query);
        (found != expected).then(|| format!("{}: {found:?}, not {expected:?}\n    {query}", row.label()))
    }
}
