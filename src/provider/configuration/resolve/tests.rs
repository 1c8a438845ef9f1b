use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::postgres::{Certificate, Password, RootCertificates, Secret, SslMode, Via};
use crate::provider::configuration::schema;
use crate::sdk::{Diagnostic, Path};

fn resolved(written: &[(&str, Value)], environment: &[(&str, &str)]) -> (Resolved, Vec<Diagnostic>) {
    let mut config = schema().null_object();
    for (name, value) in written {
        config.set(name, value.clone());
    }
    let mut diagnostics = Diagnostics::new();
    let resolved = resolve(&config, &Environment::of(environment), &mut diagnostics);
    (resolved, diagnostics.into_iter().collect())
}

fn usable(written: &[(&str, Value)], environment: &[(&str, &str)]) -> ConnectionConfig {
    match resolved(written, environment) {
        (Resolved::Usable(usable), _) => usable.connection,
        (_, said) => panic!("not usable: {said:?}"),
    }
}

#[test]
fn an_attribute_wins_over_the_first_variable_and_that_over_the_second() {
    let host = |written: &[(&str, Value)], environment: &[(&str, &str)]| usable(written, environment).host;
    let (attribute, first, second) = (("host", Value::string("a")), ("POSTGRES_HOST", "b"), ("PGHOST", "c"));
    assert_eq!(host(std::slice::from_ref(&attribute), &[first, second]), "a");
    assert_eq!(host(&[], &[first, second]), "b");
    assert_eq!(host(&[], &[second]), "c");
    assert_eq!(host(&[("host", Value::string(""))], &[("POSTGRES_HOST", ""), second]), "c");
}

#[test]
fn every_variable_is_read() {
    let variables = [
        ("PGHOST", "db"),
        ("PGPORT", "6000"),
        ("PGDATABASE", "app"),
        ("PGUSER", "admin"),
        ("PGPASSWORD", "secret"),
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "root.pem"),
        ("PGSSLCERT", "client.pem"),
        ("PGSSLKEY", "client.key"),
        ("PGAPPNAME", "ci"),
        ("PGCONNECT_TIMEOUT", "7"),
        ("PGUM_CONNECT_RETRY", "0"),
        ("PGUM_CONNECT_VIA", "127.0.0.1:15432"),
    ];
    let connection = usable(&[], &variables);
    assert_eq!((connection.host.as_str(), connection.port), ("db", 6000));
    assert_eq!((connection.database.as_str(), connection.username.as_str()), ("app", "admin"));
    assert!(
        matches!(&connection.password, Some(Password::Fixed(password)) if password.expose_secret() == "secret")
    );
    assert_eq!(connection.sslmode, SslMode::VerifyCa);
    assert_eq!(connection.root_certificates, Some(RootCertificates::Path("root.pem".into())));
    assert!(matches!(connection.client_certificate, Some((Certificate::Path(_), Secret::Path(_)))));
    assert_eq!(connection.application_name, "ci");
    assert_eq!(connection.connect_timeout, Duration::from_secs(7));
    assert_eq!(connection.connect_retry, Duration::ZERO);
    assert!(matches!(connection.connect_via, Some(Via::Tunnel { port: 15432, .. })));
}

#[test]
fn what_is_not_known_yet_is_named() {
    let (resolved, said) = resolved(&[("host", Value::unknown()), ("port", Value::unknown())], &[]);
    assert!(said.is_empty(), "{said:?}");
    assert!(matches!(resolved, Resolved::NotKnownYet { attributes, .. } if attributes == ["host", "port"]));
}

