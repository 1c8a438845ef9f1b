//! Who Terraform connects as, where one plans and another applies: a saved plan keeps the provider's configuration, but not
//! the environment.

use super::workspace::Workspace;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD};

/// A role and its password.
#[derive(Clone, Copy)]
pub(crate) struct Login {
    pub(crate) user: &'static str,
    pub(crate) password: &'static str,
}

impl Login {
    pub(crate) const MASTER: Login = Login { user: MASTER, password: MASTER_PASSWORD };

    /// A superuser, which is made for it.
    pub(crate) fn administrator(cluster: &Cluster) -> Login {
        let login = Login { user: "an_administrator", password: "secret" };
        cluster.execute(&format!("CREATE ROLE {} SUPERUSER LOGIN PASSWORD '{}'", login.user, login.password));
        login
    }

    /// Lets the runs of a workspace connect to the cluster as this role.
    pub(crate) fn to(&self, workspace: &mut Workspace, cluster: &Cluster) {
        self.with(workspace, cluster, "");
    }

    /// The same, with more attributes of the provider.
    pub(crate) fn with(&self, workspace: &mut Workspace, cluster: &Cluster, attributes: &str) {
        workspace.provider(&format!(
            "  host = \"{}\"\n  port = {}\n{attributes}",
            cluster.host(),
            cluster.port()
        ));
        workspace.set_env("PGUSER", self.user);
        workspace.set_env("PGPASSWORD", self.password);
    }
}
