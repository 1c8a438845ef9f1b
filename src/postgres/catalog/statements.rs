//! The text of the four statements.

use super::Scope;

/// One statement a catalog.
pub(super) struct Statements {
    pub(super) roles: String,
    pub(super) memberships: String,
    pub(super) settings: String,
    pub(super) databases: String,
}

/// The roles that a scoped read is about; `$1` are names, `$2` OIDs.
///
/// Here and below what is looked up is joined, as its own type, and not compared with the elements of an array: the server
/// then goes through an index or a hash table, whatever it knows of the sizes of its catalogs (nothing, after many roles
/// were made). Compared, each of 100 names is held against each of 10,000 roles.
const SUBJECT: &str = "subject AS MATERIALIZED (SELECT s.oid FROM pg_catalog.unnest($1) AS n (name) \
                       JOIN pg_catalog.pg_roles s ON s.rolname = n.name::pg_catalog.name \
                       UNION SELECT s.oid FROM pg_catalog.pg_roles s WHERE s.oid = ANY ($2))";

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
               r.rolvaliduntil::pg_catalog.text, \
               (SELECT c.description FROM pg_catalog.pg_shdescription c WHERE c.objoid = r.oid \
               AND c.classoid = 'pg_catalog.pg_authid'::pg_catalog.regclass) FROM pg_catalog.pg_roles r";
    if !scoped {
        return all.to_owned();
    }
    // The subjects, whoever is at the other end of their memberships or granted them something, and the
    // owners of databases. The members of a subject's groups are not among them.
    format!(
        "WITH {SUBJECT}, \
         edge AS MATERIALIZED (SELECT m.roleid, m.member, m.grantor FROM subject s \
         JOIN pg_catalog.pg_auth_members m ON m.member = s.oid \
         UNION ALL SELECT m.roleid, m.member, m.grantor FROM subject s \
         JOIN pg_catalog.pg_auth_members m ON m.roleid = s.oid), \
         referred AS MATERIALIZED (SELECT s.oid FROM subject s UNION SELECT e.roleid FROM edge e \
         UNION SELECT e.member FROM edge e UNION SELECT e.grantor FROM edge e \
         UNION SELECT d.datdba FROM pg_catalog.pg_database d \
         UNION SELECT a.grantor FROM pg_catalog.pg_database d CROSS JOIN LATERAL {ACL} a \
         WHERE a.grantee = 0 OR a.grantee IN (SELECT s.oid FROM subject s) \
         UNION SELECT r.oid FROM pg_catalog.unnest($3) AS n (name) \
         JOIN pg_catalog.pg_roles r ON r.rolname = n.name::pg_catalog.name) \
         {all} JOIN referred f ON f.oid = r.oid"
    )
}

fn memberships(scoped: bool, major_version: u32) -> String {
    // Up to 15 a membership has no options of these names; the member's own INHERIT stands for it.
    let options =
        if major_version >= 16 { "m.inherit_option, m.set_option" } else { "NULL::pg_catalog.bool, true" };
    let columns = format!("m.roleid, m.member, m.grantor, m.admin_option, {options}");
    if scoped {
        // UNION: one between two subjects is found from both ends.
        format!(
            "WITH {SUBJECT} SELECT {columns} FROM subject s JOIN pg_catalog.pg_auth_members m ON m.member = s.oid \
             UNION SELECT {columns} FROM subject s JOIN pg_catalog.pg_auth_members m ON m.roleid = s.oid"
        )
    } else {
        format!("SELECT {columns} FROM pg_catalog.pg_auth_members m")
    }
}

fn settings(scoped: bool) -> String {
    let all = "SELECT t.setrole, t.setdatabase, u.entry FROM pg_catalog.pg_db_role_setting t \
               CROSS JOIN LATERAL pg_catalog.unnest(t.setconfig) AS u (entry)";
    if scoped {
        format!("WITH {SUBJECT} {all} JOIN subject s ON s.oid = t.setrole")
    } else {
        format!("{all} WHERE t.setrole <> 0")
    }
}

fn databases(scoped: bool) -> String {
    // PUBLIC's entries are read with any role: they decide who may connect.
    let (with, condition) = if scoped {
        (format!("WITH {SUBJECT} "), "a.grantee = 0 OR a.grantee IN (SELECT s.oid FROM subject s)")
    } else {
        (String::new(), "true")
    };
    format!(
        "{with}SELECT d.oid, d.datname, d.datdba, d.datallowconn, a.grantee, a.grantor, a.privilege_type, \
         a.is_grantable FROM pg_catalog.pg_database d LEFT JOIN LATERAL {ACL} a ON {condition}"
    )
}
