//! The text of the four statements.

use super::Scope;

/// One statement a catalog.
pub(super) struct Statements {
    pub(super) roles: String,
    pub(super) memberships: String,
    pub(super) settings: String,
    pub(super) databases: String,
}

/// The OIDs that a scoped read is about, as an array. As an array of a sub-select it is computed once and
/// found in an index; `$1` are names, `$2` OIDs.
const SUBJECTS: &str = "ARRAY(SELECT s.oid FROM pg_catalog.pg_roles s \
                        WHERE s.rolname = ANY ($1) OR s.oid = ANY ($2))";

/// An ACL of 10,000 entries takes seconds to explode as it is stored, and milliseconds once it is copied.
const ACL: &str = "pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba)) \
                   || '{}'::pg_catalog.aclitem[])";

impl Statements {
    pub(super) fn new(major_version: u32, scope: &Scope) -> Statements {
        let scoped = matches!(scope, Scope::Some(_));
        Statements {
            roles: roles(scoped),
            memberships: memberships(scoped, major_version),
            settings: settings(scoped),
            databases: databases(scoped),
        }
    }
}

fn roles(scoped: bool) -> String {
    // Every transaction has DateStyle and TimeZone in which the text is that of ISO 8601, in UTC.
    let all = "SELECT r.oid, r.rolname, r.rolcanlogin, r.rolinherit, r.rolcreatedb, r.rolcreaterole, \
               r.rolsuper, r.rolreplication, r.rolbypassrls, r.rolconnlimit, \
               r.rolvaliduntil::pg_catalog.text, c.description \
               FROM pg_catalog.pg_roles r LEFT JOIN pg_catalog.pg_shdescription c \
               ON c.objoid = r.oid AND c.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass";
    if !scoped {
        return all.to_owned();
    }
    // The subjects, whoever is at the other end of their memberships or granted them something, and the
    // owners of databases. The members of a subject's groups are not among them.
    format!(
        "WITH subject AS MATERIALIZED (SELECT s.oid FROM pg_catalog.pg_roles s \
         WHERE s.rolname = ANY ($1) OR s.oid = ANY ($2)), \
         edge AS MATERIALIZED (SELECT m.roleid, m.member, m.grantor FROM pg_catalog.pg_auth_members m \
         WHERE m.member = ANY (ARRAY(SELECT s.oid FROM subject s)) \
         UNION ALL SELECT m.roleid, m.member, m.grantor FROM pg_catalog.pg_auth_members m \
         WHERE m.roleid = ANY (ARRAY(SELECT s.oid FROM subject s))), \
         referred AS (SELECT s.oid FROM subject s UNION SELECT e.roleid FROM edge e \
         UNION SELECT e.member FROM edge e UNION SELECT e.grantor FROM edge e \
         UNION SELECT d.datdba FROM pg_catalog.pg_database d \
         UNION SELECT a.grantor FROM pg_catalog.pg_database d CROSS JOIN LATERAL {ACL} a \
         WHERE a.grantee = 0 OR a.grantee = ANY (ARRAY(SELECT s.oid FROM subject s))) \
         {all} WHERE r.oid = ANY (ARRAY(SELECT f.oid FROM referred f)) OR r.rolname = ANY ($3)"
    )
}

fn memberships(scoped: bool, major_version: u32) -> String {
    // Up to 15 a membership has no options of these names; the member's own INHERIT stands for it.
    let options =
        if major_version >= 16 { "m.inherit_option, m.set_option" } else { "NULL::pg_catalog.bool, true" };
    let all = format!(
        "SELECT m.roleid, m.member, m.grantor, m.admin_option, {options} FROM pg_catalog.pg_auth_members m"
    );
    if scoped {
        format!("{all} WHERE m.member = ANY ({SUBJECTS}) OR m.roleid = ANY ({SUBJECTS})")
    } else {
        all
    }
}

fn settings(scoped: bool) -> String {
    let all = "SELECT t.setrole, t.setdatabase, u.entry FROM pg_catalog.pg_db_role_setting t \
               CROSS JOIN LATERAL pg_catalog.unnest(t.setconfig) AS u (entry)";
    if scoped {
        format!("{all} WHERE t.setrole = ANY ({SUBJECTS})")
    } else {
        format!("{all} WHERE t.setrole <> 0")
    }
}

fn databases(scoped: bool) -> String {
    // PUBLIC's entries are read with any role: they decide who may connect.
    let condition =
        if scoped { format!("a.grantee = 0 OR a.grantee = ANY ({SUBJECTS})") } else { "true".to_owned() };
    format!(
        "SELECT d.oid, d.datname, d.datdba, d.datallowconn, a.grantee, a.grantor, a.privilege_type, \
         a.is_grantable FROM pg_catalog.pg_database d LEFT JOIN LATERAL {ACL} a ON {condition}"
    )
}
