//! Who is compared: the same users as `terraform_data`, answered from memory, and on a server.

use std::fs;

use crate::process::{self, Run};
use crate::support::postgres::{APPLICATION_DATABASE, Cluster, MASTER, MASTER_PASSWORD};
use crate::support::terraform::{Workspace, provider};

/// How many groups the users are in, one each.
pub(crate) const GROUPS: usize = 20;

/// A working directory with a configuration.
pub(crate) struct Contender {
    workspace: Workspace,
}

impl Contender {
    /// As many built-in `terraform_data`, which need no provider.
    pub(crate) fn terraform_data(users: usize) -> Contender {
        let workspace = Workspace::with_provider(provider());
        workspace.remove("requirement.tf");
        workspace.main(&terraform_data(users));
        Contender { workspace }
    }

    /// The same resources as pgum's, from the provider that answers from memory.
    pub(crate) fn echo(users: usize) -> Contender {
        let echo = std::env::current_exe().expect("this executable");
        let contender = Contender { workspace: Workspace::with_provider(&echo) };
        contender.connect("127.0.0.1", 1);
        contender.workspace.main(&roles(users));
        contender
    }

    /// pgum, with a cluster.
    pub(crate) fn pgum(cluster: &Cluster, users: usize) -> Contender {
        let contender = Contender { workspace: Workspace::with_provider(provider()) };
        contender.connect(cluster.host(), cluster.port());
        contender.workspace.main(&roles(users));
        contender
    }

    /// All users and groups as one `pgum_roster`.
    pub(crate) fn roster(cluster: &Cluster, users: usize) -> Contender {
        let contender = Contender { workspace: Workspace::with_provider(provider()) };
        contender.connect(cluster.host(), cluster.port());
        contender.workspace.main(&roster(users, 0));
        contender
    }

    /// The same roster, answered from memory.
    pub(crate) fn echo_of_roster(users: usize) -> Contender {
        let contender = Contender::echo(0);
        contender.workspace.main(&roster(users, 0));
        contender
    }

    /// The same map of strings as a built-in `terraform_data`.
    pub(crate) fn terraform_data_of_roster(users: usize) -> Contender {
        let contender = Contender::terraform_data(0);
        contender.change_terraform_data(users, 0);
        contender
    }

    /// Writes another description for some of the roster's users.
    pub(crate) fn change(&self, users: usize, changed: usize) {
        self.workspace.main(&roster(users, changed));
    }

    /// The same for the roster of [`Contender::terraform_data_of_roster`].
    pub(crate) fn change_terraform_data(&self, users: usize, changed: usize) {
        let input = format!("  input = {{\n{}  }}\n", documents(users, changed));
        self.workspace.main(&format!("resource \"terraform_data\" \"roster\" {{\n{input}}}\n"));
    }

    /// Sends pgum to another port, such as that of a proxy.
    pub(crate) fn connect(&self, host: &str, port: u16) {
        self.workspace.provider(&format!(
            "  host = \"{host}\"\n  port = {port}\n  username = \"{MASTER}\"\n  password = \"{MASTER_PASSWORD}\"\n"
        ));
    }

    /// Forgets what is there.
    pub(crate) fn forget(&self) {
        for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
            // It is not there before the first apply.
            _ = fs::remove_file(self.workspace.directory().join(name));
        }
    }

    /// Plans, where there is nothing to do.
    pub(crate) fn plan(&self) -> Run {
        process::run(self.workspace.command(&["plan", "-no-color", "-detailed-exitcode"]))
    }

    /// Plans and applies.
    pub(crate) fn apply(&self) -> Run {
        process::run(self.workspace.command(&["apply", "-no-color", "-auto-approve"]))
    }

    /// Plans and destroys.
    pub(crate) fn destroy(&self) -> Run {
        process::run(self.workspace.command(&["destroy", "-no-color", "-auto-approve"]))
    }
}

/// Takes all roles of [`roles`] away.
pub(crate) fn drop_roles(cluster: &Cluster) {
    let database = cluster.superuser_session(APPLICATION_DATABASE);
    let roles = database.column("SELECT rolname FROM pg_roles WHERE rolname ~ '^bench_' ORDER BY rolname");
    // More in one transaction than the table of locks has room for.
    for some in roles.chunks(500) {
        let names = some.join(", ");
        database.execute(&format!("DROP OWNED BY {names}; DROP ROLE {names}"));
    }
}

/// Users and groups as pgum has them.
fn roles(users: usize) -> String {
    format!(
        r#"
resource "pgum_group" "all" {{
  count       = {GROUPS}
  name        = "bench_group_${{count.index}}"
  description = "Group number ${{count.index}}"
  databases   = ["{APPLICATION_DATABASE}"]
}}

resource "pgum_user" "all" {{
  count            = {users}
  username         = "bench_user_${{count.index}}"
  auth_method      = "external"
  groups           = [pgum_group.all[count.index % {GROUPS}].name]
  databases        = ["{APPLICATION_DATABASE}"]
  connection_limit = 10
  description      = "User number ${{count.index}}"
  settings         = {{ statement_timeout = "30s" }}
}}
"#
    )
}

/// The same users and groups, in one resource. The first ones have another description.
fn roster(users: usize, changed: usize) -> String {
    format!("resource \"pgum_roster\" \"all\" {{\n{}}}\n", documents(users, changed))
}

fn documents(users: usize, changed: usize) -> String {
    format!(
        r#"
    groups = {{ for number in range({GROUPS}) : "bench_group_${{number}}" => jsonencode({{
      description = "Group number ${{number}}"
      databases   = ["{APPLICATION_DATABASE}"]
    }}) }}
    users = {{ for number in flatten([for some in range(0, {users}, 1000) : range(some, min(some + 1000, {users}))]) :
      "bench_user_${{number}}" => jsonencode({{
        auth_method      = "external"
        groups           = ["bench_group_${{number % {GROUPS}}}"]
        databases        = ["{APPLICATION_DATABASE}"]
        connection_limit = 10
        description      = "${{number < {changed} ? "Changed" : "User"}} number ${{number}}"
        settings         = {{ statement_timeout = "30s" }}
      }})
    }}
"#
    )
}

/// The same as far as Terraform is concerned.
fn terraform_data(users: usize) -> String {
    format!(
        r#"
resource "terraform_data" "group" {{
  count = {GROUPS}
  input = {{
    name        = "bench_group_${{count.index}}"
    description = "Group number ${{count.index}}"
    databases   = ["{APPLICATION_DATABASE}"]
  }}
}}

resource "terraform_data" "user" {{
  count = {users}
  input = {{
    username         = "bench_user_${{count.index}}"
    auth_method      = "external"
    groups           = [terraform_data.group[count.index % {GROUPS}].output.name]
    databases        = ["{APPLICATION_DATABASE}"]
    connection_limit = 10
    description      = "User number ${{count.index}}"
    settings         = {{ statement_timeout = "30s" }}
  }}
}}
"#
    )
}
