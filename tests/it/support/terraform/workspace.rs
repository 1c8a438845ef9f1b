//! A working directory of Terraform.

use super::changes::Plan;
use super::outcome::Outcome;
use super::process::Running;
use super::program::Program;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// The provider's version in the mirror that `init` installs from.
pub(crate) const PROVIDER_VERSION: &str = env!("CARGO_PKG_VERSION");

const REQUIREMENT: &str = r#"
terraform {
  required_providers {
    pgum = {
      source = "pgum/pgum"
    }
  }
}
"#;

/// A directory with configuration and state, and the environment that Terraform runs in there: nothing of the
/// environment of the tests, so no credentials and no setting of a developer's machine.
pub(crate) struct Workspace {
    root: TempDir,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// With a provider configuration that logs in as the cluster's master.
    pub(crate) fn new(cluster: &Cluster) -> Workspace {
        let workspace = Workspace::empty();
        workspace.provider(&connection(cluster));
        workspace
    }

    /// With the requirement of the provider, and no configuration of it.
    pub(crate) fn empty() -> Workspace {
        Workspace::with_provider(provider())
    }

    /// The same with another executable in the provider's place.
    pub(crate) fn with_provider(executable: &Path) -> Workspace {
        let root = tempfile::Builder::new().prefix("pgum-tf-").tempdir().expect("a temporary directory");
        let mut workspace = Workspace { root, environment: BTreeMap::new() };
        for name in ["work", "home", "temporary", "provider"] {
            fs::create_dir(workspace.root.path().join(name)).expect("a directory");
        }
        let directory = workspace.root.path().join("provider");
        symlink(executable, directory.join("terraform-provider-pgum")).expect("a link to the provider");
        workspace.write("requirement.tf", REQUIREMENT);
        workspace.cli_configuration(&format!(
            "provider_installation {{\n  dev_overrides {{\n    \"{}\" = \"{}\"\n  }}\n  direct {{}}\n}}\n",
            Program::find().provider_address(),
            directory.display(),
        ));
        let home = workspace.home().display().to_string();
        let temporary = workspace.root.path().join("temporary").display().to_string();
        let cli = workspace.root.path().join("cli.tfrc").display().to_string();
        for (name, value) in [
            ("HOME", home.as_str()),
            ("TMPDIR", &temporary),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TF_CLI_CONFIG_FILE", &cli),
            ("TF_IN_AUTOMATION", "1"),
            ("TF_INPUT", "0"),
            ("CHECKPOINT_DISABLE", "1"),
        ] {
            workspace.set_env(name, value);
        }
        workspace
    }

    /// Installs the provider with `init`, from a mirror, as users do. Without this Terraform takes the executable
    /// as it is, which needs no `init` and warns of it.
    pub(crate) fn install(&mut self) -> Outcome {
        let mirror = self.root.path().join("mirror");
        let platform = format!("{}_{}", go_os(), go_arch());
        let package = in_mirror(&mirror).join(PROVIDER_VERSION).join(platform);
        fs::create_dir_all(&package).expect("the mirror");
        let name = format!("terraform-provider-pgum_v{PROVIDER_VERSION}");
        symlink(provider(), package.join(name)).expect("the provider in the mirror");
        self.install_from(&mirror)
    }

    /// As [`Workspace::install`], from a mirror that the test has made.
    pub(crate) fn install_from(&mut self, mirror: &Path) -> Outcome {
        self.cli_configuration(&format!(
            "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
            mirror.display()
        ));
        self.run(&["init", "-no-color"])
    }

    /// Has Terraform start a program in the provider's place, which starts the provider.
    pub(crate) fn start_provider_by(&self, script: &str) {
        let place = self.root.path().join("provider/terraform-provider-pgum");
        fs::remove_file(&place).expect("the link to the provider, removed");
        fs::write(&place, script).expect("a script in the provider's place");
        fs::set_permissions(&place, Permissions::from_mode(0o755)).expect("a script that may be run");
    }

    /// Where processes have their sockets and other temporary files.
    pub(crate) fn temporary(&self) -> PathBuf {
        self.root.path().join("temporary")
    }

    fn cli_configuration(&self, text: &str) {
        fs::write(self.root.path().join("cli.tfrc"), text).expect("the CLI configuration");
    }

