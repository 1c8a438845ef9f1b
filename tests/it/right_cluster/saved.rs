//! A plan that is saved and applied later, perhaps to another cluster: what goes with it to the apply. Terraform from 1.16 on
//! keeps for a create what its plan has left and hands it to the plan of the apply; here the test is Terraform.

use std::sync::Arc;

use pgum::provider::Pgum;
use pgum::sdk::resource::{ApplyRequest, ClientCapabilities, PlanRequest, PlanResponse, StateResponse};
use pgum::sdk::{Diagnostics, Number, PrivateState, Provider, Resource, Value};

use super::{connect_to, identifier};
use crate::support::on_versions;
use crate::support::postgres::{Cluster, MASTER, MASTER_PASSWORD, default_version};
use crate::support::terraform::{OPEN_TO_EVERYBODY, Program, Workspace};

/// A provider process.
struct Process {
    provider: Pgum,
}

/// What a call came to, and what was said.
struct Said<T> {
    result: T,
    diagnostics: Diagnostics,
}

impl<T> Said<T> {
    fn warnings(&self) -> Vec<&str> {
        let warnings = self.diagnostics.iter().filter(|diagnostic| !diagnostic.is_error());
        warnings.map(|warning| warning.summary.as_str()).collect()
    }

    fn errors(&self) -> Vec<String> {
        let errors = self.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        errors.map(|error| format!("{}\n{}", error.summary, error.detail)).collect()
    }
}

fn object(schema: &pgum::sdk::Schema, written: &[(&str, Value)]) -> Value {
    let mut object = schema.null_object();
    for (name, value) in written {
        object.set(name, value.clone());
    }
    object
}

impl Process {
    /// One that is configured for a cluster.
    async fn connected(cluster: &Cluster, more: &[(&str, Value)]) -> Process {
        let provider = Pgum::new();
        let own = [
            ("host", Value::string(cluster.host())),
            ("port", Value::Number(Number::from(i64::from(cluster.port())))),
            ("username", Value::string(MASTER)),
            ("password", Value::string(MASTER_PASSWORD)),
        ];
        let config = object(&provider.schema(), &[&own[..], more].concat());
        let mut diagnostics = Diagnostics::new();
        provider.configure(config, "1.16.0", ClientCapabilities::default(), &mut diagnostics).await;
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        Process { provider }
    }

    fn resource(&self, type_name: &str) -> Arc<dyn Resource> {
        self.provider.resources().remove(type_name).expect("a resource of that type")
    }

    /// Plans a create, for the first time or with what the first plan has left.
    async fn plan(
        &self,
        (type_name, written): (&str, &[(&str, Value)]),
        stored: Option<&PrivateState>,
    ) -> Said<PlanResponse> {
        let resource = self.resource(type_name);
        let schema = resource.schema();
        let config = object(&schema, written);
        let proposed = schema.propose(&config, None);
        let private = PrivateState::default();
        let request = PlanRequest { config, prior: None, proposed, private, stored: stored.cloned() };
        let mut diagnostics = Diagnostics::new();
        let result = resource.plan(request, &mut diagnostics).await;
        Said { result, diagnostics }
    }

    /// Creates what was planned.
    async fn create(
        &self,
        (type_name, written): (&str, &[(&str, Value)]),
        planned: PlanResponse,
    ) -> Said<StateResponse> {
        let resource = self.resource(type_name);
        let config = object(&resource.schema(), written);
        let PlanResponse { planned, private, .. } = planned;
        let request = ApplyRequest { config, prior: None, planned, private };
        let mut diagnostics = Diagnostics::new();
        let result = resource.create(request, &mut diagnostics).await;
        Said { result, diagnostics }
    }
}

const PASSWORD_IS_IGNORED: &str = "The password of a user with auth_method = \"iam\" is ignored";

fn user() -> Vec<(&'static str, Value)> {
    vec![
        ("username", Value::string("one")),
        ("auth_method", Value::string("iam")),
        ("password", Value::string("ignored")),
        ("databases", Value::Set(vec![Value::string("myapp")])),
    ]
}

fn group() -> Vec<(&'static str, Value)> {
    vec![("name", Value::string("all"))]
}

fn roster() -> Vec<(&'static str, Value)> {
    let entry = |name: &str, document: &str| Value::Map([(name.to_owned(), Value::string(document))].into());
    vec![
        ("groups", entry("of_roster", "{}")),
        ("users", entry("user_of_roster", "{\"auth_method\": \"iam\", \"groups\": [\"of_roster\"]}")),
    ]
}

