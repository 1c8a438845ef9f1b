//! Every example is applied as it stands, converges, and goes again without a trace.

use crate::support::postgres::{Cluster, MASTER_PASSWORD, default_version};
use crate::support::terraform::Workspace;
use std::fs;
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

#[test]
fn the_users_from_json() {
    let cluster = Cluster::start(default_version());
    let mut workspace = Workspace::empty();
    workspace.remove("requirement.tf");
    copy(&examples().join("users-from-json"), &workspace);
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
    assert!(seen >= 2);
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
            assert!(output["value"].as_str().unwrap().contains("rds-db"), "{name}: {output}");
            seen.push(name);
        }
    }
    seen.sort();
    assert_eq!(seen, ["policy", "service"]);
}

#[test]
fn they_are_formatted() {
    let workspace = Workspace::empty();
    let examples = examples().display().to_string();
    workspace.run(&["fmt", "-check", "-recursive", "-diff", &examples]).expect_success();
}
