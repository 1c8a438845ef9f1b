//! The ephemeral resource `pgum_iam_auth_token`: the token that comes out is the one that RDS would accept, and it stays
//! nowhere.

use crate::support::sigv4;
use crate::support::terraform::Workspace;
use std::fs;

const ACCESS_KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST: &str = "Db.cluster-abc123.eu-west-1.rds.amazonaws.com";
const PROVIDER: &str =
    "  host = \"Db.cluster-abc123.eu-west-1.rds.amazonaws.com\"\n  port = 5433\n  database = \"my db\"\n";

/// What the ephemeral resource says, handed to a program: the one way out of Terraform that leaves no trace.
const CONSUMER: &str = r#"
resource "terraform_data" "consumer" {
  provisioner "local-exec" {
    command     = "printf '%s\n' \"$TOKEN\" \"$EXPIRES_AT\" \"$URI\" \"$HOST\" \"$PORT\" \"$REGION\" \"$DATABASE\" > told"
    environment = {
      TOKEN      = ephemeral.pgum_iam_auth_token.one.token
      EXPIRES_AT = ephemeral.pgum_iam_auth_token.one.expires_at
      URI        = ephemeral.pgum_iam_auth_token.one.connection_string
      HOST       = ephemeral.pgum_iam_auth_token.one.host
      PORT       = ephemeral.pgum_iam_auth_token.one.port
      REGION     = ephemeral.pgum_iam_auth_token.one.region
      DATABASE   = ephemeral.pgum_iam_auth_token.one.database
    }
  }
}
"#;

/// With a provider and the ephemeral resource's arguments.
fn workspace(provider: &str, arguments: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.provider(provider);
    workspace.main(&format!("ephemeral \"pgum_iam_auth_token\" \"one\" {{\n{arguments}}}\n{CONSUMER}"));
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
        ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ] {
        workspace.set_env(name, value);
    }
    workspace
}

struct Told {
    token: String,
    expires_at: String,
    uri: String,
    host: String,
    port: String,
    region: String,
    database: String,
}

fn told(workspace: &Workspace) -> Told {
    let text = fs::read_to_string(workspace.directory().join("told")).unwrap();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let [token, expires_at, uri, host, port, region, database] = lines.try_into().unwrap();
    Told { token, expires_at, uri, host, port, region, database }
}

#[test]
fn with_the_providers_defaults() {
    let workspace = workspace(PROVIDER, "  username = \"a+b@c/d e\"\n");
    workspace.apply();
    let told = told(&workspace);
    let request = sigv4::Presigned::read(&told.token);
    assert_eq!(request.authority, "db.cluster-abc123.eu-west-1.rds.amazonaws.com:5433");
    assert_eq!(request.parameter("DBUser"), "a+b@c/d e");
    assert_eq!(request.parameter("Action"), "connect");
    assert_eq!(request.parameter("X-Amz-Expires"), "900");
    let scope = request.parameter("X-Amz-Credential");
    assert!(scope.starts_with(ACCESS_KEY) && scope.ends_with("/eu-west-1/rds-db/aws4_request"), "{scope}");
    assert_eq!(request.signature(SECRET_KEY), request.parameter("X-Amz-Signature"));
    assert_ne!(request.signature("another"), request.parameter("X-Amz-Signature"));

    assert_eq!((told.host.as_str(), told.port.as_str()), (HOST, "5433"));
    assert_eq!((told.region.as_str(), told.database.as_str()), ("eu-west-1", "my db"));
    assert!(told.expires_at.ends_with('Z'), "{}", told.expires_at);
    let config: tokio_postgres::Config = told.uri.replace("verify-full", "require").parse().unwrap();
    assert!(told.uri.ends_with("?sslmode=verify-full"), "{}", told.uri);
    assert_eq!(config.get_user(), Some("a+b@c/d e"));
    assert_eq!(config.get_password(), Some(told.token.as_bytes()));
    assert_eq!(config.get_dbname(), Some("my db"));
    assert_eq!(config.get_ports(), [5433]);
}

/// What is written wins; the region is that of the host's name, whatever the provider's.
#[test]
fn with_arguments_of_its_own() {
    let workspace = workspace(
        PROVIDER,
        "  username = \"app\"\n  host = \"p.proxy-abc.us-east-2.rds.amazonaws.com\"\n  port = 6000\n  database = \"app\"\n",
    );
    workspace.apply();
    let told = told(&workspace);
    let request = sigv4::Presigned::read(&told.token);
    assert_eq!(request.authority, "p.proxy-abc.us-east-2.rds.amazonaws.com:6000");
    assert!(request.parameter("X-Amz-Credential").contains("/us-east-2/rds-db/"));
    assert_eq!(request.signature(SECRET_KEY), request.parameter("X-Amz-Signature"));
    assert_eq!((told.region.as_str(), told.database.as_str()), ("us-east-2", "app"));
}

