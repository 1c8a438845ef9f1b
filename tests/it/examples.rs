//! Every example is applied as it stands, converges, and goes again without a trace.

use crate::support::postgres::{Cluster, MASTER_PASSWORD, default_version};
use crate::support::terraform::Workspace;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Copies an example's files into the workspace.
fn copy(directory: &Path, workspace: &Workspace) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "tf" || extension == "json") {
            workspace.write(path.file_name().unwrap().to_str().unwrap(), &fs::read_to_string(&path).unwrap());
        }
    }
}

/// The commands of an example's import.sh.
fn import_commands(directory: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(directory.join("import.sh")).unwrap();
    let commands = text.lines().filter(|line| !line.starts_with('#'));
    commands.map(|line| line.split_whitespace().skip(1).map(str::to_owned).collect()).collect()
}

fn come_and_go(cluster: &Cluster, workspace: &Workspace) {
    let before = cluster.inventory();
    workspace.converge();
    workspace.destroy();
    let after = cluster.inventory();
    assert_eq!(after, before);
}

#[test]
fn the_providers() {
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    copy(&examples().join("provider"), &workspace);
    workspace.set_env("TF_VAR_master_password", MASTER_PASSWORD);
    // The example's port is the usual one, the cluster's is not.
    workspace.write("port_override.tf", &format!("provider \"pgum\" {{\n  port = {}\n}}\n", cluster.port()));
    workspace.main("resource \"pgum_group\" \"one\" {\n  name = \"one\"\n}\n");
    come_and_go(&cluster, &workspace);
}

/// Its cluster is nobody's, so it is validated only; the guides' is applied.
#[test]
fn the_providers_with_iam() {
    let workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    copy(&examples().join("provider/iam"), &workspace);
    workspace.validate().expect_success();
}

#[test]
fn the_users_from_json() {
    from_json("users-from-json", &[]);
}

#[test]
fn the_roster_from_json() {
    from_json("roster-from-json", &[("TF_VAR_passwords", "{ admin_user = \"of an example\" }")]);
}

fn from_json(example: &str, variables: &[(&str, &str)]) {
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    copy(&examples().join(example), &workspace);
    for (name, value) in variables {
        workspace.set_env(name, value);
    }
    for (name, value) in cluster.environment() {
        workspace.set_env(name, &value);
    }
    come_and_go(&cluster, &workspace);
}

/// Every resource has an example, and its import commands bring back what the example made.
#[test]
fn each_resources() {
    let mut seen = 0;
    for entry in fs::read_dir(examples().join("resources")).unwrap() {
        let directory = entry.unwrap().path();
        let cluster = Cluster::start(default_version());
        let mut workspace = Workspace::new(&cluster);
        workspace.set_env("TF_VAR_reporting_password", "of an example");
        copy(&directory, &workspace);
        workspace.converge();
        for command in import_commands(&directory) {
            let [import, address, id] = command.as_slice() else { panic!("{command:?}") };
            assert_eq!(import, "import");
            workspace.run(&["state", "rm", address]).expect_success();
            workspace.import(address, id);
            workspace.assert_empty_plan();
        }
        workspace.destroy();
        seen += 1;
    }
    assert!(seen >= 3);
}

/// Every function has an example, whose output says something.
#[test]
fn each_functions() {
    let mut seen = Vec::new();
    for entry in fs::read_dir(examples().join("functions")).unwrap() {
        let directory = entry.unwrap().path();
        let workspace = Workspace::empty();
        copy(&directory, &workspace);
        workspace.converge();
        let outputs = workspace.state_json();
        let outputs =
            outputs.pointer("/values/outputs").and_then(|outputs| outputs.as_object().cloned()).unwrap();
        for (name, output) in outputs {
            let says = if name == "orders" { "{\"auth_method\":\"iam\"" } else { "rds-db" };
            assert!(output["value"].as_str().unwrap().contains(says), "{name}: {output}");
            seen.push(name);
        }
    }
    seen.sort();
    assert_eq!(seen, ["orders", "policy", "service"]);
}

