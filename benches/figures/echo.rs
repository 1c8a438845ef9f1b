//! A provider that has pgum's schemas and answers from memory: what Terraform and the protocol cost without a server.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use pgum::plugin::{self, About};
use pgum::provider::Pgum;
use pgum::sdk::resource::{
    ApplyRequest, ClientCapabilities, Imported, PlanRequest, PlanResponse, StateResponse,
};
use pgum::sdk::{Diagnostics, Number, PrivateState, Provider, Resource, Schema, Value};
use pgum::wire::Service;

const ABOUT: About =
    About { name: "echo", version: "0.0.0", text: "A provider that answers from memory, for `cargo bench`." };

pub(crate) fn run() -> ExitCode {
    plugin::run(&ABOUT, || Arc::new(Service::new(Echo(Pgum::new()))))
}

struct Echo(Pgum);

#[async_trait]
impl Provider for Echo {
    fn schema(&self) -> Schema {
        self.0.schema()
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        let echo = |(name, of): (String, Arc<dyn Resource>)| {
            let resource: Arc<dyn Resource> = Arc::new(EchoResource { of, oid: AtomicI64::new(16_384) });
            (name, resource)
        };
        self.0.resources().into_iter().map(echo).collect()
    }

    async fn configure(&self, _: Value, _: &str, _: ClientCapabilities, _: &mut Diagnostics) {}
}

/// As pgum's resource, without a cluster.
struct EchoResource {
    of: Arc<dyn Resource>,
    oid: AtomicI64,
}

impl EchoResource {
    /// The planned state, and what pgum would add to it.
    fn filled(&self, mut planned: Value) -> Value {
        let names = |planned: &Value, set: &str| match planned.get(set) {
            Some(Value::Set(names)) => names.clone(),
            _ => Vec::new(),
        };
        let by_name = |names: Vec<Value>, value: &Value| {
            let named = names.into_iter().filter_map(|name| match name {
                Value::String(name) => Some((name, value.clone())),
                _ => None,
            });
            Value::Map(named.collect())
        };
        let options = ["admin", "inherit", "set"].map(|name| (name.to_owned(), Value::Bool(name != "admin")));
        let membership = Value::Object(BTreeMap::from(options));
        let connect = Value::Set(vec![Value::string("CONNECT")]);
        let privileges = if names(&planned, "databases").is_empty() { Value::Null } else { connect.clone() };
        let oid = || Value::Number(Number::from(self.oid.fetch_add(1, Ordering::Relaxed)));
        // A roster's.
        let documents = ["groups", "users"].into_iter().filter_map(|side| match planned.get(side) {
            Some(Value::Map(documents)) => Some(documents.keys()),
            _ => None,
        });
        let oids = documents.flatten().map(|name| (name.clone(), oid())).collect();
        let fillings = [
            ("oid", oid()),
            ("oids", Value::Map(oids)),
            ("groups", Value::Set(vec![])),
            ("memberships", by_name(names(&planned, "groups"), &membership)),
            ("databases", Value::Set(vec![])),
            ("database_privileges", by_name(names(&planned, "databases"), &connect)),
            ("privileges", privileges),
            ("rds_iam", Value::Bool(false)),
        ];
        for (name, filling) in fillings {
            if planned.get(name).is_some_and(Value::is_unknown) {
                planned.set(name, filling);
            }
        }
        if let Value::Object(attributes) = &mut planned {
            attributes.values_mut().filter(|value| value.is_unknown()).for_each(|value| *value = Value::Null);
        }
        planned
    }
}

#[async_trait]
impl Resource for EchoResource {
    fn schema(&self) -> Schema {
        self.of.schema()
    }

    async fn plan(&self, request: PlanRequest, _: &mut Diagnostics) -> PlanResponse {
        let mut planned = request.proposed;
        if let (Value::Object(attributes), Some(prior)) = (&mut planned, &request.prior) {
            for (name, value) in attributes.iter_mut().filter(|(_, value)| value.is_unknown()) {
                *value = prior.get(name).cloned().unwrap_or(Value::Null);
            }
        }
        PlanResponse { planned, requires_replace: Vec::new(), private: request.private }
    }

    async fn create(&self, request: ApplyRequest, _: &mut Diagnostics) -> StateResponse {
        StateResponse { state: Some(self.filled(request.planned)), private: request.private }
    }

    async fn update(&self, request: ApplyRequest, _: &mut Diagnostics) -> StateResponse {
        StateResponse { state: Some(self.filled(request.planned)), private: request.private }
    }

    async fn delete(&self, _: Value, private: PrivateState, _: &mut Diagnostics) -> StateResponse {
        StateResponse { state: None, private }
    }

    async fn read(&self, state: Value, private: PrivateState, _: &mut Diagnostics) -> StateResponse {
        StateResponse { state: Some(state), private }
    }

    async fn import(&self, _: &str, _: &mut Diagnostics) -> Vec<Imported> {
        Vec::new()
    }
}
