//! Every attribute of both resources is changed once: the plan is an update in place that shows this attribute and
//! no other, the server then has it, and the next plan is empty.

mod steps;

use crate::support::on_every_version;
use crate::support::postgres::{Cluster, default_version};
use crate::support::terraform::{Plan, Program, Workspace};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use steps::{COMMON, FOR_SUPERUSERS, GROUP, Step, USER};

type Written = BTreeMap<&'static str, &'static str>;

/// One step on a role of its own, so that all steps are taken in one apply. The role has the step's number where
/// the step says `role`.
struct Case {
    kind: &'static str,
    number: usize,
    before: Written,
    after: Written,
    step: &'static Step,
}

const NEW_USER: (&str, &[(&str, &str)]) =
    ("pgum_user", &[("username", "\"role\""), ("password", "\"first\"")]);
const NEW_GROUP: (&str, &[(&str, &str)]) = ("pgum_group", &[("name", "\"role\"")]);

impl Case {
    /// The steps that this version can take, each from where the one before has arrived.
    fn all(
        (kind, new): (&'static str, &'static [(&'static str, &'static str)]),
        steps: &[&'static [Step]],
        version: u16,
    ) -> Vec<Case> {
        let mut written = new.iter().copied().collect::<Written>();
        let steps = steps.iter().copied().flatten().filter(|step| step.since <= version);
        let cases = steps.enumerate().map(|(number, step)| {
            let before = written.clone();
            for (name, value) in step.write {
                match *value {
                    "" => written.remove(name),
                    value => written.insert(name, value),
                };
            }
            Case { kind, number, before, after: written.clone(), step }
        });
        cases.collect()
    }

    fn address(&self) -> String {
        format!("{}.case_{}", self.kind, self.number)
    }

    fn resource(&self, written: &Written) -> String {
        let mut text = format!("resource \"{}\" \"case_{}\" {{\n", self.kind, self.number);
        for (name, value) in written {
            writeln!(text, "  {name} = {}", self.named(value, '"')).unwrap();
        }
        text.push_str("}\n");
        text
    }

    /// The step's text with the names of the case's role.
    fn named(&self, text: &str, quote: char) -> String {
        ["role", "renamed"].iter().fold(text.to_owned(), |text, name| {
            text.replace(&format!("{quote}{name}{quote}"), &format!("{quote}{name}_{}{quote}", self.number))
        })
    }

    /// What is wrong with the plan for this case.
    fn complaint_about_plan(&self, plan: &Plan) -> Option<String> {
        let shown = plan.change(&self.address()).attributes();
        (shown != self.step.shows)
            .then(|| format!("{} shows {shown:?}, not {:?}", self.address(), self.step.shows))
    }

    /// What is wrong with the role on the server.
    fn complaint_about_server(&self, cluster: &Cluster) -> Option<String> {
        let (query, expected) = self.step.server;
        if query.is_empty() {
            return None;
        }
        let query = self.named(query, '\'');
        let found = cluster.value(&query);
        (found != expected).then(|| format!("{}: {found:?}, not {expected:?}\n    {query}", self.address()))
    }
}

/// The groups that the steps speak of, and a resource a case.
fn configuration<'a>(resources: impl Iterator<Item = (&'a Case, &'a Written)>) -> String {
    let groups = ["a", "b"]
        .map(|name| format!("resource \"pgum_group\" \"{name}\" {{\n  name = \"group_{name}\"\n}}\n"));
    groups.into_iter().chain(resources.map(|(case, written)| case.resource(written))).collect()
}

fn oids(workspace: &Workspace, cases: &[Case]) -> Vec<serde_json::Value> {
    let state = workspace.state_json();
    let resources = state["values"]["root_module"]["resources"].as_array().unwrap();
    let oid = |case: &Case| {
        let resource = resources.iter().find(|resource| resource["address"] == case.address());
        resource.unwrap()["values"]["oid"].clone()
    };
    cases.iter().map(oid).collect()
}

/// Takes all the steps; and in the end takes everything out of the configuration again.
fn change_each(cluster: &Cluster, workspace: &Workspace, cases: &[Case]) {
    let before = cluster.inventory();
    workspace.main(&configuration(cases.iter().map(|case| (case, &case.before))));
    workspace.converge();
    let made = oids(workspace, cases);

    workspace.main(&configuration(cases.iter().map(|case| (case, &case.after))));
    let addresses = cases.iter().map(Case::address).collect::<Vec<_>>();
    let addresses = addresses.iter().map(String::as_str).collect::<Vec<_>>();
    let plan = workspace.plan().expect_only("update", &addresses);
    let complaints = cases.iter().filter_map(|case| case.complaint_about_plan(&plan)).collect::<Vec<_>>();
    assert!(complaints.is_empty(), "{}\n{}", complaints.join("\n"), plan.described());
    workspace.apply_plan(&plan);
    let complaints = cases.iter().filter_map(|case| case.complaint_about_server(cluster)).collect::<Vec<_>>();
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    workspace.assert_empty_plan();

    let Some(first) = cases.first() else { panic!("no step for this version") };
    workspace.main(&configuration(cases.iter().map(|case| (case, &first.before))));
    workspace.converge();
    assert_eq!(oids(workspace, cases), made);
    workspace.destroy();
    assert_eq!(cluster.inventory(), before);
}

on_every_version! {
    fn each_of_a_user(version: u16) {
        let cluster = Cluster::start(version);
        change_each(&cluster, &Workspace::new(&cluster), &Case::all(NEW_USER, &[USER, COMMON], version));
    }
}

on_every_version! {
    fn each_of_a_group(version: u16) {
        let cluster = Cluster::start(version);
        change_each(&cluster, &Workspace::new(&cluster), &Case::all(NEW_GROUP, &[GROUP, COMMON], version));
    }
}

on_every_version! {
    fn those_that_only_a_superuser_may_give(version: u16) {
        for new in [NEW_USER, NEW_GROUP] {
            let cluster = Cluster::start(version);
            cluster.execute("CREATE ROLE an_administrator SUPERUSER LOGIN PASSWORD 'secret'");
            let workspace = Workspace::empty();
            workspace.provider(&format!(
                "host = \"{}\"\nport = {}\nusername = \"an_administrator\"\npassword = \"secret\"\n",
                cluster.host(), cluster.port(),
            ));
            change_each(&cluster, &workspace, &Case::all(new, &[FOR_SUPERUSERS], version));
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

/// The steps leave out no attribute that can be written.
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