    /// Where the configuration is.
    pub(crate) fn directory(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// The home directory of those who run in there.
    pub(crate) fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Writes a file of the configuration, in the place of one of the same name.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.directory().join(name), text).expect("a file of the configuration");
    }

    pub(crate) fn remove(&self, name: &str) {
        fs::remove_file(self.directory().join(name)).expect("a file of the configuration, removed");
    }

    /// Writes the provider's configuration: the attributes, one a line.
    pub(crate) fn provider(&self, attributes: &str) {
        self.write("provider.tf", &format!("provider \"pgum\" {{\n{attributes}}}\n"));
    }

    /// Writes `main.tf`.
    pub(crate) fn main(&self, text: &str) {
        self.write("main.tf", text);
    }

    pub(crate) fn set_env(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// The command for these arguments, not yet started.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new(&Program::find().path);
        command.args(arguments).current_dir(self.directory()).env_clear().envs(&self.environment);
        command
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.start(arguments).wait()
    }

    /// `validate`, with its errors and warnings.
    pub(crate) fn validate(&self) -> Outcome {
        self.run(&["validate", "-json"])
    }

    /// A plan that succeeds.
    #[track_caller]
    pub(crate) fn plan(&self) -> Plan {
        self.plan_with(&[])
    }

    #[track_caller]
    pub(crate) fn plan_with(&self, options: &[&str]) -> Plan {
        let outcome = self.try_plan(options);
        assert!(matches!(outcome.code, Some(0 | 2)), "{outcome}");
        self.read_plan(outcome)
    }

    #[track_caller]
    fn read_plan(&self, outcome: Outcome) -> Plan {
        let file = self.root.path().join("plan");
        let json = self.json(&["show", "-json", &file.display().to_string()]);
        Plan { outcome, file, json }
    }

    /// A plan that may fail: 0 is an empty plan, 1 a failure, 2 a plan that does something.
    pub(crate) fn try_plan(&self, options: &[&str]) -> Outcome {
        let out = format!("-out={}", self.root.path().join("plan").display());
        self.run(&[&["plan", "-json", "-detailed-exitcode", &out], options].concat())
    }

    #[track_caller]
    pub(crate) fn plan_expecting_failure(&self) -> Outcome {
        self.try_plan(&[]).expect_failure()
    }

    /// Plans and applies.
    #[track_caller]
    pub(crate) fn apply(&self) -> Outcome {
        self.try_apply(&[]).expect_success()
    }

    #[track_caller]
    pub(crate) fn apply_expecting_failure(&self) -> Outcome {
        self.try_apply(&[]).expect_failure()
    }

    pub(crate) fn try_apply(&self, options: &[&str]) -> Outcome {
        self.run(&[&["apply", "-json", "-auto-approve"], options].concat())
    }

    /// Applies a saved plan.
    #[track_caller]
    pub(crate) fn apply_plan(&self, plan: &Plan) -> Outcome {
        self.run(&["apply", "-json", &plan.file.display().to_string()]).expect_success()
    }

    /// Applies a saved plan, which may fail.
    pub(crate) fn try_apply_plan(&self, plan: &Plan) -> Outcome {
        self.run(&["apply", "-json", &plan.file.display().to_string()])
    }

    /// Applies, and fails the test unless the next plan is empty.
    #[track_caller]
    pub(crate) fn converge(&self) -> Outcome {
        let outcome = self.apply();
        self.assert_empty_plan();
        outcome
    }

    /// Plans, and fails the test unless there is nothing to do, not even an output to change. The many of these
    /// are why an empty plan is not read as JSON.
    #[track_caller]
    pub(crate) fn assert_empty_plan(&self) {
        let outcome = self.try_plan(&[]);
        match outcome.code {
            Some(0) => {}
            Some(2) => panic!("the plan should be empty: {}", self.read_plan(outcome).described()),
            _ => panic!("{outcome}"),
        }
    }

    #[track_caller]
    pub(crate) fn destroy(&self) -> Outcome {
        self.try_destroy(&[]).expect_success()
    }

    pub(crate) fn try_destroy(&self, options: &[&str]) -> Outcome {
        self.run(&[&["destroy", "-json", "-auto-approve"], options].concat())
    }

    #[track_caller]
    pub(crate) fn import(&self, address: &str, id: &str) -> Outcome {
        self.run(&["import", "-no-color", address, id]).expect_success()
    }

    /// All of `terraform show -json`.
    pub(crate) fn state_json(&self) -> Value {
        self.json(&["show", "-json"])
    }

    /// The attributes of a resource in the state. Fails the test if it is not there.
    #[track_caller]
    pub(crate) fn attributes(&self, address: &str) -> Value {
        let state = self.state_json();
        let resources = state.pointer("/values/root_module/resources").and_then(Value::as_array);
        let resource = resources
            .and_then(|list| list.iter().find(|resource| resource.get("address") == Some(&address.into())));
        match resource.and_then(|resource| resource.get("values")) {
            Some(values) => values.clone(),
            None => panic!("no {address} in the state: {state:#}"),
        }
    }

    /// The addresses in the state.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let outcome = self.run(&["state", "list"]);
        outcome.stdout.lines().map(str::to_owned).collect()
    }

    /// The text of the state's file, where secrets must not be. Empty before the first apply.
    pub(crate) fn state_file(&self) -> String {
        fs::read_to_string(self.directory().join("terraform.tfstate")).unwrap_or_default()
    }

    /// The value of an output.
    pub(crate) fn output(&self, name: &str) -> Value {
        self.json(&["output", "-json", name])
    }

    #[track_caller]
    fn json(&self, arguments: &[&str]) -> Value {
        let outcome = self.run(arguments).expect_success();
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome}"))
    }

    /// Files that processes have left in their temporary directory: sockets that nobody removed.
    pub(crate) fn left_behind(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.temporary()).expect("the temporary directory");
        entries.map(|entry| entry.expect("its entry").path()).collect()
    }
}

/// The attributes of a provider configuration that logs in to the cluster as its master.
pub(crate) fn connection(cluster: &Cluster) -> String {
    format!(
        "  host     = \"{}\"\n  port     = {}\n  username = \"{MASTER}\"\n  password = \"{MASTER_PASSWORD}\"\n",
        cluster.host(),
        cluster.port()
    )
}

/// Where the provider's packages are in a mirror.
pub(crate) fn in_mirror(mirror: &Path) -> PathBuf {
    mirror.join(Program::find().provider_address())
}

/// The executable that cargo has built for these tests, or the one that PGUM_TEST_PROVIDER names: one that was
/// released, or built in another way.
pub(crate) fn provider() -> &'static Path {
    static PROVIDER: LazyLock<PathBuf> = LazyLock::new(|| match std::env::var_os("PGUM_TEST_PROVIDER") {
        Some(named) => std::path::absolute(named).expect("a path"),
        None => PathBuf::from(env!("CARGO_BIN_EXE_terraform-provider-pgum")),
    });
    &PROVIDER
}

pub(crate) fn go_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    }
}

pub(crate) fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        architecture => architecture,
    }
}
