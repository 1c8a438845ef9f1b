//! The way from settings to a token, with an STS of the tests' own and a clock that they set.

mod refusals;
mod roles;
mod sts;
mod tokens;
#[path = "../../../tests/it/support/aws/wire.rs"]
mod wire;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::*;
use sts::Sts;

const ROLE: &str = "arn:aws:iam::123456789012:role/";

/// A clock, an STS by that clock, and files with nothing in them.
struct Lab {
    now: Arc<Mutex<SystemTime>>,
    sts: Sts,
    folder: tempfile::TempDir,
}

impl Lab {
    async fn new() -> Lab {
        // The SDK has the real time; what it gets must not have expired by that.
        let now = Arc::new(Mutex::new(SystemTime::now()));
        let sts = Sts::start(Arc::clone(&now)).await;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("empty"), "").unwrap();
        Lab { now, sts, folder }
    }

    fn pass(&self, time: Duration) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Nothing of the machine that the test runs on.
    fn settings(&self) -> Settings {
        let empty = self.folder.path().join("empty");
        Settings {
            region: Some(Region::parse("eu-west-1").unwrap()),
            config_files: vec![empty.clone()],
            credentials_files: vec![empty],
            sts_endpoint: Some(self.sts.url.clone()),
            ..Settings::default()
        }
    }

    /// With keys, and these roles.
    fn with_roles(&self, names: &[&str]) -> Settings {
        let roles = names.iter().map(|name| {
            let session = RoleSession { role_arn: format!("{ROLE}{name}"), ..RoleSession::default() };
            Role { session, ..Role::default() }
        });
        Settings { keys: Some(keys()), roles: roles.collect(), ..self.settings() }
    }

    fn account(&self, settings: Settings) -> Arc<Account> {
        let now = Arc::clone(&self.now);
        let clock = Clock::new(move || *now.lock().unwrap_or_else(PoisonError::into_inner));
        Arc::new(Account::new(settings, None, clock))
    }

    fn source(&self, settings: Settings) -> TokenSource {
        TokenSource::new(self.account(settings), endpoint())
    }
}

fn keys() -> Keys {
    Keys { access_key: "AKEX0".to_owned(), secret_key: "hidden".into(), token: None }
}

fn endpoint() -> Endpoint {
    Endpoint::new("db.example.com", 5432, "app").unwrap()
}

const MINUTE: Duration = Duration::from_secs(60);
