//! What a run costs the server, whatever the number of users: connections and statements, counted there.

use crate::support::on_versions;
use crate::support::postgres::{Cluster, Count, Traffic};
use crate::support::terraform::Workspace;
use serde_json::Value;

fn users(count: usize, limit_of_the_first: i32) -> String {
    format!(
        r#"
resource "pgum_group" "all" {{
  name = "of_all"
}}

resource "pgum_user" "all" {{
  count            = {count}
  username         = "user_${{count.index}}"
  auth_method      = "external"
  groups           = [pgum_group.all.name]
  databases        = ["myapp"]
  connection_limit = count.index == 0 ? {limit_of_the_first} : 5
}}
"#
    )
}

/// Makes as many of one user that is in the state and on the server. By hand: to apply a thousand takes Terraform long.
fn multiply(cluster: &Cluster, workspace: &Workspace, count: usize) {
    let file = workspace.directory().join("terraform.tfstate");
    let mut state: Value = serde_json::from_str(&workspace.state_file()).unwrap();
    let resources = state["resources"].as_array_mut().unwrap();
    let users = resources.iter_mut().find(|resource| resource["type"] == "pgum_user").unwrap();
    let instances = users["instances"].as_array_mut().unwrap();
    let first = instances[0].clone();
    let master = cluster.master_session("postgres");
    for number in 1..count {
        let name = format!("user_{number}");
        master.execute(&format!(
            "CREATE ROLE {name} LOGIN CONNECTION LIMIT 5; GRANT of_all TO {name}; GRANT CONNECT ON DATABASE myapp TO {name}"
        ));
        let oid: u32 = master.value(&format!("SELECT '{name}'::regrole::oid")).parse().unwrap();
        let mut instance = first.clone();
        instance["index_key"] = number.into();
        instance["attributes"]["username"] = name.into();
        instance["attributes"]["oid"] = oid.into();
        // It names the first one's OID, and nothing here needs it.
        instance.as_object_mut().unwrap().remove("private");
        instances.push(instance);
    }
    std::fs::write(file, state.to_string()).unwrap();
}

/// Of a plan in which nothing has changed, and of an apply that changes one user. An apply plans in one process and
/// applies in another.
fn costs(version: u16, count: usize) -> (Count, Count) {
    let cluster = Traffic::logged(Cluster::builder(version)).start();
    let workspace = Workspace::new(&cluster);
    workspace.main(&users(1, 5));
    workspace.apply();
    multiply(&cluster, &workspace, count);
    workspace.main(&users(count, 5));
    let mut traffic = Traffic::new(&cluster);
    workspace.assert_empty_plan();
    let plan = traffic.count(&cluster);
    workspace.main(&users(count, 6));
    workspace.apply();
    let apply = traffic.count(&cluster);
    assert_eq!(cluster.value("SELECT rolconnlimit FROM pg_roles WHERE rolname = 'user_0'"), "6");
    (plan, apply)
}

on_versions! {
    [13, 18]
    fn a_thousand_users_cost_no_more_than_one(version: u16) {
        let (plan, apply) = costs(version, 1_000);
        assert_eq!(costs(version, 1), (plan, apply));
        assert_eq!(plan.connections, 1, "{plan:?}");
        assert!(plan.statements <= 8, "{plan:?}");
        // The look of the plan, and what a plan that changes something asks beside it; then to begin, the lock, the look
        // before, the change, the look after, the commit.
        assert_eq!(apply.connections, 2, "{apply:?}");
        assert!(apply.statements <= plan.statements + 11 + 17, "{apply:?}");
    }
}
