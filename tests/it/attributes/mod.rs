//! Every attribute of both resources is changed once: the plan is an update in place that shows this attribute and
//! no other, the server then has it, and the next plan is empty.

mod steps;

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{Program, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use steps::{COMMON, FOR_SUPERUSERS, GROUP, Step, USER};

/// A resource under change, beside two groups that it may be put into.
struct Subject {
    cluster: Cluster,
    workspace: Workspace,
    kind: &'static str,
    written: BTreeMap<&'static str, &'static str>,
}

impl Subject {
    fn new(
        cluster: Cluster,
        workspace: Workspace,
        kind: &'static str,
        written: &[(&'static str, &'static str)],
    ) -> Subject {
        Subject { cluster, workspace, kind, written: written.iter().copied().collect() }
    }

    fn address(&self) -> String {
        format!("{}.it", self.kind)
    }

    fn write(&self) {
        let mut text = ["a", "b"]
            .map(|name| format!("resource \"pgum_group\" \"{name}\" {{\n  name = \"group_{name}\"\n}}\n"))
            .concat();
        writeln!(text, "resource \"{}\" \"it\" {{", self.kind).unwrap();
        for (name, value) in &self.written {
            writeln!(text, "  {name} = {value}").unwrap();
        }
        text.push_str("}\n");
        self.workspace.main(&text);
    }

    fn run(&mut self, steps: &[&[Step]]) {
        let before = self.cluster.inventory();
        self.write();
        self.workspace.converge();
        let oid = self.workspace.attributes(&self.address())["oid"].clone();
        let version = self.cluster.version();
        for step in steps.iter().copied().flatten().filter(|step| step.since <= version) {
            self.take(step);
        }
        assert_eq!(self.workspace.attributes(&self.address())["oid"], oid);
        self.workspace.destroy();
        assert_eq!(self.cluster.inventory(), before);
    }

    fn take(&mut self, step: &Step) {
        for (name, value) in step.write {
            match *value {
                "" => self.written.remove(name),
                value => self.written.insert(name, value),
            };
        }
        self.write();
        let plan = self.workspace.plan().expect_only("update", &[&self.address()]);
        let shown = plan.change(&self.address()).attributes();
        assert_eq!(shown, step.shows, "{}", plan.described());
        self.workspace.apply_plan(&plan);
        let (query, expected) = step.server;
        if !query.is_empty() {
            assert_eq!(self.cluster.value(query), expected, "{}", plan.described());
        }
        self.workspace.assert_empty_plan();
    }
}

const NEW_USER: &[(&str, &str)] = &[("username", "\"role\""), ("password", "\"first\"")];
const NEW_GROUP: &[(&str, &str)] = &[("name", "\"role\"")];

on_every_version! {
    fn each_of_a_user(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        Subject::new(cluster, workspace, "pgum_user", NEW_USER).run(&[USER, COMMON]);
    }
}

on_every_version! {
    fn each_of_a_group(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        Subject::new(cluster, workspace, "pgum_group", NEW_GROUP).run(&[GROUP, COMMON]);
    }
}

on_every_version! {
    fn those_that_only_a_superuser_may_give(version: u16) {
        for (kind, new) in [("pgum_user", NEW_USER), ("pgum_group", NEW_GROUP)] {
            let cluster = Cluster::start(version);
            cluster.execute("CREATE ROLE an_administrator SUPERUSER LOGIN PASSWORD 'secret'");
            let workspace = Workspace::empty();
            workspace.provider(&format!(
                "host = \"{}\"\nport = {}\nusername = \"an_administrator\"\npassword = \"secret\"\n",
                cluster.host(), cluster.port(),
            ));
            Subject::new(cluster, workspace, kind, new).run(&[FOR_SUPERUSERS]);
        }
    }
}

on_every_version! {
    /// On RDS nobody is a superuser; the error has to say what there is instead.
    fn the_master_is_told_what_rds_has_instead_of_superusers(version: u16) {
        let cluster = Cluster::start(version);
        let workspace = Workspace::new(&cluster);
        for (attribute, instead) in [
            ("superuser", "rds_superuser"),
            ("replication", "rds_replication"),
            ("bypass_row_level_security", "rds_superuser"),
        ] {
            workspace.main(&format!(
                "resource \"pgum_user\" \"it\" {{\n  username = \"one\"\n  password = \"x\"\n  {attribute} = true\n}}\n"
            ));
            let error = workspace.apply_expecting_failure().expect_error(instead);
            assert!(error.code.is_some_and(|code| code.contains(attribute)), "{}", error.detail);
            assert_eq!(cluster.column("SELECT rolname FROM pg_roles WHERE rolname = 'one'"), [""; 0]);
        }
    }
}

/// The steps above leave out no attribute that can be written.
#[test]
fn no_attribute_is_forgotten() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main("");
    let schema = workspace.run(&["providers", "schema", "-json"]).expect_success();
    let schema: serde_json::Value = serde_json::from_str(&schema.stdout).unwrap();
    let resources = &schema["provider_schemas"][Program::find().provider_address()]["resource_schemas"];
    for (kind, steps) in [("pgum_user", USER), ("pgum_group", GROUP)] {
        let changed = written_in(&[steps, COMMON, FOR_SUPERUSERS]);
        let attributes = resources[kind]["block"]["attributes"].as_object().unwrap();
        let can_be_written = attributes
            .iter()
            .filter(|(_, attribute)| attribute["optional"] == true || attribute["required"] == true)
            .map(|(name, _)| name.as_str())
            .collect::<BTreeSet<_>>();
        assert_eq!(changed, can_be_written, "{kind}");
    }
}

/// The attributes that these steps write.
fn written_in(steps: &[&'static [Step]]) -> BTreeSet<&'static str> {
    steps.iter().copied().flatten().flat_map(|step| step.write).map(|(name, _)| *name).collect()
}
