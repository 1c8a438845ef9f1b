//! Verifiers made on this side are the server's own: they let in who knows the password, also an odd one.

use crate::connecting::{master_config, password};
use crate::support::on_every_version;
use crate::support::postgres::Cluster;
use pgum::postgres::{Kind, Mode, Pool, quote, scram};
use secrecy::{ExposeSecret, SecretString};

/// Where SASLprep changes something, says no, or is easily got wrong.
const ODD: [&str; 30] = [
    "plain",
    " space ",
    "it's \"quoted\" \\ $$ %",
    "a\u{a0}b",
    "\u{aa}",
    "e\u{301}",
    "\u{e9}",
    "a\u{ad}b",
    "\u{ad}",
    "\u{ad}\u{200d}",
    "\u{2168}",
    "\u{fb01}n",
    "a\u{200d}b",
    "a\u{200b}b",
    "😀",
    "😀\u{aa}",
    "tab\tand\nnewline",
    "\u{7}\u{aa}",
    "\u{85}\u{aa}",
    "\u{5d0}\u{5d1}",
    "\u{5d0}a",
    "\u{5d0}1",
    "\u{5d0}1\u{5d0}\u{ad}",
    "\u{202e}abc",
    "\u{340}\u{aa}",
    "\u{e000}\u{aa}",
    "\u{1f101}",
    "\u{378}\u{aa}",
    "ﬀ\u{1d400}",
    "\u{2126}\u{212b}",
];

/// The library for logging in does what the RFC says where PostgreSQL does something else: it looks for what is
/// prohibited after the normalisation, and takes a password of which nothing is left for empty. So these let in
/// with libpq only.
const ONLY_LIBPQ: [&str; 4] = ["\u{ad}", "\u{ad}\u{200d}", "\u{340}\u{aa}", "\u{1f101}"];

on_every_version! {
    async fn odd_passwords(version: u16) {
        let cluster = Cluster::start(version);
        // Whose verifier: the server's of the plain password, and ours.
        cluster.execute("CREATE ROLE theirs LOGIN; CREATE ROLE ours LOGIN; SET password_encryption = 'scram-sha-256'");
        let superuser = cluster.superuser_session("postgres");
        superuser.execute("SET password_encryption = 'scram-sha-256'");
        for odd in ODD {
            let secret = SecretString::from(odd);
            superuser.execute(&format!("ALTER ROLE theirs PASSWORD {}", quote::literal(odd)));
            let theirs = superuser.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'theirs'");
            assert!(scram::verify(&theirs, &secret), "{odd:?}: {theirs}");
            assert!(scram::looks_like_hash(&theirs));

            let ours = scram::verifier(&secret, 4096);
            superuser.execute(&format!("ALTER ROLE ours PASSWORD {}", quote::literal(ours.expose_secret())));
            let stored = superuser.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'ours'");
            assert_eq!(stored, ours.expose_secret(), "it is stored as it is");

            if ONLY_LIBPQ.contains(&odd) {
                continue;
            }
            let mut config = master_config(&cluster);
            config.username = "ours".to_owned();
            config.password = Some(password(odd));
            let login = Pool::new(config.clone()).begin(Mode::Read).await.map(drop);
            assert!(login.is_ok(), "{odd:?}: {login:?}");
            config.password = Some(password(&format!("{odd}x")));
            let refused = Pool::new(config).begin(Mode::Read).await.map(drop).unwrap_err();
            assert!(matches!(refused.kind(), Kind::Authentication(_)), "{odd:?}: {refused:?}");
        }
    }
}

on_every_version! {
    fn what_the_server_takes_for_a_hash(version: u16) {
        let cluster = Cluster::start(version);
        cluster.execute("CREATE ROLE someone");
        let superuser = cluster.superuser_session("postgres");
        superuser.execute("SET password_encryption = 'scram-sha-256'");
        let verifier = scram::verifier(&SecretString::from("x"), 4096);
        let verifier = verifier.expose_secret();
        let md5 = "md50123456789abcdef0123456789abcdef";
        for text in [
            "plain",
            md5,
            &md5.to_uppercase(),
            &md5[..34],
            &md5.replace("abc", "xyz"),
            verifier,
            &verifier.to_lowercase(),
            &verifier.replace("4096", "1"),
            &verifier.replace("4096", "x"),
            &verifier.replace("4096", "40 96"),
            verifier.trim_end_matches('='),
            &verifier[..verifier.len() - 1],
            &format!("{verifier}x"),
            "SCRAM-SHA-256$4096:c2FsdA==$AAAA:AAAA",
        ] {
            superuser.execute(&format!("ALTER ROLE someone PASSWORD {}", quote::literal(text)));
            let stored = superuser.value("SELECT rolpassword FROM pg_authid WHERE rolname = 'someone'");
            assert_eq!(scram::looks_like_hash(text), stored == text, "{text}");
        }
    }
}
