//! A libpq connection URI, with everything in it encoded.

use secrecy::{ExposeSecret, SecretString};

use crate::aws::percent_encode;

/// What a URI names.
pub(super) struct Connection<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) username: &'a str,
    pub(super) password: &'a SecretString,
}

impl Connection<'_> {
    /// `postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full`, which libpq and most drivers read (RFC 3986).
    ///
    /// `verify-full`, since whoever gets to see the token may log in with it: a server that has not shown who it is must
    /// not.
    pub(super) fn uri(&self) -> SecretString {
        let host = if self.host.contains(':') && !self.host.starts_with('[') {
            format!("[{}]", self.host)
        } else {
            self.host.to_owned()
        };
        SecretString::from(format!(
            "postgresql://{}:{}@{host}:{}/{}?sslmode=verify-full",
            percent_encode(self.username),
            percent_encode(self.password.expose_secret()),
            self.port,
            percent_encode(self.database),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;
    use tokio_postgres::config::Host;

    fn uri(host: &str, database: &str, username: &str, password: &str) -> String {
        let password = SecretString::from(password.to_owned());
        let connection = Connection { host, port: 5433, database, username, password: &password };
        connection.uri().expose_secret().to_owned()
    }

    #[test]
    fn its_form() {
        assert_eq!(
            uri("db.example.com", "my app", "a@b", "db:5432/?Action=connect&X=%2F"),
            "postgresql://a%40b:db%3A5432%2F%3FAction%3Dconnect%26X%3D%252F@db.example.com:5433/my%20app?sslmode=verify-full"
        );
        assert!(uri("::1", "x", "x", "x").contains("@[::1]:5433/"));
        assert!(uri("[::1]", "x", "x", "x").contains("@[::1]:5433/"));
    }

    proptest::proptest! {
        /// Read by another's reader it is what was put in.
        #[test]
        fn whatever_is_put_in_comes_out(
            database in "[^\\x00]{1,20}",
            username in "[^\\x00]{1,20}",
            password in "[^\\x00]{1,60}",
        ) {
            let text = uri("db.example.com", &database, &username, &password)
                .replace("sslmode=verify-full", "sslmode=require");
            let read = tokio_postgres::Config::from_str(&text).unwrap();
            assert_eq!(read.get_user(), Some(username.as_str()));
            assert_eq!(read.get_password(), Some(password.as_bytes()));
            assert_eq!(read.get_dbname(), Some(database.as_str()));
            assert_eq!(read.get_hosts(), [Host::Tcp("db.example.com".to_owned())]);
            assert_eq!(read.get_ports(), [5433]);
        }
    }
}
