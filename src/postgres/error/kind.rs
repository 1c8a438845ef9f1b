//! The kinds of errors that something is done about, told apart by SQLSTATE and by type.

use tokio_postgres::error::SqlState;

/// From 16 on, of a GRANT or REVOKE of a role: ADMIN OPTION is there, but only through memberships that are not inherited.
const NO_GRANTOR: &str = "no possible grantors";

/// What sort of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The configuration contradicts itself, or names a file that cannot be used.
    Configuration,
    /// No connection could be made.
    Unreachable(UnreachableProblem),
    /// TLS was refused, is required, or its certificates are no good.
    Tls(TlsProblem),
    /// The password, or the token, could not be had that the login needs.
    Credentials,
    /// The login was rejected.
    Authentication(AuthenticationProblem),
    /// The server, the database or the role has no connection left (53300).
    TooManyConnections,
    /// The server is starting, stopping or recovering (57P03).
    Starting,
    /// There is no such database (3D000).
    NoSuchDatabase,
    /// A write on a reader (0A000 at BEGIN READ WRITE), or in a read-only transaction (25006).
    ReadOnly,
    /// A lock was not had in time (55P03).
    LockTimeout,
    /// A collision with another session that a second try may not meet (40001, 40P01, 23505, XX000).
    Serialization,
    /// The connection was lost, before anything was committed unless said otherwise.
    ConnectionLost,
    /// A right is missing (42501, and XX000 where the server finds nobody whom it could record as a grantor).
    InsufficientPrivilege,
    /// Any other; the SQLSTATE tells more.
    Other,
}

/// Why there was no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnreachableProblem {
    /// The name has no address.
    NameNotFound,
    /// Nothing listens there.
    Refused,
    /// Nobody answered in time, or there is no way there.
    TimedOut,
    /// The connection was closed before the login was through.
    Closed,
    /// The SOCKS proxy does not let us.
    Proxy,
    /// What answers there is no PostgreSQL server.
    NotPostgres,
    /// Something else in the network or the operating system.
    Other,
}

/// What is wrong with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsProblem {
    /// The server does not do TLS, and `sslmode` wants it.
    RefusedByServer,
    /// The server wants TLS, and `sslmode` forbids it.
    RequiredByServer,
    /// Nobody trusted has signed the server's certificate.
    NotTrusted,
    /// The server's certificate cannot be checked: it is of X.509 version 1.
    Unusable,
    /// The certificate is for another name.
    OtherName,
    /// The certificate has expired, or is not valid yet.
    Expired,
    /// The server did not accept the client's certificate, or wants one.
    ClientCertificate,
    /// The handshake failed in another way.
    Handshake,
}

/// Why a login was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthenticationProblem {
    /// The password is wrong, or the role has none (28P01).
    WrongPassword,
    /// `PAM authentication failed`: on RDS, an IAM token was not accepted.
    Pam,
    /// `pg_hba.conf` has no line for such a connection, or one that rejects it (28000).
    NoEntry,
    /// The role may not log in, or a method other than a password said no (28000).
    Rejected,
    /// The server asks for a password, and there is none.
    PasswordMissing,
    /// The server asks for something that pgum cannot do (GSSAPI, SSPI, an unknown SASL mechanism), or its
    /// answer was wrong.
    Unsupported,
}

impl Kind {
    /// The kind of what a server reports in the middle of a session.
    pub(super) fn of_server_error(code: &SqlState, message: &str) -> Kind {
        match code.code() {
            // The server does not translate what it takes for its own mistakes.
            "XX000" if message == NO_GRANTOR => Kind::InsufficientPrivilege,
            "25006" => Kind::ReadOnly,
            "55P03" => Kind::LockTimeout,
            "40001" | "40P01" | "23505" | "XX000" => Kind::Serialization,
            "42501" => Kind::InsufficientPrivilege,
            "53300" => Kind::TooManyConnections,
            "57P03" => Kind::Starting,
            "57P01" | "57P02" | "57P05" => Kind::ConnectionLost,
            "3D000" => Kind::NoSuchDatabase,
            "28P01" => Kind::Authentication(AuthenticationProblem::WrongPassword),
            "28000" => Kind::Authentication(AuthenticationProblem::Rejected),
            code if code.starts_with("08") => Kind::ConnectionLost,
            _ => Kind::Other,
        }
    }
}
