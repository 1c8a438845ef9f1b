//! The entries of privileges and policies that name a role, with the statement that takes each away.
//!
//! Not DROP OWNED: that also drops what the role owns, revokes only as one grantor, and takes away what the role
//! granted to others.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio_postgres::types::Type;

use super::survey::Place;
use crate::postgres::catalog::{LenientText, column, text};
use crate::postgres::error::Error;
use crate::postgres::execute::{self, Dialect, Standing, Step};
use crate::postgres::quote::identifier;
use crate::postgres::sql_log::LoggedAs;
use crate::postgres::transaction::Transaction;
use crate::roles::{DatabaseName, Oid, RoleName};

/// An entry of somebody's privileges, by or to the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) grantor: RoleName,
    /// `None` is PUBLIC.
    pub(super) grantee: Option<RoleName>,
    /// What the statement begins with before its verb; only default privileges have something there.
    prefix: String,
    /// The object, such as `ON TABLE app.orders`, as it stands in a statement.
    target: String,
    /// Such as `SELECT, UPDATE`.
    privileges: String,
    grant_option: bool,
}

impl Entry {
    /// One of a database's.
    pub(super) fn of_database(
        database: &DatabaseName,
        grantor: &RoleName,
        grantee: Option<&RoleName>,
        privileges: String,
        grant_option: bool,
    ) -> Entry {
        Entry {
            grantor: grantor.clone(),
            grantee: grantee.cloned(),
            prefix: String::new(),
            target: format!("ON DATABASE {}", identifier(database.as_str())),
            privileges,
            grant_option,
        }
    }

    /// In words.
    pub(super) fn describe(&self) -> String {
        let Entry { prefix, privileges, target, .. } = self;
        format!("{prefix}{privileges} {target}")
    }

    /// In words, with who has it.
    pub(super) fn describe_with_grantee(&self) -> String {
        match &self.grantee {
            Some(grantee) => format!("{} to \"{grantee}\"", self.describe()),
            None => format!("{} to PUBLIC", self.describe()),
        }
    }

    /// Whether the role granted it to somebody else.
    pub(super) fn is_given_by(&self, role: &RoleName) -> bool {
        self.grantor == *role && self.grantee.as_ref() != Some(role)
    }

    fn revoke(&self, role: &RoleName) -> String {
        self.revoke_from(&[role])
    }

    fn revoke_from(&self, roles: &[&RoleName]) -> String {
        let Entry { prefix, target, .. } = self;
        let roles: Vec<String> = roles.iter().map(|role| identifier(role.as_str())).collect();
        format!("{prefix}REVOKE ALL PRIVILEGES {target} FROM {}", roles.join(", "))
    }

    /// The statement that takes it away from whoever has it.
    pub(super) fn revoke_from_grantee(&self) -> String {
        match &self.grantee {
            Some(grantee) => self.revoke(grantee),
            None => {
                let Entry { prefix, target, .. } = self;
                format!("{prefix}REVOKE ALL PRIVILEGES {target} FROM PUBLIC")
            }
        }
    }

    /// The same grant once more, by ourselves.
    pub(super) fn grant_again(&self) -> String {
        let Entry { prefix, privileges, target, .. } = self;
        let grantee = self.grantee.as_ref().map_or("PUBLIC".to_owned(), |name| identifier(name.as_str()));
        let option = if self.grant_option { " WITH GRANT OPTION" } else { "" };
        format!("{prefix}GRANT {privileges} {target} TO {grantee}{option}")
    }
}

/// The entries in a place, except of what the role owns itself.
pub(super) async fn entries(transaction: &Transaction, role: Oid, place: Place) -> Result<Vec<Entry>, Error> {
    Ok(entries_of(transaction, &[role], place).await?.remove(&role).unwrap_or_default())
}

