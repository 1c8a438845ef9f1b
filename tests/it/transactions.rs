//! The guarded transaction: whatever a database or a role brings along, it means what it says.

use crate::connecting::master_config;
use crate::support::postgres::{Cluster, MASTER};
use crate::support::{on_every_version, on_versions};
use futures_util::future::join_all;
use pgum::postgres::{CommitError, Kind, Mode, Pool, Transaction, quote};
use tokio_postgres::types::Type;

async fn value(transaction: &Transaction, sql: &str) -> String {
    let rows = transaction.query(sql, &[]).await.unwrap();
    rows.first().unwrap().get(0)
}

async fn setting(transaction: &Transaction, name: &str) -> String {
    let sql = "SELECT pg_catalog.current_setting($1)";
    let rows = transaction.query(sql, &[(&name, Type::TEXT)]).await.unwrap();
    rows.first().unwrap().get(0)
}

/// What the owner of a database can do without any other right, each with what must be in its place.
const HOSTILE: [(&str, &str, &str); 14] = [
    ("search_path", "hijack, pg_catalog", "pg_catalog, pg_temp"),
    ("standard_conforming_strings", "off", "on"),
    ("role", "mallory", "none"),
    ("statement_timeout", "60000", "1h"),
    ("lock_timeout", "1", "30s"),
    ("idle_in_transaction_session_timeout", "60000", "5min"),
    ("client_min_messages", "error", "notice"),
    ("exit_on_error", "on", "off"),
    ("datestyle", "sql, dmy", "ISO, MDY"),
    ("timezone", "Asia/Tokyo", "UTC"),
    ("bytea_output", "escape", "hex"),
    ("quote_all_identifiers", "on", "off"),
    ("transform_null_equals", "on", "off"),
    ("jit", "on", "off"),
];

