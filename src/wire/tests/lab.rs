//! A provider that has one of everything. What a resource does depends on its name.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::sdk::provider::{FunctionError, FunctionSignature, Listed, Opened, Parameter};
use crate::sdk::resource::*;
use crate::sdk::schema::*;
use crate::sdk::*;

/// What no answer and no message may hold.
pub(super) const SECRET: &str = "hunter2";

/// Wakes what waits for the stop.
#[derive(Clone, Default)]
pub(super) struct Lab(pub(super) Arc<State>);

#[derive(Default)]
pub(super) struct State {
    /// A call waits.
    pub(super) waiting: Notify,
    stopped: Notify,
    pub(super) schemas: AtomicUsize,
}

#[async_trait]
impl Provider for Lab {
    fn schema(&self) -> Schema {
        self.0.schemas.fetch_add(1, Ordering::Relaxed);
        let check = |value: &Value, path: &Path, diagnostics: &mut Diagnostics| {
            if *value == Value::string("nowhere") {
                diagnostics.error(path.clone(), "No such host", "");
            }
        };
        let host = Attribute::new("host", Type::String, Presence::Optional, "Where.").check(check);
        Schema::new("A lab.", vec![host])
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        BTreeMap::from([("lab_thing".to_owned(), Arc::new(Thing(self.clone())) as Arc<dyn Resource>)])
    }

    fn data_sources(&self) -> BTreeMap<String, Arc<dyn DataSource>> {
        BTreeMap::from([("lab_echo".to_owned(), Arc::new(Echo) as Arc<dyn DataSource>)])
    }

    fn ephemeral_resources(&self) -> BTreeMap<String, Arc<dyn EphemeralResource>> {
        BTreeMap::from([("lab_token".to_owned(), Arc::new(Token) as Arc<dyn EphemeralResource>)])
    }

    fn functions(&self) -> BTreeMap<String, Arc<dyn Function>> {
        BTreeMap::from([("join".to_owned(), Arc::new(Join) as Arc<dyn Function>)])
    }

    fn list_resources(&self) -> BTreeMap<String, Arc<dyn ListResource>> {
        BTreeMap::from([("lab_thing".to_owned(), Arc::new(Things) as Arc<dyn ListResource>)])
    }

    async fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        if config.get("host") == Some(&Value::string("nowhere")) {
            diagnostics.warning(Path::root(), "Seen by the provider too", "");
        }
    }

    async fn configure(
        &self,
        config: Value,
        terraform_version: &str,
        capabilities: ClientCapabilities,
        diagnostics: &mut Diagnostics,
    ) {
        let host = config.get("host").cloned();
        let summary = format!("{host:?} {terraform_version} {}", capabilities.deferral_allowed);
        diagnostics.warning(Path::root(), summary, "");
    }

    async fn stop(&self) {
        self.0.stopped.notify_one();
    }
}

/// A managed resource of version 2.
pub(super) struct Thing(Lab);

pub(super) fn thing_schema() -> Schema {
    let part = vec![
        Attribute::new("on", Type::Bool, Presence::Optional, ""),
        Attribute::new("token", Type::String, Presence::Optional, "").write_only(),
    ];
    let mut schema = Schema::new(
        "A thing.",
        vec![
            Attribute::new("name", Type::String, Presence::Required, "What it is called."),
            Attribute::new("secret", Type::String, Presence::Optional, "").sensitive().write_only(),
            Attribute::new("size", Type::Number, Presence::OptionalComputed, "")
                .default(Value::Number(Number::from(1_i64))),
            Attribute::new("tags", Type::set(Type::String), Presence::Optional, ""),
            Attribute::nested("parts", Nesting::Map, part, Presence::Optional, ""),
            Attribute::new("oid", Type::Number, Presence::Computed, ""),
        ],
    );
    schema.version = 2;
    schema
}

/// A thing with nothing but a name.
pub(super) fn thing(name: &str) -> Value {
    let mut thing = thing_schema().null_object();
    thing.set("name", Value::string(name));
    thing
}

fn name_of(thing: &Value) -> &str {
    match thing.get("name") {
        Some(Value::String(name)) => name,
        _ => "",
    }
}

fn misbehave(thing: &Value, when: &str) {
    assert!(name_of(thing) != format!("panic in {when}"), "{SECRET}");
}

