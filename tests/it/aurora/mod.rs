//! Logins with IAM on a server that behaves like Aurora, through a real Terraform: the provider's own, and those of the
//! applications that it makes users for.

mod credentials;
mod failures;
mod given;
mod names;
mod others;
mod runs;
mod users;

use crate::support::aurora::{Aurora, Login, Refusal};
use crate::support::aws::Keys;
use crate::support::terraform::Workspace;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A group and a user in it.
const TEAM: &str = r#"
resource "pgum_group" "team" {
  name      = "team"
  databases = ["myapp"]
}

resource "pgum_user" "app" {
  username    = "app"
  auth_method = "iam"
  groups      = [pgum_group.team.name]
}
"#;

/// With a provider's attributes, and the team. Nothing else of AWS is near.
fn workspace(provider: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.set_env("AWS_EC2_METADATA_DISABLED", "true");
    // A rejected login is not tried again; what else may pass is no subject here.
    workspace.set_env("PGUM_CONNECT_RETRY", "0");
    workspace.provider(provider);
    workspace.main(TEAM);
    workspace
}

/// The provider's attributes for a login as the master with these keys.
fn with_keys(aurora: &Aurora, keys: &Keys) -> String {
    format!("{}{}", aurora.provider(), aws(&keys.attributes()))
}

fn aws(members: &str) -> String {
    format!("  aws = {{\n{members}  }}\n")
}

/// That of each login that was refused.
fn refusals(logins: &[Login]) -> Vec<Refusal> {
    logins.iter().filter_map(|login| login.outcome.clone().err()).collect()
}

/// Fails the test unless there were logins, and all were refused for this.
#[track_caller]
fn all_refused(logins: &[Login], refusal: Refusal) {
    let refused = logins.iter().all(|login| login.outcome == Err(refusal));
    assert!(!logins.is_empty() && refused, "{refusal:?} was expected: {logins:?}");
}

/// Until a token that is signed now is another than one that was signed before: they are dated in seconds.
fn next_second() {
    let second = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let before = second();
    while second() == before {
        std::thread::sleep(Duration::from_millis(20));
    }
}