#[test]
fn what_is_wrong_is_said_at_its_attribute() {
    for (written, environment, at) in [
        (vec![], vec![], "host"),
        (vec![], vec![("PGHOST", "db"), ("PGPORT", "x")], "port"),
        (vec![], vec![("PGHOST", "db"), ("PGSSLMODE", "maybe")], "sslmode"),
        (vec![], vec![("PGHOST", "db"), ("POSTGRES_IAM_AUTH", "perhaps")], "iam_auth"),
        (vec![], vec![("PGHOST", "db"), ("POSTGRES_IAM_TOKEN", "db:5432/?Action=connect")], "iam_auth"),
        (vec![("iam_auth", Value::Bool(true))], vec![("PGHOST", "db"), ("PGSSLMODE", "prefer")], "sslmode"),
        (vec![], vec![("PGHOST", "db"), ("PGSSLMODE", "allow"), ("POSTGRES_IAM_TOKEN", TOKEN)], "sslmode"),
        (vec![("iam_auth", Value::Bool(true))], vec![("PGHOST", "/run/postgresql")], "host"),
        (
            vec![("iam_auth", Value::Bool(true)), ("password", Value::string("x"))],
            vec![("PGHOST", "db")],
            "password",
        ),
        (
            vec![("sslrootcert", Value::string("rds")), ("sslmode", Value::string("verify-ca"))],
            vec![("PGHOST", "x.proxy-abc.eu-west-1.rds.amazonaws.com")],
            "sslrootcert",
        ),
        (vec![("sslrootcert", Value::string("system"))], vec![("PGHOST", "db")], "sslrootcert"),
        (vec![("connect_via", Value::string("ftp://x"))], vec![("PGHOST", "db")], "connect_via"),
        (vec![("connect_via", Value::string("127.0.0.1:1"))], vec![("PGHOST", "/run")], "connect_via"),
    ] {
        let (_, said) = resolved(&written, &environment);
        assert_eq!(said.len(), 1, "{at}: {said:?}");
        assert_eq!(said[0].path, Some(Path::attribute(at)));
    }
}

#[test]
fn the_default_of_sslmode_follows_the_host() {
    for (host, mode) in [
        ("x.cluster-abc.eu-west-1.rds.amazonaws.com", SslMode::VerifyFull),
        ("x.cluster-abc.rds.cn-north-1.amazonaws.com.cn", SslMode::VerifyFull),
        ("db.example.com", SslMode::Prefer),
        ("x.cluster-abc.eu-west-1.rds.amazonaws.com.example.com", SslMode::Prefer),
    ] {
        assert_eq!(usable(&[("host", Value::string(host))], &[]).sslmode, mode, "{host}");
    }
}

#[test]
fn the_certificates_of_rds_are_for_its_hosts() {
    let cluster = "x.cluster-abc.eu-west-1.rds.amazonaws.com";
    let proxy = "x.proxy-abc.eu-west-1.rds.amazonaws.com";
    let (rds, of_proxy) = (Some(RootCertificates::Rds), Some(RootCertificates::RdsProxy));
    let own = Some(RootCertificates::Path("own.pem".into()));
    for (host, sslmode, sslrootcert, roots) in [
        (cluster, None, None, rds.clone()),
        (cluster, Some("verify-ca"), None, rds.clone()),
        // Less asks for no check; a certificate that is written asks for one, as in libpq.
        (cluster, Some("require"), None, None),
        (cluster, Some("require"), Some("rds"), rds.clone()),
        (cluster, None, Some("own.pem"), own.clone()),
        (cluster, None, Some("system"), Some(RootCertificates::System)),
        (proxy, None, None, of_proxy.clone()),
        ("x.endpoint.proxy-abc.rds.cn-north-1.amazonaws.com.cn", None, None, of_proxy.clone()),
        (proxy, None, Some("rds"), of_proxy),
        (proxy, Some("require"), None, None),
        ("proxy-1.cluster-abc.eu-west-1.rds.amazonaws.com", None, None, rds.clone()),
        ("proxy-1.example.com", Some("verify-full"), Some("rds"), rds),
        ("db.example.com", Some("verify-full"), None, None),
    ] {
        let mut written = vec![("host", Value::string(host))];
        written.extend(sslmode.map(|word| ("sslmode", Value::string(word))));
        written.extend(sslrootcert.map(|text| ("sslrootcert", Value::string(text))));
        assert_eq!(usable(&written, &[]).root_certificates, roots, "{host} {sslmode:?} {sslrootcert:?}");
    }
}