fn made(mut thing: Value) -> Value {
    if name_of(&thing) == "misfit" {
        thing.set("size", Value::string(SECRET));
    }
    if thing.get("oid").is_some_and(Value::is_unknown) {
        thing.set("oid", Value::Number(Number::from(5_i64)));
    }
    thing
}

#[async_trait]
impl Resource for Thing {
    fn schema(&self) -> Schema {
        thing_schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let name = IdentityAttribute {
            name: "name".to_owned(),
            ty: Type::String,
            required_for_import: true,
            description: "Its name.".to_owned(),
        };
        Some(IdentitySchema { version: 1, attributes: vec![name] })
    }

    async fn validate(&self, config: &Value, diagnostics: &mut Diagnostics) {
        misbehave(config, "validate");
        if name_of(config) == "bad" {
            diagnostics.error(Path::attribute("name"), "Bad name", "Choose another.");
        }
    }

    async fn plan(&self, request: PlanRequest, diagnostics: &mut Diagnostics) -> PlanResponse {
        misbehave(&request.config, "plan");
        let mut planned = request.proposed;
        if name_of(&request.config) == "bad" {
            diagnostics.error(Path::root(), "No plan", "");
            planned.set("size", Value::string("none"));
        }
        // A resource that echoes its configuration, secret and all.
        planned.set("secret", request.config.get("secret").cloned().unwrap_or(Value::Null));
        let renamed = request.prior.is_some_and(|prior| prior.get("name") != planned.get("name"));
        PlanResponse {
            planned: if name_of(&request.config) == "misfit" { Value::Bool(true) } else { planned },
            requires_replace: renamed.then(|| Path::attribute("name")).into_iter().collect(),
            private: match request.stored {
                Some(stored) => PrivateState([&stored.0, b"+again".as_slice()].concat()),
                None => PrivateState([&request.private.0, b"+plan".as_slice()].concat()),
            },
        }
    }

    async fn plan_destroy(
        &self,
        prior: &Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> PrivateState {
        misbehave(prior, "plan_destroy");
        let text = String::from_utf8_lossy(&private.0);
        diagnostics.warning(Path::root(), format!("{} goes, {text}", name_of(prior)), "");
        PrivateState([&private.0, b"-plan".as_slice()].concat())
    }

    async fn create(&self, request: ApplyRequest, diagnostics: &mut Diagnostics) -> StateResponse {
        misbehave(&request.planned, "create");
        if name_of(&request.planned) == "slow" {
            self.0.0.waiting.notify_one();
            self.0.0.stopped.notified().await;
        }
        if name_of(&request.planned) == "bad" {
            diagnostics.error(Path::root(), "Not made", "");
            return StateResponse { state: None, private: request.private };
        }
        assert!(request.prior.is_none());
        let mut state = made(request.planned);
        state.set("secret", request.config.get("secret").cloned().unwrap_or(Value::Null));
        StateResponse { state: Some(state), private: PrivateState(b"created".to_vec()) }
    }

    async fn update(&self, request: ApplyRequest, _: &mut Diagnostics) -> StateResponse {
        misbehave(&request.planned, "update");
        assert!(request.prior.is_some());
        StateResponse { state: Some(made(request.planned)), private: PrivateState(b"updated".to_vec()) }
    }

    async fn delete(
        &self,
        prior: Value,
        private: PrivateState,
        diagnostics: &mut Diagnostics,
    ) -> StateResponse {
        misbehave(&prior, "delete");
        if name_of(&prior) == "bad" {
            diagnostics.error(Path::root(), "Not gone", "");
            return StateResponse { state: Some(prior), private };
        }
        StateResponse { state: None, private: PrivateState::default() }
    }

    async fn read(&self, state: Value, private: PrivateState, _: &mut Diagnostics) -> StateResponse {
        misbehave(&state, "read");
        match name_of(&state) {
            "gone" => StateResponse { state: None, private },
            _ => StateResponse { state: Some(made(state)), private },
        }
    }

    async fn import(&self, id: &str, diagnostics: &mut Diagnostics) -> Vec<Imported> {
        if id == "bad" {
            diagnostics.error(Path::root(), "Not found", "");
            return Vec::new();
        }
        vec![Imported { state: thing(id), private: PrivateState(b"imported".to_vec()) }]
    }

    async fn import_by_identity(&self, identity: &Value, diagnostics: &mut Diagnostics) -> Vec<Imported> {
        self.import(name_of(identity), diagnostics).await
    }

    async fn upgrade(&self, version: i64, mut state: Value, _: &mut Diagnostics) -> Value {
        state.set("size", Value::Number(Number::from(version)));
        state
    }

    async fn move_state(&self, request: MoveRequest, _: &mut Diagnostics) -> Option<StateResponse> {
        let name = request.source_state.get("old_name")?.as_str()?;
        Some(StateResponse { state: Some(thing(name)), private: PrivateState(b"moved".to_vec()) })
    }
}

struct Echo;

#[async_trait]
impl DataSource for Echo {
    fn schema(&self) -> Schema {
        let text = Attribute::new("text", Type::String, Presence::Required, "");
        Schema::new("", vec![text, Attribute::new("echo", Type::String, Presence::Computed, "")])
    }