/// The same of some roles. Each object's privileges are taken apart once, however many of the roles they name.
pub(super) async fn entries_of(
    transaction: &Transaction,
    roles: &[Oid],
    place: Place,
) -> Result<HashMap<Oid, Vec<Entry>>, Error> {
    let sql = format!(
        "SELECT {}, e.grantee, t.rolname, o.prefix, o.target, \
         pg_catalog.string_agg(DISTINCT e.privilege_type, ', ' ORDER BY e.privilege_type), e.is_grantable, u.role \
         FROM (SELECT DISTINCT d.classid, d.objid, d.objsubid FROM pg_catalog.pg_shdepend d \
         WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = ANY ($1) AND {}) d \
         CROSS JOIN LATERAL ({}) AS o (owner, prefix, target, acl) \
         CROSS JOIN LATERAL pg_catalog.aclexplode(CASE WHEN o.acl IS NOT NULL \
         THEN o.acl || '{{}}'::pg_catalog.aclitem[] END) e \
         JOIN pg_catalog.pg_roles g ON g.oid = e.grantor LEFT JOIN pg_catalog.pg_roles t ON t.oid = e.grantee \
         CROSS JOIN LATERAL pg_catalog.unnest(ARRAY[e.grantee, e.grantor]) AS u (role) \
         WHERE u.role = ANY ($1) AND o.owner <> u.role GROUP BY 1, 2, 3, 4, 5, 7, 8 ORDER BY 4, 5, 1, 3",
        whose_name("g.rolname"),
        place.condition(),
        objects(transaction, place)
    );
    let roles: Vec<u32> = roles.iter().map(|role| role.0).collect();
    let mut all = HashMap::<Oid, Vec<Entry>>::new();
    for row in transaction.query(&sql, &[(&roles, Type::OID_ARRAY)]).await? {
        let grantee = match column::<u32>(&row, 1)? {
            0 => None,
            _ => Some(RoleName::from_catalog(text(&row, 2)?)),
        };
        let entry = Entry {
            grantor: RoleName::from_catalog(text(&row, 0)?),
            grantee,
            prefix: text(&row, 3)?,
            target: text(&row, 4)?,
            privileges: text(&row, 5)?,
            grant_option: column(&row, 6)?,
        };
        all.entry(Oid(column(&row, 7)?)).or_default().push(entry);
    }
    Ok(all)
}

/// What belongs to no database and nobody but the role has granted to somebody: a GRANT of what one may not grant
/// says so by a warning only.
pub(super) async fn granted_by_it_alone(transaction: &Transaction, role: Oid) -> Result<Vec<String>, Error> {
    let sql = format!(
        "SELECT DISTINCT pg_catalog.format('%s %s to %s', e.privilege_type, o.target, \
         COALESCE(pg_catalog.quote_ident(t.rolname), 'PUBLIC')) \
         FROM pg_catalog.pg_shdepend d CROSS JOIN LATERAL ({}) AS o (owner, prefix, target, acl) \
         CROSS JOIN LATERAL pg_catalog.aclexplode(CASE WHEN o.acl IS NOT NULL \
         THEN o.acl || '{{}}'::pg_catalog.aclitem[] END) e LEFT JOIN pg_catalog.pg_roles t ON t.oid = e.grantee \
         WHERE d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = $1 AND {} \
         AND o.owner <> $1 AND e.grantor = $1 AND e.grantee <> $1 AND NOT EXISTS (SELECT \
         FROM pg_catalog.aclexplode(o.acl || '{{}}'::pg_catalog.aclitem[]) a \
         WHERE a.grantee = e.grantee AND a.privilege_type = e.privilege_type AND a.grantor <> $1 \
         AND (a.is_grantable OR NOT e.is_grantable)) ORDER BY 1",
        objects(transaction, Place::Shared),
        Place::Shared.condition()
    );
    let rows = transaction.query(&sql, &[(&role.0, Type::OID)]).await?;
    rows.iter().map(|row| text(row, 0)).collect()
}