/// Made up, and long expired.
const TOKEN: &str = "db.example.com:5432/?Action=connect&DBUser=app&X-Amz-Algorithm=AWS4-HMAC-SHA256\
                     &X-Amz-Credential=akid%2F20240826%2Feu-west-1%2Frds-db%2Faws4_request\
                     &X-Amz-Date=20240826T220000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=00";

fn login(written: &[(&str, Value)], environment: &[(&str, &str)]) -> (&'static str, SslMode) {
    let connection = usable(written, &[&[("PGHOST", "db.example.com")], environment].concat());
    let how = match &connection.password {
        None => "none",
        Some(Password::Fixed(_)) => "password",
        Some(Password::Source(_)) => "token",
    };
    (how, connection.sslmode)
}

#[test]
fn how_the_login_is_made() {
    let iam = |asked: bool| ("iam_auth", Value::Bool(asked));
    let password = ("password", Value::string("secret"));
    let (on, token) = (("POSTGRES_IAM_AUTH", "1"), ("POSTGRES_IAM_TOKEN", TOKEN));
    let no_file = ("PGPASSFILE", "/nonexistent");
    for (written, environment, expected) in [
        (vec![], vec![no_file], ("none", SslMode::Prefer)),
        (vec![password.clone()], vec![], ("password", SslMode::Prefer)),
        (vec![], vec![on], ("token", SslMode::Require)),
        (vec![iam(true)], vec![("PGPASSWORD", "x")], ("token", SslMode::Require)),
        (vec![iam(true)], vec![token], ("token", SslMode::Require)),
        (vec![], vec![token, ("PGPASSWORD", "x")], ("token", SslMode::Require)),
        (vec![], vec![("PGPASSWORD", TOKEN)], ("token", SslMode::Require)),
        (vec![iam(false)], vec![on, token, ("PGPASSWORD", "x")], ("password", SslMode::Prefer)),
        (vec![password.clone()], vec![token], ("password", SslMode::Prefer)),
        (vec![iam(true)], vec![("PGSSLMODE", "verify-ca")], ("token", SslMode::VerifyCa)),
    ] {
        assert_eq!(login(&written, &environment), expected, "{written:?} {environment:?}");
    }
    let (_, said) = resolved(&[("host", Value::string("db")), password], &[on]);
    assert_eq!(said.len(), 1);
    assert!(!said[0].is_error() && said[0].path == Some(Path::attribute("password")), "{said:?}");
}

fn aws(members: &[(&str, Value)]) -> Value {
    let mut aws = schema().null_object();
    let Value::Object(attributes) = &mut aws else { panic!("no object") };
    let ty = schema().attributes.iter().find(|attribute| attribute.name == "aws").unwrap().ty();
    let crate::sdk::Type::Object(names) = ty else { panic!("no object") };
    *attributes = names.keys().map(|name| (name.clone(), Value::Null)).collect();
    for (name, value) in members {
        aws.set(name, value.clone());
    }
    aws
}

#[test]
fn what_is_unknown_in_aws_matters_to_a_login_with_iam_only() {
    let unknown = aws(&[("profile", Value::unknown())]);
    let written = [("host", Value::string("db")), ("aws", unknown)];
    assert!(matches!(resolved(&written, &[]).0, Resolved::Usable(usable) if usable.account.is_none()));
    let (resolved, said) = resolved(&written, &[("POSTGRES_IAM_AUTH", "true")]);
    assert!(said.is_empty(), "{said:?}");
    assert!(matches!(resolved, Resolved::NotKnownYet { attributes, .. } if attributes == ["aws"]));
}