/// The credentials are those of the provider's `aws`, also where the provider logs in with a password.
#[test]
fn with_the_providers_credentials() {
    let keys = "  password = \"x\"\n  aws = {\n    access_key = \"AKIDOFTHEPROVIDER\"\n    secret_key = \"s3cr3t+/\"\n    \
                token = \"a session+/=token\"\n  }\n";
    let workspace = workspace(&format!("{PROVIDER}{keys}"), "  username = \"app\"\n");
    workspace.apply();
    let request = sigv4::Presigned::read(&told(&workspace).token);
    assert!(request.parameter("X-Amz-Credential").starts_with("AKIDOFTHEPROVIDER/"));
    assert_eq!(request.parameter("X-Amz-Security-Token"), "a session+/=token");
    assert_eq!(request.signature("s3cr3t+/"), request.parameter("X-Amz-Signature"));
}

/// It opens in the plan as well, and neither plan nor state nor output shows any of it. Nothing is connected to: there is no
/// such host.
#[test]
fn it_stays_nowhere() {
    let workspace = workspace(PROVIDER, "  username = \"app\"\n");
    let plan = workspace.plan();
    let applied = workspace.apply_plan(&plan);
    let token = told(&workspace).token;
    let again = workspace.apply();
    let plan_file = String::from_utf8_lossy(&fs::read(&plan.file).unwrap()).into_owned();
    for text in [
        workspace.state_file(),
        plan.json.to_string(),
        plan_file,
        format!("{applied}{again}"),
        workspace.state_json().to_string(),
    ] {
        assert!(!text.contains("X-Amz-Signature") && !text.contains(&token), "{text}");
    }
}

#[test]
fn mistakes_are_said_at_their_argument() {
    for (arguments, said, line) in [
        ("  username = \"\"\n", "at least one character", "username = \"\""),
        ("  username = \"app\"\n  host = \"\"\n", "is empty", "host = \"\""),
        (
            "  username = \"app\"\n  host = \"/run/postgresql\"\n",
            "no name or address of a host",
            "host = \"/run",
        ),
        ("  username = \"app\"\n  port = 70000\n", "65535", "port = 70000"),
        ("  username = \"app\"\n  region = \"Ireland\"\n", "form of a region", "region = \"Ireland\""),
        ("  username = \"app\"\n  region = \"us-east-1\"\n", "says eu-west-1", "region = \"us-east-1\""),
    ] {
        let outcome = workspace(PROVIDER, arguments).plan_expecting_failure();
        let error = outcome.expect_error(said);
        assert!(error.code.as_deref().is_some_and(|code| code.contains(line)), "{error}");
    }
}

/// What AWS lacks is an error of the plan, with what to do.
#[test]
fn no_region_and_no_credentials() {
    let provider = PROVIDER.replace(HOST, "db.example.com");
    let outcome = workspace(&provider, "  username = \"app\"\n").plan_expecting_failure();
    outcome.expect_error("Set aws.region (or AWS_REGION)");
    let mut without = workspace(PROVIDER, "  username = \"app\"\n");
    without.set_env("AWS_ACCESS_KEY_ID", "");
    without.set_env("AWS_SECRET_ACCESS_KEY", "");
    let error =
        without.plan_expecting_failure().expect_error("No IAM token could be signed for the user \"app\"");
    assert!(error.text().contains("no AWS credentials were found"), "{error}");
}

/// With a provider whose host is made in the same run, the token is made in the apply.
#[test]
fn a_provider_that_is_not_known_yet() {
    let provider = "  host = terraform_data.host.output\n";
    let workspace = workspace(provider, "  username = \"app\"\n");
    workspace
        .write("host.tf", &format!("resource \"terraform_data\" \"host\" {{\n  input = \"{HOST}\"\n}}\n"));
    workspace.plan();
    workspace.apply();
    let request = sigv4::Presigned::read(&told(&workspace).token);
    assert_eq!(request.signature(SECRET_KEY), request.parameter("X-Amz-Signature"));
}

/// The published example of the AWS SDK for Rust: what these tests compute is what AWS does.
#[test]
fn the_oracle_is_right() {
    let token = "prod-instance.us-east-1.rds.amazonaws.com:3306/?Action=connect&DBUser=peccy\
                 &X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=akid%2F20240826%2Fus-east-1%2Frds-db%2Faws4_request\
                 &X-Amz-Date=20240826T220000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host";
    let signature = "dd0cba843009474347af724090233265628ace491ea17ce3eb3da098b983ad89";
    assert_eq!(sigv4::Presigned::read(token).signature("secret"), signature);
}