/// The objects of a place that have privileges, as one query.
fn objects(transaction: &Transaction, place: Place) -> String {
    let objects = match place {
        Place::Here => OBJECTS_OF_A_DATABASE.to_vec(),
        Place::Shared if transaction.server().major_version() >= 15 => [SHARED_OBJECTS, PARAMETERS].concat(),
        Place::Shared => SHARED_OBJECTS.to_vec(),
    };
    objects.join(" UNION ALL ")
}

/// Who acts for a role, by its name. `pg_database_owner`, which owns schema `public`, takes no members: whoever
/// owns the database does.
fn whose_name(role: &str) -> String {
    format!(
        "CASE {role} WHEN 'pg_database_owner' THEN (SELECT o.rolname FROM pg_catalog.pg_database b \
         JOIN pg_catalog.pg_roles o ON o.oid = b.datdba WHERE b.datname = pg_catalog.current_database()) \
         ELSE {role} END"
    )
}

/// A policy that names the role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    table_owner: RoleName,
    statement: String,
    /// What the statement does, in words.
    pub(super) description: String,
}

/// The policies of this database that name the role.
pub(super) async fn policies(transaction: &Transaction, role: Oid) -> Result<Vec<Policy>, Error> {
    let sql = format!(
        "SELECT {}, pg_catalog.format('%I ON %I.%I', p.polname, n.nspname, c.relname), \
         (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(r.rolname), ', ') \
         FROM pg_catalog.unnest(p.polroles) AS u (oid) JOIN pg_catalog.pg_roles r ON r.oid = u.oid \
         WHERE u.oid <> $1) \
         FROM pg_catalog.pg_shdepend d JOIN pg_catalog.pg_policy p ON p.oid = d.objid \
         JOIN pg_catalog.pg_class c ON c.oid = p.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_roles w ON w.oid = c.relowner \
         WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.deptype = 'r' \
         AND d.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass AND d.refobjid = $1 AND {} ORDER BY 2",
        whose_name("w.rolname"),
        Place::Here.condition()
    );
    let rows = transaction.query(&sql, &[(&role.0, Type::OID)]).await?;
    rows.iter()
        .map(|row| {
            let policy = text(row, 1)?;
            let others = column::<Option<LenientText>>(row, 2)?;
            // A policy for it alone says nothing about anybody else.
            let (statement, description) = match others {
                Some(others) => (
                    format!("ALTER POLICY {policy} TO {}", others.0),
                    format!("took it out of policy {policy}"),
                ),
                None => (
                    format!("DROP POLICY {policy}"),
                    format!("dropped policy {policy}, which was for it alone"),
                ),
            };
            let table_owner = RoleName::from_catalog(text(row, 0)?);
            Ok(Policy { table_owner, statement, description })
        })
        .collect()
}

/// Statements, each with what it does in words, and each to be run as the role whose grant or table it is; and in
/// words what we cannot run for want of that role.
pub(super) fn statements(
    role: &RoleName,
    entries: &[Entry],
    policies: &[Policy],
    dialect: &Dialect,
) -> (Vec<(String, String)>, Vec<String>) {
    let revokes = entries
        .iter()
        .filter(|entry| entry.grantee.as_ref() == Some(role))
        .map(|entry| (&entry.grantor, entry.revoke(role), format!("revoke {}", entry.describe())));
    let alterations = policies
        .iter()
        .map(|policy| (&policy.table_owner, policy.statement.clone(), format!("run {}", policy.statement)));
    let (mut statements, mut out_of_reach) = (Vec::new(), Vec::new());
    for (whose, statement, description) in revokes.chain(alterations) {
        if may_act_for(whose, dialect) {
            let as_it = execute::as_other(whose, vec![statement], dialect);
            statements.extend(as_it.into_iter().map(|statement| (description.clone(), statement)));
        } else {
            out_of_reach.push(format!("{description} (of \"{whose}\")"));
        }
    }
    (statements, out_of_reach)
}