#[test]
fn a_region_that_contradicts_the_host() {
    let host = ("host", Value::string("x.cluster-abc.eu-west-1.rds.amazonaws.com"));
    let with = |region: &str| {
        let written = [
            host.clone(),
            ("iam_auth", Value::Bool(true)),
            ("aws", aws(&[("region", Value::string(region))])),
        ];
        resolved(&written, &[("AWS_REGION", "us-east-1")]).1
    };
    assert!(with("eu-west-1").is_empty());
    let said = with("us-east-1");
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].path, Some(Path::attribute("aws").with_attribute("region")));
    assert!(said[0].detail.contains("us-east-1") && said[0].detail.contains("eu-west-1"), "{said:?}");
}

#[test]
fn what_is_wrong_in_aws_is_said_at_its_place() {
    let strings = |texts: &[&str]| Value::Set(texts.iter().map(|text| Value::string(*text)).collect());
    let role = |members: &[(&str, Value)]| {
        let mut role: std::collections::BTreeMap<String, Value> =
            [("role_arn".to_owned(), Value::string("arn:aws:iam::123456789012:role/x"))].into();
        role.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        Value::Object(role)
    };
    let roles = |members: &[(&str, Value)]| ("assume_role", Value::List(vec![role(members)]));
    let text = Value::string;
    for (member, at) in [
        (("region", text("nowhere")), "aws.region"),
        (("access_key", text("AKID")), "aws.access_key"),
        (("secret_key", text("hidden")), "aws.secret_key"),
        (("token", text("hidden")), "aws.token"),
        (roles(&[("role_arn", text("arn:aws:iam::1:role/x"))]), "aws.assume_role[0].role_arn"),
        (roles(&[("duration", text("1 hour"))]), "aws.assume_role[0].duration"),
        (roles(&[("duration", text("1m"))]), "aws.assume_role[0].duration"),
        (roles(&[("policy", text("{"))]), "aws.assume_role[0].policy"),
        (roles(&[("policy_arns", strings(&["arn:aws:iam::aws:role/x"]))]), "aws.assume_role[0].policy_arns"),
        (roles(&[("session_name", text("a b"))]), "aws.assume_role[0].session_name"),
        (roles(&[("external_id", text("a b"))]), "aws.assume_role[0].external_id"),
        (
            (
                "assume_role",
                Value::List(vec![role(&[("duration", text("2h"))]), role(&[("duration", text("2h"))])]),
            ),
            "aws.assume_role[1].duration",
        ),
        (("assume_role_with_web_identity", role(&[])), "aws.assume_role_with_web_identity"),
        (("endpoints", Value::Object([("sts".to_owned(), text("sts"))].into())), "aws.endpoints.sts"),
    ] {
        let (_, said) = resolved(&[("host", text("db")), ("aws", aws(&[member]))], &[]);
        assert_eq!(said.len(), 1, "{at}: {said:?}");
        assert_eq!(said[0].path.as_ref().map(ToString::to_string).as_deref(), Some(at));
        assert!(!format!("{said:?}").contains("hidden"));
    }
}

#[test]
fn the_environments_proxy() {
    let variables = [("ALL_PROXY", "socks5h://proxy:1080"), ("no_proxy", "inside.example.com")];
    let via = |host: &str| usable(&[("host", Value::string(host))], &variables).connect_via;
    assert!(matches!(via("db.example.com"), Some(Via::Socks5 { .. })));
    assert!(via("db.inside.example.com").is_none());
}

#[cfg(unix)]
#[test]
fn the_password_file_that_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "db:5432:app:alice:named\n").unwrap();
    std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [("PGHOST", "db"), ("PGDATABASE", "app"), ("PGPASSFILE", path)];
    for (user, found) in [("alice", true), ("bob", false)] {
        assert_eq!(usable(&[("username", Value::string(user))], &variables).password.is_some(), found);
    }
}