/// What the example hands its token to gets it.
#[test]
fn the_ephemeral_resources() {
    let mut workspace = Workspace::empty();
    copy(&examples().join("ephemeral-resources/pgum_iam_auth_token"), &workspace);
    workspace.provider("  host = \"main.cluster-abc123.eu-west-1.rds.amazonaws.com\"\n");
    workspace.set_env("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    workspace.set_env("AWS_SECRET_ACCESS_KEY", "a secret of a test");
    workspace.write("migrate", "#!/bin/sh\nprintf %s \"$DATABASE_URL\" > told\n");
    let program = workspace.directory().join("migrate");
    fs::set_permissions(program, Permissions::from_mode(0o755)).unwrap();
    workspace.converge();
    let told = fs::read_to_string(workspace.directory().join("told")).unwrap();
    assert!(told.starts_with("postgresql://migrations:main.cluster-abc123"), "{told}");
    assert!(told.ends_with(":5432/myapp?sslmode=verify-full"), "{told}");
    workspace.destroy();
}

/// A configuration less its AWS resources, with what refers to them replaced by what they would be.
fn without_aws(text: &str, host: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if ["resource \"aws_", "data \"aws_"].iter().any(|start| line.starts_with(start)) {
            if !line.ends_with("{}") {
                lines.by_ref().find(|line| *line == "}").unwrap();
            }
        } else {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    for (reference, value) in [
        ("data.aws_partition.current.partition", "aws"),
        ("data.aws_region.current.region", "eu-west-1"),
        ("data.aws_caller_identity.current.account_id", "123456789012"),
        ("aws_rds_cluster.main.cluster_resource_id", "cluster-ABCDEFGHIJKL01234"),
        ("aws_rds_cluster.main.endpoint", host),
        ("aws_iam_role.service[each.key].arn", "arn:aws:iam::123456789012:role/service"),
    ] {
        kept = kept.replace(reference, &format!("\"{value}\""));
    }
    let code = kept.lines().filter(|line| !line.trim_start().starts_with('#'));
    let left: Vec<_> = code.filter(|line| line.contains("aws_")).collect();
    assert!(left.is_empty(), "something refers to AWS still: {left:?}");
    kept
}

/// The guide's configuration in its first run, as the master with its password. Up to 15, where a master that is not RDS's own
/// may grant rds_superuser, too.
#[test]
fn the_guides() {
    let cluster = Cluster::start(15);
    let mut workspace = Workspace::empty();
    for name in ["cluster.tf", "provider.tf", "users.tf", "policies.tf", "pipeline.tf"] {
        let text = fs::read_to_string(examples().join("guides/aurora-iam").join(name)).unwrap();
        workspace.write(name, &without_aws(&text, cluster.host()));
    }
    workspace.set_env("TF_VAR_bootstrap_password", MASTER_PASSWORD);
    workspace.write("port_override.tf", &format!("provider \"pgum\" {{\n  port = {}\n}}\n", cluster.port()));
    workspace.main(
        "output \"policies\" {\n  value = local.connect_policies\n}\n\
         output \"pipeline\" {\n  value = local.pipeline_policy\n}\n",
    );
    workspace.converge();
    let in_rds_iam = cluster.column(
        "SELECT u.rolname FROM pg_auth_members m JOIN pg_roles u ON u.oid = m.member \
         JOIN pg_roles g ON g.oid = m.roleid WHERE g.rolname = 'rds_iam' ORDER BY 1",
    );
    assert_eq!(in_rds_iam, ["orders", "report", "terraform"]);
    let arn = |user: &str| format!("dbuser:cluster-ABCDEFGHIJKL01234/{user}\"");
    let policies = workspace.output("policies");
    for user in ["orders", "report"] {
        assert!(policies[user].as_str().unwrap().contains(&arn(user)), "{policies}");
    }
    assert!(workspace.output("pipeline").as_str().unwrap().contains(&arn("terraform")));
}

#[test]
fn they_are_formatted() {
    let workspace = Workspace::empty();
    let examples = examples().display().to_string();
    workspace.run(&["fmt", "-check", "-recursive", "-diff", &examples]).expect_success();
}
