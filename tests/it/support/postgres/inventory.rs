//! All that a cluster has about roles, as lines of text: two of them are equal exactly when nothing that roles are
//! made of has changed.

use super::cluster::Cluster;

/// Each query gives one line a fact, by names and without OIDs. What means the same reads the same: an ACL that was
/// never touched and one that says the default, no validity and an infinite one, lists in another order.
const QUERIES: [&str; 7] = [
    "SELECT format('role %s %s', rolname, \
         (to_jsonb(a) - 'oid' - 'rolname' - 'rolpassword' - 'rolvaliduntil')::text) FROM pg_authid a",
    "SELECT format('validity of %s: %s', rolname, rolvaliduntil) FROM pg_authid WHERE rolvaliduntil < 'infinity'",
    "SELECT format('password of %s', rolname) FROM pg_authid WHERE rolpassword IS NOT NULL",
    "SELECT format('member %s of %s by %s %s', pg_get_userbyid(member), pg_get_userbyid(roleid), \
         pg_get_userbyid(grantor), (to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor')::text) \
     FROM pg_auth_members m",
    "SELECT format('database %s of %s: %s', datname, pg_get_userbyid(datdba), item) \
     FROM pg_database, unnest(coalesce(datacl, acldefault('d', datdba))::text[]) AS item",
    "SELECT format('comment on %s: %s', pg_get_userbyid(objoid), description) FROM pg_shdescription \
     WHERE classoid = 'pg_authid'::regclass",
    "SELECT format('setting of %s in %s: %s', CASE setrole WHEN 0 THEN 'all' ELSE pg_get_userbyid(setrole) END, \
         coalesce((SELECT datname FROM pg_database d WHERE d.oid = setdatabase), 'all'), item) \
     FROM pg_db_role_setting, unnest(setconfig) AS item",
];

impl Cluster {
    /// The facts about all roles, sorted.
    pub(crate) fn inventory(&self) -> Vec<String> {
        let session = self.superuser_session("postgres");
        let mut facts = QUERIES.iter().flat_map(|query| session.column(query)).collect::<Vec<_>>();
        facts.sort();
        facts
    }

    /// The facts about the roles whose name begins so.
    pub(crate) fn inventory_of(&self, prefix: &str) -> Vec<String> {
        let mut facts = self.inventory();
        facts.retain(|fact| fact.split_whitespace().any(|word| word.starts_with(prefix)));
        facts
    }
}