/// Whether what somebody granted is within our reach.
pub(super) fn may_act_for(whose: &RoleName, dialect: &Dialect) -> bool {
    let Standing { has_privileges, may_set_role, may_join, .. } = dialect.standing(whose);
    has_privileges || may_set_role || may_join
}

/// What revokes the entries of several roles: one statement for all that were granted the same by the same. The entries of
/// a role are to lie together. Each comes with whose it is, by number.
pub(super) fn revokes_together<'a>(
    of: impl IntoIterator<Item = (usize, &'a LoggedAs, &'a Entry)>,
    dialect: &Dialect,
) -> Vec<Step<'a, Vec<usize>>> {
    let mut alike = BTreeMap::<(&RoleName, &str), (&Entry, Vec<(usize, &LoggedAs)>)>::new();
    for (whose, logged_as, entry) in of {
        let (_, roles) = alike.entry((&entry.grantor, &entry.target)).or_insert((entry, Vec::new()));
        // With and without its grant option it is one.
        if roles.last() != Some(&(whose, logged_as)) {
            roles.push((whose, logged_as));
        }
    }
    let mut steps = Vec::new();
    for (entry, of) in alike.into_values() {
        let names: Vec<&RoleName> = of.iter().map(|(_, logged_as)| &logged_as.role).collect();
        let whose: Vec<usize> = of.iter().map(|(whose, _)| *whose).collect();
        let mut shown: Vec<_> = of
            .iter()
            .map(|(_, logged_as)| {
                let own = execute::as_other(&entry.grantor, vec![entry.revoke(&logged_as.role)], dialect);
                (*logged_as, own.into_iter())
            })
            .collect();
        for sql in execute::as_other(&entry.grantor, vec![entry.revoke_from(&names)], dialect) {
            // One for one: together there are as many as for each alone.
            let shown = shown.iter_mut().filter_map(|(logged_as, own)| Some((*logged_as, own.next()?)));
            steps.push(Step { what_for: whose.clone(), sql, shown: shown.collect() });
        }
    }
    steps
}

/// Statements that take away what the role granted to others: before its own rights go, on which that hangs.
pub(super) fn take_back(role: &RoleName, entries: &[Entry], dialect: &Dialect) -> Vec<(String, String)> {
    entries
        .iter()
        .filter(|entry| entry.is_given_by(role))
        .flat_map(|entry| {
            let revoke = execute::as_other(role, vec![entry.revoke_from_grantee()], dialect);
            revoke
                .into_iter()
                .map(|statement| (format!("revoke {}", entry.describe_with_grantee()), statement))
        })
        .collect()
}

/// The roles that statements will have to be run as.
pub(super) fn whose<'a>(entries: &'a [Entry], policies: &'a [Policy]) -> impl Iterator<Item = &'a RoleName> {
    entries.iter().map(|entry| &entry.grantor).chain(policies.iter().map(|policy| &policy.table_owner))
}