on_versions! {
    [15, 18]
    async fn what_was_planned_for_one_cluster_is_not_created_in_another(version: u16) {
        let cluster = Cluster::start(version);
        let other = Cluster::builder(version).of_its_own().start();
        for (type_name, written) in [("pgum_group", group()), ("pgum_user", user()), ("pgum_roster", roster())] {
            let what = (type_name, &written[..]);
            let first = Process::connected(&cluster, &[]).await.plan(what, None).await;
            assert_eq!(first.errors(), Vec::<String>::new());
            let stored = &first.result.private;

            let untouched = other.inventory();
            let process = Process::connected(&other, &[]).await;
            let again = process.plan(what, Some(stored)).await;
            assert_eq!(again.result.planned, first.result.planned);
            let created = process.create(what, again.result).await;
            let errors = created.errors().join("\n");
            for text in ["another cluster than the one that was planned for", &identifier(&cluster), &identifier(&other), "allow_cluster_change"] {
                assert!(errors.contains(text), "{text}: {errors}");
            }
            assert!(created.result.state.is_none());
            // Nor anything else by the same run, whatever is known of its plan.
            let more = [("name", Value::string("more"))];
            let unknown = process.plan(("pgum_group", &more), None).await;
            let created = process.create(("pgum_group", &more), unknown.result).await;
            assert!(!created.errors().is_empty() && created.result.state.is_none());
            assert_eq!(other.inventory(), untouched);
            process.provider.stop().await;

            // Where it was meant, and where it is the one that was planned for.
            for (cluster, more) in [(&other, vec![("allow_cluster_change", Value::Bool(true))]), (&cluster, vec![])] {
                let process = Process::connected(cluster, &more).await;
                let again = process.plan(what, Some(stored)).await;
                let created = process.create(what, again.result).await;
                assert_eq!(created.errors(), Vec::<String>::new());
                assert!(created.result.state.is_some());
                process.provider.stop().await;
            }
        }
    }
}

on_versions! {
    [15, 18]
    async fn what_the_plan_has_warned_of_its_apply_does_not_repeat(version: u16) {
        let cluster = Cluster::start(version);
        let user = user();
        let what = ("pgum_user", &user[..]);
        let first = Process::connected(&cluster, &[]).await.plan(what, None).await;
        assert_eq!(first.warnings(), [PASSWORD_IS_IGNORED, OPEN_TO_EVERYBODY]);
        let process = Process::connected(&cluster, &[]).await;
        let again = process.plan(what, Some(&first.result.private)).await;
        assert_eq!(again.warnings(), Vec::<&str>::new());
        let created = process.create(what, again.result).await;
        assert!(created.diagnostics.is_empty(), "{:?}", created.diagnostics);
        assert!(created.result.state.is_some());

        // What it could not know is news.
        let mut unknown = user.clone();
        unknown.retain(|(name, _)| *name != "password");
        let unknown = [&unknown[..], &[("valid_until", Value::unknown())]].concat();
        let first = Process::connected(&cluster, &[]).await.plan(("pgum_user", &unknown), None).await;
        assert!(!first.warnings().iter().any(|warning| warning.contains("valid_until")), "{:?}", first.warnings());
        let mut known = unknown.clone();
        known.pop();
        known.push(("valid_until", Value::string("2030-01-01T00:00:00Z")));
        let process = Process::connected(&cluster, &[]).await;
        let again = process.plan(("pgum_user", &known), Some(&first.result.private)).await;
        assert_eq!(again.warnings(), ["valid_until limits nothing with auth_method = \"iam\""]);
    }
}

/// The same through the Terraform that the tests run: from 1.16 on it is refused. Before, nothing of the plan of a create comes
/// to its apply, as the documentation says.
#[test]
fn a_saved_plan_of_creates_goes_to_no_other_cluster_where_terraform_tells() {
    let cluster = Cluster::start(default_version());
    let other = Cluster::builder(default_version()).of_its_own().start();
    let mut workspace = Workspace::empty();
    workspace.provider(&format!("  username = \"{MASTER}\"\n  password = \"{MASTER_PASSWORD}\"\n"));
    connect_to(&mut workspace, &cluster);
    workspace.main(
        "resource \"pgum_user\" \"u\" {\n  count       = 3\n  username    = \"u${count.index}\"\n  auth_method = \"iam\"\n  \
         databases   = [\"myapp\"]\n}\n",
    );
    let saved = workspace.plan();
    connect_to(&mut workspace, &other);
    let untouched = other.inventory();
    let applied = workspace.try_apply_plan(&saved);
    if Program::find().stores_planned_private {
        let applied = applied.expect_failure();
        applied.expect_error("another cluster than the one that was planned for");
        assert_eq!(other.inventory(), untouched);
        connect_to(&mut workspace, &cluster);
        // What the plan said, its apply does not say again.
        let repeated = workspace.apply_plan(&workspace.plan()).diagnostics();
        assert!(!repeated.iter().any(|said| said.summary == OPEN_TO_EVERYBODY), "{repeated:?}");
    } else {
        applied.expect_success();
    }
    workspace.assert_empty_plan();
}

/// A destroy is told by its plan alone, with every Terraform.
#[test]
fn what_the_plan_of_a_destroy_has_warned_of_its_apply_does_not_repeat() {
    let cluster = Cluster::start(default_version());
    let workspace = Workspace::new(&cluster);
    workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  password = \"secret\"\n}\n");
    workspace.converge();
    let session = cluster.try_session("one", "secret", "myapp").unwrap();
    workspace.main("");
    let quiet = workspace.plan();
    quiet.outcome.expect_warning("The user \"one\" is logged in, and stays so when it is gone");
    workspace.apply_plan(&quiet).expect_no_warnings();
    drop(session);

    // Who logs in after the plan is news.
    workspace.main("resource \"pgum_user\" \"one\" {\n  username = \"one\"\n  password = \"secret\"\n}\n");
    workspace.converge();
    workspace.main("");
    let quiet = workspace.plan();
    assert!(quiet.outcome.warnings().is_empty(), "{}", quiet.outcome);
    let session = cluster.try_session("one", "secret", "myapp").unwrap();
    let applied = workspace.apply_plan(&quiet);
    applied.expect_warning("The user \"one\" is logged in, and stays so when it is gone");
    drop(session);
}