on_every_version! {
    async fn nothing_of_a_hostile_database_remains(version: u16) {
        let cluster = Cluster::start(version);
        // Mallory owns a database, and the master happens to be a member of a role of Mallory's.
        cluster.execute(&format!(
            "CREATE ROLE mallory LOGIN; GRANT mallory TO {MASTER}; ALTER DATABASE myapp OWNER TO mallory"
        ));
        let mallory = cluster.superuser_session("myapp");
        mallory.execute(
            "SET ROLE mallory; CREATE SCHEMA hijack;
             CREATE FUNCTION hijack.pg_describe_object(oid, oid, int) RETURNS text LANGUAGE plpgsql
             AS 'BEGIN RAISE EXCEPTION ''hijacked as %'', current_user; END'",
        );
        let mut settings = HOSTILE.to_vec();
        if version >= 16 {
            settings.push(("createrole_self_grant", "set, inherit", ""));
        }
        if version >= 17 {
            settings.push(("transaction_timeout", "60000", "0"));
        }
        let more = [
            "session_authorization", "default_transaction_isolation", "default_transaction_read_only",
            "default_transaction_deferrable", "client_encoding", "application_name", "row_security",
        ];
        let odd = ["mallory", "serializable", "on", "on", "LATIN1", "mallory", "off"];
        for (name, value) in settings.iter().map(|(name, value, _)| (*name, *value)).chain(more.into_iter().zip(odd)) {
            let value = if name == "search_path" { value.to_owned() } else { format!("'{value}'") };
            let value = value.replace("'sql, dmy'", "sql, dmy");
            mallory.execute(&format!("ALTER DATABASE myapp SET {name} = {value}"));
        }

        let pool = Pool::new(master_config(&cluster));
        for mode in [Mode::Read, Mode::Write] {
            let transaction = pool.begin_in("myapp", mode).await.unwrap();
            assert_eq!(value(&transaction, "SELECT current_user::pg_catalog.text").await, MASTER);
            assert_eq!(value(&transaction, "SELECT session_user::pg_catalog.text").await, MASTER);
            for (name, _, expected) in &settings {
                assert_eq!(setting(&transaction, name).await, *expected, "{name}");
            }
            assert_eq!(setting(&transaction, "client_encoding").await, "UTF8");
            assert_eq!(setting(&transaction, "application_name").await, "terraform-provider-pgum");
            let (isolation, read_only) = match mode {
                Mode::Read => ("repeatable read", "on"),
                Mode::Write => ("read committed", "off"),
            };
            assert_eq!(setting(&transaction, "transaction_isolation").await, isolation);
            assert_eq!(setting(&transaction, "transaction_read_only").await, read_only);
            // Not written with pg_catalog: the search path has to do.
            let described = value(&transaction, "SELECT pg_describe_object(1262, oid, 0) FROM pg_database LIMIT 1");
            assert!(described.await.starts_with("database "));
            assert_eq!(value(&transaction, r"SELECT 'a\'").await, r"a\");
            transaction.rollback().await.unwrap();
        }

        // And between the transactions nothing of ours remains either: a pooler may hand the connection on.
        let transaction = pool.begin_in("myapp", Mode::Read).await.unwrap();
        let pid = value(&transaction, "SELECT pg_backend_pid()::text").await;
        transaction.commit().await.unwrap();
        let again = pool.begin_in("myapp", Mode::Read).await.unwrap();
        assert_eq!(value(&again, "SELECT pg_backend_pid()::text").await, pid);
        let resets = "SELECT reset_val FROM pg_settings WHERE name = 'search_path'";
        assert_eq!(value(&again, resets).await, "hijack, pg_catalog");
    }
}

on_every_version! {
    async fn a_reader_reads_one_moment_and_writes_nothing(version: u16) {
        let cluster = Cluster::start(version);
        let pool = Pool::new(master_config(&cluster));
        let transaction = pool.begin(Mode::Read).await.unwrap();
        let count = "SELECT count(*)::text FROM pg_roles WHERE rolname = 'later'";
        assert_eq!(value(&transaction, count).await, "0");
        cluster.execute("CREATE ROLE later");
        assert_eq!(value(&transaction, count).await, "0");
        let error = transaction.execute("DROP ROLE later").await.unwrap_err();
        assert_eq!(error.kind(), Kind::ReadOnly, "{error:?}");
        let writer = pool.begin(Mode::Write).await.unwrap();
        assert_eq!(value(&writer, count).await, "1");
        cluster.execute("CREATE ROLE latest");
        assert_eq!(value(&writer, &count.replace("later", "latest")).await, "1");
    }
}

on_every_version! {
    async fn a_reader_endpoint_is_told_apart(version: u16) {
        let cluster = Cluster::builder(version).standby().start();
        let pool = Pool::new(master_config(&cluster));
        let reader = pool.begin(Mode::Read).await.unwrap();
        assert_eq!(reader.server().in_hot_standby, (version >= 14).then_some(true));
        assert_eq!(reader.server().major_version(), u32::from(version));
        let error = pool.begin(Mode::Write).await.map(drop).unwrap_err();
        assert_eq!(error.kind(), Kind::ReadOnly, "{error:?}");
        assert!(error.to_detail().contains("reader"), "{}", error.to_detail());
    }
}

#[tokio::test]
async fn a_writer_writes_where_reading_is_the_default() {
    let cluster = Cluster::start(18);
    cluster.execute(&format!(
        "ALTER ROLE {MASTER} SET default_transaction_read_only = on;
         ALTER ROLE {MASTER} SET default_transaction_isolation = serializable"
    ));
    let transaction = Pool::new(master_config(&cluster)).begin(Mode::Write).await.unwrap();
    transaction.execute("CREATE ROLE written").await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'written'"), "1");
}

on_versions! {
    [13, 18]
    async fn waiting_for_a_lock_is_bounded(version: u16) {
        let cluster = Cluster::start(version);
        let mut config = master_config(&cluster);
        config.lock_timeout = std::time::Duration::from_millis(200);
        let pool = Pool::new(config);
        let blocker = cluster.superuser_session("postgres");
        blocker.execute("BEGIN; SELECT pg_advisory_xact_lock(1)");
        let transaction = pool.begin(Mode::Write).await.unwrap();
        let error = transaction.execute("SELECT pg_advisory_xact_lock(1)").await.unwrap_err();
        assert_eq!(error.kind(), Kind::LockTimeout, "{error:?}");
        assert!(error.to_detail().contains("lock_timeout"), "{}", error.to_detail());
    }
}

#[tokio::test]
async fn one_statement_at_a_time() {
    let cluster = Cluster::start(18);
    let transaction = Pool::new(master_config(&cluster)).begin(Mode::Write).await.unwrap();
    let error = transaction.execute("CREATE ROLE one; CREATE ROLE two").await.unwrap_err();
    assert_eq!(error.sqlstate().map(|code| code.code()), Some("42601"));
}

#[tokio::test]
async fn a_name_with_a_nul_is_never_sent() {
    let cluster = Cluster::start(18);
    let transaction = Pool::new(master_config(&cluster)).begin(Mode::Write).await.unwrap();
    for sql in [
        format!("CREATE ROLE {}", quote::identifier("ab\0c")),
        format!("COMMENT ON ROLE {MASTER} IS {}", quote::literal("ab\0c")),
    ] {
        assert!(transaction.execute(&sql).await.is_err());
        assert!(transaction.query(&sql, &[]).await.is_err());
    }
    // It was not even tried.
    transaction.execute("CREATE ROLE fine").await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'ab%'"), "0");
}

#[tokio::test]
async fn a_commit_after_an_error_is_an_error() {
    let cluster = Cluster::start(18);
    let pool = Pool::new(master_config(&cluster));
    let transaction = pool.begin(Mode::Write).await.unwrap();
    transaction.execute("CREATE ROLE undone").await.unwrap();
    transaction.execute("CREATE ROLE undone").await.unwrap_err();
    let error = transaction.commit().await.unwrap_err();
    assert!(matches!(error, CommitError::NothingHappened(_)), "{error:?}");
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname = 'undone'"), "0");
}

on_every_version! {
    async fn remarks_are_told_with_their_codes(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute(&format!("CREATE ROLE someone; ALTER ROLE {MASTER} SET client_min_messages = error"));
        let pool = Pool::new(master_config(&cluster));
        let transaction = pool.begin(Mode::Write).await.unwrap();
        assert_eq!(transaction.take_notices(), []);
        transaction.execute("GRANT CONNECT ON DATABASE rdsadmin TO someone").await.unwrap_err();
        assert_eq!(transaction.take_notices(), []);
        drop(transaction);
        let transaction = pool.begin(Mode::Write).await.unwrap();
        transaction.execute("GRANT CONNECT ON DATABASE template1 TO someone").await.unwrap();
        let codes = |transaction: &Transaction| {
            let notices = transaction.take_notices();
            notices.iter().map(|notice| notice.sqlstate.code().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(codes(&transaction), ["01007"]);
        transaction.execute("DROP ROLE IF EXISTS nobody_at_all").await.unwrap();
        assert_eq!(codes(&transaction), ["00000"]);
        assert_eq!(transaction.take_notices(), []);
    }
}

#[tokio::test]
async fn many_statements_at_once_run_in_their_order() {
    let cluster = Cluster::start(18);
    let transaction = Pool::new(master_config(&cluster)).begin(Mode::Write).await.unwrap();
    let statements: Vec<_> = (0..200)
        .flat_map(|number| [format!("CREATE ROLE r{number}"), format!("COMMENT ON ROLE r{number} IS 'x'")])
        .collect();
    for result in join_all(statements.iter().map(|sql| transaction.execute(sql))).await {
        result.unwrap();
    }
    transaction.commit().await.unwrap();
    assert_eq!(cluster.value("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'r___'"), "100");
}

/// Transaction poolers lose prepared statements that have a name.
#[tokio::test]
async fn nothing_is_prepared_under_a_name() {
    let cluster = Cluster::start(18);
    let transaction = Pool::new(master_config(&cluster)).begin(Mode::Read).await.unwrap();
    let sql = "SELECT oid, rolname, rolvaliduntil::text, ARRAY[rolname::text], $1::text[], $2::oid
               FROM pg_catalog.pg_roles";
    transaction.query(sql, &[(&vec!["x"], Type::TEXT_ARRAY), (&1_u32, Type::OID)]).await.unwrap();
    let prepared = value(&transaction, "SELECT count(*)::text FROM pg_catalog.pg_prepared_statements").await;
    assert_eq!(prepared, "0");
}

on_versions! {
    [13, 18]
    async fn quoting_is_the_servers(version: u16) {
        let cluster = Cluster::start(version);
        let pool = Pool::new(master_config(&cluster));
        let transaction = pool.begin(Mode::Read).await.unwrap();
        let mut texts: Vec<String> = [
            "", "plain", "Mixed", "with space", "user", "it's", "''", "\"", "a\"\"b", "\\", "\\'", "'\\", "\\\\",
            "E'", "$$", "$1", "--", "/*", ";", "\n", "\t", "\u{7f}", "é", "e\u{301}", "😀", "\u{200b}", "%", "\\x41",
            "U&'\\0041'",
        ]
        .map(str::to_owned)
        .to_vec();
        // Everything of one byte, alone and before a quote.
        texts.extend((1_u8..0x80).map(|byte| char::from(byte).to_string()));
        texts.extend((1_u8..0x80).map(|byte| format!("{}'\"", char::from(byte))));
        let rows = transaction
            .query(
                "SELECT text, pg_catalog.quote_ident(text), pg_catalog.quote_literal(text)
                 FROM ROWS FROM (pg_catalog.unnest($1)) AS texts(text)",
                &[(&texts, Type::TEXT_ARRAY)],
            )
            .await
            .unwrap();
        assert_eq!(rows.len(), texts.len());
        for row in rows {
            let (text, identifier, literal): (&str, &str, &str) = (row.get(0), row.get(1), row.get(2));
            // The server leaves out quotes that it need not have.
            let identifier =
                if identifier.starts_with('"') { identifier.to_owned() } else { format!("\"{identifier}\"") };
            assert_eq!(quote::identifier(text), identifier, "{text:?}");
            assert_eq!(quote::literal(text).trim_start(), literal.trim_start(), "{text:?}");
            if text.is_empty() {
                continue;
            }
            let sql = format!("SELECT{} AS {}", quote::literal(text), quote::identifier(text));
            let read = transaction.query(&sql, &[]).await.unwrap();
            assert_eq!(read.first().unwrap().get::<_, &str>(0), text);
            assert_eq!(read.first().unwrap().columns().first().unwrap().name(), text);
        }
    }
}