// Each selects the owner, the beginning of a statement, the object and its ACL of the dependency `d`.
const OBJECTS_OF_A_DATABASE: &[&str] = &[
    "SELECT c.relowner, '', pg_catalog.format('ON %s %I.%I', \
     CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname), c.relacl \
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid = 0 AND c.oid = d.objid",
    "SELECT c.relowner, '', pg_catalog.format('(%I) ON TABLE %I.%I', a.attname, n.nspname, c.relname), a.attacl \
     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND a.attrelid = d.objid \
     AND a.attnum = d.objsubid AND d.objsubid <> 0",
    // By the types of what goes in, which identify it: with more, such as ORDER BY of an aggregate, it cannot be
    // named in a REVOKE.
    "SELECT p.proowner, '', pg_catalog.format('ON ROUTINE %I.%I(%s)', n.nspname, p.proname, \
     (SELECT pg_catalog.string_agg('IN ' || pg_catalog.format_type(a.oid, NULL), ', ' ORDER BY a.place) \
     FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS a (oid, place))), p.proacl \
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
     WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid",
    "SELECT n.nspowner, '', pg_catalog.format('ON SCHEMA %I', n.nspname), n.nspacl \
     FROM pg_catalog.pg_namespace n \
     WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = d.objid",
    "SELECT t.typowner, '', pg_catalog.format('ON TYPE %I.%I', n.nspname, t.typname), t.typacl \
     FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
     WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.objid",
    "SELECT l.lanowner, '', pg_catalog.format('ON LANGUAGE %I', l.lanname), l.lanacl \
     FROM pg_catalog.pg_language l \
     WHERE d.classid = 'pg_catalog.pg_language'::pg_catalog.regclass AND l.oid = d.objid",
    "SELECT w.fdwowner, '', pg_catalog.format('ON FOREIGN DATA WRAPPER %I', w.fdwname), w.fdwacl \
     FROM pg_catalog.pg_foreign_data_wrapper w \
     WHERE d.classid = 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass AND w.oid = d.objid",
    "SELECT s.srvowner, '', pg_catalog.format('ON FOREIGN SERVER %I', s.srvname), s.srvacl \
     FROM pg_catalog.pg_foreign_server s \
     WHERE d.classid = 'pg_catalog.pg_foreign_server'::pg_catalog.regclass AND s.oid = d.objid",
    "SELECT m.lomowner, '', pg_catalog.format('ON LARGE OBJECT %s', m.oid), m.lomacl \
     FROM pg_catalog.pg_largeobject_metadata m \
     WHERE d.classid = 'pg_catalog.pg_largeobject'::pg_catalog.regclass AND m.oid = d.objid",
    "SELECT f.defaclrole, pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s ', \
     pg_catalog.pg_get_userbyid(f.defaclrole), ' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname)), \
     'ON ' || CASE f.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' \
     WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS' ELSE 'LARGE OBJECTS' END, f.defaclacl \
     FROM pg_catalog.pg_default_acl f LEFT JOIN pg_catalog.pg_namespace n ON n.oid = f.defaclnamespace \
     WHERE d.classid = 'pg_catalog.pg_default_acl'::pg_catalog.regclass AND f.oid = d.objid",
];

const SHARED_OBJECTS: &[&str] = &[
    // Always quoted, as `identifier` does: a plan writes the same without a server.
    "SELECT b.datdba, '', 'ON DATABASE \"' || pg_catalog.replace(b.datname, '\"', '\"\"') || '\"', b.datacl \
     FROM pg_catalog.pg_database b \
     WHERE d.classid = 'pg_catalog.pg_database'::pg_catalog.regclass AND b.oid = d.objid",
    "SELECT s.spcowner, '', pg_catalog.format('ON TABLESPACE %I', s.spcname), s.spcacl \
     FROM pg_catalog.pg_tablespace s \
     WHERE d.classid = 'pg_catalog.pg_tablespace'::pg_catalog.regclass AND s.oid = d.objid",
];

/// From 15 on. They belong to the bootstrap superuser; a name may have a dot.
const PARAMETERS: &[&str] = &[
    "SELECT 10::pg_catalog.oid, '', 'ON PARAMETER ' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(u.part), \
     '.' ORDER BY u.place) FROM pg_catalog.unnest(pg_catalog.string_to_array(p.parname, '.')) \
     WITH ORDINALITY AS u (part, place)), p.paracl \
     FROM pg_catalog.pg_parameter_acl p \
     WHERE d.classid = 'pg_catalog.pg_parameter_acl'::pg_catalog.regclass AND p.oid = d.objid",
];

/// For statements about grantors of several kinds.
pub(super) async fn dialect(
    transaction: &Transaction,
    user: &RoleName,
    others: BTreeSet<&RoleName>,
) -> Result<Dialect, Error> {
    let standings: HashMap<RoleName, Standing> = execute::standings_to(transaction, others).await?;
    Ok(Dialect { major_version: transaction.server().major_version(), user: user.clone(), standings })
}