    async fn validate(&self, _: &Value, diagnostics: &mut Diagnostics) {
        diagnostics.warning(Path::attribute("text"), "Seen", "");
    }

    async fn read(&self, mut config: Value, diagnostics: &mut Diagnostics) -> Option<Value> {
        let text = config.get("text").cloned()?;
        if text == Value::string("bad") {
            diagnostics.error(Path::attribute("text"), "No echo", "");
            return None;
        }
        config.set("echo", text);
        Some(config)
    }
}

struct Token;

#[async_trait]
impl EphemeralResource for Token {
    fn schema(&self) -> Schema {
        Schema::new("", vec![Attribute::new("token", Type::String, Presence::Computed, "")])
    }

    async fn open(&self, mut config: Value, _: &mut Diagnostics) -> Option<Opened> {
        config.set("token", Value::string("t"));
        let renew_at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_500);
        Some(Opened { result: config, renew_at: Some(renew_at), private: PrivateState(b"open".to_vec()) })
    }

    async fn renew(&self, private: PrivateState, _: &mut Diagnostics) -> (Option<SystemTime>, PrivateState) {
        (None, PrivateState([&private.0, b"+renewed".as_slice()].concat()))
    }

    async fn close(&self, private: PrivateState, diagnostics: &mut Diagnostics) {
        diagnostics.warning(Path::root(), String::from_utf8_lossy(&private.0), "");
    }
}

struct Join;

#[async_trait]
impl Function for Join {
    fn signature(&self) -> FunctionSignature {
        let parameter = |name: &str| Parameter {
            name: name.to_owned(),
            ty: Type::String,
            description: String::new(),
            allow_null: true,
        };
        FunctionSignature {
            parameters: vec![parameter("separator")],
            variadic: Some(parameter("parts")),
            result: Type::String,
            summary: "Joins.".to_owned(),
            description: "Joins *parts*.".to_owned(),
        }
    }

    async fn call(&self, arguments: Vec<Value>) -> Result<Value, FunctionError> {
        let texts = arguments.iter().enumerate().map(|(index, argument)| match argument {
            Value::String(text) if text == "panic" => panic!("{SECRET}"),
            Value::String(text) => Ok(text.as_str()),
            _ => {
                Err(FunctionError { text: "It is no text.".to_owned(), argument: i64::try_from(index).ok() })
            }
        });
        let texts = texts.collect::<Result<Vec<_>, _>>()?;
        Ok(Value::string(texts[1..].join(texts[0])))
    }
}

struct Things;

#[async_trait]
impl ListResource for Things {
    fn schema(&self) -> Schema {
        Schema::new("", vec![Attribute::new("prefix", Type::String, Presence::Optional, "")])
    }

    async fn list(&self, _: Value, _: bool, _: i64, diagnostics: &mut Diagnostics) -> Vec<Listed> {
        diagnostics.warning(Path::attribute("prefix"), "All of them", "");
        let listed = |name: &str| Listed {
            display_name: name.to_uppercase(),
            identity: Value::Object([("name".to_owned(), Value::string(name))].into()),
            resource: Some(thing(name)),
        };
        ["a", "b", "c"].map(listed).into()
    }
}
